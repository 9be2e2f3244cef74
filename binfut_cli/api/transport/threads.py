"""Several calls at once, each on a thread of its own; the caller stays interruptible."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

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

    threads = [
        threading.Thread(target=run, args=(index, call), daemon=True)
        for index, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        while thread.is_alive():
            thread.join(_WAKE_S)
    for index in sorted(faults):
        raise faults[index]
    return [results[index] for index in range(len(calls))]
