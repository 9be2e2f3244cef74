"""What is told of each record: its words and figures, before they are laid out as lines. Pure.

Knows the exchange's codes in words, and how a gap is told.

Imports render, stream, stream.fold, codec, endpoints, errors.
"""
