"""`binfut watch --live`: the same watch, shown on a full screen.

Knows what a screen needs of a terminal, and how what a watch tells gets from its thread to there.

Imports commands, commands.process, commands.watch, render, render.account, render.watch,
render.watch.live, render.watch.live.frames, stream, stream.coverage, stream.coverage.limits,
stream.live, resources, resources.result, api, codec, endpoints, errors.
"""
