"""`binfut watch`: follow accounts until told to stop.

Knows which records are shown and recorded, in which format, and when it is enough.

Imports commands, commands.options, commands.process, commands.watch.accounts,
commands.watch.alerting, commands.watch.complaints, commands.watch.live, recording.writing, render,
render.watch, resources.history, stream, stream.coverage, stream.coverage.limits, stream.fold, api,
auth, codec, endpoints, errors.
"""
