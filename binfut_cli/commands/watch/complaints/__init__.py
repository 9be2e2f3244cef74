"""What a watch tells apart from its records: accounts that cannot be read, symbols of no market.

Knows which fault decides the exit status, and what may have been meant.

Imports commands.process, render, render.watch, stream, codec, endpoints, errors.
"""
