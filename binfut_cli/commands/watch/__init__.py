"""`binfut watch`: follow accounts until told to stop.

Knows which records are shown and recorded, in which format, and when it is enough.

Imports commands, commands.options, commands.process, commands.watch.accounts,
commands.watch.alerting, commands.watch.complaints, commands.watch.live, commands.watch.metrics,
commands.watch.recording, render, render.watch, recording.writing, recording.broker, stream,
stream.coverage, stream.coverage.limits, stream.fold, resources.history, api, api.transport.waiting,
auth, codec, endpoints, errors.
"""
