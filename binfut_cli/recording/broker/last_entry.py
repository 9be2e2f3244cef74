"""The last entry of a stream, as its engine tells it."""

from typing import Any, NamedTuple

from redis.exceptions import ResponseError

from binfut_cli.recording.broker.failures import OTHER, StrangeStream, is_strange
from binfut_cli.recording.broker.names import FIELD, NONE, EntryId, run_of, time_of

_RECORD = b'{"v":'


class Last(NamedTuple):
    """The last id that a stream has had, when the last record was made that it has, by whom.

    0 and b"" for what nobody knows: there is no record, or a later one was deleted.
    """

    id: EntryId = NONE
    time_ms: int = 0
    run: bytes = b""


def last_id(client: Any, name: str, where: object) -> EntryId:
    """The last id that a stream has had, NONE if there is none; raise what `last_of` does."""
    return last_of(client, name, where).id


def last_of(client: Any, name: str, where: object) -> Last:
    """How a stream ends; raise StrangeStream if it is none, or its last entry is no watch's."""
    try:
        told = client.xinfo_stream(name)
    except ResponseError as exc:
        if "no such key" in str(exc):
            return Last()
        if is_strange(str(exc)):
            raise StrangeStream(
                f"Something of another program is called {name!r} in {where}.", hint=OTHER
            ) from exc
        raise
    entry = told["last-entry"]
    record = (entry[1] or {}).get(FIELD, b"") if entry else b""
    if entry and not record.startswith(_RECORD):
        raise StrangeStream(
            f"The stream {name!r} of {where} has entries of another program.", hint=OTHER
        )
    last = told["last-generated-id"]
    is_last = entry and entry[0] == last
    return Last(EntryId.of(last), time_of(record), run_of(record) if is_last else b"")
