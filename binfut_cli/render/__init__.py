"""What is printed, for people and for programs.

Knows terminals, JSON, CSV and their schema.

Imports recording, recording.summary, recording.moments, stream, resources, resources.history,
resources.result, api, codec, endpoints, errors.
"""
