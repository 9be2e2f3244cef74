"""Which accounts are watched: those of several profiles, which may change while a watch runs.

Knows how each is opened, and what is said of those that come and go.

Imports commands, commands.options, commands.process, commands.watch, stream, api, auth, endpoints,
errors.
"""
