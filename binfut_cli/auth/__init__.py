"""Keys: where they are kept, how they come in, how they sign, and how they stay unseen.

Knows files and their modes, the environment, `.env`, the keyring, signatures. Prints nothing.

Imports endpoints, errors.
"""
