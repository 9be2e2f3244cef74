"""The process a command runs in: its outputs, its signals, its tracebacks.

Knows what is written where, with secrets taken out, and how a run is told to end.

Imports render, resources.result, api, auth, endpoints, errors.
"""
