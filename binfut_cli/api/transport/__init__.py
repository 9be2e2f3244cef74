"""Bytes to and from the exchange: sockets, frames, HTTP, deadlines, TLS.

Knows no account and no key. websocket-client is at home in `upgrade`, requests in `rest`.

Imports api, api.transport.waiting, codec, endpoints, errors.
"""
