"""What the proofs cost: the engine's way from a socket to lines, against a watch without them.

All ways get the same messages and give the same bytes, block by block in turn, in one thread. The
plain way is a watch's without proofs: receive, hand over by the standard library's queue, take out,
decode, fold, encode. The engine's has the stream with its pings, read by the thread that takes from
the backlog, as what comes alone is, and the search for secrets and the reducer as well. The bare
way only decodes, folds and encodes: what no program can do that may be held up where it prints. The
least CPU time of many blocks counts, so that other load matters little.

Both others decode each message by itself, into mappings; the engine decodes those of a read
together, into structs. That is why it may cost less than they do where a read brings many, and all
its proofs: one event a read is where nothing is shared, and what the proofs cost shows.
"""

import gc
import itertools
import json
import queue
import threading
import time

from bench.blast import update
from bench.endurance.figure import Effort, Figure
from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.auth import credentials
from binfut_cli.codec import beside
from binfut_cli.endpoints import (
    MARKET_APIS,
    Endpoints,
    Env,
    Lane,
    Market,
    Scope,
)
from binfut_cli.render.documents import Lines
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import snapshot
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.coverage.context import StreamOptions
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.events import Event, Rows, decode
from binfut_cli.stream.messages import (
    Batch,
    SnapshotTaken,
    StreamJoined,
    StreamJoining,
    StreamOpened,
)
from binfut_cli.stream.records import Record
from binfut_cli.stream.runtime import Runtime
from binfut_cli.stream.state import State
from tests.support.simulation import NoSocket

BOUND = 1.30
QUEUE_ITEMS = 64
BLOCK, BLOCKS = 960, 40  # messages in a block, and different blocks: no copy is met again
AT_ONCE_S = 1e-6
STEP_MS = 2000  # from block to block
READS = (96, 8, 1)  # messages that one read brings
ROUNDS = 10  # of all blocks
KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"  # as long as one is
USDM = Market.USDM
LANE = Lane(USDM)
Reads = list[list[Message]]


class Clock:
    """The time of day that both ways put on their lines."""

    now_ms = 1_791_669_961_689


class Prepared(NoSocket):
    """A connection that brings what was prepared, and answers the stream's proofs."""

    def __init__(self) -> None:
        self.reads: Reads = []

    def send(self, id_: int, method: str, params: object = ()) -> None:
        """Answer LIST_SUBSCRIPTIONS with the next read."""
        reply = {"result": [KEY], "id": id_}
        self.reads.append([(TEXT, json.dumps(reply).encode())])

    def ping(self, payload: bytes = b"") -> None:
        """Answer with the next read."""
        self.reads.append([(PONG, payload)])

    def receive(self, timeout_s: float) -> list[Message]:
        """The next read, if there is one."""
        return self.reads.pop() if self.reads else []

    def say_goodbye(self) -> None:
        """Nobody hears."""

    def close(self) -> None:
        """Nothing to give back."""


class Bare:
    """Decode, fold, encode."""

    def __init__(self, found: Result, clock: Clock) -> None:
        self._state, self._clock, self._lines = State(found.document), clock, _lines()

    def run(self, reads: Reads) -> bytes:
        """The lines of a block."""
        return b"".join(b"".join([self._line(payload) for _, payload in read]) for read in reads)

    def _line(self, payload: bytes) -> bytes:
        event = decode(payload, USDM)
        assert isinstance(event, Event)
        self._state.apply(event)
        head = {
            "event": event.name,
            "eventTime": event.event_time,
            "transactionTime": event.transaction_time,
        }
        body = beside(head, event.body)
        return self._lines.line(Record("event", USDM, self._clock.now_ms, "stream", body))


class Plain(Bare):
    """The same, from a connection, with a queue between who reads and who prints."""

    def __init__(self, found: Result, clock: Clock) -> None:
        super().__init__(found, clock)
        self._wire = Prepared()
        self._queue: queue.Queue[Batch] = queue.Queue(QUEUE_ITEMS)

    def run(self, reads: Reads) -> bytes:
        """The lines of a block."""
        out, wire = [], self._wire
        wire.reads = reads[::-1]
        while wire.reads:
            self._queue.put(Batch(LANE, self._clock.now_ms, wire.receive(1.0)))
            batch = self._queue.get(timeout=1.0)
            out.append(b"".join([self._line(payload) for _, payload in batch.messages]))
        return b"".join(out)


class Proven:
    """The engine with one stream or two, on one thread."""

    def __init__(self, found: Result, clock: Clock, streams: int) -> None:
        runtime = Runtime(now_ms=lambda: clock.now_ms)
        self._setup = Setup(StreamOptions(rows=Rows.WRITTEN), runtime=runtime)
        place = Endpoints("http://nowhere", "ws://nowhere", "ws://nowhere")
        account = AccountClient(USDM, place, credentials.sandbox("k" * 64, "s" * 64))
        self._engine = Engine([(account, place)], self._setup)
        self._wires = [Prepared() for _ in range(streams)]
        self._streams = [self._stream(number) for number in range(streams)]
        self._reading = self._streams[0]
        self._engine.take(StreamOpened(LANE, clock.now_ms))
        self._engine.take(SnapshotTaken(LANE, clock.now_ms, found, clock.now_ms))
        self._setup.backlog.attend(lambda: self)
        for number in range(1, streams):
            self._engine.take(StreamJoining(LANE, number))
            self._engine.take(StreamJoined(LANE, number))
        self._lines = _lines()

    def _stream(self, number: int) -> Stream:
        wire, setup = self._wires[number], self._setup
        self._setup.redactor.learn(KEY)
        put, seen = setup.backlog.put, threading.Event()
        return Stream(number, LANE, KEY, wire, setup.runtime, put, seen)

    def wait(self, seconds: float) -> None:
        """Read, as the thread does that prints, when it would wait."""
        self._reading.turn()

    def ring(self) -> None:
        """Nobody waits."""

    def close(self) -> None:
        """Nothing to give back."""

    def run(self, reads: Reads) -> bytes:
        """The lines of a block that every stream brings."""
        out, backlog = [], self._setup.backlog
        for wire in self._wires:
            wire.reads = reads[::-1]
        while self._wires[0].reads or self._wires[-1].reads:
            for stream in self._streams:
                self._reading = stream
                if (message := backlog.take(AT_ONCE_S)) is not None:
                    lines = self._lines.text(self._engine.take(message))
                    out.append(self._setup.redactor.clean(lines))
        return b"".join(out)


def _lines() -> Lines:
    return Lines(Scope(Env.SANDBOX, "one-way"), "0" * 12)


def measure(effort: Effort) -> Figure:
    """Time both ways for each size of a read."""
    rows: dict[str, object] = {}
    failures: list[str] = []
    with Sandbox.start() as sandbox:
        found = _account(sandbox)
    for size in READS:
        bare, plain, one, two = _seconds(found, size, effort.amount(ROUNDS, 1))
        name = f"{size} event{'s' * (size > 1)} a read"
        rows[f"{name}: bare / plain / with all proofs / with two streams"] = (
            f"{bare:.2f} / {plain:.2f} / {one:.2f} / {two:.2f} µs"
        )
        rows[f"{name}: **ratio** to the plain way, with one stream / with two"] = (
            f"**{one / plain:.2f}** / {two / plain:.2f}"
        )
        rows[f"{name}: ratio to the bare way, with one stream / with two"] = (
            f"{one / bare:.2f} / {two / bare:.2f}"
        )
        if one / plain > BOUND:
            failures.append(f"{name}: {one / plain:.2f} times the plain way")
    return Figure(rows, failures)


def _account(sandbox: Sandbox) -> Result:
    key = sandbox.accounts[0]
    place = Endpoints(
        sandbox.rest[USDM],
        sandbox.ws_api[USDM],
        sandbox.stream[USDM] + MARKET_APIS[USDM].stream_path,
    )
    with AccountClient(USDM, place, credentials.sandbox(key.api_key, key.secret)) as account:
        return snapshot(account)


def _seconds(found: Result, size: int, rounds: int) -> tuple[float, float, float, float]:
    """The least µs an event: bare, plain, with proofs, and with proofs and a second stream."""
    clock = Clock()
    ways: tuple[Bare | Proven, ...] = (
        Bare(found, clock), Plain(found, clock), Proven(found, clock, 1), Proven(found, clock, 2),
    )  # fmt: skip
    blocks = [_reads(number * BLOCK, size) for number in range(BLOCKS)]
    best = [float("inf")] * len(ways)
    gc.disable()
    for reads in itertools.chain.from_iterable(itertools.repeat(blocks, rounds)):
        clock.now_ms += STEP_MS
        said = []
        for number, way in enumerate(ways):
            began = time.thread_time()
            said.append(way.run(reads))
            best[number] = min(best[number], time.thread_time() - began)
        assert len(set(said)) == 1
        gc.collect(0)
    gc.enable()
    bare, plain, one, two = (seconds / BLOCK * 1e6 for seconds in best)
    return bare, plain, one, two


def _reads(first: int, size: int) -> Reads:
    return [
        [(TEXT, update(number)) for number in range(start, start + size)]
        for start in range(first, first + BLOCK, size)
    ]
