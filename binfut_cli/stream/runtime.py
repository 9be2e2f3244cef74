"""What a watch takes from outside: clocks, threads, chance. A test brings its own."""

import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from binfut_cli.api.client import system_ms


class Running(Protocol):
    """Something that was started and ends by itself."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, no longer than `timeout` seconds."""


_ALWAYS: int | None = getattr(
    time, "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME", None
)


def awake_and_asleep() -> float:
    """Seconds that go on while the computer sleeps.

    Linux calls that clock CLOCK_BOOTTIME, macOS CLOCK_MONOTONIC; elsewhere it is the wall clock.
    """
    if _ALWAYS is not None:
        return time.clock_gettime(_ALWAYS)
    return time.time()


def steady() -> Callable[[], int]:
    """A clock in ms that starts as this computer's and is never set, as that may be."""
    base = system_ms() - int(awake_and_asleep() * 1000)
    return lambda: base + int(awake_and_asleep() * 1000)


def thread(name: str, turn: Callable[[], bool]) -> Running:
    """Call `turn` on a thread of its own until it says that it is done."""

    def run() -> None:
        while turn():
            pass

    started = threading.Thread(target=run, name=name, daemon=True)
    started.start()
    return started


@dataclass(frozen=True, slots=True)
class Runtime:
    """Clocks in seconds and ms, how to start a thread, to wait for an event.

    `seconds` goes on while the computer sleeps, `monotonic` does not: their difference tells.
    """

    seconds: Callable[[], float] = awake_and_asleep
    monotonic: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = field(default_factory=steady)
    spawn: Callable[[str, Callable[[], bool]], Running] = thread
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    chance: Callable[[], float] = random.random
