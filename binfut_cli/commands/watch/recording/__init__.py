"""What a watch keeps besides what it shows: in a file, in the streams of an engine.

Knows when writing pauses, what is told of that, and how it goes on.

Imports commands.process, commands.watch, render, recording.broker, recording.writing, recording,
stream, stream.fold, api, codec, endpoints, errors.
"""
