"""What the exchange answers: REST, the WS-API and stream subscriptions. Pure.

Knows routes, methods and the shape of every answer.

Imports sandbox.account, sandbox.exchange.
"""
