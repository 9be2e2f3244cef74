"""The supervisors of several lanes, merged on one thread into one sequence of records."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from binfut_cli.api.client import AccountClient
from binfut_cli.auth.redaction import Redactor
from binfut_cli.endpoints import Endpoints, Lane, Scope
from binfut_cli.stream.backlog import Backlog, Outlet
from binfut_cli.stream.coverage.backoff import (
    PROCESS,
    PROCESS_AT_ONCE,
    HandshakeBudget,
    HandshakeFile,
)
from binfut_cli.stream.coverage.clocks import SleepDetector
from binfut_cli.stream.coverage.context import LaneContext, StreamOptions
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.coverage.lane import LaneSupervisor
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.fold.outcome import LaneState, Outcome
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.messages import (
    Batch,
    LaneEnded,
    LaneMessage,
    MessagesDropped,
    ThreadCrashed,
)
from binfut_cli.stream.records import Backfill, Gap, GapReport, LaneEnd, Record
from binfut_cli.stream.runtime import Runtime
from binfut_cli.stream.state import is_held

if TYPE_CHECKING:
    from binfut_cli.stream.coverage.looking.lookout import Lookout
    from binfut_cli.stream.live.view import LiveView

TICK_S = 0.25
JOIN_S = 0.3
HEARTBEAT_S = 30.0
LOOK_EVERY_S = 5.0
DRAIN_S = 3.0
IDLE_S = 1.0
"""How long the end waits for the threads: altogether, and while they bring nothing."""
LEFTOVER_S = 0.5
"""How long it counts what it could not wait for."""
OF_GAPS = (Gap, Backfill, GapReport)
"""What is told of gaps, even if all else that came with it is not."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a watch is to be run; set `ending` to have it drain and end.

    `gates` finds the gate of a lane by its hosts, without it `gate` is of all; `handshakes` has
    what programs before this one have spent, `known` what they knew of accounts. With `live` the
    engine has `views` of the accounts, and reads them every so many seconds while somebody asks for
    those; without, it keeps nothing for them. One that is `standing_by` goes on without any lane:
    some will be added.
    """

    options: StreamOptions = field(default_factory=StreamOptions)
    heartbeat_s: float = HEARTBEAT_S
    runtime: Runtime = field(default_factory=Runtime)
    gate: RateLimitGate = field(default_factory=RateLimitGate)
    gates: Callable[[Lane, Endpoints], RateLimitGate] | None = None
    backlog: Backlog = field(default_factory=Backlog)
    redactor: Redactor = field(default_factory=Redactor)
    handshakes: HandshakeFile | None = None
    known: Mapping[Lane, KnownAccount] = field(default_factory=dict)
    ending: threading.Event = field(default_factory=threading.Event)
    live: bool = False
    standing_by: bool = False
    look_every_s: float = LOOK_EVERY_S


def follow(
    lanes: Sequence[tuple[AccountClient, Endpoints]], setup: Setup | None = None
) -> Generator[list[Record]]:
    """Watch every lane until told to end; yield each message's records, and [] when idle.

    The idle yields let the caller notice a deadline or a reader that has gone. A fault before a
    lane was ever read is raised, unless that is to be forgiven: then it is a record, and it ends
    when none was read and all have failed. Later faults are records, and are tried again without
    end. Last come the gaps that are open then.
    """
    with Engine(lanes, setup or Setup()) as engine:
        yield from engine.run()
        yield engine.ended()


class Engine(AbstractContextManager["Engine"]):
    """The supervisors and reducers of all lanes, and the thread that runs `run`.

    Use as a context manager; ask it for what is `ended` last, and then for its `lane_ends`.
    It begins a watch, goes on with it, ends it, and says what is known: that is why it has so many
    methods.
    """

    def __init__(self, lanes: Sequence[tuple[AccountClient, Endpoints]], setup: Setup) -> None:
        self._setup = setup
        self._handshakes = HandshakeBudget(
            PROCESS, PROCESS_AT_ONCE, file=setup.handshakes, now_s=setup.runtime.seconds()
        )
        self.supervisors: dict[Lane, LaneSupervisor] = {}
        self.reducers: dict[Lane, Reducer] = {}
        self._lanes: dict[Lane, _Watched] = {}
        self._lookout = self._looking() if setup.live else None
        self._in_hand: tuple[LaneMessage | None, list[Record]] = None, []  # what is being shown
        self._left: set[Lane] = set()  # those that have not ended
        self._hopeful: set[Lane] = set()  # and of these all but those whose every attempt failed
        self._leaving: set[Lane] = set()  # and those that are being removed
        self._gone: dict[Lane, Reducer] = {}  # of lanes that were removed
        self.doubtful: set[Lane] = set()  # of which something did not add up yet
        self.parted: deque[tuple[Lane, LaneEnd]] = deque()
        """The lanes that were removed and have ended, for whoever asks to take out."""
        self.beat_s = setup.runtime.seconds() + setup.heartbeat_s
        self.awake = SleepDetector(setup.runtime)
        for account, place in lanes:
            self._begin(account, place, setup.known.get(account.lane))

    def add(
        self, account: AccountClient, place: Endpoints, known: KnownAccount | None = None
    ) -> None:
        """Watch another lane as from the start, or going on from what is `known` of its account.

        The others go on untouched. One that is being removed begins again once it has ended. To be
        called on the thread that runs the engine, as `remove`.
        """
        if account.lane in self._leaving:
            self._lanes[account.lane].then = lambda: self.add(account, place, known)
        else:
            self._begin(account, place, known)
            self.supervisors[account.lane].start()

    def remove(self, lane: Lane) -> None:
        """Watch a lane no longer: what it has still to say comes from `run`, then it has `parted`.

        Its last records are a gap that is open then. Nothing of it is waited for.
        """
        if lane in self._lanes:
            watched = self._lanes[lane]
            watched.then = None
            if lane not in self._leaving:
                self._leaving.add(lane)
                watched.until_s = self._setup.runtime.monotonic() + DRAIN_S
                self.supervisors[lane].stop()

    def _begin(self, account: AccountClient, place: Endpoints, known: KnownAccount | None) -> None:
        lane, options = account.lane, self._setup.options
        watched = self._lanes[lane] = self._watched(account, place)
        if known is not None:
            watched.context.is_held = any(map(is_held, known.state.positions.values()))
        self._left.add(lane)
        self._hopeful.add(lane)
        watched.context.gate.budget.enter(lane.market)
        self.supervisors[lane] = LaneSupervisor(watched.context)
        reducer = self.reducers[lane] = Reducer(
            lane, keep_raw=options.keep_raw, rows=options.rows, known=known
        )
        if self._lookout is not None:
            self._lookout.add(watched.context, reducer)

    def _watched(self, account: AccountClient, place: Endpoints) -> "_Watched":
        setup, outlet = self._setup, Outlet(self._setup.backlog)
        gate = setup.gates(account.lane, place) if setup.gates is not None else setup.gate
        context = LaneContext(
            account, place, outlet.put, setup.redactor, gate, setup.runtime,
            setup.options, HandshakeBudget(whole=self._handshakes),
        )  # fmt: skip
        return _Watched(context, outlet)

    def context(self, lane: Lane) -> LaneContext:
        """What the keeper of a lane works with; whoever else asks about the lane asks by it."""
        return self._lanes[lane].context

    def accounts(self) -> dict[Lane, AccountClient]:
        """All that is watched now; clone one to ask it from another thread."""
        return {lane: each.context.account for lane, each in self._lanes.items()}

    def _looking(self) -> "Lookout":
        from binfut_cli.stream.coverage.looking.lookout import Lookout  # which few watches need

        return Lookout(self._handshakes, self._setup.look_every_s)

    def __enter__(self) -> Self:
        """Start a keeper for each lane; where positions are known to be held, first."""
        self._setup.backlog.attend(self._setup.runtime.attend)
        for lane in sorted(self._lanes, key=lambda lane: not self._lanes[lane].context.is_held):
            self.supervisors[lane].start()
        return self

    def run(self) -> Generator[list[Record]]:
        """Yield records until told to end and nothing is left, or until that takes too long."""
        runtime = self._setup.runtime
        while (self._hopeful or self._setup.standing_by) and not self._setup.ending.is_set():
            yield self._next()
            self._in_hand = None, []
            if self._leaving:
                self._hurry()
            if runtime.seconds() >= self.beat_s:
                yield self.beat()
        self._stop()
        end_s = runtime.monotonic() + DRAIN_S
        idle_s = runtime.monotonic() + IDLE_S
        while self._left and runtime.monotonic() < min(end_s, idle_s):
            if records := self._next():
                idle_s = runtime.monotonic() + IDLE_S
            yield records
            self._in_hand = None, []

    def _next(self) -> list[Record]:
        message = self._setup.backlog.take(TICK_S)
        if message is None:
            idle(self, self._setup.runtime.now_ms())
        records = [] if message is None else self.take(message)
        self._in_hand = message, records
        return records

    def wake(self) -> None:
        """Have every keeper look now whether all is well."""
        for watched in self._lanes.values():
            watched.context.attention.set()

    def take(self, message: LaneMessage) -> list[Record]:
        """The records of a message; what its supervisor is to know of it is passed on."""
        reducer = self.reducers.get(message.lane)
        if reducer is None:
            return _of_nobody(message)
        outcome = reducer.take(message)
        if reducer.doubts.has_any:
            self.doubtful.add(message.lane)
        if outcome.fatal is not None and not self._setup.options.forgiving:
            raise outcome.fatal
        _pass_on(self.supervisors[message.lane], outcome)
        if self._lookout is not None:
            self._lookout.take(message)
        if outcome.lane is not None:
            return [*outcome.records, *self._note(message.lane, outcome.lane)]
        return outcome.records

    def standings(self) -> dict[Lane, Standing]:
        """How every lane stands now."""
        now_ms = self._setup.runtime.now_ms()
        return {
            lane: reducer.standing(now_ms, self.context(lane).gate.wait_ms())
            for lane, reducer in self.reducers.items()
        }

    def views(self) -> "dict[Lane, LiveView]":
        """Every account that was ever read, as it is now; made at most four times a second.

        Only of an engine that is `live`, and on the thread that runs it. Whoever asks looks on, and
        has the accounts read more often.
        """
        assert self._lookout is not None, "the engine was not set up to be looked at"
        return self._lookout.views(self._setup.runtime.now_ms(), self.standings().values())

    def _note(self, lane: Lane, state: LaneState) -> list[Record]:
        """Keep in mind which lanes have ended, and which failed before they were ever read."""
        match state:
            case LaneState.ENDED:
                self._left.discard(lane)
                self._hopeful.discard(lane)
                if lane in self._leaving:
                    return self._part(lane)
            case LaneState.UNREAD:
                self._hopeful.discard(lane)
            case LaneState.READ:
                self._hopeful.add(lane)
        return []

    def _part(self, lane: Lane) -> list[Record]:
        """Forget a lane; what is said of it last."""
        reducer, watched = self.reducers.pop(lane), self._lanes.pop(lane)
        self._gone[lane] = reducer
        watched.outlet.shut()
        self._setup.backlog.forget(lane)  # else it would be told to who begins anew
        watched.context.gate.budget.leave(lane.market)
        del self.supervisors[lane]
        self._leaving.discard(lane)
        if self._lookout is not None:
            self._lookout.remove(lane)
        last = reducer.ended(self._setup.runtime.now_ms())
        self.parted.append((lane, reducer.lane_end()))
        if watched.then is not None:
            watched.then()
        return last

    def _hurry(self) -> None:
        """Let those go that were removed, and whose threads do not end."""
        now_s = self._setup.runtime.monotonic()
        for lane in self._leaving:
            watched = self._lanes[lane]
            if now_s >= watched.until_s and not watched.outlet.is_shut:
                watched.outlet.shut()
                self._setup.backlog.put(LaneEnded(lane))

    def beat(self) -> list[Record]:
        """A heartbeat of every lane; the next is due later."""
        self.beat_s = self._setup.runtime.seconds() + self._setup.heartbeat_s
        return self.heartbeats()

    def heartbeats(self) -> list[Record]:
        """How every lane stands."""
        runtime = self._setup.runtime
        sizes = self._setup.backlog.size, self._setup.redactor.hidden
        return [
            Record.of(
                reducer.counts.heartbeat(*sizes, self.context(lane).gate.budget.detection_s),
                reducer.at(runtime.now_ms()),
                *lane,
            )
            for lane, reducer in self.reducers.items()
        ]

    def known(self) -> dict[Lane, KnownAccount]:
        """What is known of every account that was ever read."""
        found = {lane: reducer.known() for lane, reducer in self.reducers.items()}
        return {lane: known for lane, known in found.items() if known is not None}

    def unwritten(
        self, since_ms: Mapping[Lane, int], reason: str, numbers: dict[Lane, int]
    ) -> list[Record]:
        """The gaps of a recording that lacks the records of some lanes since a moment.

        Their `numbers` are taken from there, and added if they are not.
        """
        now_ms, gaps = self._setup.runtime.now_ms(), list[Record]()
        for lane, time_ms in since_ms.items():
            reducer = self.reducers.get(lane) or self._gone[lane]
            numbers[lane] = numbers.get(lane) or reducer.next_gap()
            gaps.append(reducer.unwritten(numbers[lane], time_ms, now_ms, reason))
        return gaps

    def _stop(self) -> None:
        for watched in self._lanes.values():
            watched.then = None  # nothing begins anew
        for supervisor in self.supervisors.values():
            supervisor.stop()
        if self._lookout is not None:
            self._lookout.stop()

    def ended(self, *, wanted: bool = True) -> list[Record]:
        """What is said of each lane as the watch ends, whatever ends it: the gaps that are open.

        What was received and not taken, or taken and not shown to the end, is one of them, if it
        was `wanted`.
        """
        unprinted, records = self._leftover() if wanted else ({}, [])
        now_ms = self._setup.runtime.now_ms()
        for lane, reducer in self.reducers.items():
            records += reducer.ended(now_ms, unprinted.get(lane))
        return records

    def _leftover(self) -> tuple[dict[Lane, MessagesDropped], list[Record]]:
        """How much of each lane nobody will print, since when; and what tells of gaps there."""
        found, gaps = dict[Lane, MessagesDropped](), list[Record]()
        until_s = self._setup.runtime.monotonic() + LEFTOVER_S
        for message, told in self._untold():
            if isinstance(message, Batch):
                found[message.lane] = _dropped(message, found.get(message.lane))
            gaps += [record for record in told if isinstance(record.body, OF_GAPS)]
            if self._setup.runtime.monotonic() > until_s:
                return self._uncounted(found), gaps
        return found, gaps

    def _untold(self) -> Iterator[tuple[LaneMessage, list[Record]]]:
        """What is being shown, and all that nobody takes any more, with what comes of it."""
        message, told = self._in_hand
        if message is not None:
            yield message, told
        while (message := self._setup.backlog.take(0)) is not None:
            if message.lane not in self.reducers:
                continue
            is_taken = not isinstance(message, Batch | ThreadCrashed)
            yield message, self.reducers[message.lane].take(message).records if is_taken else []

    def _uncounted(self, found: dict[Lane, MessagesDropped]) -> dict[Lane, MessagesDropped]:
        """The same, of every lane, if there was more than could be counted."""
        now_ms = self._setup.runtime.now_ms()
        since_ms = min((each.from_ms for each in found.values()), default=now_ms)
        return {lane: MessagesDropped(lane, 0, since_ms, now_ms) for lane in self.reducers}

    def lane_ends(self, scope: Scope | None) -> list[LaneEnd]:
        """What is left to doubt on each market of an account."""
        each = self.reducers.items()
        return [reducer.lane_end() for lane, reducer in each if lane.scope == scope]

    def __exit__(self, *_: object) -> None:
        """End the supervisors, and wait a little for their threads."""
        self._stop()
        for supervisor in self.supervisors.values():
            supervisor.join(JOIN_S)
        self._setup.backlog.close()


@dataclass(slots=True)
class _Watched:
    """What a lane works with.

    If it is being removed, until when its threads are waited for, and what is done `then`.
    """

    context: LaneContext
    outlet: Outlet
    until_s: float = 0.0
    then: Callable[[], None] | None = None


def _of_nobody(message: LaneMessage) -> list[Record]:
    """What came too late of a lane that is gone tells nothing, but for a bug."""
    if isinstance(message, ThreadCrashed):
        raise message.error
    return []


def _dropped(batch: Batch, before: MessagesDropped | None) -> MessagesDropped:
    count, since_ms = len(batch.messages), batch.time_ms - LATENCY_MS
    if before is not None:
        count, since_ms = count + before.count, before.from_ms
    return MessagesDropped(batch.lane, count, since_ms, batch.time_ms)


def idle(engine: Engine, now_ms: int) -> None:
    """Nothing has come: have that looked up which waited for more, in vain.

    Of sleep keepers are told, who would notice it late by themselves.
    """
    if engine.awake.has_slept():
        engine.wake()
    for lane in [*engine.doubtful]:
        reducer = engine.reducers.get(lane)
        if reducer is None or not reducer.doubts.has_any:
            engine.doubtful.discard(lane)
        else:
            _pass_on(engine.supervisors[lane], reducer.doubts.after(Outcome([]), now_ms))


def _pass_on(supervisor: LaneSupervisor, outcome: Outcome) -> None:
    """Tell a lane's threads what there is to do for them."""
    if outcome.judged is not None:
        supervisor.judge(*outcome.judged)
    if outcome.gap_change is not None:
        supervisor.history.add(outcome.gap_change)
    if outcome.question is not None:
        supervisor.history.add(outcome.question)
    if outcome.uncertain:
        supervisor.look()
    if outcome.flooded is not None:
        supervisor.give_up(outcome.flooded)
