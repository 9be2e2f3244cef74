"""A watch for people: one line for each thing that happened.

Knows what belongs together, what of it is wanted, and where it stands on a line.

Imports render, render.watch.events, stream, stream.fold, codec, endpoints, errors.
"""
