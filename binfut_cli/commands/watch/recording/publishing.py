"""What a watch writes into an engine's streams: every record, as `--json` prints it.

Another thread speaks to the engine; while it cannot, what is told waits, in memory and then on the
disk. Once there is no room for it either, a gap tells what the streams lack.
"""

from collections.abc import Iterable, Sequence

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.recording.pause import Pause
from binfut_cli.commands.watch.recording.published import Published
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, ConfigError, NetworkError
from binfut_cli.recording.broker.failures import StrangeStream
from binfut_cli.recording.broker.names import stream_of
from binfut_cli.recording.broker.outbox import Entry
from binfut_cli.recording.writing.carried import carried_over
from binfut_cli.render.documents import Bodies
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Record, Segment

GOES_ON = "The watch goes on; what it tells waits, and follows in order."
MOVE_IT = "The watch goes on; move that away, and a gap then tells what the stream lacks."
FULL = "No room was left for what waited to be written."
LOST = "The engine lost what had been written: another took its place, or somebody deleted it."


class Publishing:
    """Hands what it observes to the thread that writes, each lane's records for its own stream."""

    def __init__(
        self, context: Context, engine: Engine, streams: Published, bodies: Bodies
    ) -> None:
        """`bodies` are those of the streams' lines, and of whatever else is written."""
        self._context, self._engine, self._bodies = context, engine, bodies
        self._streams, self._publisher = streams, streams.publisher
        self._pause: Pause | None = None
        self._told = frozenset[int]()  # of the streams that another has, which were told
        self._publisher.start()

    def observe(self, records: Sequence[Record]) -> None:
        """Hand records over, or take note of what is not; raise ConfigError if nobody wants them.

        That is the case when other watches have all of the streams.
        """
        if records and self._bodies.batch is not records:
            self._bodies.learn(records)
        self._tell()
        self._see_lost()
        for record in records:
            self._hand(record)
        if self._pause is not None and self._publisher.outbox.is_roomy:
            self._go_on(self._pause)

    def close(self) -> None:
        """Have written what still can be, and say what cannot."""
        if self._pause is not None:
            self._go_on(self._pause)
        self._publisher.close()
        if self._publisher.unwritten or self._pause is not None:
            self._streams.failed = NetworkError(
                f"{self._publisher.unwritten:,} records that waited for {self._streams.where} were "
                "not written.",
                hint="Nobody who follows it has them; --record keeps a file besides.",
            )
            self._context.report(self._streams.failed)

    def _hand(self, record: Record) -> None:
        if isinstance(record.body, Segment):
            return  # what begins a stream was written already
        if self._pause is not None:
            self._pause.miss([record])
            return
        lanes = self._of(record)
        if not lanes and record.market is not None:
            self._stop(FULL).miss([record])
        for lane in lanes:
            lines = self._streams.lines[lane]
            line = lines.line(record)[:-1]
            if not self._publisher.outbox.put(Entry(self._streams.places[lane], lines.seq, line)):
                lines.seq -= 1
                self._stop(FULL).miss([record])

    def _of(self, record: Record) -> Sequence[Lane]:
        """The lanes that a record is about: its own, those of its account, or all."""
        if record.market is not None:
            lane = Lane(record.market, record.scope)
            return [lane] if lane in self._streams.places or self._has_begun(lane) else []
        return [lane for lane in self._streams.places if record.scope in (None, lane.scope)]

    def _has_begun(self, lane: Lane) -> bool:
        """Begin the stream of a lane that is new; False if there is no room for it yet."""
        return self._publisher.outbox.is_roomy and self._streams.add(lane, self._bodies)

    def _stop(self, why: str) -> Pause:
        if self._pause is None:
            self._pause = Pause(why)
        return self._pause

    def _see_lost(self) -> None:
        while self._publisher.lost:
            place, since_ms = self._publisher.lost.popleft()
            lane = [*self._streams.places][place]
            self._stop(LOST).lack(lane, since_ms or self._streams.began_ms)

    def _go_on(self, pause: Pause) -> None:
        """Tell what the streams lack, and then what is known of those accounts."""
        self._pause = None
        gaps = self._engine.unwritten(pause.since_ms, pause.why, pause.numbers)
        beats = self._engine.heartbeats()
        known = carried_over(self._engine.known(), beats)
        for record in [*gaps, *known]:
            if record.market and Lane(record.market, record.scope) in pause.since_ms:
                self._hand(record)

    def _tell(self) -> None:
        """Say what hinders the writing, once, and when it goes on; raise what has ended it."""
        if (fault := self._publisher.fault) is not None:
            self._publisher.fault = None  # once: what ends the watch is recorded, too
            raise fault
        while self._publisher.troubles:
            trouble = self._publisher.troubles.popleft()
            if trouble is None:
                self._context.say(f"binfut: records are written to {self._streams.where} again.")
            else:
                self._context.report(_goes_on(trouble))
        news, self._told = self._publisher.replaced - self._told, self._publisher.replaced
        if news:
            lanes = [lane for lane, place in self._streams.places.items() if place in news]
            if self._streams.shared:
                self._streams.fenced |= set(lanes)
            else:
                self._tell_replaced(lanes)

    def _tell_replaced(self, lanes: Iterable[Lane]) -> None:
        names = ", ".join(map(stream_of, lanes))
        said = ConfigError(
            f"Others write to {names} of {self._streams.where} now.",
            hint="Of two watches end one; the newer goes on.",
        )
        if len(self._told) == len(self._streams.places):
            raise said
        self._context.report(said)


def _goes_on(trouble: BinfutError) -> BinfutError:
    """The same with what becomes of the watch."""
    if isinstance(trouble, StrangeStream):
        return type(trouble)(trouble.message, hint=MOVE_IT)
    return type(trouble)(trouble.message, hint=f"{GOES_ON} {trouble.hint}")
