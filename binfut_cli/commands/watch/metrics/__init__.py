"""`--metrics`: how accounts and the watch itself stand, as figures that Prometheus fetches.

Knows what is served, under which names, and to whom; prometheus-client.

Imports commands.process, commands.watch.accounts, render, stream, stream.live, resources,
resources.result, codec, endpoints, errors.
"""
