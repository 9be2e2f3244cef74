"""`binfut watch`: follow accounts until told to stop.

Knows which records are shown and recorded, in which format, and when it is enough.

Imports commands, commands.options, commands.process, commands.watch.alerting,
commands.watch.complaints, commands.watch.live, commands.watch.metrics, commands.watch.recording,
render, render.watch, recording.broker, recording.writing, stream, stream.coverage, stream.fold,
api, auth, codec, endpoints, errors.
"""
