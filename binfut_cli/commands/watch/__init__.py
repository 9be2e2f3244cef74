"""`binfut watch`: follow accounts until told to stop.

Knows which records are shown, in which format, and when it is enough.

Imports commands, commands.options, commands.process, render, render.watch, stream, stream.coverage,
api, auth, codec, endpoints, errors.
"""
