"""What the exchange's own history says: of gaps, and of moments that do not add up.

Imports stream, stream.coverage, stream.coverage.limits, stream.fold, resources, resources.history,
api, codec, endpoints, errors.
"""
