"""Completion scripts, manual pages and `docs/errors.md`, written from the commands themselves.

`tree` reads the commands; `bash`, `zsh`, `fish` and `pages` write them down as text. Nothing here
is part of the wheel, and nothing here knows a command by name.

Imports commands, commands.options, commands.completion, render, render.watch, stream, resources,
resources.result, api, auth, endpoints, errors.
"""
