"""What is wrong with the set-up, and why: probes, judgements, and their order.

Knows this computer, its clock and proxies, and how far a connection gets.

Imports render, stream, resources, resources.result, api, api.transport, auth, codec, endpoints,
errors.
"""
