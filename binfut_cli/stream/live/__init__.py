"""An account at this moment: as it was read, as the stream told it since, at the last marks. Pure.

Knows which figures move with what, and from which moment each is; no socket, thread or clock.

Imports stream, stream.fold, stream.live.formulas, resources, resources.conditions,
resources.figures, resources.result, codec, endpoints.
"""
