"""Waiting for sockets, events and work that blocks: many at once, on one thread.

Knows neither frames nor accounts. greenlet is at home in `turns`.

Imports nothing.
"""
