"""The watch: sockets and timers in, records out. Prints nothing.

Knows the account as the stream tells it, and what is handed in: clocks, sockets, tasks, chance.

Imports stream.coverage, stream.coverage.limits, stream.coverage.looking, stream.fold, stream.live,
resources.figures, resources.result, api, api.transport, api.transport.waiting, auth, codec,
endpoints, errors.
"""
