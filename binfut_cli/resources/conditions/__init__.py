"""Conditions about rows, in words that a person writes: read, judged, and never evaluated.

Knows what `--fail-if`, `--alert` and `--until` say, and when nobody can tell whether that holds.

Imports resources.figures, resources.result, codec, errors.
"""
