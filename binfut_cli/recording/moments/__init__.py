"""The accounts at a moment of a recording, and what is otherwise between two moments.

Knows where in a file to begin reading for that. Prints nothing.

Imports recording, stream, stream.fold, resources.figures, resources.result, codec, endpoints,
errors.
"""
