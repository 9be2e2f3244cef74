"""From what the lanes hand over to records: buffer, snapshot, fold, compare. Pure.

Knows no socket, no thread and no clock.

Imports stream, stream.coverage, stream.fold.continuity, stream.fold.streams, stream.live,
resources.figures, resources.result, auth, codec, endpoints, errors.
"""
