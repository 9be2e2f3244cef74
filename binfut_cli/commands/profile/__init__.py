"""`binfut profile …`: add, list, show, remove, choose.

Knows how a key is asked for, and that nothing is written before it was tried.

Imports commands, commands.options, commands.process, render, resources, auth, codec, endpoints,
errors.
"""
