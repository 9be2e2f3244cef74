"""How often an account is read while somebody looks, second by second; no stream, no marks."""

import threading
from dataclasses import replace
from itertools import pairwise

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.limits.weight import CONNECTION, Claim, Purpose
from binfut_cli.stream.coverage.looking.readings import Readings
from binfut_cli.stream.messages import AccountReread, BracketsRead, LaneMessage
from tests.support.simulation import Simulation

LOOKING_S, IDLE_S, IDLE_EVERY_S = 15.0, 60.0, 12.0
BRACKETS_S, BRACKETS_RETRY_S = 6 * 3600.0, 60.0
EVERY_S = 7.0  # longer than what all of an address may be read


class Looked:
    """Readings of an account that somebody looks at, each with its second."""

    def __init__(self) -> None:
        self.sim = Simulation(Market.USDM, 1, every_s=1e9)
        context = self.sim.engine.supervisors[Lane(Market.USDM)]._context
        self.context = replace(context, put=self.put)
        self.readings = Readings(self.context, EVERY_S)
        self.read_s: list[float] = []
        self.brackets: list[BracketsRead] = []
        self.sim.lag_s = 0.0

    def put(self, message: LaneMessage) -> None:
        if isinstance(message, BracketsRead):
            self.brackets.append(message)
        else:
            assert isinstance(message, AccountReread)
            assert message.time_ms == self.sim.watch_ms()
            self.read_s.append(self.sim.now_s)

    def look(self, *, has_changed: bool = False, is_idle: bool = False) -> None:
        self.readings.look(has_changed=has_changed, is_idle=is_idle)

    def wait(self, seconds: int, *, is_idle: bool = False, step_s: float = 1.0) -> list[float]:
        """Look on for so long, then tell when it was read."""
        self.read_s.clear()
        for _ in range(seconds):
            self.sim.catch_up()
            self.sim.now_s += step_s
            self.look(is_idle=is_idle)
        return self.read_s


@pytest.fixture
def looked() -> Looked:
    found = Looked()
    found.look()
    return found


def spaces(read_s: list[float]) -> list[float]:
    return [late - early for early, late in pairwise(read_s)]


def test_it_is_read_at_once_and_then_every_so_often(looked: Looked) -> None:
    found = looked.wait(20)
    assert found[0] <= 1
    assert spaces(found) == [EVERY_S] * 2


def test_of_several_one_near_its_liquidation_is_never_old() -> None:
    several = [Looked() for _ in range(4)]
    for each in several:
        each.context.gate = several[0].context.gate
    for _ in range(240):
        for each in several:
            each.sim.catch_up()
            each.sim.now_s += 1
            each.readings.look(has_changed=False, is_idle=False, is_near=each is several[0])
    first, *others = (spaces(each.read_s[1:]) for each in several)
    assert max(first) <= 12
    assert 30 < max(map(max, others)) < 40


def test_after_a_change_it_is_read_soon_and_once(looked: Looked) -> None:
    looked.wait(20)
    looked.look(has_changed=True)
    found = looked.wait(6)
    assert len(found) == 1
    assert found[0] <= 21


def test_an_account_that_holds_nothing_leaves_the_pace_to_others() -> None:
    looked = Looked()
    looked.look(is_idle=True)
    assert spaces(looked.wait(30, is_idle=True)) == [IDLE_EVERY_S] * 2


def test_what_somebody_else_has_read_need_not_be_read(looked: Looked) -> None:
    looked.wait(3)
    looked.readings.was_read()
    assert looked.wait(10) == [10.0]


def test_whoever_has_looked_is_taken_to_look_on_for_a_while(looked: Looked) -> None:
    looked.read_s.clear()
    for _ in range(60):
        looked.sim.catch_up()
        looked.sim.now_s += 1
    assert len(looked.read_s) >= 2
    assert looked.read_s[-1] < LOOKING_S
    looked.look()
    assert len(looked.wait(3)) == 1


def test_what_fails_is_tried_the_next_time(looked: Looked) -> None:
    looked.sim.bend = lambda method, reply: {"id": reply["id"], "status": 500, "error": {}}
    assert looked.wait(10) == []
    assert looked.sim.asked["v2/account.position"] == 2
    looked.sim.bend = lambda method, reply: reply
    assert len(looked.wait(6)) == 1


def test_brackets_are_read_with_the_first_reading_and_seldom_again(looked: Looked) -> None:
    looked.wait(11)
    assert len(looked.brackets) == 1
    assert looked.brackets[0].lane == looked.context.lane
    looked.sim.now_s = BRACKETS_S - 1
    looked.wait(6, step_s=0.1)
    assert len(looked.brackets) == 1
    looked.sim.now_s = BRACKETS_S
    looked.look()
    looked.wait(1)
    assert len(looked.brackets) == 2


def test_brackets_that_cannot_be_read_are_tried_again_later(looked: Looked) -> None:
    looked.sim.refused = "/fapi/v1/leverageBracket"
    looked.wait(11)
    looked.sim.refused = ""
    looked.sim.now_s = BRACKETS_RETRY_S - 1
    looked.wait(6, step_s=0.1)
    assert looked.sim.asked["/fapi/v1/leverageBracket"] == 1
    looked.sim.now_s = BRACKETS_RETRY_S
    looked.look()
    looked.wait(1)
    assert len(looked.brackets) == 1


def test_while_the_gate_has_no_room_for_looks_nothing_is_read(looked: Looked) -> None:
    gate, now_s = looked.context.gate, looked.sim.now_s
    while not gate.take(Claim.of(Purpose.READING, 10, now_s), now_s):
        pass
    assert looked.wait(4) == []
    assert looked.wait(60)


def test_the_thread_is_one_and_ends_with_the_watch(looked: Looked) -> None:
    looked.look(has_changed=True)
    looked.sim.catch_up()
    assert len(looked.sim._turns) == 1
    looked.context.stopped.set()
    looked.readings.wake()
    looked.read_s.clear()
    looked.sim.now_s += 20
    looked.look()
    looked.sim.catch_up()
    assert not looked.sim._turns
    assert not looked.read_s


@pytest.mark.parametrize(("second", "reads"), [(14.9, 1), (15.0, 0)])
def test_whoever_looked_15_seconds_ago_looks_no_longer(
    looked: Looked, second: float, reads: int
) -> None:
    looked.sim.now_s = second
    for _ in range(2):
        looked.sim.catch_up()
    assert (len(looked.read_s), len(looked.brackets)) == (reads, reads)


def test_it_waits_for_the_next_reading_or_a_minute_or_for_who_looks_anew(looked: Looked) -> None:
    waited = list[tuple[threading.Event, float]]()

    def wait(event: threading.Event, seconds: float) -> bool:
        waited.append((event, seconds))
        return event.is_set()

    looked.context.runtime = replace(looked.context.runtime, wait=wait)
    looked.wait(3, step_s=0.0)
    looked.sim.now_s = 20.0
    looked.sim.catch_up()
    attention = looked.readings._attention
    assert waited == [(attention, EVERY_S), (attention, IDLE_S)]


def test_who_looks_wakes_it_only_for_what_it_would_not_do_of_itself(looked: Looked) -> None:
    attention = looked.readings._attention
    looked.wait(2, step_s=0.0)
    looked.look()
    assert not attention.is_set()
    looked.look(has_changed=True)
    assert attention.is_set()
    looked.sim.now_s = 2.0
    for _ in range(2):
        looked.sim.catch_up()
    assert not attention.is_set()
    looked.sim.now_s = 30.0
    looked.look()
    assert attention.is_set()


def test_its_own_connection_is_a_handshake_and_is_closed_when_all_is_to_end() -> None:
    looked = Looked()
    looked.readings.wake()  # before anybody has looked
    looked.context.handshakes = HandshakeBudget(3, 2)
    looked.look()
    looked.wait(2, step_s=0.0)
    account = looked.readings._account
    assert account is not None
    assert (account.connections, looked.context.account.connections) == (1, 0)
    assert looked.context.handshakes.room(0.0) == 1
    looked.readings.wake()
    looked.wait(9)
    assert account.connections == 2


def test_what_it_asks_is_weighed_once_and_told_by_its_own_account() -> None:
    looked, minute_s = Looked(), 61.0
    minute = looked.context.gate.budget._minute
    looked.context.ask(looked.context.account.server_ms)
    assert minute.all(looked.sim.now_s) > 0
    looked.sim.now_s = minute_s
    looked.look()
    looked.sim.catch_up()
    assert (len(looked.brackets), minute.own(minute_s)) == (1, 2)
    assert minute.all(minute_s) == 0  # what the keeper was told a minute ago is no news
    looked.sim.catch_up()
    assert (len(looked.read_s), minute.own(minute_s)) == (1, 2 + 10 + CONNECTION)
    assert minute.all(minute_s) == 10


def test_the_next_reading_is_due_ten_seconds_after_the_last_and_asked_for_when_it_may_be() -> None:
    looked = Looked()
    looked.look()
    looked.wait(3, step_s=0.0)
    claim = looked.readings._claim
    assert (claim.purpose, claim.weight) == (Purpose.READING, 10)
    assert (claim.due_s, claim.ready_s) == (10.0, EVERY_S)
