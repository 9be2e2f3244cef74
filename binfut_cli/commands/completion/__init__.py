"""What shells and programs are told of binfut: `binfut completion` and `binfut schema`.

The scripts are here as `python -m tools.manual` writes them.

Imports commands.options, render, codec, errors.
"""
