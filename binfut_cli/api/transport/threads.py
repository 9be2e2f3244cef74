"""Several calls at once, beside each other; the caller stays interruptible."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from binfut_cli.api.transport.waiting.here import Running, here

T = TypeVar("T")

_WAKE_S = 0.2


def in_parallel(calls: Sequence[Callable[[], T]], meanwhile: Callable[[], object] = int) -> list[T]:
    """Run the calls side by side and return their results in order; raise the first fault.

    `meanwhile` runs on this thread while they are under way.
    """
    results: dict[int, T] = {}
    faults: dict[int, BaseException] = {}

    def run(index: int, call: Callable[[], T]) -> None:
        try:
            results[index] = call()
        except BaseException as exc:  # handed over whole to the thread that waits
            faults[index] = exc

    started = [_started(partial(run, index, call)) for index, call in enumerate(calls)]
    meanwhile()
    for each in started:
        while each.is_alive():
            each.join(_WAKE_S)
    for index in sorted(faults):
        raise faults[index]
    return [results[index] for index in range(len(calls))]


def _started(run: Callable[[], None]) -> Running:
    if (waits := here()) is not None:
        return waits.start(run)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
