"""How a run is told to end: a signal raises, on the main thread, and is never lost on the way."""

import signal
import threading
from types import FrameType

AGAIN_S = 0.05


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt, no ordinary handler may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def listen() -> None:
    """End in order on SIGTERM and SIGHUP; a SIGHUP that nohup has silenced stays silent."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)


def _terminate(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one does not wait
    raise Terminated(number)


def again(exc: BaseException | None) -> bool:
    """Send the signal once more that raised what Python has just ignored; False if none did.

    What is raised inside a weak reference's callback or a `__del__` goes no further, and while
    modules load such callbacks run all the time: one signal in some hundreds would do nothing.
    """
    if not isinstance(exc, Terminated | KeyboardInterrupt):
        return False
    number = exc.number if isinstance(exc, Terminated) else signal.SIGINT
    if signal.getsignal(number) is signal.SIG_DFL:
        signal.signal(number, _terminate)
    timer = threading.Timer(AGAIN_S, _send, (number,))  # not here: here it would be ignored again
    timer.daemon = True
    timer.start()
    return True


def _send(number: int) -> None:
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)  # the main thread's own wait must end
    else:
        signal.raise_signal(number)
