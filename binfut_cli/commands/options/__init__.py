"""The options that mean the same in every command, and the types of their texts.

Knows what a profile says of options that were not given.

Imports commands.process, render, stream, auth, endpoints, errors.
"""
