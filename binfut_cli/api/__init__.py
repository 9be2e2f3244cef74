"""The exchange's API: what may be asked, how it is asked, and what its refusals mean.

Knows methods, envelopes, weights and error codes; no row of an account.

Imports api.transport, auth, codec, endpoints, errors.
"""
