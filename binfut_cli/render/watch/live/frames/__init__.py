"""What there is to show at one moment, whatever it comes from: a watch, or a recording. Pure.

Knows how old a figure is, and how a stream stands in a word.

Imports render, render.watch, recording, stream.live, resources, resources.figures,
resources.result, codec, endpoints.
"""
