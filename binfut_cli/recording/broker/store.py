"""The streams of a watch, as it writes to them: under an epoch of its own, and each entry once.

store = StreamStore(engine, names, keeping)
store.claim(first)     # from here on nobody with an older epoch can write
store.append(entries)  # all of a batch in one transaction; those that are there already are passed
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from redis.exceptions import ResponseError

from binfut_cli.errors import ConfigError, NetworkError
from binfut_cli.recording.broker.address import Address, Kind
from binfut_cli.recording.broker.connection import Connected, Engine, check_clock, clock_apart_s
from binfut_cli.recording.broker.failures import (
    NOT_ABOVE,
    StrangeStream,
    failure,
    is_strange,
    strange,
    translated,
)
from binfut_cli.recording.broker.last_entry import Last, last_id, last_of
from binfut_cli.recording.broker.names import FIELD, LISTED, NONE, NOTHING, EntryId, run_of
from binfut_cli.recording.broker.outbox import Entry
from binfut_cli.recording.broker.reading import MOST, Found, Start, found, position

ATTEMPTS = 16
"""How often another watch may take the epoch that was to be ours."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much of a stream is kept, and how many replicas must have an entry before it counts.

    None keeps all. `least` is an id: entries below it may go.
    """

    most: int | None = None
    least: str | None = None
    replicas: int = 0
    acknowledged_s: float = 2.0

    @property
    def trimming(self) -> dict[str, Any]:
        """The same as XADD takes it; approximately, which costs the engine nothing."""
        if self.most is not None:
            return {"maxlen": self.most, "approximate": True}
        return {"minid": self.least, "approximate": True} if self.least is not None else {}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where records are to be written, and how much of them is kept there."""

    engine: Engine
    keeping: Keeping = field(default_factory=Keeping)

    def store(self, names: Sequence[str]) -> "StreamStore":
        """Some streams there."""
        return StreamStore(self.engine, names, self.keeping)


@dataclass(slots=True)
class Written:
    """What became of a batch, and of what was written before it.

    `replaced` are the places of streams that belong to another watch, by a newer epoch, or by the
    same: it cannot know of ours where a fail-over lost it. `strange` are those of what another
    program has put in the place of streams: what is to be written there is dropped. `lost` has, by
    their places, since when streams lack what was in them: another engine took the place of theirs,
    or what was strange is there no more.
    """

    replaced: set[int] = field(default_factory=set)
    strange: dict[int, StrangeStream] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)


class StreamStore(Connected):
    """Writes to streams; after a failure the next call connects anew. Of one thread at a time.

    Streams come, are taken over, read, written and lost: that is why it has so many methods.
    """

    def __init__(self, engine: Engine, names: Sequence[str], keeping: Keeping) -> None:
        super().__init__(engine, writes=True)
        self._names, self._keeping = [*names], keeping
        self._mine: list[EntryId] = []  # the last id of each stream that is known to be there
        self._run = b""
        self._sent = dict[int, int]()  # the highest number that was sent to each place
        self._strange: dict[int, StrangeStream] = {}
        self._lost = dict[int, int]()  # as of `Written`, until it was told
        self.dropped = 0  # of what was to be written where something strange stands

    def claim(self, first: Callable[[int], bytes]) -> Sequence[EntryId]:
        """Take every stream over: `first` gives the record that begins it, by its place.

        Returns the ids of those records. Raises what is wrong with the engine, and ConfigError for
        a stream of another program.
        """
        client = self._connected()
        check_clock(client, self.address)
        _rehearse(client, self._keeping, self.address)
        for place in range(len(self._names)):
            self._mine.append(self._begun(client, place, first(place)))
        return tuple(self._mine)

    def add(self, name: str) -> None:
        """Have another stream, behind the others; its first entry takes it over once it is written.

        Or says which other store has taken it over for us, and may say so again whenever that was
        done anew. To be called before that entry is put anywhere.
        """
        self._names.append(name)

    def take_back(self) -> None:
        """Have the last that was added no more: no entry of it was put anywhere."""
        self._names.pop()

    def told(self, place: int, last: EntryId = NONE) -> Iterator[Found]:
        """What a stream tells of its account behind an entry: else from its last reading on.

        Of what others wrote: nothing of ours, once it was claimed.
        """
        name = self._names[place]
        with translated(self.address, name):
            client = self._connected()
            last = last if last != NONE else position(client, name, Start.SNAPSHOT, self.address)
            end = f"({self._mine[place]}" if place < len(self._mine) else "+"
            while entries := client.xrange(name, f"({last}", end, count=MOST):
                yield from (found(name, each, fields) for each, fields in entries)
                last = EntryId.of(entries[-1][0])

    def append(self, entries: Sequence[Entry]) -> Written:
        """Write a batch; raise a failure of ours if none of it, or not all, may be there.

        The same batch may then be written again.
        """
        self._run = next((run_of(each.record) for each in entries if each.seq), self._run)
        try:
            with translated(self.address):
                found = self._look() if self._client is None else Written()
                entries = self._claimed(entries, found)
                for batch in _together(entries, self.address):
                    found.replaced |= self._send(batch)
                self._tell_lost(found)
            found.strange = dict(self._strange)
            return found
        except BaseException:
            self.disconnect()
            raise

    def look(self) -> tuple[float, Written]:
        """How far the engine's clock is ahead, and what became of the streams."""
        with translated(self.address):
            apart_s, found = clock_apart_s(self._connected(), self.address), self._look()
            self._tell_lost(found)
            return apart_s, found

    def _tell_lost(self, found: Written) -> None:
        """Tell what was lost, also before a failure; an engine may have lost the list as well."""
        if self._lost:
            self._connected().sadd(LISTED, *(self._names[place] for place in self._lost))
            found.lost, self._lost = self._lost, {}

    def _claimed(self, entries: Sequence[Entry], found: Written) -> list[Entry]:
        """Take over what was added, in its order; what is left to write of a batch.

        What waited for a stream that was then taken over anew comes too late for it.
        """
        left = list[Entry]()
        for entry in entries:
            if not entry.seq:
                left = [each for each in left if each.place != entry.place]
                self._mine[entry.place : entry.place + 1] = [EntryId.of(entry.record)]
                for of_before in (self._sent, self._lost):
                    of_before.pop(entry.place, None)
                found.replaced.discard(entry.place)
            elif entry.place < len(self._mine):
                left.append(entry)
            else:
                self._begin(entry, found)
        ours = [entry for entry in left if entry.place not in found.replaced]
        left = [entry for entry in ours if entry.place not in self._strange]
        self.dropped += len(ours) - len(left)
        return left

    def _begin(self, entry: Entry, found: Written) -> None:
        try:
            self._mine.append(self._begun(self._connected(), entry.place, entry.record))
        except StrangeStream:
            self._mine.append(NONE)
            found.replaced.add(entry.place)

    def _begun(self, client: Any, place: int, record: bytes) -> EntryId:
        name, self._run = self._names[place], run_of(record)
        with translated(self.address, LISTED):
            client.sadd(LISTED, name)
        with translated(self.address, name):
            for _ in range(ATTEMPTS):
                mine = EntryId(last_id(client, name, self.address).epoch + 1, 1)
                try:
                    client.xadd(name, {FIELD: record}, id=str(mine))
                except ResponseError as exc:
                    if NOT_ABOVE not in str(exc):
                        raise
                else:
                    return mine
        raise ConfigError(
            f"Other watches keep taking {name!r} over.", hint="End them, or name another account."
        )

    def _look(self) -> Written:
        """See what became of the streams meanwhile; connect if need be."""
        client, found = self._connected(), Written()
        for place in range(len(self._mine)):
            try:
                last = last_of(client, self._names[place], self.address)
            except StrangeStream as exc:
                self._strange[place] = exc
            else:
                self._see(place, last, found)
        found.strange = dict(self._strange)
        self.dropped = self.dropped if self._strange else 0
        return found

    def _see(self, place: int, last: Last, found: Written) -> None:
        """What it means that a stream ends so."""
        mine, was_strange = self._mine[place], self._strange.pop(place, None) is not None
        if self._is_of_another(last, place):
            found.replaced.add(place)
            self._lost.pop(place, None)
        elif was_strange or (mine.seq and last.id < mine):
            self._lost[place] = min(last.time_ms, self._lost.get(place, last.time_ms))
            seq = last.id.seq if last.id.epoch == mine.epoch else 0
            self._mine[place] = mine._replace(seq=seq)

    def _is_of_another(self, last: Last, place: int) -> bool:
        """Whether a stream ends with what another has put there: one that we did not send."""
        mine = self._mine[place]
        if last.id.epoch != mine.epoch:
            return last.id.epoch > mine.epoch
        was_sent = last.id.seq <= max(mine.seq, self._sent.get(place, 0))
        return not was_sent or last.run not in (self._run, b"")

    def _send(self, batch: Sequence[Entry]) -> set[int]:
        """Write a transaction; the places of what a newer epoch refused."""
        client = _node(self._client, self.address, self._names[batch[0].place])
        pipeline, trimming = client.pipeline(transaction=True), self._keeping.trimming
        for place, seq, record in batch:
            mine, self._sent[place] = EntryId(self._mine[place].epoch, seq), seq
            pipeline.xadd(self._names[place], {FIELD: record}, id=str(mine), **trimming)
        answers = pipeline.execute(raise_on_error=False)
        before = [*self._mine]
        replaced = self._taken(client, dict(zip(batch, answers, strict=True)))
        try:
            _wait(client, self._keeping, self.address)
        except BaseException:
            self._mine = before  # a fail-over that loses it, loses nothing that counts
            raise
        return replaced

    def _taken(self, client: Any, answers: Mapping[Entry, Any]) -> set[int]:
        """Take note of what is there now; raise what was refused for another reason."""
        refused = list[int]()
        for entry, answer in answers.items():
            if not isinstance(answer, Exception):
                self._mine[entry.place] = self._mine[entry.place]._replace(seq=entry.seq)
                continue
            refused.append(entry.place)
            if is_strange(str(answer)):  # or was, a moment ago
                self._strange[entry.place] = strange(self._names[entry.place], self.address)
            elif NOT_ABOVE not in str(answer):
                raise failure(answer, self.address)
        ours = {*refused} - self._strange.keys()
        replaced = {place for place in ours if self._is_replaced(client, place)}
        self.dropped += sum(place in self._strange for place in refused)
        return replaced

    def _is_replaced(self, client: Any, place: int) -> bool:
        """Whether another watch's entry refuses ours; else what was refused had been written."""
        try:
            last, mine = last_of(client, self._names[place], self.address), self._mine[place]
        except StrangeStream as exc:
            self._strange[place] = exc
            return False
        if self._is_of_another(last, place):
            return True
        self._mine[place] = max(mine, last.id)
        return False


def _node(client: Any, address: Address, name: str) -> Any:
    """Who has a stream."""
    if address.kind is not Kind.CLUSTER:
        return client
    return client.get_redis_connection(client.get_node_from_key(name))


def _rehearse(client: Any, keeping: Keeping, address: Address) -> None:
    """Write a batch of nothing; raise what would be in the way of another."""
    with translated(address):
        node = _node(client, address, NOTHING)
        pipeline = node.pipeline(transaction=True)
        pipeline.xadd(NOTHING, {FIELD: b""}, nomkstream=True)
        pipeline.execute()
        if keeping.replicas:
            node.wait(0, 1)


def _together(entries: Sequence[Entry], address: Address) -> Iterable[Sequence[Entry]]:
    """What goes into one transaction: all of it, or of a Cluster what one node has."""
    if address.kind is not Kind.CLUSTER:
        return [entries] if entries else []
    in_order = sorted(entries, key=lambda entry: entry.place)
    return [list(each) for _, each in groupby(in_order, key=lambda entry: entry.place)]


def _wait(client: Any, keeping: Keeping, address: Address) -> None:
    """Wait for the replicas that are to have what was written; raise NetworkError if some lack."""
    if not keeping.replicas:
        return
    found = client.wait(keeping.replicas, round(keeping.acknowledged_s * 1000))
    if found < keeping.replicas:
        raise NetworkError(
            f"{found} of {keeping.replicas} replicas of {address} have what was written.",
            hint="Look at its replicas, or ask for fewer with --replicas.",
        )
