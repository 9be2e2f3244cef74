"""Bytes to and from the exchange: sockets, frames, HTTP. Nothing here knows an account."""
