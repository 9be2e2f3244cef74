"""`binfut account …`: ask once, print the answer, or keep its table live.

Knows how a question becomes a command, and `--fail-if`.

Imports commands, commands.options, commands.process, commands.watch, render, render.account,
render.watch, stream, stream.live, resources, resources.conditions, resources.figures,
resources.history, resources.result, api, api.transport, auth, codec, endpoints, errors.
"""
