"""The process a command runs in: its outputs, its signals, its tracebacks.

Knows what is written where, with secrets taken out, how a run is told to end, what systemd is
told, and when memory is given back.

Imports render, resources.result, stream, api,
api.transport.waiting, auth, endpoints, errors.
"""
