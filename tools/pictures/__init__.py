"""The pictures of README and docs, drawn from a moment of the sandbox's story that is kept there.

`moment` takes such a moment; `drawing` makes pictures of it, always the same.

Imports commands, render, render.account, render.watch, render.watch.live, render.watch.live.frames,
recording, stream, resources, resources.result, api, codec, endpoints.
"""
