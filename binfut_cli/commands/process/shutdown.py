"""Signals that end a watch: the first lets it finish what it has, the second does not wait."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.commands.process.signals import Terminated, deferred

PATIENCE_S = 4.0
"""How long a reader of our output may hold up the end."""


class Shutdown:
    """Whether the end was asked for, and by which signal; SIGHUP only sets what is `hung_up`.

    What signals set is a Bell: an Event has a lock, which the code that they interrupt may hold.
    """

    def __init__(self, *hung_up: threading.Event) -> None:
        self.asked: threading.Event = Bell()
        self.by: signal.Signals | None = None
        self.reason = ""  # another than a signal
        self._hung_up = hung_up

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for SIGINT, SIGTERM and SIGHUP; put back what listened before.

        A SIGHUP that nohup has silenced stays silent, if it would end the run.
        """
        handlers = dict.fromkeys(_kinds(), self._ask)
        if self._hung_up and hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = self._hang_up
        before = {kind: signal.signal(kind, handler) for kind, handler in handlers.items()}
        try:
            yield
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def leave(self, by_signal: bool = False) -> None:
        """End because the user has pressed a key; as SIGINT does, if that is what it stands for."""
        if by_signal:
            signal.raise_signal(signal.SIGINT)
        else:
            self.reason = "quit"
            self.asked.set()

    def be_patient(self) -> None:
        """Let a reader of our output hold up the end for PATIENCE_S from now on, then raise."""
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._ask)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)

    def exception(self) -> BaseException:
        """What the signal means for the exit status."""
        if self.by is None or self.by is signal.SIGINT:
            return KeyboardInterrupt()
        return Terminated(self.by)

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        for each in self._hung_up:
            each.set()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.by is not None:
            if deferred(number, frame):
                return
            raise self.exception()
        self.by = signal.Signals(number)
        self.asked.set()
        self.be_patient()


def _kinds() -> list[signal.Signals]:
    """The signals that end a run; Windows has no SIGHUP."""
    found = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        found.append(hang_up)
    return found
