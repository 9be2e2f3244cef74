"""How long to wait before the next attempt: doubling, capped, and spread by chance."""

import random
from collections.abc import Callable, Iterator

FLOOR_S = 1.0
CAP_S = 60.0
STABLE_S = 60.0
"""A connection that lived this long has earned a fresh start."""


def delays(chance: Callable[[], float] = random.random) -> Iterator[float]:
    """Yield seconds to wait: each between half and the whole of 1, 2, 4 … 60."""
    ceiling = FLOOR_S
    while True:
        yield ceiling * (0.5 + chance() / 2)
        ceiling = min(ceiling * 2, CAP_S)
