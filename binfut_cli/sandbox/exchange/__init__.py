"""The exchange without its sockets: time, keys, weights, ledger, trades. Pure.

Knows all accounts and who listens.

Imports sandbox.account.
"""
