"""What a watch takes from outside: clocks, tasks, chance. A test brings its own."""

import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Sleep
from binfut_cli.api.transport.waiting.here import Running
from binfut_cli.api.transport.waiting.readers import Reader, Readers
from binfut_cli.api.transport.waiting.tasks import Tasks

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


TASKS, READERS = Tasks(), Readers()
"""Of the whole process: two threads, and a few for work that blocks, for however many accounts."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Clocks in seconds and ms; how to start a task, to wait in one, to have a stream read.

    What `attend` gives back lets the thread that prints read streams while it waits; None does not.

    `seconds` goes on while the computer sleeps, `monotonic` does not: their difference tells.
    """

    seconds: Callable[[], float] = awake_and_asleep
    monotonic: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = field(default_factory=steady)
    spawn: Callable[[Callable[[], bool]], Running] = TASKS.spawn
    read: Callable[[Reader], Running] = READERS.add
    attend: Callable[[], Sleep | None] = READERS.attend
    wait: Callable[[threading.Event, float], bool] = here.wait
    chance: Callable[[], float] = random.random
