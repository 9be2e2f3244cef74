"""Bytes to and from the exchange: sockets, frames, HTTP, deadlines, TLS.

Knows no account and no key. http.client is at home in `rest` and `answers`.

Imports api, api.transport.waiting, codec, endpoints, errors.
"""
