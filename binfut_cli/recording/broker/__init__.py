"""Records in Redis Streams: written by a watch, read by whoever follows it; redis-py.

Knows addresses, what an engine refuses and what that means, and that an entry's id is its writer's
epoch and the record's number. Prints nothing.

Imports stream, auth, endpoints, errors.
"""
