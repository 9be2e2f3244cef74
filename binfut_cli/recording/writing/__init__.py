"""Recordings as they are written: private, locked, appended whole or not at all.

Knows files, what a kill leaves of them, and how long the disk may lag behind. Says nothing itself.

Imports recording, recording.moments, stream, stream.fold, auth, codec, endpoints, errors.
"""
