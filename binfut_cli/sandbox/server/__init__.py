"""The exchange's sockets: the front door, its connections, the control endpoint, TLS.

Knows threads and listening sockets; websockets is at home in `websocket`.

Imports sandbox, sandbox.account, sandbox.api, sandbox.exchange, sandbox.faults, sandbox.wire.
"""
