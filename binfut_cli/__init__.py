"""binfut: inspect Binance futures accounts from a terminal."""

__version__ = "0.1.0"
