"""The streams of an engine that a watch has taken over, one for each lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, UsageError
from binfut_cli.recording.broker.names import stream_of
from binfut_cli.recording.broker.outbox import Outbox
from binfut_cli.recording.broker.publisher import Publisher
from binfut_cli.recording.broker.store import Destination
from binfut_cli.render.documents import Lines
from binfut_cli.stream.records import Record, Segment


@dataclass(slots=True)
class Published:
    """Who writes to them, with the lines of each lane, which are numbered on their own.

    `began_ms` is when they were taken over; `failed` is what the watch ends with, if not all of it
    was written.
    """

    where: str
    publisher: Publisher
    lines: Mapping[Lane, Lines]
    began_ms: int
    failed: BinfutError | None = field(default=None, init=False)


def claimed(
    context: Context,
    to: Destination,
    lanes: Sequence[Lane],
    lines: Mapping[Lane, Lines],
    goes_on_from: str | None,
) -> Published:
    """Take the streams of some lanes over: a `segment` begins each of them.

    Raises what is wrong with the engine, and UsageError if two lanes would share a stream.
    """
    names = [*map(stream_of, lanes)]
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
    begins = Segment(1, previous_run=goes_on_from)
    store.claim(partial(_first, lanes, lines, begins, began_ms))
    publisher = Publisher(store, Outbox())
    return Published(str(to.engine.address), publisher, lines, began_ms)


def _first(
    lanes: Sequence[Lane], lines: Mapping[Lane, Lines], begins: Segment, time_ms: int, place: int
) -> bytes:
    """The record that begins a lane's stream."""
    lane = lanes[place]
    lines[lane].seq = 0
    return lines[lane].line(Record.of(begins, time_ms, lane.market, lane.scope)).rstrip(b"\n")
