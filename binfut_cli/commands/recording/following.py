"""`binfut follow`: records from an engine, one after the other, as the watch shows them."""

import os
import platform
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from binfut_cli.api.client import system_ms
from binfut_cli.codec import Unreadable
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.playing import Choice, HumanPlayer, JsonPlayer
from binfut_cli.commands.watch.limits import EVENTS
from binfut_cli.commands.watch.printers import View
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError
from binfut_cli.recording.broker.connection import Engine
from binfut_cli.recording.broker.group import GroupReader
from binfut_cli.recording.broker.names import Sequence, lane_of
from binfut_cli.recording.broker.reading import Found, Start, StreamReader
from binfut_cli.recording.reader import Findings, Line
from binfut_cli.recording.recorded import recorded
from binfut_cli.render.escape import plain

WAIT_S = 0.5
RETRY_S = 2.0
"""How long is waited before another attempt."""
GOES_ON = "It is tried again, and reading goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where reading begins if not at a moment, and when it is enough; None for no bound."""

    from_beginning: bool = False
    events: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sharing:
    """A group of consumers, and after how long one is taken for dead."""

    group: str
    idle_s: float


class Following:
    """Records as they are read, and what is wrong with them; it never ends by itself.

    `idle` is called while nothing comes. A read that fails is told once, and tried again.
    """

    def __init__(
        self,
        context: Context,
        reader: StreamReader,
        idle: Callable[[], object] = bool,
        left: threading.Event | None = None,
    ) -> None:
        self._context, self._reader, self.idle = context, reader, idle
        self._left = left or threading.Event()
        self.is_shared = isinstance(reader, GroupReader)
        self.findings = Findings([])
        self._sequences: dict[str, Sequence] = {}
        self._first: list[Found] = []
        self._given_back = frozenset[str]()
        self._hindered = False

    @property
    def streams(self) -> Collection[str]:
        """The streams that were found."""
        return self._reader.positions.keys()

    def leave(self) -> None:
        """Have it end after this batch."""
        self._left.set()

    def give_back(self, lines: Iterable[Line]) -> None:
        """Of the last batch these were not shown: in a group they are for others."""
        self._given_back = frozenset(line.file for line in lines)

    def begin(self) -> None:
        """Find the streams; raise what is wrong with the engine."""
        self._first = self._reader.poll(0)
        if not self.streams:
            self._context.say("binfut: no stream of these accounts is there yet; waiting for one.")

    def __iter__(self) -> Iterator[Line]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[Line]]:
        """What each read brought; nothing, often, while nothing comes."""
        entries, self._first = self._first, []
        while True:
            yield [line for entry in entries for line in self._lines(entry)]
            self._acknowledge(entries)
            if self._left.is_set():
                return
            entries = self._polled()
            if not entries:
                self.idle()

    def _polled(self) -> list[Found]:
        try:
            found = self._reader.poll(WAIT_S)
        except BinfutError as exc:
            self._tell(exc)
            return []
        self._goes_on()
        self._see_lost()
        return found

    def _see_lost(self) -> None:
        """Tell of what nobody will ever read."""
        while self._reader.deleted:
            stream = self._reader.deleted.popleft()
            self._sequences.pop(stream, None)
            self.findings.add(stream, None, "somebody deleted it; what is new is read")
        if isinstance(self._reader, GroupReader) and self._reader.trimmed:
            count, self._reader.trimmed = self._reader.trimmed, 0
            self.findings.add("the group", None, f"{count:,} records were trimmed before they came")

    def _acknowledge(self, entries: list[Found]) -> None:
        """Say which entries were shown; until it was said, another may be given them."""
        if not isinstance(self._reader, GroupReader):
            return
        seen = [each for each in entries if _place(each) not in self._given_back]
        while seen:
            try:
                self._reader.acknowledge(seen)
                return
            except BinfutError as exc:
                self._tell(exc)
                if self._left.is_set():
                    return

    def _tell(self, exc: BinfutError) -> None:
        if not self._hindered:
            self._hindered = True
            self._context.report(type(exc)(exc.message, hint=f"{GOES_ON} {exc.hint}"))
        self._left.wait(RETRY_S)

    def _goes_on(self) -> None:
        if self._hindered:
            self._hindered = False
            self._context.say("binfut: reading goes on.")

    def _lines(self, entry: Found) -> list[Line]:
        """An entry as a line, if it is one; what is wrong with it is found."""
        place = _place(entry)
        if not self.is_shared:
            sequence = self._sequences.setdefault(entry.stream, Sequence())
            if missing := sequence.see(entry.id):
                self.findings.add(place, None, missing)
        try:
            record = recorded(entry.record)
        except Unreadable as exc:
            self.findings.add(place, None, f"not a record that can be read ({exc})")
            return []
        if record.seq != entry.id.seq:
            self.findings.add(place, None, f"its record says seq {record.seq}")
        return [Line(place, entry.id.seq, record, entry.record)]


def _place(entry: Found) -> str:
    return f"{entry.stream} {entry.id}"


class FollowedPlayer(HumanPlayer):
    """Shows records as a watch does; of each stream it is told when another watch writes it."""

    def __init__(self, context: Context, lanes: Collection[Lane], view: View) -> None:
        super().__init__(context, lanes, view)
        self._last: dict[tuple[object, ...], tuple[object, ...]] = {}  # by whose they are

    def show(self, line: Line) -> None:
        """Write what it says; of what stands in several streams, once."""
        found = line.record
        if found.market is None:
            whose, this = (found.env, found.profile), (found.type, found.run, found.time)
            if self._last.get(whose) == this:
                return
            self._last[whose] = this
        super().show(line)

    def _whose(self, line: Line) -> str:
        lane = lane_of(self._stream(line))
        assert lane is not None
        assert lane.scope is not None
        return f" of {lane.market} {plain(lane.scope.profile or lane.scope.env)}"

    def _stream(self, line: Line) -> str:
        return line.file.partition(" ")[0]


def follow(
    context: Context, engine: Engine, choice: Choice, bounds: Bounds, sharing: Sharing | None
) -> None:
    """Show records until a bound is met or a signal comes; tell what is missing among them."""
    complaints = Complaints(context)
    with reader_of(engine, choice, bounds, sharing) as reader:
        following = Following(context, reader)
        following.begin()
        try:
            _show(context, following, choice, bounds, complaints)
        except KeyboardInterrupt:
            complaints.tell(following.findings)
            raise
    complaints.leave()


def reader_of(
    engine: Engine, choice: Choice, bounds: Bounds, sharing: Sharing | None
) -> StreamReader:
    """A reader of the streams of the accounts that are chosen, alone or in a group."""

    def wants(stream: str) -> bool:
        lane = lane_of(stream)
        return lane is not None and choice.wants_lane(lane)

    start = Start.BEGINNING if bounds.from_beginning else choice.from_ms
    start = Start.NOW if start is None else start
    if sharing is None:
        return StreamReader(engine, wants, start)
    consumer = f"{platform.node()}-{os.getpid()}"
    return GroupReader(engine, wants, start, (sharing.group, consumer), sharing.idle_s)


def _show(
    context: Context, following: Following, choice: Choice, bounds: Bounds, complaints: Complaints
) -> None:
    shown = _Shown(context, choice, following)
    end = time.monotonic() + (bounds.duration_s or float("inf"))
    for batch in following.batches():
        for number, line in enumerate(batch):
            if shown.events == bounds.events:
                following.give_back(batch[number:])
                break
            shown.show(line)
        shown.flush(done := shown.events == bounds.events or time.monotonic() >= end)
        complaints.tell(following.findings)
        if not batch and context.out.reader_is_gone():
            raise BrokenPipeError
        if done:
            following.leave()


@dataclass(slots=True)
class _Shown:
    """What of the records is shown, by whom, and how many of them were events."""

    context: Context
    choice: Choice
    following: Following
    events: int = 0
    _player: JsonPlayer | FollowedPlayer | None = None
    _streams: int = 0

    def show(self, line: Line) -> None:
        """Show a record, if it is chosen."""
        if not self.choice.wants(line):
            return
        player = self._played()
        player.advance(line.record.time)
        try:
            player.show(line)
        except Unreadable as exc:
            self.following.findings.add(line.file, None, str(exc))
        self.events += line.record.type in EVENTS

    def flush(self, whole: bool) -> None:
        """Show what has waited for more long enough; of a group, or at the end, all of it."""
        if self._player is None:
            return
        self._player.flush()
        if whole or self.following.is_shared:
            self._player.finish()
        else:
            self._player.advance(system_ms())

    def _played(self) -> JsonPlayer | FollowedPlayer:
        """Who shows them: one whose lines say as much as tells those accounts apart."""
        if self._player is None or len(self.following.streams) != self._streams:
            if self._player is not None:
                self._player.finish()
            self._streams = len(self.following.streams)
            self._player = self._made()
        return self._player

    def _made(self) -> JsonPlayer | FollowedPlayer:
        if self.context.as_json:
            return JsonPlayer(self.context)
        lanes = [lane for lane in map(lane_of, self.following.streams) if lane is not None]
        view = View(self.choice.shown, self.choice.detail)
        return FollowedPlayer(self.context, lanes, view)
