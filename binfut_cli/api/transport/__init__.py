"""Bytes to and from the exchange: sockets, frames, HTTP, deadlines, TLS.

Knows no account and no key. websocket-client is at home in `upgrade`, http.client in `rest`
and `answers`.

Imports api, api.transport.waiting, codec, endpoints, errors.
"""
