"""That nothing is missed: connections, listenKeys, and the proofs that a stream is ours.

Knows when to connect, extend, rotate, read again and wait; each lane has a task of its own.

Imports stream, stream.coverage.subscription, stream.coverage.history, stream.coverage.limits,
stream.fold, resources, resources.result, api, api.transport, api.transport.waiting, auth, codec,
endpoints, errors.
"""
