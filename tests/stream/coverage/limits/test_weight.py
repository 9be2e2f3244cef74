"""The weight of an address: never too much of it in a minute, what is urgent first, all in time."""

import heapq
import itertools
import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.resources.history.pace import HALF
from binfut_cli.stream.coverage.backoff import PROCESS, PROCESS_AT_ONCE, HandshakeBudget
from binfut_cli.stream.coverage.limits.weight import (
    CONNECTION,
    GONE_S,
    LONGEST_S,
    MINUTE_S,
    SNAPSHOT,
    Claim,
    Minute,
    Pace,
    Purpose,
    Waiting,
    WeightBudget,
)

USDM = Market.USDM
PAGE = (Path(__file__).parents[4] / "docs" / "reliability.md").read_text(encoding="utf-8")


@dataclass
class Address:
    """What an exchange counts of one address, and the accounts that are watched behind it."""

    most: int = HALF
    now_s: float = 0.0
    spent: list[tuple[float, int, Purpose | None]] = field(default_factory=list)
    started: list[tuple[float, int]] = field(default_factory=list)
    audited: dict[int, list[float]] = field(default_factory=dict)
    covered_again: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = WeightBudget(self.most)
        self.handshakes = HandshakeBudget(PROCESS, PROCESS_AT_ONCE)
        self.chance = random.Random(7)
        self._order = itertools.count()
        self._due: list[tuple[float, int, Iterator[float]]] = []

    def begin(self, *lives: Iterator[float]) -> None:
        for life in lives:
            heapq.heappush(self._due, (self.now_s, next(self._order), life))

    def run(self, until_s: float) -> None:
        """Let every life go on, each after the seconds that it asked for."""
        while self._due and self._due[0][0] <= until_s:
            self.now_s, _, life = heapq.heappop(self._due)
            if (wait_s := next(life, None)) is not None:
                heapq.heappush(self._due, (self.now_s + wait_s, next(self._order), life))
        self.now_s = until_s

    def ask(self, weight: int, purpose: Purpose | None = None) -> None:
        self.spent.append((self.now_s, weight, purpose))

    def noted(self, weight: int) -> None:
        self.ask(weight)
        self.budget.note(weight, self.now_s)

    def claimed(self, claim: Claim) -> Iterator[float]:
        while wait_s := self.budget.take(claim, self.now_s):
            yield wait_s

    def cover(self, lane: int, purpose: Purpose, *, is_held: bool = False) -> Iterator[float]:
        """Cover an account, as a keeper does: listenKey, clock, stream, a reading, another."""
        weight = 2 * SNAPSHOT[USDM]
        opening = HandshakeBudget(whole=self.handshakes)
        claim = Claim.of(purpose, weight, self.now_s, opening, is_held=is_held)
        yield from self.claimed(claim)
        opening.spend(self.now_s)
        opening.spend(self.now_s)
        self.noted(1 + 1 + CONNECTION)
        yield 0.4
        self.ask(SNAPSHOT[USDM], purpose)
        self.started.append((self.now_s, lane))
        yield 2.0
        self.ask(SNAPSHOT[USDM], purpose)

    def audit(self, lane: int) -> Iterator[float]:
        """Read an account again and again."""
        seen = self.audited.setdefault(lane, [self.now_s])
        yield 0.9 * self.budget.every_s * self.chance.random()
        while True:
            yield from self.claimed(Claim.of(Purpose.AUDIT, SNAPSHOT[USDM], self.now_s))
            self.ask(SNAPSHOT[USDM], Purpose.AUDIT)
            seen.append(self.now_s)
            yield 0.98 * self.budget.every_s

    def watch(self, lane: int, *, is_held: bool = False) -> Iterator[float]:
        yield from self.cover(lane, Purpose.START, is_held=is_held)
        yield from self.audit(lane)

    @property
    def most_in_a_minute(self) -> int:
        """The most that any sixty seconds have seen."""
        found, total, first = 0, 0, 0
        for at_s, weight, _ in self.spent:
            total += weight
            while self.spent[first][0] <= at_s - MINUTE_S:
                total -= self.spent[first][1]
                first += 1
            found = max(found, total)
        return found

    def longest_s(self, since_s: float = 0.0, until_s: float = 1e9) -> float:
        """The longest that any account was not read again."""
        return max(
            after - before
            for times in self.audited.values()
            for before, after in itertools.pairwise([*times, self.now_s])
            if since_s <= after < until_s
        )


def usdm(most: int = HALF, lanes: int = 0) -> WeightBudget:
    found = WeightBudget(most)
    for _ in range(lanes):
        found.enter(USDM)
    return found


def claim(
    purpose: Purpose, now_s: float = 0.0, weight: int = 10, *, is_held: bool = False
) -> Claim:
    return Claim.of(purpose, weight, now_s, is_held=is_held)


def test_what_is_spent_in_any_minute_is_no_more_than_the_budget() -> None:
    budget = usdm(100)
    assert [budget.take(claim(Purpose.COVER), second) for second in range(10)] == [0.0] * 10
    assert budget.take(late := claim(Purpose.COVER, 10.0), 10.0) == LONGEST_S
    assert budget.take(late, 59.5) == 0.5
    assert budget.take(late, 60.0) == 0.0


def test_the_last_tenth_is_left_to_what_is_urgent() -> None:
    budget = usdm(100)
    budget.note(85, 0.0)
    assert budget.take(claim(Purpose.START), 0.0) > 0
    assert budget.take(claim(Purpose.COVER), 0.0) == 0


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.COVER])
def test_other_programs_of_the_address_count_in_the_exchanges_minute(purpose: Purpose) -> None:
    budget = usdm()
    budget.told(1071, 2400, 20.0)
    assert budget.take(found := claim(purpose), 0.0) == LONGEST_S
    assert budget.take(found, 19.5) == 0.5
    assert budget.take(found, 20.0) == 0.0


@pytest.mark.parametrize(("limit", "most"), [(2400, 2400), (0, 10_000), (1, 100)])
def test_no_more_is_spent_than_the_exchange_grants(limit: int, most: int) -> None:
    budgets = usdm(10_000, lanes=500), usdm(most, lanes=500)
    taken = []
    for budget in budgets:
        budget.told(7, limit, 20.0)
        each = itertools.product(range(60), Purpose, [most // 10])
        taken.append([budget.take(claim(what, at, weight), at) for at, what, weight in each])
    assert taken[0] == pytest.approx(taken[1])
    assert 0 < taken[0].count(0.0) <= 10
    assert budgets[0].every_s == budgets[1].every_s


def test_what_is_urgent_is_asked_while_others_leave_a_fifth_of_the_pool() -> None:
    budget = usdm()
    budget.told(1910, 2400, 20.0)
    assert budget.take(claim(Purpose.COVER), 0.0) == 0
    budget.told(1911, 0, 20.0)  # REST does not tell of how much
    assert budget.take(claim(Purpose.COVER), 0.0) > 0


def test_in_one_minute_the_count_only_grows_and_the_next_begins_anew() -> None:
    budget = usdm()
    budget.told(1071, 2400, 20.0)
    budget.told(5, 0, 20.01)  # of another meter
    assert budget.take(late := claim(Purpose.START), 19.9) > 0
    budget.told(5, 2400, 80.0)
    assert budget.take(late, 20.0) == 0


def test_when_a_turn_comes_is_told_by_weight_and_by_handshakes() -> None:
    budget, whole = usdm(), HandshakeBudget(PROCESS, 5)
    claims = [
        Claim.of(Purpose.START, 30, second, HandshakeBudget(whole=whole)) for second in range(9)
    ]
    budget.note(HALF, 9.0)
    for each in claims:
        assert budget.take(each, 9.0) > 0
    assert budget.turn_s(claims[0], 9.0) == 0
    assert budget.turn_s(claims[2], 9.0) == pytest.approx(60 * 60 / 1080)
    assert budget.turn_s(claims[8], 9.0) == pytest.approx((16 - 5) * 310 / 150)


def test_of_own_count_and_what_is_told_the_larger_holds() -> None:
    budget = usdm(100)
    budget.note(85, 0.0)
    budget.told(3, 2400, 60.0)
    assert budget.take(claim(Purpose.START), 0.0) > 0


def test_claims_come_in_the_order_in_which_they_are_due_whoever_asks_first() -> None:
    budget = usdm(100)
    for second in range(0, 50, 5):
        budget.note(10, second)
    wanted = [Purpose.HISTORY, Purpose.START, Purpose.AUDIT, Purpose.CHECK, Purpose.COVER]
    claims = [claim(each, 46.0) for each in wanted] + [claim(Purpose.COVER, 46.0, is_held=True)]
    taken = list[Claim]()
    for tenth in range(460, 1300):
        taken += [
            each for each in claims if each not in taken and not budget.take(each, tenth / 10)
        ]
    due = [each.due_s for each in taken]
    assert len(taken) == 6
    assert due == sorted(due)
    assert {taken[0], taken[1]} == {claims[-1], claims[3]}


def test_who_does_not_come_back_is_in_nobodys_way() -> None:
    budget = usdm(100)
    budget.note(85, 0.0)
    assert budget.take(claim(Purpose.AUDIT), 0.0) == LONGEST_S
    assert budget.take(claim(Purpose.START, 0.0, 5), 1.0) > 0
    assert budget.take(claim(Purpose.START, 0.0, 5), LONGEST_S + GONE_S + 0.1) == 0


def test_one_that_has_to_wait_for_something_else_is_in_nobodys_way() -> None:
    budget, spent = usdm(), HandshakeBudget(1, 1)
    spent.spend(0.0)
    blocked = Claim.of(Purpose.COVER, 10, 0.0, spent)
    assert budget.take(blocked, 0.0) == LONGEST_S
    assert budget.take(claim(Purpose.START), 0.0) == 0


def test_handshakes_that_all_share_go_to_the_first_in_line() -> None:
    budget, whole = usdm(), HandshakeBudget(1, 1)
    whole.spend(0.0)
    late, held = (
        Claim.of(Purpose.START, 10, second, HandshakeBudget(whole=whole), is_held=held)
        for second, held in ((0.0, False), (1.0, True))
    )
    for second in (1.0, 309.0):
        assert budget.take(late, second) == budget.take(held, second) > 0
    assert budget.take(late, 310.0) > 0
    assert budget.take(held, 310.0) == 0


@pytest.mark.parametrize(
    ("lanes", "market", "most", "seconds"),
    [
        (0, Market.USDM, 1200, 56), (1, Market.USDM, 1200, 56), (56, Market.USDM, 1200, 56),
        (57, Market.USDM, 1200, 57), (250, Market.USDM, 1200, 250), (250, Market.USDM, 2400, 125),
        (250, Market.COINM, 1200, 500 / 3), (500, Market.USDM, 1200, 500),
    ],
)  # fmt: skip
def test_the_more_accounts_the_longer_until_each_is_read_again(
    lanes: int, market: Market, most: int, seconds: float
) -> None:
    budget = WeightBudget(most)
    for _ in range(lanes):
        budget.enter(market)
    assert budget.every_s == pytest.approx(seconds)
    assert budget.detection_s == budget.every_s + 9
    for _ in range(lanes):
        budget.leave(market)
    assert budget.every_s == 56


def test_readings_take_a_twentieth_of_the_pool_and_the_oldest_comes_first() -> None:
    budget, read = usdm(), {lane: -100.0 + lane for lane in range(4)}
    order = list[int]()
    for tenth in range(600):
        for lane, at_s in read.items():
            if not budget.take(Claim(Purpose.READING, 10, at_s + 10), tenth / 10):
                read[lane] = tenth / 10
                order.append(lane)
    assert order == [0, 1, 2, 3] * 3


@pytest.mark.parametrize(
    ("purpose", "patience_s"),
    [
        (Purpose.COVER, 20), (Purpose.CHECK, 2), (Purpose.AUDIT, 10),
        (Purpose.START, 3600), (Purpose.READING, 10), (Purpose.HISTORY, 60),
    ],
)  # fmt: skip
def test_a_claim_is_due_when_its_patience_ends_ten_times_sooner_where_positions_are_held(
    purpose: Purpose, patience_s: float
) -> None:
    spent = HandshakeBudget()
    plain, held = (Claim.of(purpose, 7, 50.0, spent, is_held=held) for held in (False, True))
    assert (plain.due_s, held.due_s) == (50 + patience_s, 50 + patience_s / 10)
    assert (plain.purpose, plain.weight, plain.handshakes) == (purpose, 7, spent)
    assert claim(purpose).handshakes is None
    assert Claim.of(purpose, 7, 50.0).due_s == 50 + patience_s


@pytest.mark.parametrize(
    ("purpose", "first", "each_minute"),
    [
        (Purpose.COVER, 120, 120), (Purpose.CHECK, 16, 30), (Purpose.AUDIT, 1, 85.7),
        (Purpose.START, 19, 108), (Purpose.READING, 1, 11.4), (Purpose.HISTORY, 8, 15),
    ],
)  # fmt: skip
def test_every_purpose_takes_its_share_and_ahead_what_it_did_not_take(
    purpose: Purpose, first: int, each_minute: float
) -> None:
    """How often ten units are taken at once, and in each later minute, asked ten times a second."""
    budget, taken, wanted = usdm(), list[float](), claim(purpose)
    for tenth in range(3600):
        while not budget.take(wanted, tenth / 10):
            taken.append(tenth / 10)
            wanted = claim(purpose, tenth / 10)
    assert taken.count(0) == first
    later = [second for second in taken if second >= 60]
    assert len(later) / 5 == pytest.approx(each_minute, abs=0.21)


def test_a_pace_makes_up_for_what_was_spent_and_lets_nothing_pile_up() -> None:
    pace = Pace(2.0, 10.0)
    assert pace.may_spend(100.0)
    pace.spend(5, 100.0)
    assert (pace.wait_s(100.0), pace.may_spend(100.0)) == (0.0, True)
    assert pace.wait_s(100.0, 3) == 6.0  # as if that had been spent before
    pace.spend(3, 100.0)
    assert (pace.wait_s(100.0), pace.wait_s(104.0)) == (6.0, 2.0)
    assert (pace.may_spend(105.9), pace.may_spend(106.0)) == (False, True)
    pace.spend(5, 1000.0)
    assert pace.wait_s(1000.0, 1) == 2.0
    pace.spend(1, 1000.0)
    assert [pace.before(wait_s, 1000.0) for wait_s in (2.0, 4.0, 100.0)] == [0, 1, 49]
    assert pace.before(2.0, 1100.0) == 6  # of what was spent long ago nothing is left to pay


def test_what_was_spent_counts_for_a_minute() -> None:
    minute = Minute()
    for second, weight in ((0.0, 10), (20.0, 30), (40.0, 5)):
        minute.spend(weight, second)
    assert [minute.own(second) for second in (40.0, 59.9, 60.0, 80.0, 100.0)] == [45, 45, 35, 5, 0]


def test_room_is_free_when_what_was_spent_first_is_a_minute_old() -> None:
    minute = Minute()
    for second, weight in ((0.0, 10), (20.0, 30)):
        minute.spend(weight, second)
    assert [minute.frees_s(weight, 30.0) for weight in (1, 10, 11, 40)] == [30, 30, 50, 50]
    assert minute.frees_s(41, 30.0) == 0
    minute.told_until_s = 37.0
    assert minute.frees_s(41, 30.0) == 7


def test_the_exchanges_count_holds_until_its_minute_ends() -> None:
    budget, minute = usdm(), usdm()._minute
    assert (minute.all(0.0), minute.limit) == (0, 0)
    budget.told(300, 2400, 20.0)
    found = budget._minute
    assert [found.all(second) for second in (0.0, 19.9, 20.0)] == [300, 300, 0]
    budget.told(200, 0, 20.9)  # the same minute, as another clock has it
    assert (found.all(0.0), found.limit, found.told_until_s) == (300, 2400, 20.9)
    budget.told(200, 0, 21.9)
    assert found.all(0.0) == 200


def test_nobody_asks_more_often_than_four_times_a_second_nor_waits_blindly() -> None:
    budget = usdm(100)
    budget.note(95, 0.0)
    assert budget.take(found := claim(Purpose.COVER), 59.9) == 0.25
    assert budget.take(found, 30.0) == LONGEST_S == 3.0
    crowded = usdm(100)
    crowded.note(85, 0.0)
    assert crowded.take(claim(Purpose.AUDIT, 1.0), 1.0) > 0
    assert crowded.take(claim(Purpose.START, 1.0, 5), 1.0) == 3.0


def test_one_that_waits_for_its_pace_is_told_when() -> None:
    budget = usdm(100)  # an audit's unit takes 0.8 s
    assert budget.take(claim(Purpose.AUDIT, 0.0, 2), 0.0) == 0
    assert budget.take(claim(Purpose.AUDIT, 0.0, 2), 0.0) == pytest.approx(1.6)
    assert budget.take(claim(Purpose.AUDIT, 0.0, 2), 1.5) == 0.25


def test_audits_of_all_accounts_are_apart_by_almost_an_even_share() -> None:
    budget = usdm(lanes=4)
    assert budget.take(claim(Purpose.AUDIT, 0.0, 15), 0.0) == 0
    waiting = claim(Purpose.AUDIT, 0.0, 15)
    apart_s = 0.9 * 56 / 4
    assert budget.take(waiting, apart_s - 0.1) > 0
    assert budget.take(waiting, apart_s) == 0


def test_the_turn_of_one_that_nobody_precedes_has_come() -> None:
    budget = usdm()
    assert budget.turn_s(Claim.of(Purpose.START, 30, 0.0, HandshakeBudget()), 0.0) == 0


def test_claims_that_nobody_asks_about_are_forgotten() -> None:
    budget = usdm(100)
    budget.note(100, 0.0)
    for _ in range(50):
        assert budget.take(claim(Purpose.AUDIT), 0.0) > 0
    assert budget.take(claim(Purpose.AUDIT), 10.0) > 0
    assert len(budget._waiting) == 1


def test_one_that_is_due_at_another_time_now_changes_its_place() -> None:
    waiting, claims = Waiting(), [claim(Purpose.READING, second) for second in (0.0, 5.0, 5.0, 9.0)]
    for each in claims:
        waiting.put(each)
        waiting.put(each)
    last, first = claims[0], claims[3]
    last.due_s, first.due_s = 20.0, 1.0
    for each in claims:
        waiting.put(each)
    assert list(waiting.before(last)) == [first, claims[1], claims[2]]
    for each in (first, claims[2], claims[2]):
        waiting.discard(each)
    assert list(waiting.before(last)) == [claims[1]]
    assert len(waiting) == 2


@pytest.mark.parametrize("purpose", [each for each in Purpose if each.share is not None])
def test_of_many_alike_only_those_are_looked_at_that_make_one_wait_the_longest(
    purpose: Purpose,
) -> None:
    """Or else each of hundreds that wait would look at all others whenever it asks."""
    budget = usdm(lanes=500)
    pace = budget._paces[purpose]
    pace.spend(math.ceil(pace.ahead_s / pace.unit_s) - 10, -1.0)
    claims = [claim(purpose, -0.5 + number / 1000) for number in range(500)]
    budget.note(HALF, -1.0)
    for each in claims:
        assert budget.take(each, 0.0) > 0
    last = claims[-1]
    looked_at = budget._before(last, 0.0)
    assert looked_at == claims[: len(looked_at)]
    weight = sum(each.weight for each in looked_at)
    assert pace.wait_s(0.0, weight - 10) < LONGEST_S <= pace.wait_s(0.0, weight)
    assert budget.take(last, 0.0) == LONGEST_S


def test_where_there_are_handshakes_for_both_the_second_need_not_wait_for_the_first() -> None:
    budget, whole = usdm(100), HandshakeBudget(10, 5)
    budget.note(85, 0.0)
    first = Claim(Purpose.START, 10, -1.0, HandshakeBudget(whole=whole))
    assert budget.take(first, 0.0) > 0  # nor may it take what is left to the urgent
    assert budget.take(Claim.of(Purpose.COVER, 5, 0.0, HandshakeBudget(whole=whole)), 0.0) == 0


# -- all of them together ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd() -> Address:
    """250 accounts, of which the last 20 hold positions; after half an hour 40 are cut at once."""
    found, held = Address(), set(range(230, 250))
    for lane in (*held, *range(230)):
        found.budget.enter(USDM)
        found.begin(found.watch(lane, is_held=lane in held))
    found.run(1800.0)
    cut = (found.cover(lane, Purpose.COVER, is_held=lane >= 30) for lane in range(40))
    found.begin(*cut)
    found.run(2700.0)
    return found


def test_250_accounts_start_within_the_budget_those_that_hold_positions_first(
    crowd: Address,
) -> None:
    starts = [lane for second, lane in crowd.started if second < 1800]
    assert sorted(starts) == list(range(250))
    assert set(starts[:20]) == set(range(230, 250))
    assert crowd.started[249][0] < 1400
    assert HALF * 0.9 < crowd.most_in_a_minute <= HALF


def test_nobody_starves_meanwhile(crowd: Address) -> None:
    assert crowd.budget.every_s == 250
    assert crowd.longest_s() < 1.4 * 250
    assert crowd.longest_s(1500.0, 1800.0) < crowd.budget.detection_s
    assert all(len(times) >= 6 for times in crowd.audited.values())


def test_what_lost_its_coverage_comes_before_audits(crowd: Address) -> None:
    again = [(second - 1800, lane) for second, lane in crowd.started if second >= 1800]
    assert len(again) == 40
    waited = [lane for second, lane in again if second > 1]
    assert len(waited) > 20
    assert max(map(waited.index, set(waited) & set(range(30, 40)))) < 10
    assert again[-1][0] < 180


def test_audits_are_spread_evenly(crowd: Address) -> None:
    """No second of a quarter of an hour has more than its share."""
    seconds = [int(s) for s, _, purpose in crowd.spent if purpose is Purpose.AUDIT and s < 1800]
    calm = [s for s in seconds if s >= 1500]
    assert len(calm) == pytest.approx(300 * 250 / 250, rel=0.1)
    assert max(calm.count(s) for s in set(calm)) <= 2


# -- readings for somebody who looks -------------------------------------------------------------


@dataclass
class Looked(Address):
    """The same, and every account is looked at: `ages` are those of readings as another comes."""

    read: dict[int, float] = field(default_factory=dict)
    ages: list[float] = field(default_factory=list)

    def was_read(self, lane: int) -> None:
        self.ages.append(self.now_s - self.read.get(lane, self.now_s))
        self.read[lane] = self.now_s

    def audit(self, lane: int) -> Iterator[float]:
        for wait_s in super().audit(lane):
            if self.audited[lane][-1] == self.now_s:
                self.was_read(lane)
            yield wait_s

    def look(self, lane: int, every_s: float = 5.0) -> Iterator[float]:
        claim = Claim(Purpose.READING, 10, 0.0)
        while True:
            read_s = self.read.get(lane, -math.inf)
            claim.due_s, claim.ready_s = read_s + 10.0, read_s + every_s
            if claim.ready_s > self.now_s:
                yield claim.ready_s - self.now_s
            elif wait_s := self.budget.take(claim, self.now_s):
                yield wait_s
            else:
                self.ask(10, Purpose.READING)
                self.was_read(lane)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_readings_take_turns_and_none_waits_for_longer_than_a_round(lanes: int) -> None:
    address = Looked()
    for lane in range(lanes):
        address.budget.enter(USDM)
        address.begin(address.audit(lane), address.look(lane))
    address.run(120.0)
    address.ages.clear()
    address.run(720.0)
    assert max(address.ages) <= 5.3 * lanes + 0.5
    assert sum(address.ages) / len(address.ages) < 5.0 * lanes + 0.2
    address.spent = [each for each in address.spent if each[2] is Purpose.READING]
    assert address.most_in_a_minute <= 120


def test_the_page_has_what_is_computed() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) s \| (\d+) s \| .+ \|$", PAGE, re.MULTILINE)
    assert len(rows) == 6
    for lanes, every_s, detection_s in rows:
        budget = usdm(lanes=int(lanes))
        assert (budget.every_s, budget.detection_s) == (int(every_s), int(detection_s))
