"""A watch for people: one line for each thing that happened.

Knows what belongs together, what of it is wanted, where it stands on a line, and how the watch
stands.

Imports render, render.watch.events, stream, stream.fold, stream.live, codec, endpoints, errors.
"""
