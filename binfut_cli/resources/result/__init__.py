"""An answer, whatever it is of: its document, its fields, its reading.

Knows how a refused part or an odd value spoils nothing else.

Imports api, codec, endpoints, errors.
"""
