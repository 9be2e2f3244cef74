"""What an account holds, its arithmetic, and its rows as the exchange words them. Pure.

Knows contracts, positions, orders, margin; nothing of who asks.

Imports nothing.
"""
