"""`--alert` and `--until`: what accounts are watched for, and who is told of it.

Knows the bell and the programs that are run with an alert, and when an alert ends the watch.

Imports commands.options, commands.process, render, render.watch, render.watch.events, stream,
stream.live, resources, resources.conditions, auth, codec, endpoints, errors.
"""
