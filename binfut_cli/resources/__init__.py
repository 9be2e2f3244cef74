"""What can be asked of an account: one file for each question, with the declaration of its rows.

Knows which requests make an answer and which columns show it, but not how they look.

Imports resources.figures, resources.history, resources.result, api, auth, codec, endpoints, errors.
"""
