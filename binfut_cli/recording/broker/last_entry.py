"""The last entry of a stream, as its engine tells it."""

from typing import Any

from redis.exceptions import ResponseError

from binfut_cli.recording.broker.failures import OTHER, StrangeStream
from binfut_cli.recording.broker.names import FIELD, NONE, EntryId, time_of

_RECORD = b'{"v":'


def last_id(client: Any, name: str, where: object) -> EntryId:
    """The last id that a stream has had, NONE if there is none.

    Raises ConfigError if its last entry is no watch's.
    """
    try:
        told = client.xinfo_stream(name)
    except ResponseError as exc:
        if "no such key" in str(exc):
            return NONE
        raise
    entry = told["last-entry"]
    if entry and not (entry[1] or {}).get(FIELD, b"").startswith(_RECORD):
        raise StrangeStream(
            f"The stream {name!r} of {where} has entries of another program.", hint=OTHER
        )
    return EntryId.of(told["last-generated-id"])


def last_time_ms(client: Any, name: str) -> int:
    """When the last record was made that a stream still has; 0 if it has none."""
    found = client.xrevrange(name, count=1)
    return time_of(found[0][1].get(FIELD, b"")) if found else 0
