"""An answer, whatever it is of: its document, its reading, and how its rows are declared.

Knows how a refused part or an odd value spoils nothing else.

Imports api, codec, endpoints, errors.
"""
