"""Streams as they are read: from a moment on, each in its order, and together by their time.

with StreamReader(engine, wants, Start.NOW) as reader:
    entries = reader.poll(1.0)  # what came within a second
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic, sleep
from typing import Any, NamedTuple, Self

from binfut_cli.recording.broker.address import Kind
from binfut_cli.recording.broker.connection import Connected, Engine
from binfut_cli.recording.broker.failures import translated
from binfut_cli.recording.broker.last_entry import last_id
from binfut_cli.recording.broker.names import FIELD, LISTED, NONE, EntryId, time_of

MOST = 500
"""How many entries of a stream are read at once."""
LOOK_S = 10.0
"""How often is looked for streams that were not there before."""
SPACE_S = 0.25
"""How often the nodes of a Cluster are asked: one question cannot wait for several of them."""
_SNAPSHOT, _HEAD_BYTES = b'"type":"snapshot"', 64
_CONNECTED = b'"source":"watch","status":"CONNECTED"'
TOP = EntryId((1 << 64) - 1, (1 << 64) - 1)


class Start(StrEnum):
    """Where reading begins, if not at a moment."""

    NOW = "now"
    BEGINNING = "beginning"
    SNAPSHOT = "snapshot"  # the last one before now, or the beginning


class Found(NamedTuple):
    """An entry that was read; `record` is b"" if it has none."""

    stream: str
    id: EntryId
    record: bytes


@dataclass(slots=True)
class _Ahead:
    """What was read of a stream and not yet given out, and whether there may be more of it."""

    found: deque[Found]
    is_full: bool = False


class StreamReader(Connected):
    """Reads the streams whose names are wanted; after a failure the next call connects anew.

    `start` is a `Start` or a moment in ms. `positions` has the last entry of each stream that was
    given out; `deleted` those whose entries somebody deleted, for whoever tells of it to take out.
    """

    def __init__(self, engine: Engine, wants: Callable[[str], bool], start: Start | int) -> None:
        super().__init__(engine, writes=False)
        self._wants, self._start = wants, start
        self.positions: dict[str, EntryId] = {}
        self._last: dict[str, bytes] = {}  # the record at each of them, if it was given out
        self._ahead: dict[str, _Ahead] = {}
        self._look_s = 0.0
        self._has_begun = False
        self.deleted: deque[str] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def poll(self, wait_s: float) -> list[Found]:
        """What has come, or comes within that time; raise a failure of ours."""
        try:
            with translated(self.address):
                self._look()
                self._read(wait_s)
        except BaseException:
            self.disconnect()
            raise
        return list(self._given_out())

    def _look(self) -> None:
        """Connect if need be, and find the streams; one that is new is read from its beginning."""
        client = self._connected()
        if monotonic() < self._look_s and self._has_begun:
            return
        with translated(self.address, LISTED):
            listed = client.smembers(LISTED)
        for name in sorted(name.decode("utf-8", "replace") for name in listed):
            if name not in self.positions and self._wants(name):
                start = Start.BEGINNING if self._has_begun else self._start
                self.positions[name] = position(self._client, name, start, self.address)
                self._ahead[name] = _Ahead(deque())
            elif name in self.positions and not self._ahead[name].found:
                self._see_lost(name)
        self._look_s, self._has_begun = monotonic() + LOOK_S, True

    def disconnect(self) -> None:
        """Have the next call connect anew, and see whether the engine is the one that it was."""
        super().disconnect()
        self._look_s = 0.0

    def _see_lost(self, name: str) -> None:
        """Go on by time where what was read last is there no more, or is another's entry.

        A fail-over may have lost it, and others have written under its id since. A stream that
        has nothing so old was deleted, and is read from its beginning.
        """
        last, place = last_id(self._client, name, self.address), self.positions[name]
        if last == NONE or (last >= place and self._is_there(name)):
            return
        if name not in self._last:
            self.positions[name] = last
            return
        read_ms = time_of(self._last[name])
        first = self._client.xrange(name, count=1)
        if last < place and first and time_of(first[0][1].get(FIELD, b"")) > read_ms:
            self.positions[name] = NONE
            self.deleted.append(name)
        else:
            self.positions[name] = _before_moment(self._client, name, read_ms + 1, self.address)

    def _is_there(self, name: str) -> bool:
        if name not in self._last:
            return True
        place = str(self.positions[name])
        found = self._client.xrange(name, place, place)
        return bool(found) and found[0][1].get(FIELD) == self._last[name]

    def _read(self, wait_s: float) -> None:
        """Read of every stream of which nothing is left; wait only if nothing is left of any."""
        empty = {name: ahead for name, ahead in self._ahead.items() if not ahead.found}
        wait_ms = round(wait_s * 1000) if len(empty) == len(self._ahead) else 0
        after = {name: str(self.positions[name]) for name in empty}
        if not after:
            sleep(wait_s if not self._ahead else 0)
            return
        for ahead in empty.values():
            ahead.is_full = False
        for stream, entries in self._answered(after, wait_ms):
            ahead, name = self._ahead[stream.decode()], stream.decode()
            ahead.found += [found(name, each, fields) for each, fields in entries]
            ahead.is_full = len(entries) >= MOST

    def _answered(self, after: Mapping[str, str], wait_ms: int) -> list[Any]:
        if not self._is_cluster:
            answer: list[Any] = self._client.xread(dict(after), MOST, wait_ms or None)
            return answer
        answers = [self._client.xread({name: each}, MOST) for name, each in after.items()]
        return self._rested(answers, wait_ms)

    @property
    def _is_cluster(self) -> bool:
        return self.address.kind is Kind.CLUSTER

    def _rested(self, answers: Sequence[list[Any]], wait_ms: int) -> list[Any]:
        """The answers of several nodes as one; if nobody has anything, after a little."""
        if not any(answers):
            sleep(min(wait_ms / 1000, SPACE_S))
        return [each for answer in answers for each in answer]

    def _given_out(self) -> Iterator[Found]:
        """What is known to be next by time: nothing of a stream that was not read may be before."""
        while not any(ahead.is_full and not ahead.found for ahead in self._ahead.values()):
            heads = [ahead.found for ahead in self._ahead.values() if ahead.found]
            if not heads:
                return
            first = _earliest(heads).popleft()
            self.positions[first.stream], self._last[first.stream] = first.id, first.record
            yield first


def _earliest(heads: Sequence[deque[Found]]) -> deque[Found]:
    """Whose next entry is the earliest; of one nobody asks what time it is."""
    return heads[0] if len(heads) == 1 else min(heads, key=lambda each: time_of(each[0].record))


def found(stream: str, entry: bytes, fields: Mapping[bytes, bytes] | None) -> Found:
    """An entry as it was answered."""
    return Found(stream, EntryId.of(entry), (fields or {}).get(FIELD, b""))


def position(client: Any, name: str, start: Start | int, where: object) -> EntryId:
    """Behind which entry of a stream reading is to begin."""
    if start == Start.BEGINNING:
        return NONE
    if start == Start.NOW:
        return last_id(client, name, where)
    if start == Start.SNAPSHOT:
        return _before_snapshot(client, name)
    assert isinstance(start, int)
    return _before_moment(client, name, start, where)


def _before_snapshot(client: Any, name: str) -> EntryId:
    """Go back, some entries at a time, to the last `snapshot`, and the subscription before it."""
    end = "+"
    while entries := client.xrevrange(name, end, "-", count=MOST):
        for each, fields in entries:
            if _SNAPSHOT in fields.get(FIELD, b"")[:_HEAD_BYTES]:
                return _before_subscription(client, name, _before(EntryId.of(each)))
        end = str(_before(EntryId.of(entries[-1][0])))
    return NONE


def _before_subscription(client: Any, name: str, behind: EntryId) -> EntryId:
    """Before the status that told of it, not long before an entry; else that entry."""
    for each, fields in client.xrevrange(name, str(behind), "-", count=MOST):
        if _CONNECTED in fields.get(FIELD, b""):
            return _before(EntryId.of(each))
    return behind


def _before_moment(client: Any, name: str, time_ms: int, where: object) -> EntryId:
    """Halve the ids between the first and the last until the first of that moment is found."""
    low, high = NONE, last_id(client, name, where)
    while low < high:
        middle = _middle(low, high)
        entries = client.xrange(name, str(_after(middle)), "+", count=1)
        if entries and time_of(entries[0][1].get(FIELD, b"")) < time_ms:
            low = EntryId.of(entries[0][0])
        else:
            high = middle
    return low


def _middle(low: EntryId, high: EntryId) -> EntryId:
    """Between two ids, an epoch or a number in it; `low` if nothing is, and never `high`."""
    if low.epoch == high.epoch:
        return EntryId(low.epoch, (low.seq + high.seq) // 2)
    if high.epoch - low.epoch > 1:
        return EntryId((low.epoch + high.epoch) // 2, 0)
    return EntryId(high.epoch, 0) if high.seq else EntryId(low.epoch, (low.seq + TOP.seq) // 2)


def _after(each: EntryId) -> EntryId:
    return EntryId(each.epoch, each.seq + 1) if each.seq < TOP.seq else EntryId(each.epoch + 1, 0)


def _before(each: EntryId) -> EntryId:
    if each.seq:
        return EntryId(each.epoch, each.seq - 1)
    return EntryId(each.epoch - 1, TOP.seq) if each.epoch else NONE
