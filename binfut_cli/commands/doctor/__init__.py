"""`binfut doctor`: every check in its order, each told before the next begins.

Knows which checks there are to make.

Imports commands, commands.options, commands.process, doctor, render, api, api.transport, auth,
codec, endpoints, errors.
"""
