"""`binfut completion`: the shells' scripts, as `python -m tools.manual` writes them here.

Imports commands.options.
"""
