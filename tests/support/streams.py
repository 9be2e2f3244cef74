"""Streams of an engine for tests: stores that write there, and what stands there then."""

from itertools import count
from typing import Any

from binfut_cli.auth.credentials import Secret
from binfut_cli.recording.broker.address import address
from binfut_cli.recording.broker.connection import Engine
from binfut_cli.recording.broker.names import FIELD
from binfut_cli.recording.broker.outbox import Entry
from binfut_cli.recording.broker.password import Passwords
from binfut_cli.recording.broker.store import Keeping, StreamStore
from tests.support.recordings import line
from tests.support.redis_server import RedisServer

USDM, COINM = "binfut:{sandbox/one-way}:usdm", "binfut:{sandbox/one-way}:coinm"
NOBODY = Passwords(Secret(""), Secret(""))


def engine(url: str, password: str = "", timeout_s: float = 5.0) -> Engine:
    return Engine(address(url, "--to"), Passwords(Secret(password), Secret("")), timeout_s)


def record(seq: int, type_: str = "heartbeat", **body: Any) -> bytes:
    return line(seq, type_, **body)[:-1]


def claimed(
    server: RedisServer, *names: str, keeping: Keeping | None = None, **begins: Any
) -> StreamStore:
    """A store that has taken streams over, with a segment that says this."""
    store = StreamStore(engine(server.url), names or (USDM,), keeping or Keeping())
    store.claim(lambda place: record(1, "segment", number=1, **begins))
    return store


def entries(first: int, last: int, place: int = 0, **body: Any) -> list[Entry]:
    """Entries whose numbers are these."""
    return [Entry(place, seq, record(seq, **body)) for seq in range(first, last + 1)]


def stream(server: RedisServer, name: str = USDM) -> list[tuple[str, bytes]]:
    """Every entry that stands in a stream."""
    with server.client() as client:
        return [(each.decode(), fields[FIELD]) for each, fields in client.xrange(name)]


def ids(server: RedisServer, name: str = USDM) -> list[str]:
    return [each for each, _ in stream(server, name)]


def written(server: RedisServer, times_ms: list[int], name: str = USDM) -> None:
    """A stream whose records are of these moments, behind those that are there."""
    store, numbers = claimed(server, name), count(2)
    store.append(
        [
            Entry(0, seq, record(seq, time=each))
            for each, seq in zip(times_ms, numbers, strict=False)
        ]
    )
    store.disconnect()
