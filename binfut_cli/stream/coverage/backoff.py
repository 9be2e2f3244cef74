"""When the next attempt may be made: later and later while they fail, at once after a success.

Blindness is the loss, so a stream that was cut is opened again at once, as often as a budget of
handshakes allows: the exchange takes 300 connections of an address in five minutes (documented for
spot), and bans who makes more.
"""

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from binfut_cli.api import remembered
from binfut_cli.api.client import system_ms
from binfut_cli.codec import Row, is_moment

FLOOR_S = 1.0
CAP_S = 60.0
AT_ONCE_S = 0.25
"""Within which a stream that had been LIVE is opened again; spread, for many may be cut at once."""
WINDOW_S = 310.0
"""Five minutes, and by how much later than another a handshake may get there."""
LANE, LANE_AT_ONCE = 30, 25
PROCESS, PROCESS_AT_ONCE = 150, 125


def delays(chance: Callable[[], float] = random.random) -> Iterator[float]:
    """Yield seconds to wait: each between half and the whole of 1, 2, 4 … 60."""
    ceiling = FLOOR_S
    while True:
        yield ceiling * (0.5 + chance() / 2)
        ceiling = min(ceiling * 2, CAP_S)


class HandshakeFile:
    """When handshakes were made, for a program that is started anew: it has spent them already."""

    def __init__(self, file: Path, now_ms: Callable[[], int] = system_ms) -> None:
        self._file, self._now_ms = file, now_ms

    def ages_s(self) -> list[float]:
        """How many seconds ago each was made, of those that still count; the oldest first."""
        return _ages_s(remembered.read(self._file), self._now_ms())

    def add(self) -> None:
        """Remember one that is being made, if that can be, beside those of other programs."""
        remembered.change(self._file, self._with_another)

    def _with_another(self, before: Row) -> Row:
        now_ms = self._now_ms()
        ages_s = [*_ages_s(before, now_ms), 0.0][-PROCESS:]
        return {"made": [now_ms - round(age_s * 1000) for age_s in ages_s]}


def _ages_s(kept: Row, now_ms: int) -> list[float]:
    made = kept.get("made")
    last = made[-PROCESS:] if isinstance(made, list) else ()
    ages_s = [(now_ms - at_ms) / 1000 for at_ms in last if is_moment(at_ms)]
    return sorted((age_s for age_s in ages_s if 0 <= age_s < WINDOW_S), reverse=True)


class HandshakeBudget:
    """Never more than `most` in any five minutes; `whole` is another's, which is spent as well.

    What is in a `file` was spent before, as seen at `now_s`.

    Up to `at_once` of them may follow each other at once. What is left then is spread over the time
    until the oldest of them is five minutes old, so that no cut has to wait that long.
    """

    def __init__(
        self,
        most: int = LANE,
        at_once: int = LANE_AT_ONCE,
        whole: "HandshakeBudget | None" = None,
        file: HandshakeFile | None = None,
        now_s: float = 0.0,
    ) -> None:
        self._most, self._at_once, self._whole = most, at_once, whole
        self._file = file
        self._made = [now_s - age_s for age_s in (file.ages_s() if file else ())]
        self._lock = threading.RLock()

    def wait_s(self, now_s: float) -> float:
        """In how many seconds the next may be made; 0 for now."""
        with self._lock:
            due_s = self._due_s(now_s)
        wait_s = max(0.0, due_s - now_s)
        return wait_s if self._whole is None else max(wait_s, self._whole.wait_s(now_s))

    def room(self, now_s: float) -> int:
        """How many may follow each other now, of all that share the whole."""
        if self._whole is not None:
            return self._whole.room(now_s)
        with self._lock:
            is_due = self._due_s(now_s) <= now_s
            return max(self._at_once - len(self._made), int(is_due))

    def take(self, now_s: float) -> float:
        """Spend one, if it may be made now: 0; or else in how many seconds it may."""
        whole = self._whole
        with self._lock, whole._lock if whole is not None else self._lock:
            wait_s = self.wait_s(now_s)
            if not wait_s:
                self._note(now_s)
        if not wait_s:
            self._keep()
        return wait_s

    def spend(self, now_s: float) -> None:
        """Take note of one that is being made, whether it may be or not."""
        self._note(now_s)
        self._keep()

    def _note(self, now_s: float) -> None:
        with self._lock:
            self._made.append(now_s)
        if self._whole is not None:
            self._whole._note(now_s)

    def _keep(self) -> None:
        """Write it down, with no lock held: a disk may take its time."""
        if self._file is not None:
            self._file.add()
        if self._whole is not None:
            self._whole._keep()

    def _due_s(self, now_s: float) -> float:
        made = self._made
        while made and made[0] <= now_s - WINDOW_S:
            made.pop(0)
        if len(made) < self._at_once:
            return now_s
        left = self._most - len(made)
        if left <= 0:
            return made[-left] + WINDOW_S
        return made[-1] + (made[0] + WINDOW_S - made[-1]) / (left + 1)
