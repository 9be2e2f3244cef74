"""`binfut account …`: ask once, print the answer, or keep its table live.

Knows how a question becomes a command, and `--fail-if`.

Imports commands, commands.options, commands.process, render, render.account, stream, resources,
resources.conditions, resources.figures, resources.history, resources.result, api, api.transport,
auth, codec, endpoints, errors.
"""
