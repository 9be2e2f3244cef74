"""What recordings say, for people: what was proven, what came and went, charts, a page.

Knows charts and HTML.

Imports recording, recording.summary, render, render.account, render.watch.events, stream,
resources.result, codec, endpoints, errors.
"""
