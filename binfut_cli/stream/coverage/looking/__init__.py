"""What is done while somebody looks at accounts, and not otherwise.

Knows how the marks of what is held are followed, and how often an account is read for a view.

Imports stream, stream.coverage, stream.coverage.limits, stream.fold, stream.live, resources,
resources.figures, api, api.transport, api.transport.waiting, endpoints, errors.
"""
