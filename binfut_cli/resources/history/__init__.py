"""What has happened, page by page, as far back as the exchange keeps it.

Knows how each path pages and what is forgotten when.

Imports resources, api, auth, codec, endpoints, errors.
"""
