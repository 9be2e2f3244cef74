"""The sessions of several lanes, merged on one thread into one sequence of records."""

import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

from binfut_cli.account import Account
from binfut_cli.markets import Endpoints, Env, Lane
from binfut_cli.redaction import Redactor
from binfut_cli.watch.backlog import Backlog
from binfut_cli.watch.gate import Gate
from binfut_cli.watch.items import Batch, Checked, Ended, Item, Lost, Taken
from binfut_cli.watch.kit import Kit
from binfut_cli.watch.merge import Merger
from binfut_cli.watch.records import Record, heartbeat
from binfut_cli.watch.session import Session
from binfut_cli.watch.world import World

TICK_S = 0.25
JOIN_S = 0.3
HEARTBEAT_S = 30.0
DRAIN_S = 3.0
IDLE_S = 1.0
"""How long the end waits for the threads: altogether, and while they bring nothing."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a watch is to be run; set `ending` to have it drain and end.

    `gates` are of lanes that say which environment they are in, `gate` is of all others. If it is
    `forgiving`, a lane that cannot be read does not end the watch while another may be.
    """

    timeout_s: float = 10.0
    keep_raw: bool = False
    redundant: bool = False
    forgiving: bool = False
    heartbeat_s: float = HEARTBEAT_S
    world: World = field(default_factory=World)
    gate: Gate = field(default_factory=Gate)
    gates: Mapping[Env, Gate] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=Backlog)
    redactor: Redactor = field(default_factory=Redactor)
    ending: threading.Event = field(default_factory=threading.Event)


def follow(
    lanes: Sequence[tuple[Account, Endpoints]],
    *,
    timeout_s: float = 10.0,
    keep_raw: bool = False,
    redactor: Redactor | None = None,
    setup: Setup | None = None,
) -> Generator[list[Record]]:
    """Watch every lane until told to end; yield each item's records, and [] when idle.

    With `keep_raw`, event records carry the message's bytes. The idle yields let the caller notice
    a deadline or a reader that has gone. A fault before a lane was ever read is raised, unless the
    setup is forgiving: then it is a record, and it ends when none was read and all have failed.
    Later faults are records, and are tried again without end.
    """
    setup = setup or Setup(timeout_s, keep_raw, redactor=Redactor(also=redactor))
    engine = Engine(lanes, setup)
    engine.start()
    try:
        yield from engine.run()
    finally:
        engine.close()


class Engine:
    """The sessions and mergers of all lanes, and the thread that runs `run`."""

    def __init__(self, lanes: Sequence[tuple[Account, Endpoints]], setup: Setup) -> None:
        self._setup = setup
        self._backlog = setup.backlog
        self.sessions = {account.lane: self._session(account, place) for account, place in lanes}
        self.mergers = {
            lane: Merger(lane, setup.redactor, keep_raw=setup.keep_raw) for lane in self.sessions
        }
        self._left: set[Lane] = set(self.sessions)
        self._failed: set[Lane] = set()  # never read, and the last attempt failed
        self.beat_s = setup.world.seconds() + setup.heartbeat_s

    def _session(self, account: Account, place: Endpoints) -> Session:
        setup, scope = self._setup, account.lane.scope
        gate = setup.gates.get(scope.env, setup.gate) if scope else setup.gate
        return Session(
            Kit(
                account, place, self._backlog.put, setup.redactor, gate, setup.world,
                setup.timeout_s, setup.redundant, setup.forgiving,
            )
        )  # fmt: skip

    def start(self) -> None:
        """Start a keeper for each lane."""
        for session in self.sessions.values():
            session.start()

    def run(self) -> Generator[list[Record]]:
        """Yield records until told to end and nothing is left, or until that takes too long."""
        world = self._setup.world
        while self._left - self._failed and not self._setup.ending.is_set():
            yield self._next()
            if world.seconds() >= self.beat_s:
                yield self.beat()
        self._stop()
        end_s = world.monotonic() + DRAIN_S
        idle_s = world.monotonic() + IDLE_S
        while self._left and world.monotonic() < min(end_s, idle_s):
            if records := self._next():
                idle_s = world.monotonic() + IDLE_S
            yield records

    def _next(self) -> list[Record]:
        item = self._backlog.take(TICK_S)
        return [] if item is None else self.take(item)

    def take(self, item: Item) -> list[Record]:
        """The records of an item; what its session is to know of it is passed on."""
        merger = self.mergers[item.lane]
        records = merger.take(item) if isinstance(item, Batch) else self._rare(item, merger)
        if merger.uncertain:
            merger.uncertain = False
            self.sessions[item.lane].look()
        return records

    def _rare(self, item: Item, merger: Merger) -> list[Record]:
        """The same for all that is no batch, and may concern the session or the end."""
        self._note(item)
        records, session = merger.take(item), self.sessions[item.lane]
        if isinstance(item, Checked) and merger.finding is not None:
            session.judge(item.number, merger.finding.verdict)
        if merger.missed is not None:
            session.history.add(merger.missed)
            merger.missed = None
        return records

    def _note(self, item: Item) -> None:
        """Keep in mind which lanes have ended, and which failed before they were ever read."""
        if isinstance(item, Lost) and item.fatal and not self._setup.forgiving:
            raise item.error
        match item:
            case Ended():
                self._left.discard(item.lane)
            case Lost(unread=True):
                self._failed.add(item.lane)
            case Taken():
                self._failed.discard(item.lane)

    def beat(self) -> list[Record]:
        """A heartbeat of every lane."""
        world = self._setup.world
        self.beat_s = world.seconds() + self._setup.heartbeat_s
        return [
            heartbeat(lane, merger.at(world.now_ms()), merger.counts, self._backlog.size)
            for lane, merger in self.mergers.items()
        ]

    def _stop(self) -> None:
        for session in self.sessions.values():
            session.stop()

    def close(self) -> None:
        """End the sessions, and wait a little for their threads."""
        self._stop()
        for session in self.sessions.values():
            session.join(JOIN_S)
        self._backlog.close()
