"""Lines of a recording as the records that a watch prints, for whatever shows those. Pure."""

import msgspec

from binfut_cli.codec import Row, Unreadable, dumps
from binfut_cli.endpoints import Scope
from binfut_cli.recording.recorded import Recorded, body
from binfut_cli.stream.records import BODIES, Record

ADDED: dict[str, Row] = {
    "heartbeat": {"redacted": 0, "doubts": 0},
    "stop": {"redacted": 0, "provenAt": None, "lanes": ()},
}
"""What later versions of binfut have added to records, and what it means that a file lacks it."""

_BODIES = {each.type: each for each in BODIES}


def record(found: Recorded, line: bytes) -> Record:
    """A line as a record, with all that it says; `found` is what was read of it.

    Raises Unreadable for one that nobody here knows, or that does not say what it should.
    """
    row, scope = body(line), Scope(found.env, found.profile)
    if found.type in ("event", "snapshot"):
        head = found.type, found.market, found.time, found.source
        return Record(*head, row, scope=scope)
    kind = _BODIES.get(found.type)
    if kind is None:
        raise Unreadable(f"this binfut knows no record {dumps(found.type).decode()}")
    try:
        said = msgspec.convert({**ADDED.get(found.type, {}), **row}, kind)
    except msgspec.ValidationError as exc:
        raise Unreadable(f"no {found.type}: {exc}") from exc
    return Record.of(said, found.time, found.market, scope)
