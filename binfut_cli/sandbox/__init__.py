"""An embedded Binance futures exchange over real sockets, to try and to test clients against.

It shares no code with the client: it is a second reading of the exchange's documents.
"""

from binfut_cli.sandbox.box import Account, Sandbox

__all__ = ["Account", "Sandbox"]
