"""Which accounts are watched: those of several profiles, which may change while a watch runs.

Knows how each is opened, what is said of those that come and go, and which of them a share of
several watches leaves to this one.

Imports commands, commands.options, commands.process, commands.watch, commands.watch.recording,
render, recording.broker, stream, api, api.transport.waiting, auth, endpoints, errors.
"""
