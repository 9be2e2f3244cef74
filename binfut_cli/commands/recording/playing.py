"""`binfut replay` without a moment: records one after the other, as the watch showed them."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, takewhile

from binfut_cli.codec import Unreadable, Why, dumps, is_plain, parse, shown
from binfut_cli.commands.options.chosen_profiles import is_meant
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.watch.printers import PLAIN_VIEW, HumanPrinter, View
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import UsageError, did_you_mean
from binfut_cli.recording.accounts import ODD, lane_of
from binfut_cli.recording.files import STDIN
from binfut_cli.recording.moments.index import SLACK_MS, Beginning, Index
from binfut_cli.recording.reader import Line, Recording
from binfut_cli.recording.recorded import Recorded, record
from binfut_cli.render.escape import plain
from binfut_cli.render.output import Output
from binfut_cli.render.watch import lines
from binfut_cli.render.watch.shown import ALL, Shown
from binfut_cli.stream.records import Segment, Status, Verdict

LOOK_AHEAD = 500
"""At least so many records are read to learn whose they are, before the first is shown."""

Batches = Iterator[list[Line]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records are shown; None for no bound. Times are ms."""

    markets: Sequence[Market]
    profiles: frozenset[str] | None = None
    shown: Shown = ALL
    from_ms: int | None = None
    to_ms: int | None = None
    detail: bool = False

    def of(self, lines: Iterable[Line]) -> Iterable[Line]:
        """Those of some records that are to be shown: nearly always all, and then none is asked."""
        is_all = self.profiles is None and self.shown.is_all and set(self.markets) >= {*Market}
        has_bounds = self.from_ms is not None or self.to_ms is not None
        return filter(self.wants, lines) if has_bounds or not is_all else lines

    def wants(self, line: Line) -> bool:
        """Whether a record is to be shown."""
        found = line.record
        return (
            (found.market is None or found.market in self.markets)
            and (self._means(found.profile) or _is_of_all(found))
            and (self.shown.is_all or found.type != "event" or self._wants_event(line))
            and (self.from_ms is None or found.time >= self.from_ms)
            and (self.to_ms is None or found.time <= self.to_ms)
        )

    def _wants_event(self, line: Line) -> bool:
        """Whether an event is to be shown; one that nobody can read is, to be told as that."""
        try:
            return self.shown.comes(line.record.event or "") and self.shown.wants(parse(line.data))
        except ODD:
            return True

    def wants_lane(self, lane: Lane) -> bool:
        """Whether an account is to be shown."""
        profile = lane.scope.profile if lane.scope else None
        return lane.market in self.markets and self._means(profile)

    def unmet(self, whose: Collection[str]) -> list[str]:
        """The names and patterns that mean none of these profiles."""
        wanted = sorted(self.profiles or ())
        return [name for name in wanted if not any(is_meant(p, frozenset({name})) for p in whose)]

    def _means(self, profile: str | None) -> bool:
        return self.profiles is None or is_meant(profile, self.profiles)

    def is_over(self, line: Line) -> bool:
        """Whether nothing more can follow that is to be shown."""
        return self.to_ms is not None and line.record.time > self.to_ms + SLACK_MS


def _is_of_all(found: Recorded) -> bool:
    """Whether a record is of the watch, and of no account: with several, its `segment`."""
    return found.type == Segment.type and found.profile is None


@dataclass(slots=True)
class Pace:
    """How fast records are shown: at once, so many times as fast as they came, or one by one."""

    speed: float | None = None
    step: bool = False
    _began: tuple[float, int] | None = field(default=None, init=False)

    @property
    def is_kept(self) -> bool:
        """Whether each record has a moment of its own."""
        return self.step or self.speed is not None

    def keep(self, time_ms: int) -> None:
        """Wait until a record of that time is due."""
        if self.speed is not None:  # even no sleep at all is a call of the system
            time.sleep(self.left_s(time_ms))

    def left_s(self, time_ms: int) -> float:
        """How many seconds it is until a record of that time is due."""
        if self.speed is None:
            return 0.0
        now = time.monotonic()
        since, first_ms = self._began = self._began or (now, time_ms)
        return max(0.0, since + (time_ms - first_ms) / 1000 / self.speed - now)


class Keyboard:
    """The terminal's own keys: standard input may be the recording."""

    def __init__(self) -> None:
        try:
            self._file = open("/dev/tty", encoding="utf-8", errors="replace")  # noqa: SIM115
        except OSError as exc:
            raise UsageError(
                "--step waits for Enter, and there is no terminal.", hint="Leave --step out."
            ) from exc

    def goes_on(self) -> bool:
        """Wait for Enter; `q` before it, and the end of input, mean that it is enough."""
        return self._file.readline() not in ("", "q\n")


def wording(lanes: Collection[Lane], out: Output, view: View = PLAIN_VIEW) -> lines.Lines:
    """Lines that say of these lanes as much as is not clear anyway."""
    names = {plain(lane.scope.profile or "") for lane in lanes if lane.scope is not None}
    width = max(map(len, names)) if len(names) > 1 else 0
    return view.lines(out, len({lane.market for lane in lanes}) > 1, width)


class JsonPlayer:
    """Shows every record as the line that it was written as; those between two flushes at once."""

    def __init__(self, context: Context) -> None:
        self._out, self._lines = context.out, list[bytes]()

    def show(self, line: Line) -> None:
        """Have it written with the next flush; raise Unreadable for what nobody could show."""
        data = line.data
        if not data.isascii():
            _check_text(data)
        self._lines.append(data if b"\r" not in data else dumps(parse(data)))

    def flush(self) -> None:
        """Write what was shown since the last one."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        text = b"\n".join(lines)
        if not is_plain(text):
            text = b"\n".join(map(shown, lines))
        self._out.write(text + b"\n")

    def advance(self, time_ms: int) -> None:
        """Nothing waits here for a time."""

    def finish(self) -> None:
        """The end is like any flush."""
        self.flush()


def _check_text(data: bytes) -> None:
    """Of what a record tells besides what is read of it, nobody has looked whether it is text."""
    try:
        data.decode()
    except UnicodeError as exc:
        raise Unreadable(Why.NOT_UTF8) from exc


class HumanPlayer:
    """Shows records as the lines of a watch, and on standard error what a watch says there.

    `lanes` are those whose records will come, as far as is known. What belongs together waits by
    the recording's own time.
    """

    def __init__(self, context: Context, lanes: Collection[Lane], view: View) -> None:
        self._context, self._time_ms = context, 0
        self._runs: dict[str, str] = {}  # the last of each stream
        self._talk, out = wording(lanes, context.err), wording(lanes, context.out, view)
        self._printer = HumanPrinter(
            context, out, self._talk, view.moments(), lambda: self._time_ms
        )

    def show(self, line: Line) -> None:
        """Write what it says; raise Unreadable if nobody here can read it."""
        found = record(line.record, line.data)
        self._time_ms = line.record.time
        self._head(line, found.body)
        try:
            if isinstance(found.body, Status) and found.body.verdict is Verdict.FAILED:
                self._context.show(self._talk.status(found))
            else:
                self._printer.show([found])
        except ODD as exc:
            raise Unreadable(f"its {found.type} lacks something, or has it otherwise") from exc

    def flush(self) -> None:
        """All that is shown is written as it is: it stays in order with standard error."""

    def advance(self, time_ms: int) -> None:
        """Write what had waited long enough by then."""
        self._time_ms = time_ms
        self._printer.show([])

    def finish(self) -> None:
        """Write what still waits."""
        self._printer.finish()

    def _stream(self, line: Line) -> str:
        """What one watch after the other writes: of a file, all of it."""
        return ""

    def _whose(self, line: Line) -> str:
        """Whose another watch is, where that is not clear; "" where it is of all that is shown."""
        return ""

    def _head(self, line: Line, body: object) -> None:
        """Say when another run begins."""
        stream, run = self._stream(line), line.record.run
        if self._runs.get(stream, run) != run:
            goes_on = isinstance(body, Segment) and body.previous_run is not None
            between = (
                "what it missed is a gap" if goes_on else "of the time between nothing is known"
            )
            self._printer.finish()
            self._context.say(f"binfut: another watch{self._whose(line)} begins; {between}.")
        self._runs[stream] = run


def play(context: Context, files: Sequence[str], choice: Choice, pace: Pace) -> None:
    """Show the chosen records in their order, and tell what is wrong with the recording."""
    recording, complaints = opened(files, choice), Complaints(context)
    keys, whose = Keyboard() if pace.step else None, set[str]()
    batches = until_over(recording.batches(), choice, whose)
    first = [] if STDIN in files else _ahead(batches)  # of a live one nothing is waited for
    player = _player(context, choice, None if STDIN in files else first, is_exact=pace.step)
    showing = _Showing(player, recording, choice, pace, complaints)
    showing.show(chain(first, batches), keys)
    complaints.tell(recording.findings)
    for name in choice.unmet(whose):
        context.say(f"binfut: no record is of the profile {name!r}.{did_you_mean(name, whose)}")
    if recording.ended is False and choice.to_ms is None and not pace.step:
        context.say("binfut: no stop at the end: the watch was killed, or is still going on.")
    complaints.leave()


def opened(files: Sequence[str], choice: Choice) -> Recording:
    """A recording, from where the chosen records, and what is known before them, begin."""
    begin = Beginning() if choice.from_ms is None else Index().before(files, choice.from_ms)
    return Recording(files[begin.file :], offset=begin.offset)


def until_over(batches: Batches, choice: Choice, whose: set[str]) -> Batches:
    """Batches until nothing can follow that is chosen; of which profiles they are is noted."""
    for batch in batches:
        if choice.profiles is not None:
            whose.update(line.record.profile or "" for line in batch)
        if choice.to_ms is not None and any(map(choice.is_over, batch)):
            yield list(takewhile(lambda line: not choice.is_over(line), batch))
            return
        yield batch


def _ahead(batches: Batches) -> list[list[Line]]:
    """The first batches, as many as it takes to know whose records there are."""
    found, count = list[list[Line]](), 0
    while count < LOOK_AHEAD and (batch := next(batches, None)) is not None:
        found.append(batch)
        count += len(batch)
    return found


def _player(
    context: Context, choice: Choice, first: list[list[Line]] | None, *, is_exact: bool
) -> JsonPlayer | HumanPlayer:
    """Who shows the records of a recording that begins with `first`, None if that is not known."""
    if context.as_json:
        return JsonPlayer(context)
    view = View(choice.shown, detail=choice.detail or is_exact)
    if first is None:
        return HumanPlayer(context, [Lane(market) for market in choice.markets], view)
    found = [lane_of(line.record) for line in choice.of(chain.from_iterable(first))]
    return HumanPlayer(context, {lane for lane in found if lane is not None}, view)


@dataclass(frozen=True, slots=True)
class _Showing:
    """Record after record, until there are no more or the user has seen enough."""

    player: JsonPlayer | HumanPlayer
    recording: Recording
    choice: Choice
    pace: Pace
    complaints: Complaints

    def show(self, batches: Iterator[list[Line]], keys: Keyboard | None) -> None:
        """Show what is chosen of some batches; what one read brought is written at once."""
        for batch in batches:
            chosen = self.choice.of(batch)
            for each in [[line] for line in chosen] if self.pace.is_kept else [chosen]:
                self._show(each)
                self.complaints.tell(self.recording.findings)
                if keys is not None and not keys.goes_on():
                    return
        self.player.finish()

    def _show(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.player.advance(line.record.time)
            self.pace.keep(line.record.time)
            try:
                self.player.show(line)
            except Unreadable as exc:
                self.recording.findings.add(line.file, line.number, str(exc))
        self.player.flush()
