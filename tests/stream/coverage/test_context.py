"""What a keeper works with: it asks only through the gate, and every wait can be ended."""

import math

import pytest

from binfut_cli.api.envelope import RateLimit
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import RateLimitedError
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.context import LaneContext, Stopped, StreamOptions
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose
from binfut_cli.stream.events import Rows
from binfut_cli.stream.messages import Health, LaneMessage, ThreadCrashed
from binfut_cli.stream.records import Verdict
from tests.support.simulation import EPOCH_MS, Simulation

OTHERS = "Other accounts come first: an address may ask and connect only so much in a minute."


def context(market: Market = Market.USDM) -> tuple[Simulation, LaneContext]:
    sim = Simulation(market, 1)
    return sim, sim.engine.supervisors[Lane(market)]._context


def refused() -> int:
    raise RateLimitedError("x", hint="", retry_at_ms=EPOCH_MS + 9000)


@pytest.mark.parametrize("market", list(Market))
def test_it_is_of_one_account_on_one_market(market: Market) -> None:
    _, found = context(market)
    assert (found.lane, found.market) == (Lane(market), market)


def test_a_refusal_is_raised_and_closes_the_gate_for_the_next_question() -> None:
    _, found = context()
    with pytest.raises(RateLimitedError):
        found.ask(refused)
    assert found.gate.wait_ms() == 9000
    asked = list[int]()
    with pytest.raises(RateLimitedError):
        found.ask(lambda: asked.append(1))
    assert not asked


def test_an_answer_is_handed_on_and_tells_how_much_weight_is_used() -> None:
    sim, found = context()
    used = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
    sim.bend = lambda _, reply: {**reply, "rateLimits": [used | {"limit": 2400, "count": 2399}]}
    assert found.ask(found.account.server_ms) == sim.now_ms() - 100
    assert found.account.weight == RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, 2399)
    assert found.gate.take(Claim.of(Purpose.COVER, 15, sim.now_s), sim.now_s) > 0


def test_a_connection_that_a_question_opens_is_a_handshake() -> None:
    sim, found = context()
    for _ in range(40):
        sim.now_s += 1
        found.account.close()
        found.ask(found.account.server_ms)
    assert found.handshakes.wait_s(sim.now_s) > 0


def test_a_question_on_an_open_connection_is_none() -> None:
    sim, found = context()
    for _ in range(40):
        found.ask(found.account.server_ms)
    assert found.handshakes.wait_s(sim.now_s) == 0


def test_a_wait_goes_on_until_its_time_or_until_something_wants_attention() -> None:
    sim, found = context()
    assert found.pause(7.0) is False
    assert sim.now_s == 7.0
    sim.at(9.0, found.attention.set)
    assert found.pause(7.0) is True
    assert sim.now_s == 9.0
    assert not found.attention.is_set()


def test_every_wait_ends_with_the_watch() -> None:
    _, found = context()
    found.stopped.set()
    with pytest.raises(Stopped):
        found.pause(7.0)
    with pytest.raises(Stopped):
        found.wait_until(lambda: False, 7.0)


def test_what_is_waited_for_is_looked_at_whenever_something_wants_attention() -> None:
    sim, found = context()
    for second in (2.0, 5.0):
        sim.at(second, found.attention.set)
    assert found.wait_until(lambda: sim.now_s > 4, 7.0)
    assert sim.now_s == 5.0
    assert not found.wait_until(lambda: False, 7.0)
    assert sim.now_s == 12.0
    assert found.wait_until(lambda: True, 0.0)
    assert not found.wait_until(lambda: False, 0.0)


def test_a_start_waits_for_its_turn_and_says_once_that_others_come_first() -> None:
    sim, found = context()
    told = list[LaneMessage]()
    found.put, budget = told.append, found.gate.budget
    budget.note(1080, 0.0)
    assert budget.take(Claim(Purpose.HISTORY, 150, -1.0), 0.0) > 0
    found.admit(again=False)
    assert 60 <= sim.now_s < 62
    (said,) = told
    turn_s = pytest.approx(150 * 60 / 1080)
    assert said == Health(found.lane, EPOCH_MS, Verdict.GAP, OTHERS, turn_s)  # type: ignore[arg-type]


def test_a_turn_that_comes_soon_is_waited_for_in_silence() -> None:
    sim, found = context()
    told = list[LaneMessage]()
    found.put, budget = told.append, found.gate.budget
    budget.note(1080, 0.0)
    assert budget.take(Claim(Purpose.HISTORY, 50, -1.0), 0.0) > 0
    found.admit(again=False)
    assert sim.now_s >= 60
    assert not told


def test_it_is_said_when_others_come_before_though_its_turn_was_to_come_soon() -> None:
    sim, found = context()
    told = list[LaneMessage]()
    found.put, budget = told.append, found.gate.budget
    budget.note(1080, 0.0)
    sim.at(2.0, lambda: budget.take(Claim(Purpose.HISTORY, 150, -1.0), 2.0))
    found.admit(again=False)
    (said,) = told
    assert isinstance(said, Health)
    assert said.time_ms > EPOCH_MS


def test_an_account_that_holds_positions_comes_before_one_that_holds_none() -> None:
    sim, found = context()
    told = list[LaneMessage]()
    found.put, budget = told.append, found.gate.budget
    budget.note(1080, 0.0)
    assert budget.take(Claim(Purpose.START, 150, 1000.0), 0.0) > 0
    found.is_held = True
    found.admit(again=False)
    assert sim.now_s >= 60
    assert not told  # nobody is before it


@pytest.mark.parametrize(("again", "waits"), [(True, False), (False, True)])
def test_what_was_covered_before_may_take_what_is_left_to_the_urgent(
    again: bool, waits: bool
) -> None:
    sim, found = context()
    found.gate.budget.most = 100
    found.gate.budget.note(65, 0.0)
    found.admit(again=again)
    assert (sim.now_s > 0) is waits


@pytest.mark.parametrize(("market", "weight"), [(Market.USDM, 30), (Market.COINM, 20)])
def test_an_account_is_admitted_for_two_readings_of_it(market: Market, weight: int) -> None:
    sim, found = context(market)
    found.gate.budget.most = 100
    found.admit(again=True)
    assert found.gate.take(Claim.of(Purpose.COVER, 100 - weight, sim.now_s), sim.now_s) == 0
    assert found.gate.take(Claim.of(Purpose.COVER, 1, sim.now_s), sim.now_s) > 0


def test_nobody_is_admitted_while_nothing_may_be_asked() -> None:
    sim, found = context()
    with pytest.raises(RateLimitedError):
        found.ask(refused)
    with pytest.raises(RateLimitedError):
        found.admit(again=True)
    assert sim.now_s == 0


def test_the_handshake_of_a_stream_is_spent_as_an_account_is_admitted() -> None:
    sim, found = context()
    found.handshakes = HandshakeBudget(2, 1)
    found.admit(again=True)
    assert found.handshakes.wait_s(sim.now_s) > 0
    found.admit(again=True)  # the attempt before has not used it
    found.await_handshake()
    assert sim.now_s == 0
    found.admit(again=True)
    assert sim.now_s > 0


def test_every_other_stream_waits_for_a_handshake_of_its_own() -> None:
    sim, found = context()
    found.handshakes = HandshakeBudget(2, 1)
    found.admit(again=True)
    found.await_handshake()  # was spent as it was admitted
    assert sim.now_s == 0
    found.await_handshake()
    waited_s = sim.now_s
    assert waited_s > 0
    found.await_handshake()
    assert sim.now_s > waited_s


def test_another_account_may_ask_and_its_connection_counts_as_well() -> None:
    sim, found = context()
    found.gate.budget.most = 100
    other = sim.client()
    assert found.ask(other.server_ms, other) == sim.now_ms() - 100
    assert (found.account.connections, other.connections) == (0, 1)
    assert found.gate.take(Claim.of(Purpose.COVER, 94, sim.now_s), sim.now_s) == 0
    assert found.gate.take(Claim.of(Purpose.COVER, 1, sim.now_s), sim.now_s) > 0


def test_a_bug_ends_a_task_and_is_handed_to_the_thread_that_prints() -> None:
    _, found = context()
    told = list[LaneMessage]()
    found.put, bug = told.append, RuntimeError("x")

    def fails() -> None:
        raise bug

    assert found.completes(lambda: None) is True
    assert not told
    assert found.completes(fails) is False
    assert told == [ThreadCrashed(found.lane, bug)]


def test_a_keeper_begins_with_nothing_known_and_nothing_spent() -> None:
    _, found = context()
    fresh, other = (
        LaneContext(
            found.account, found.endpoints, found.put, found.redactor, found.gate, found.runtime
        )
        for _ in range(2)
    )
    assert fresh.options == StreamOptions()
    assert fresh.handshakes.wait_s(0.0) == 0
    assert fresh.handshakes is not other.handshakes
    assert fresh.is_held is False
    assert fresh.audited_s == -math.inf


def test_a_wait_that_is_disturbed_just_before_its_end_goes_on() -> None:
    sim, found = context()
    sim.at(4.5, found.attention.set)
    assert not found.wait_until(lambda: False, 5.0)
    assert sim.now_s == 5.0


def test_what_is_not_asked_for_is_not_done() -> None:
    options = StreamOptions()
    assert (options.keep_raw, options.redundant, options.forgiving) == (False, False, False)
    assert options.rows is Rows.MAPPED


def test_what_was_not_claimed_is_noted() -> None:
    sim, found = context()
    found.gate.budget.most = 100
    found.ask(found.account.server_ms)  # and the connection
    found.ask(found.account.server_ms, weight=0)
    left = Claim.of(Purpose.COVER, 94, sim.now_s)
    assert found.gate.take(left, sim.now_s) == 0
    assert found.gate.take(Claim.of(Purpose.COVER, 1, sim.now_s), sim.now_s) > 0
