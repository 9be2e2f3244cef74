"""`binfut watch --live`: the same watch, shown on a full screen.

Knows what a screen needs of a terminal, and how what a watch tells gets from its thread to there.

Imports commands, commands.process, commands.watch, render, render.live, render.watch, stream,
stream.live, resources, resources.result, api, codec, endpoints, errors.
"""
