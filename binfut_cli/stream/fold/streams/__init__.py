"""Several streams of one account as one, duplicates removed by counting. Pure.

Imports stream, codec, endpoints.
"""
