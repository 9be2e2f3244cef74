"""What makes an account's messages come: a listenKey, the streams that carry it, and their proofs.

Knows how a stream is opened, takes another's place without a hole, and is let go.

Imports stream, stream.coverage, api, api.transport, api.transport.waiting, codec, endpoints,
errors.
"""
