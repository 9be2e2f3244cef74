"""Signals that end a watch: the first lets it finish what it has, the second does not wait."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from binfut_cli.cli.stopping import Terminated

PATIENCE_S = 4.0
"""How long a reader of our output may hold up the end."""


class Ending:
    """Whether the end was asked for, and by which signal."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.by: signal.Signals | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for SIGINT and SIGTERM; put back what listened before."""
        kinds = [signal.SIGINT, signal.SIGTERM]
        before = {kind: signal.signal(kind, self._ask) for kind in kinds}
        try:
            yield
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def exception(self) -> BaseException:
        """What the signal means for the exit status."""
        return Terminated() if self.by is signal.SIGTERM else KeyboardInterrupt()

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.asked.is_set():
            raise self.exception()
        self.by = signal.Signals(number)
        self.asked.set()
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._ask)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
