"""The dashboard: accounts on a full screen, drawn anew where they have changed. Textual.

Knows what stands where, which keys there are, and how lines become what a terminal shows.

Imports render, render.account, render.watch, render.watch.live.frames, resources,
resources.figures, resources.result, codec, endpoints.
"""
