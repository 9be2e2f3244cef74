"""A watch for people: one line for each thing that changed.

Knows the exchange's codes in words, and how a gap is told.

Imports render, stream, stream.fold, codec, endpoints, errors.
"""
