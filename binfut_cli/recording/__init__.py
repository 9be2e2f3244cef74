"""Recordings: what `watch --json` wrote, read again. `Recording` reads, `Accounts` folds.

Knows files, lines and where they are cut, and what an account was at a moment. Prints nothing.

Imports stream, stream.fold, resources.figures, resources.result, codec, endpoints, errors.
"""
