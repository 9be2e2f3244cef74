"""Completion scripts and manual pages, written from the commands' own declarations.

`tree` reads the commands; `bash`, `zsh`, `fish` and `pages` write them down as text. Nothing here
is imported by a command other than `completion`, and nothing here knows a command by name.
"""
