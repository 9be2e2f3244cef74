"""The streams of an engine that a watch has taken over, one for each lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.recording.told_before import ToldBefore
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, UsageError
from binfut_cli.recording.broker.names import stream_of
from binfut_cli.recording.broker.outbox import Outbox
from binfut_cli.recording.broker.publisher import Publisher
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Record, Segment


@dataclass(slots=True)
class Published:
    """Who writes to them, with the lines of each lane, which are numbered on their own.

    `began_ms` is when they were taken over, `known` what they told of the accounts until then, and
    `previous_run` by which run; `failed` is what the watch ends with, if not all was written.
    """

    where: str
    run: str
    publisher: Publisher
    lines: dict[Lane, Lines]
    began_ms: int
    known: Mapping[Lane, KnownAccount] = field(default_factory=dict)
    previous_run: str | None = None
    failed: BinfutError | None = field(default=None, init=False)

    def add(self, lane: Lane, bodies: Bodies) -> bytes:
        """Have the stream of another lane; the record that begins it is to be written first."""
        self.lines |= Lines.of_each([lane], self.run, bodies)
        self.publisher.add(stream_of(lane))
        return _first(lane, self.lines, None, system_ms())


def claimed(
    context: Context,
    to: Destination,
    lanes: Sequence[Lane],
    run: str,
    bodies: Bodies,
) -> Published:
    """Take the streams of some lanes over: a `segment` begins each of them, going on from before.

    Raises what is wrong with the engine, and UsageError if two lanes would share a stream.
    """
    names, lines = [*map(stream_of, lanes)], Lines.of_each(lanes, run, bodies)
    if len({*names}) < len(names):
        raise UsageError(
            "Two of the accounts would be written to one stream.", hint="Watch them apart."
        )
    if to.engine.address.is_overheard:
        context.say(
            f"binfut: what is written to {to.engine.address} can be read on its way there; "
            "rediss:// is over TLS."
        )
    store, began_ms = to.store(names), system_ms()
    before = ToldBefore(store, lanes)
    before.read()
    runs = [before.run(place) for place in range(len(lanes))]
    store.claim(lambda place: _first(lanes[place], lines, runs[place], began_ms))
    before.read()  # what was still written meanwhile
    if before.unread:
        context.say(f"binfut: {before.unread:,} entries of the streams cannot be read.")
    where, publisher = str(store.address), Publisher(store, Outbox())
    went_before = next(filter(None, runs), None)
    return Published(where, run, publisher, lines, began_ms, before.known(), went_before)


def _first(lane: Lane, lines: Mapping[Lane, Lines], run: str | None, time_ms: int) -> bytes:
    """The record that begins a lane's stream, which goes on from a run."""
    lines[lane].seq = 0
    begins = Record.of(Segment(1, previous_run=run), time_ms, lane.market, lane.scope)
    return lines[lane].line(begins).rstrip(b"\n")
