"""Streams that take each other's place a thousand times, and what was printed meanwhile."""

import threading
import time
from collections import Counter
from functools import partial
from unittest.mock import patch

from bench.chaos.haste import runtime
from bench.endurance.engine import Watched
from bench.endurance.figure import Effort, Figure
from bench.endurance.lively import Lively
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.exchange.exchange import Publication
from binfut_cli.stream.coverage.context import StreamOptions
from binfut_cli.stream.coverage.subscription import stream_set
from binfut_cli.stream.engine import Setup
from binfut_cli.stream.records import Rotate
from tests.support.bodies import bodies

ROTATIONS = 1000
SPEED = 20.0
OLD_S = 5.0  # after which a stream counts as old, for a half of the rotations
LONGEST_S = 20.0  # for one rotation of each market
TWINS_S = 0.05
SHUTDOWN = '{"event":{"e":"serverShutdown","E":1}}'
TWIN = '{"e":"TRADE_LITE","E":%d,"T":%d,"s":"BTCUSDT","q":"0.001","p":"1","m":false,"t":%d}'


class Heard:
    """What the exchange told the account's streams, message for message."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.messages: Counter[tuple[str, bytes]] = Counter()
        with sandbox.exchange.lock:
            sandbox.exchange.listen(self._told)

    def _told(self, told: Publication) -> None:
        if not told.listen_key:  # a mark price, for whoever listens
            return
        text = told.text if told.event is None else dumps(told.event)
        self.messages[told.market, (text or "").encode()] += 1


def measure(effort: Effort) -> Figure:
    """Rotate, and compare what was told with what was printed."""
    each = effort.amount(ROTATIONS, 12) // len(Market)
    options = StreamOptions(keep_raw=True)
    setup = Setup(options, runtime=runtime(SPEED), ending=threading.Event())
    with Sandbox.start(seed=effort.seed) as sandbox:
        with Watched(sandbox, setup, timeout_s=2.0, speed=SPEED) as watched:
            watched.until(watched.is_covered, 10)
            heard = Heard(sandbox)
            with Lively(sandbox, 40, effort.seed, list(Market)), Twins(sandbox):
                _announced(watched, each // 2)
                with patch.multiple(stream_set, ROTATE_S=OLD_S, JITTER_S=0.0):
                    _announced(watched, each // 2 + 1)  # the next ones are old at once
                    watched.until(lambda: _fewest(watched) >= each, each * LONGEST_S)
            watched.until(lambda: _printed(watched).total() >= heard.messages.total(), 5)
        return _judged(watched, heard, each)


def _announced(watched: Watched, count: int) -> None:
    """Announce a shutdown again and again until every market has rotated so often."""
    while _fewest(watched) < count:
        before = {market: watched.count("rotate", market) for market in Market}
        for market in Market:
            watched.sandbox.act({"action": "raw", "text": SHUTDOWN, "market": market})
        if not watched.until(partial(_all_beyond, watched, before), LONGEST_S):
            return


def _all_beyond(watched: Watched, before: dict[Market, int]) -> bool:
    return all(watched.count("rotate", market) > count for market, count in before.items())


def _fewest(watched: Watched) -> int:
    return min(watched.count("rotate", market) for market in Market)


class Twins:
    """Tells the same event twice in a millisecond, again and again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._over = sandbox, threading.Event()
        self._thread = threading.Thread(target=self._tell, name="twins")

    def __enter__(self) -> "Twins":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _tell(self) -> None:
        number = 0
        while not self._over.wait(TWINS_S):
            number, now = number + 1, time.time_ns() // 1_000_000
            for market in Market:
                text = TWIN % (now, now, number)
                for _ in range(2):
                    self._sandbox.act({"action": "raw", "text": text, "market": market})


def _printed(watched: Watched) -> Counter[tuple[str, bytes]]:
    return Counter((str(r.market), r.raw) for r in list(watched.records) if r.raw is not None)


def _judged(watched: Watched, heard: Heard, each: int) -> Figure:
    printed, told = _printed(watched), heard.messages
    lost, double = (told - printed).total(), (printed - told).total()
    rotated = bodies(watched.records, Rotate)
    old = sum("old" in body.reason for body in rotated)
    gaps = watched.count("gap") + watched.count("drift")
    rows: dict[str, object] = {
        "rotations: announced shutdown / age": f"{len(rotated) - old:,} / {old:,}",
        "events told by the exchange": f"{told.total():,}",
        "of these, equal to another": f"{sum(n for n in told.values() if n > 1):,}",
        "copies left out": f"{sum(_removed(watched)):,}",
        "**lost / printed twice**": f"**{lost} / {double}**",
        "gaps and drifts": gaps,
    }
    failures = ["something was lost, doubled or broken"] if lost or double or gaps else []
    return Figure(rows, failures + (["too few rotations"] if _fewest(watched) < each else []))


def _removed(watched: Watched) -> list[int]:
    """How many copies each market's reducer left out: its last word, and before each new start."""
    found: list[int] = []
    for market in Market:
        own = (r for r in watched.records if r.market is market)
        said = [body.duplicates or 0 for body in bodies(own, Rotate)]
        found += [a for a, b in zip(said, [*said[1:], 0], strict=True) if b < a]
    return found
