"""What can be asked of an account: each resource's requests, model and figures.

Knows which requests make an answer and what is derived from it, but not how it is shown.

Imports resources.history, resources.result, api, auth, codec, endpoints, errors.
"""
