"""How a run is told to end: a signal raises, on the main thread, and is never lost on the way."""

import _thread
import signal
import threading
import time
from types import FrameType

AGAIN_S = 0.02


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt, no ordinary handler may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def listen() -> None:
    """End in order on SIGINT, SIGTERM and SIGHUP; one that nohup has silenced stays silent."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None:
            _hear(number)


def deferred(number: int, frame: FrameType | None) -> bool:
    """Whether a signal came while a module loads, or a stream is read; it comes again soon.

    What is raised inside the import machinery may leave its lock behind, and then every other
    thread that imports waits for ever; what was just received would be lost without a word.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib."):
            _again(number)
            return True
        frame = frame.f_back
    from binfut_cli.api.transport.waiting.here import here  # a watch's, which has it already

    if here() is None:
        return False
    _again(number)
    return True


def repeated(ignored: BaseException | None) -> bool:
    """Whether what Python has just ignored was a signal's; it comes again a little later.

    What is raised inside a weak reference's callback or a `__del__` goes no further.
    """
    if isinstance(ignored, KeyboardInterrupt):
        _again(signal.SIGINT)
        return True
    if isinstance(ignored, Terminated):
        _hear(ignored.number)
        _again(ignored.number)
        return True
    return False


def _hear(number: int) -> None:
    if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    if deferred(number, frame):
        return
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(number, signal.SIG_DFL)  # a second one does not wait
    raise Terminated(number)


def _again(number: int) -> None:
    # Not a Thread, whose start takes locks that the main thread may hold just now.
    _thread.start_new_thread(_send, (number,))


def _send(number: int) -> None:
    time.sleep(AGAIN_S)
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)  # the main thread's own wait must end
    else:
        signal.raise_signal(number)
