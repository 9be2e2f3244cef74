"""Whether the stream's values follow from one another, and what a break in them means. Pure.

Imports stream, stream.fold, resources.figures, codec.
"""
