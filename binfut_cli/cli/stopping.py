"""How a run is told to end, wherever in it the signal comes."""

import signal
import threading
from types import FrameType

AGAIN_S = 0.01


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt, no ordinary handler may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def listen() -> None:
    """End in order on SIGTERM and SIGHUP; a SIGHUP that nohup has silenced stays silent."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None:
            _hear(number)


def repeat(thrown_away: BaseException | None) -> bool:
    """Let a signal come again if this is what it raised; return whether it is.

    Where Python cannot raise (callbacks of weak references, of which every import runs one, and
    finalizers) it throws the exception away, and the run would go on as if nobody had asked.
    """
    if isinstance(thrown_away, KeyboardInterrupt):
        number = int(signal.SIGINT)
    elif isinstance(thrown_away, Terminated):
        number = thrown_away.number
        _hear(number)
    else:
        return False
    later = threading.Timer(AGAIN_S, signal.raise_signal, (number,))  # here it would be lost again
    later.daemon = True
    later.start()
    return True


def _hear(number: int) -> None:
    if signal.getsignal(number) is signal.SIG_DFL:
        signal.signal(number, _terminate)


def _terminate(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one does not wait
    raise Terminated(number)
