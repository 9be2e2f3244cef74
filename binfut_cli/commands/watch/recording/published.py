"""The streams of an engine that a watch has taken over, one for each lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.recording.told_before import ToldBefore
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, UsageError
from binfut_cli.recording.broker.names import EntryId, stream_of
from binfut_cli.recording.broker.outbox import Entry, Outbox
from binfut_cli.recording.broker.publisher import Publisher
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Cause, Record, Segment


@dataclass(frozen=True, slots=True)
class Taken:
    """A lane whose stream was taken over by an id, and what it told of the account until then."""

    lane: Lane
    id: EntryId
    known: KnownAccount | None


@dataclass(slots=True)
class Published:
    """Who writes to them, with the lines of each lane, which are numbered on their own.

    `began_ms` is when they were taken over, `known` what they told of the accounts until then, and
    `previous_run` by which run; `failed` is what the watch ends with, if not all was written.
    If they are `shared`, no lane is had for good, and `fenced` are those that another has now, for
    whoever ends them to take out.
    """

    where: str
    run: str
    publisher: Publisher
    lines: dict[Lane, Lines]
    began_ms: int
    known: Mapping[Lane, KnownAccount] = field(default_factory=dict)
    previous_run: str | None = None
    shared: bool = False
    failed: BinfutError | None = field(default=None, init=False)
    places: dict[Lane, int] = field(init=False)
    fenced: set[Lane] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.places = {lane: place for place, lane in enumerate(self.lines)}

    def add(self, lane: Lane, bodies: Bodies) -> bool:
        """Have the stream of another lane, and take it over in its turn; False without room."""
        is_new = self._place(lane, bodies)
        return self._begins(lane, 1, _first(lane, self.lines, None, system_ms()), is_new=is_new)

    def have(self, taken: Taken, bodies: Bodies) -> bool:
        """Have a stream that was taken over; False without room."""
        is_new = self._place(taken.lane, bodies)
        self.lines[taken.lane].seq = taken.id.seq
        self.fenced.discard(taken.lane)
        return self._begins(taken.lane, 0, str(taken.id).encode(), is_new=is_new)

    def _place(self, lane: Lane, bodies: Bodies) -> bool:
        """Give a lane new lines, and a place; whether it had none."""
        self.lines |= Lines.of_each([lane], self.run, bodies)
        if lane in self.places:
            return False
        self.places[lane] = len(self.places)
        self.publisher.add(stream_of(lane))
        return True

    def _begins(self, lane: Lane, seq: int, said: bytes, *, is_new: bool) -> bool:
        """Put what a stream begins with; without room one that is new has no place any more.

        For the next would be begun at the place of one that never was.
        """
        if self.publisher.outbox.put(Entry(self.places[lane], seq, said)):
            return True
        if is_new:
            del self.places[lane], self.lines[lane]
            self.publisher.take_back()
        return False


def claimed(
    context: Context,
    to: Destination,
    lanes: Sequence[Lane],
    run: str,
    bodies: Bodies,
    *,
    shared: bool = False,
) -> Published:
    """Take the streams of some lanes over: a `segment` begins each of them, going on from before.

    Of those that are `shared` none is taken yet.

    Raises what is wrong with the engine, and UsageError if two lanes would share a stream.
    """
    if len({*map(stream_of, lanes)}) < len(lanes):
        raise UsageError(
            "Two of the accounts would be written to one stream.", hint="Watch them apart."
        )
    if to.engine.address.is_overheard:
        context.say(
            f"binfut: what is written to {to.engine.address} can be read on its way there; "
            "rediss:// is over TLS."
        )
    lanes = () if shared else lanes
    lines = Lines.of_each(lanes, run, bodies)
    store, began_ms = to.store([*map(stream_of, lanes)]), system_ms()
    before = ToldBefore(store, lanes)
    before.read()
    runs = [before.run(place) for place in range(len(lanes))]
    store.claim(lambda place: _first(lanes[place], lines, runs[place], began_ms))
    before.read()  # what was still written meanwhile
    if before.unread:
        context.say(f"binfut: {before.unread:,} entries of the streams cannot be read.")
    where, publisher = str(store.address), Publisher(store, Outbox())
    went_before = next(filter(None, runs), None)
    return Published(
        where, run, publisher, lines, began_ms, before.known(), went_before, shared=shared
    )


def taken(to: Destination, lane: Lane, run: str, bodies: Bodies) -> Taken:
    """Take over the stream of a lane that another watch had, or nobody; raise what is wrong.

    `bodies` are those of the thread that does so.
    """
    store, lines = to.store([stream_of(lane)]), Lines.of_each([lane], run, bodies)
    before = ToldBefore(store, [lane])
    try:
        before.read()
        (begun,) = store.claim(lambda _: _first(lane, lines, before.run(0), system_ms()))
        before.read()  # what was still written meanwhile
    finally:
        store.disconnect()
    known = before.known().get(lane)
    return Taken(lane, begun, replace(known, left=Cause.HANDOVER) if known else None)


def _first(lane: Lane, lines: Mapping[Lane, Lines], run: str | None, time_ms: int) -> bytes:
    """The record that begins a lane's stream, which goes on from a run."""
    lines[lane].seq = 0
    begins = Record.of(Segment(1, previous_run=run), time_ms, lane.market, lane.scope)
    return lines[lane].line(begins).rstrip(b"\n")
