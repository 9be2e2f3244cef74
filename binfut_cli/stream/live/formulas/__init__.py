"""What the exchange documents of margins and profits, as formulas. Pure.

Knows how a position is valued at a mark, what it needs by the brackets, where it is liquidated.

Imports codec, endpoints.
"""
