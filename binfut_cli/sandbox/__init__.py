"""An embedded Binance futures exchange over real sockets, to try and to test clients against.

Knows the exchange's documents, read a second time: it shares no code with the client.

Imports sandbox.account, sandbox.actions, sandbox.api, sandbox.exchange, sandbox.faults,
sandbox.faults.kinds, sandbox.server.
"""

from binfut_cli.sandbox.sandbox import Account, Sandbox

__all__ = ["Account", "Sandbox"]
