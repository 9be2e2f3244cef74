"""`binfut sandbox …`: the embedded exchange as a server of its own.

Knows how long it is to serve.

Imports commands.options, commands.process, sandbox, codec, errors.
"""
