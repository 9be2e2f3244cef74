"""How a run is told to end, whatever it does at that moment."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from binfut_cli.commands.process.shutdown import Shutdown
from binfut_cli.commands.watch.accounts.several_profiles import Opener
from binfut_cli.commands.watch.going_on import Recorded

PATIENCE_S = 5.0


@contextmanager
def interrupted(kind: signal.Signals) -> Iterator[None]:
    """Have the signal come at every step of what is called in the block."""

    def step(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            sys.settrace(None)
            signal.raise_signal(kind)
            sys.settrace(step)
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        yield
    finally:
        sys.settrace(before)


def hangs(*_: object) -> None:
    raise TimeoutError("the signal waits for what it has interrupted")


def test_a_signal_may_come_at_any_step_of_what_it_interrupts() -> None:
    opener = Opener(None, None)  # type: ignore[arg-type]
    hung_up = Recorded().hung_up
    ending = Shutdown(hung_up, opener.asked)
    with ending.heard():
        signal.signal(signal.SIGALRM, hangs)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
        for event in (hung_up, opener.asked):
            event.set()
            with interrupted(signal.SIGHUP):
                event.clear()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
