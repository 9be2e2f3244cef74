"""What a lane asks of clocks: how far the exchange's is ahead, and whether the computer slept."""

from binfut_cli.errors import BinfutError
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import Suspended
from binfut_cli.stream.messages import ClockMeasured
from binfut_cli.stream.runtime import Runtime

MEASURE_S = 15 * 60.0  # between two looks at the exchange's clock
SUSPEND_S = 10.0  # of difference between the clocks


class ExchangeClock:
    """The exchange's clock, measured when this is made and now and then again: clocks drift."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._due_s = context.runtime.seconds() + MEASURE_S
        self.offset = self._measured()

    def tend(self) -> bool:
        """Measure again if that is due, and tell; whether it was. A failure may wait."""
        context = self._context
        if context.runtime.seconds() < self._due_s:
            return False
        self._due_s = context.runtime.seconds() + MEASURE_S
        try:
            self.offset = self._measured()
        except BinfutError:
            return False
        context.put(ClockMeasured(context.lane, self.offset))
        return True

    def _measured(self) -> ClockOffset:
        account, now_ms = self._context.account, self._context.runtime.now_ms
        return self._context.ask(lambda: ClockOffset.measured(account.server_ms, now_ms))


class SleepDetector:
    """Compares a clock that goes on while the computer sleeps with one that does not."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.began_s = runtime.seconds()
        self._ahead_s = self._now_ahead_s()

    def check(self) -> None:
        """Raise Suspended if the computer has slept."""
        slept_s = self._now_ahead_s() - self._ahead_s
        if slept_s > SUSPEND_S:
            raise Suspended(f"The computer slept for {slept_s:.0f} s.")

    def has_slept(self) -> bool:
        """Whether it has slept since this was last asked."""
        before_s, self._ahead_s = self._ahead_s, self._now_ahead_s()
        return self._ahead_s - before_s > SUSPEND_S

    def _now_ahead_s(self) -> float:
        return self._runtime.seconds() - self._runtime.monotonic()
