"""A watch of both markets of a sandbox, on a thread of its own, and all that it said."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from bench.chaos.client import Client
from bench.chaos.haste import Hasty, runtime
from binfut_cli.api.client import AccountClient
from binfut_cli.auth import credentials
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.backlog import Backlog
from binfut_cli.stream.coverage.context import StreamOptions
from binfut_cli.stream.coverage.limits.rate_gate import UNTOLD_MS, RateLimitGate
from binfut_cli.stream.coverage.limits.weight import WeightBudget
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.records import COVERED, Cause, Drift, Gap, LaneEnd, Record, Status

MEMORY_BYTES = 64 * 1024
DISK_BYTES = 256 * 1024
"""Room for what waits to be printed: little, so that a slow reader fills it."""
BOUNDLESS = 10**9
"""The exchange's minutes are not as fast as the watch's, and grant so much."""


class Watching:
    """The records so far, each market's last verdict on itself, and how often it found deafness."""

    def __init__(
        self, sandbox: Sandbox, computer: Client, *, redundant: bool, speed: float
    ) -> None:
        self.records: list[Record] = []
        self.standing: dict[Market, str] = {}
        self.found_deaf: Counter[Market] = Counter()
        self._sandbox, self._computer, self._speed = sandbox, computer, speed
        self.ends: list[LaneEnd] = []
        self._reducers: list[Reducer] = []
        self._ending = threading.Event()
        self._fault: BaseException | None = None
        self._setup = Setup(
            runtime=runtime(speed, lambda: computer.asleep_s, computer.watch_ms),
            ending=self._ending,
            options=StreamOptions(redundant=redundant),
            backlog=Backlog(MEMORY_BYTES, DISK_BYTES),
            gate=RateLimitGate(
                now_ms=computer.wall_ms,
                steady_ms=computer.watch_ms,
                untold_ms=round(UNTOLD_MS / speed),
                budget=WeightBudget(BOUNDLESS),
            ),
        )
        self._thread = threading.Thread(target=self._watch, name="watch")

    def start(self) -> None:
        """Start, and wait until both markets are covered."""
        self._thread.start()
        if not self.until(self.is_covered, 10):
            raise TimeoutError("The watch was not covered within 10 s.")

    def close(self) -> None:
        """End the watch, and wait for its thread."""
        self._ending.set()
        self._thread.join()

    def is_covered(self) -> bool:
        """Whether both markets say that they are."""
        return all(self.standing.get(market) in COVERED for market in Market)

    def is_sure(self) -> bool:
        """Whether nothing is in doubt: history has answered."""
        return all(reducer.doubts.unsure_ms is None for reducer in self._reducers)

    def account(self, market: Market) -> AccountClient:
        """The account that is watched, as another client of it."""
        key = self._sandbox.accounts[0]
        found = credentials.sandbox(key.api_key, key.secret)
        place, clock = self._place(market), self._computer.wall_ms
        hasty = Hasty(market, self._speed, clock)
        return AccountClient(market, place, found, timeout_s=1.0, now_ms=clock, transport=hasty)

    def until(self, met: Callable[[], bool], seconds: float) -> bool:
        """Wait for something; False if it does not come. Raises what broke the watch."""
        end = time.monotonic() + seconds
        while not met():
            self.check()
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def check(self) -> None:
        """Raise what broke the watch."""
        if self._fault is not None:
            raise self._fault

    def _place(self, market: Market) -> Endpoints:
        stream = self._sandbox.stream[market] + MARKET_APIS[market].stream_path
        return Endpoints(self._sandbox.rest[market], self._sandbox.ws_api[market], stream)

    def _watch(self) -> None:
        try:
            lanes = [(self.account(market), self._place(market)) for market in Market]
            with Engine(lanes, self._setup) as engine:
                self._reducers += engine.reducers.values()
                for records in engine.run():
                    self._computer.print()
                    for record in records:
                        self._note(record)
                for record in engine.ended():
                    self._note(record)
                self.ends = engine.lane_ends(None)
        except BaseException as exc:
            self._fault = exc

    def _note(self, record: Record) -> None:
        self.records.append(record)
        if record.market is None:
            return
        match record.body:
            case Status(verdict=verdict):
                self.standing[record.market] = verdict
            case Drift() | Gap(cause=Cause.AUDIT):
                self.found_deaf[record.market] += 1
