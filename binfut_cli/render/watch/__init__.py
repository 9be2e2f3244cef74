"""A watch for people: one line for each thing that changed.

Knows the exchange's codes in words, how a gap is told, and how a watch stands.

Imports render, stream, stream.fold, stream.live, codec, endpoints, errors.
"""
