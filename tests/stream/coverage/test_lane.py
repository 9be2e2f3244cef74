"""What a keeper says of a loss, and how long it waits after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.codec import dumps
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    BusyError,
    ExchangeError,
    RateLimitedError,
)
from binfut_cli.stream.coverage.backoff import HandshakeBudget, delays
from binfut_cli.stream.coverage.context import Stopped, StreamOptions
from binfut_cli.stream.coverage.coverage import Coverage
from binfut_cli.stream.coverage.errors import (
    Deaf,
    KeyExpired,
    NotSubscribed,
    Silent,
    Suspended,
)
from binfut_cli.stream.coverage.lane import _tell_wait
from binfut_cli.stream.coverage.subscription.subscription import Stretch
from binfut_cli.stream.fold.audit import Verdict as Audited
from binfut_cli.stream.messages import (
    CoverageLost,
    Health,
    LaneEnded,
    LaneMessage,
    ThreadCrashed,
)
from binfut_cli.stream.records import Cause, Gap, Record, Verdict
from binfut_cli.stream.state import MOST_ROWS
from tests.support.simulation import EPOCH_MS, Ended, Reply, Simulation

LANE = Lane(Market.USDM)
SPENT = "Earlier runs have made as many connections as are fair in five minutes."


@pytest.mark.parametrize(
    ("exc", "least"),
    [
        (ConnectionClosed("x", 1006), 1),
        (ConnectionClosed("x", 1008), 30),
        (BusyError("x", hint="y"), 1),
        (ExchangeError("a firewall", hint="y"), 300),
        (ExchangeError("x", hint="y", exchange_code=-1121), 1),
        (AuthError("x", hint="y", exchange_code=-2015), 60),
    ],
)
def test_the_wait_fits_the_loss(exc: BinfutError, least: float) -> None:
    session = Simulation(Market.USDM, 1).engine.supervisors[Lane(Market.USDM)]
    assert session._wait_for(exc, 1.0) == least


def test_a_loss_begins_where_coverage_had_a_hole_before_it() -> None:
    """The last of two streams may prove more than both did together."""
    sim = Simulation(Market.USDM, 1)
    session = sim.engine.supervisors[Lane(Market.USDM)]
    end = NotSubscribed("x", EPOCH_MS + 95_000)
    session._context.stopped.set()
    session._report(Stretch(end, proven_ms=EPOCH_MS + 50_000), end, 1.0)
    lost = sim._setup.backlog.take(0)
    assert isinstance(lost, CoverageLost)
    assert lost.covered_ms == EPOCH_MS + 50_000


def test_no_wait_ends_before_the_exchange_says_so() -> None:
    sim = Simulation(Market.USDM, 1)
    sim._setup.gate.close(RateLimitedError("x", hint="y", retry_at_ms=EPOCH_MS + 90_000))
    session = sim.engine.supervisors[Lane(Market.USDM)]
    assert session._wait_for(ConnectionClosed("x"), 1.0) == 90.0


def test_nothing_is_asked_while_the_gate_is_closed() -> None:
    """A ban is met while running: the stream stays, and not one request is sent until it ends."""
    sim = Simulation(Market.USDM, 1, every_s=10**9)
    banned = RateLimitedError("x", hint="y", retry_at_ms=EPOCH_MS + 900_000)
    asked: list[int] = []
    sim.at(300, lambda: sim._setup.gate.close(banned))
    sim.at(301, lambda: asked.append(sim.asked.total()))
    sim.at(899, lambda: asked.append(sim.asked.total()))
    sim.run(1200)
    assert asked[0] == asked[1]
    assert sim.asked.total() > asked[1]  # and audits go on after it
    assert sim.records["gap"] == 0


def flood(sim: Simulation) -> None:
    """The stream tells of more assets than an account has."""
    rows = [{"a": f"A{number}", "wb": "1", "cw": "1"} for number in range(MOST_ROWS)]
    told = {"e": "ACCOUNT_UPDATE", "E": EPOCH_MS, "T": EPOCH_MS, "a": {"B": rows}}
    sim.wires[-1]._waiting.append((TEXT, dumps(told)))


def test_a_stream_that_tells_of_too_much_is_given_up_and_the_account_is_read_anew() -> None:
    said: list[Record] = []
    sim = Simulation(Market.USDM, 1, every_s=10**9, told=said.append)
    sim.at(300, lambda: flood(sim))
    sim.run(600)
    (gap,) = [record.body for record in said if isinstance(record.body, Gap)]
    assert (gap.cause, gap.certainty, gap.reason) == (
        Cause.AUDIT, "certain", "The stream told of more than is kept of an account.",
    )  # fmt: skip
    assert gap.from_ms <= EPOCH_MS + 300_000 <= gap.to_ms
    assert sim.records["snapshot"] == 2
    assert sim.records["resync"] >= MOST_ROWS - 100  # what it had told, taken back
    assert sim.records["drift"] == 0


class Kept:
    """A keeper of the simulation, and what it has handed over."""

    def __init__(self, *, forgiving: bool = False) -> None:
        self.sim = Simulation(Market.USDM, 1, every_s=10**9)
        self.keeper = self.sim.engine.supervisors[LANE]
        self.context = self.keeper._context
        self.context.options = StreamOptions(forgiving=forgiving)
        self.told = list[LaneMessage]()
        self.context.put = self.told.append
        self.context.runtime = replace(self.context.runtime, chance=lambda: 0.5)

    def report(
        self, stretch: Stretch, end: BinfutError, wait_s: float | None = 7.0
    ) -> CoverageLost:
        self.keeper._report(stretch, end, wait_s)
        lost = self.told.pop()
        assert isinstance(lost, CoverageLost)
        assert not self.told
        return lost


def test_a_loss_before_the_account_was_ever_read_is_fatal_and_of_now() -> None:
    kept, end = Kept(), ConnectionClosed("x")
    kept.context.stopped.set()
    assert kept.report(Stretch(end), end) == CoverageLost(
        LANE, EPOCH_MS, EPOCH_MS, end, None, fatal=True, unread=True
    )


@pytest.mark.parametrize(
    ("end", "is_fatal"),
    [(ConnectionClosed("x"), False), (AuthError("x", hint="y", exchange_code=-2015), True)],
)
def test_one_that_may_pass_is_forgiven_where_others_may_be_read(
    end: BinfutError, is_fatal: bool
) -> None:
    kept = Kept(forgiving=True)
    kept.context.stopped.set()
    assert kept.report(Stretch(end), end) == CoverageLost(
        LANE, EPOCH_MS, EPOCH_MS, end, None if is_fatal else 7.0, fatal=is_fatal, unread=True
    )


def test_a_key_that_expired_while_the_account_was_read_is_none_of_its_faults() -> None:
    kept, end = Kept(), KeyExpired(EPOCH_MS - 5000, EPOCH_MS - 4000)
    assert kept.report(Stretch(end, proven_ms=EPOCH_MS - 2000), end) == CoverageLost(
        LANE, EPOCH_MS, EPOCH_MS - 5000, end, 7.0, certain=True, cause=Cause.EXPIRED
    )
    assert kept.sim.now_s == 7.0


def test_a_loss_of_what_was_covered_tells_since_when_and_why() -> None:
    kept, end = Kept(), ConnectionClosed("x")
    kept.keeper._taken = True
    stretch = Stretch(end, proven_ms=EPOCH_MS - 9000, checked_ms=EPOCH_MS - 60_000)
    assert kept.report(stretch, end) == CoverageLost(
        LANE, EPOCH_MS, EPOCH_MS - 9000, end, 7.0, possible_ms=EPOCH_MS - 60_000
    )


def test_what_was_covered_once_is_not_taken_back_by_a_later_attempt() -> None:
    kept, end = Kept(), ConnectionClosed("x")
    kept.keeper._taken = True
    kept.report(Stretch(end, proven_ms=EPOCH_MS - 9000), end)
    assert kept.report(Stretch(end, proven_ms=0), end).covered_ms == EPOCH_MS - 9000
    assert kept.report(Stretch(end, proven_ms=EPOCH_MS), end).covered_ms == EPOCH_MS


def test_a_deaf_stream_may_have_been_so_since_its_own_last_word() -> None:
    kept, end = Kept(), Deaf(EPOCH_MS - 9000, EPOCH_MS - 70_000)
    kept.keeper._taken = True
    stretch = Stretch(end, proven_ms=EPOCH_MS - 2000, checked_ms=EPOCH_MS - 9000)
    assert kept.report(stretch, end) == CoverageLost(
        LANE, EPOCH_MS, EPOCH_MS - 9000, end, 7.0,
        certain=True, cause=Cause.AUDIT, possible_ms=EPOCH_MS - 70_000,
    )  # fmt: skip


def test_after_what_nobody_can_repair_it_rests_until_the_end() -> None:
    kept, end = Kept(), ConnectionClosed("x")
    kept.sim.at(200.0, kept.sim.stop)
    assert kept.report(Stretch(end), end).retry_s is None
    assert kept.sim.now_s == 200.0


@pytest.mark.parametrize(("was_live", "wait_s"), [(True, 0.5 * 0.25), (False, 0.75)])
def test_what_was_live_is_covered_again_at_once(was_live: bool, wait_s: float) -> None:
    kept, end = Kept(), ConnectionClosed("x")
    waits = delays(lambda: 0.5)
    assert kept.keeper._wait_s(Stretch(end, was_live=was_live), end, waits) == wait_s


KEPT, CLOSED = 1, 2  # connections that two questions take


@pytest.mark.parametrize(
    ("end", "was_covered", "connections"),
    [
        (ConnectionClosed("x"), True, KEPT),
        (AuthError("x", hint="y", exchange_code=-2015), True, KEPT),  # for a minute
        (ExchangeError("a firewall", hint="y"), True, CLOSED),
        (ConnectionClosed("x"), False, CLOSED),
        (Silent("x"), True, CLOSED),
        (Suspended("x"), True, CLOSED),
    ],
)
def test_the_connection_of_questions_stays_unless_it_is_in_doubt_or_will_be_old(
    end: BinfutError, was_covered: bool, connections: int
) -> None:
    kept = Kept()
    kept.context.ask(kept.context.account.server_ms)
    stretch = Stretch(end, doubt=end if was_covered else None)
    kept.keeper._wait_s(stretch, end, delays())
    kept.context.ask(kept.context.account.server_ms)
    assert kept.context.account.connections == connections


def test_a_first_connection_that_has_to_wait_for_those_of_earlier_runs_says_so() -> None:
    kept = Kept()
    kept.context.handshakes = HandshakeBudget(2, 1)
    kept.context.handshakes.spend(0.0)
    _tell_wait(kept.context)
    assert kept.told == [Health(LANE, EPOCH_MS, Verdict.GAP, SPENT, 155.0)]
    kept.sim.now_s = 153.5
    _tell_wait(kept.context)
    assert kept.told[1:] == [Health(LANE, EPOCH_MS + 153_500, Verdict.GAP, SPENT, 1.5)]


def test_one_that_need_not_wait_says_nothing() -> None:
    kept = Kept()
    _tell_wait(kept.context)
    kept.context.handshakes = HandshakeBudget(2, 1)
    kept.context.handshakes.spend(0.0)
    kept.sim.now_s = 154.5
    _tell_wait(kept.context)
    assert not kept.told


def test_handshakes_that_are_spent_are_waited_for() -> None:
    kept = Kept()
    kept.context.handshakes = HandshakeBudget(2, 1)
    kept.context.handshakes.spend(0.0)
    assert kept.keeper._wait_for(ConnectionClosed("x"), 1.0) == 155.0


def test_the_keeper_ends_with_a_word_and_its_connection_closed() -> None:
    kept = Kept()
    kept.context.ask(kept.context.account.server_ms)
    kept.keeper.stop()
    assert kept.context.stopped.is_set()
    assert kept.context.attention.is_set()
    assert kept.keeper.keep() is False
    assert kept.told == [LaneEnded(LANE)]
    kept.context.ask(kept.context.account.server_ms)
    assert kept.context.account.connections == CLOSED


def test_a_bug_of_the_keeper_is_handed_to_the_thread_that_prints() -> None:
    kept = Kept()
    bug = RuntimeError("x")

    def fails() -> float:
        raise bug

    kept.context.runtime = replace(kept.context.runtime, seconds=fails)
    assert kept.keeper.keep() is False
    assert kept.told == [ThreadCrashed(LANE, bug), LaneEnded(LANE)]


def test_what_the_merging_thread_says_wakes_the_keeper() -> None:
    kept = Kept()
    for say in (
        kept.keeper.look,
        lambda: kept.keeper.give_up(1),
        lambda: kept.keeper.judge(1, "clean"),
    ):
        kept.context.attention.clear()
        say()
        assert kept.context.attention.is_set()


def test_who_starts_the_keeper_may_wait_for_its_end() -> None:
    kept, waited = Kept(), list[float | None]()

    class Turning(Ended):
        def join(self, timeout: float | None = None) -> None:
            waited.append(timeout)

    turns = list[Callable[[], bool]]()

    def spawn(turn: Callable[[], bool]) -> Ended:
        turns.append(turn)
        return Turning()

    kept.context.runtime = replace(kept.context.runtime, spawn=spawn)
    kept.keeper.join(3.0)
    assert not waited
    kept.keeper.start()
    assert turns == [kept.keeper.keep]
    kept.keeper.join(3.0)
    assert waited == [3.0]


class Hearing(Coverage):
    """Coverage that notes what it hears."""

    def __init__(self) -> None:
        self.heard = list[tuple[object, ...]]()

    def look(self) -> None:
        """Note it."""
        self.heard.append(("look",))

    def judge(self, number: int, verdict: Audited) -> None:
        """Note it."""
        self.heard.append((number, verdict))

    def give_up(self, stream: int) -> None:
        """Note it."""
        self.heard.append(("give up", stream))


def test_what_the_merging_thread_says_is_passed_on_once() -> None:
    keeper, coverage = Kept().keeper, Hearing()
    keeper.heard(coverage)
    assert not coverage.heard
    keeper.look()
    keeper.judge(3, "clean")
    keeper.judge(4, "doubt")
    keeper.give_up(7)
    for _ in range(2):
        keeper.heard(coverage)
    assert coverage.heard == [("give up", 7), (3, "clean"), (4, "doubt"), ("look",)]


def test_attempts_follow_later_and_later_until_one_was_live_and_then_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept(forgiving=True)
    sim, policy = kept.sim, ConnectionClosed("x", 1008)

    def fails(timeout_s: float) -> None:
        raise policy

    def cut() -> None:
        monkeypatch.setattr(sim.wires[-1], "receive", fails)
        sim.is_unreachable = True

    sim.is_unreachable = True
    sim.at(3.0, lambda: setattr(sim, "is_unreachable", False))
    sim.at(20.0, cut)
    sim.at(55.0, sim.stop)
    kept.keeper.keep()
    lost = [each for each in kept.told if isinstance(each, CoverageLost)]
    assert [each.retry_s for each in lost[:5]] == [0.75, 1.5, 30.0, 0.75, 1.5]
    assert lost[2].error is policy
    assert kept.told[-1] == LaneEnded(LANE)


def test_what_fails_as_the_watch_ends_is_no_loss() -> None:
    kept = Kept()

    def ends(method: str, reply: Reply) -> Reply:
        if method != "v2/account.status":
            return reply
        kept.sim.stop()
        return {"id": reply["id"], "status": 500, "error": {}}

    kept.sim.bend = ends
    kept.keeper.keep()
    assert not [each for each in kept.told if isinstance(each, CoverageLost)]
    assert kept.told[-1] == LaneEnded(LANE)


def test_an_account_that_was_read_before_is_covered_again_before_others() -> None:
    kept = Kept()
    kept.keeper._taken = True
    kept.context.gate.budget.most = 100
    kept.context.gate.budget.note(65, 0.0)
    kept.sim.at(5.0, kept.sim.stop)
    stretch = kept.keeper._cover(None)
    assert isinstance(stretch.end, Stopped)
    assert stretch.key is not None


def test_why_it_could_not_be_covered_is_told_with_what_was_opened_for_it() -> None:
    kept = Kept()
    kept.sim.bend = lambda method, reply: (
        {"id": reply["id"], "status": 500, "error": {}}
        if method in ("v2/account.status", "account.status") else reply
    )  # fmt: skip
    stretch = kept.keeper._cover(None)
    assert isinstance(stretch.end, AnswerError)
    assert stretch.key is not None
    kept.sim.exchange.keys.clear()
    stretch = kept.keeper._cover(None)
    assert isinstance(stretch.end, AuthError)
    assert stretch.key is None
