"""What a connection does, byte by byte: steps, HTTP, WebSocket frames.

Knows no exchange.

Imports nothing.
"""
