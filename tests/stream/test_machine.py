"""A state machine: whatever is done to a watch, in whatever order, its promises hold throughout."""

import contextlib
import threading

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from binfut_cli.endpoints import Lane, Market
from binfut_cli.sandbox.exchange.refusal import Refusal
from tests.stream.test_promises import CALM_S, Course, check_gaps, check_state, check_told

OVER_S = 100_000_000.0
MACHINES = settings.default.max_examples * 3 // 10  # type: ignore[union-attr]


class Stepped(Course):
    """A watch on a thread of its own, which runs only while time is given to it."""

    def __init__(self, market: Market, **options: object) -> None:
        super().__init__(market, **options)
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._until_s = 0.0
        self._fault: BaseException | None = None
        self.sim.moved = self._moved
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def _keep(self) -> None:
        self._go.acquire()
        try:
            self.sim.run(OVER_S)
        except BaseException as exc:  # raised again on the thread of the test
            self._fault = exc
        self._until_s = OVER_S
        self._back.release()

    def _moved(self) -> None:
        if self.sim.now_s >= self._until_s:
            self._back.release()
            self._go.acquire()

    @property
    def is_over(self) -> bool:
        return self._until_s == OVER_S

    def passes(self, seconds: float) -> None:
        """Let time pass; raise what went wrong meanwhile."""
        if not self.is_over:
            self._until_s = self.sim.now_s + seconds
            self._go.release()
            self._back.acquire()
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """Ask the watch to end, and let it."""
        self.sim.stop()
        self.passes(60)
        assert self.is_over
        self._thread.join()


class Promises(RuleBasedStateMachine):
    """Trouble of every kind; time passes between."""

    watched: Stepped
    troubled = False

    @initialize(market=st.sampled_from(Market), redundant=st.booleans())
    def connect(self, market: Market, redundant: bool) -> None:
        self.watched = Stepped(market, redundant=redundant, every_s=20.0)
        self.watched.passes(5)
        self.watched.deposit()

    def _trouble(self) -> Course:
        self.troubled = True
        return self.watched

    @rule(seconds=st.floats(0.5, 100))
    def time_passes(self, seconds: float) -> None:
        self.watched.passes(seconds)

    @rule()
    def event(self) -> None:
        self.watched.deposit()

    @rule()
    def drop(self) -> None:
        self._trouble().drop()

    @rule()
    def break_one(self) -> None:
        self._trouble().break_one()

    @rule()
    def slow(self) -> None:
        self._trouble().slow()

    @rule()
    def expire(self) -> None:
        self._trouble().expire()

    @rule()
    def close_key(self) -> None:
        self._trouble().close_key()

    @rule()
    def take_key(self) -> None:
        self._trouble().take_key()

    @rule()
    def deafen(self) -> None:
        self._trouble().deafen()

    @rule()
    def audit(self) -> None:
        self.watched.sim.engine.supervisors[Lane(self.watched.market)].look()

    @rule()
    def rotate(self) -> None:
        self.watched.shut_down()

    @rule()
    def suspend(self) -> None:
        self._trouble().sleep()

    @rule()
    def too_many_requests(self) -> None:
        """HTTP 429 until the next minute, and 418 for whoever goes on."""
        sim = self.watched.sim
        with contextlib.suppress(Refusal):
            sim.exchange.ws_weight[self.watched.name].spend(10**9, sim.now_ms())

    @precondition(lambda self: not self.watched.is_over)
    @rule()
    def stop(self) -> None:
        self.watched.stop()

    @invariant()
    def gaps_follow_each_other(self) -> None:
        check_gaps(self.watched)

    @invariant()
    def nothing_is_asked_while_the_exchange_says_wait(self) -> None:
        assert self.watched.sim.impatient == 0

    @invariant()
    def without_trouble_there_is_no_alarm(self) -> None:
        if not self.troubled:
            assert not self.watched.all("gap", "drift", "resync")

    def teardown(self) -> None:
        """After a calm, everything was told or lies in a gap, and the state is the exchange's."""
        if not hasattr(self, "watched"):
            return
        watched, stopped = self.watched, self.watched.is_over
        try:
            if not stopped:
                watched.passes(CALM_S - 1000)
                watched.sim.every_s = 10**9
                watched.passes(1000)
                check_told(watched)
                check_state(watched)
        finally:
            if not watched.is_over:
                watched.stop()
            self.gaps_follow_each_other()


def test_the_promises_hold_whatever_is_done() -> None:
    run_state_machine_as_test(
        Promises, settings=settings(max_examples=MACHINES, stateful_step_count=12)
    )
