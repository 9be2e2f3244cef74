"""Every way coverage ends, under a clock moved by hand: found in time, told as a gap, mended."""

import random
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Literal

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.errors import NetworkError
from binfut_cli.sandbox.actions import perform
from binfut_cli.stream.clock_offset import ROUNDED_MS
from binfut_cli.stream.coverage.context import Stopped
from binfut_cli.stream.coverage.coverage import Coverage, bound
from binfut_cli.stream.coverage.errors import Deaf, Flooded
from binfut_cli.stream.coverage.lane import LaneSupervisor
from binfut_cli.stream.coverage.subscription import stream_set
from binfut_cli.stream.events import decode
from binfut_cli.stream.records import Drift, Gap, Record, Rotate, Status
from tests.support.bodies import bodies
from tests.support.simulation import EPOCH_MS, ROUND_TRIP_S, Reply, Simulation

BEFORE_S, AFTER_S = 200.0, 400.0
LIFE_S = 3600  # of a listenKey that nobody extends
MARKETS = pytest.mark.parametrize("market", list(Market))
ASSET = {Market.USDM: "USDT", Market.COINM: "BTC"}


class Watched:
    """A simulated watch in which something happens at a moment."""

    def __init__(self, market: Market = Market.USDM, **options: object) -> None:
        self.market = market
        self.name: Literal["usdm", "coinm"] = "usdm" if market is Market.USDM else "coinm"
        self.records: list[Record] = []
        self.sim = Simulation(market, 1, told=self.note, **options)  # type: ignore[arg-type]

    def note(self, record: Record) -> None:
        self.records.append(record)

    def act(self, **words: object) -> None:
        """Something happens on the exchange, to the account that is watched."""
        account = next(iter(self.sim.exchange.accounts))
        perform(self.sim.exchange, {"account": account, "market": self.market.value, **words})

    def deposit(self) -> None:
        self.act(action="deposit", asset=ASSET[self.market], amount="1")

    def shut_down(self) -> None:
        text = f'{{"event":{{"e":"serverShutdown","E":{self.sim.now_ms()}}}}}'
        self.act(action="raw", text=text)

    def when(self, do: Callable[[], object], second: float = BEFORE_S) -> "Watched":
        """Do it, and watch on for a while."""
        self.sim.at(second, do)
        self.sim.run(second + AFTER_S)
        return self

    def all(self, *types: str) -> list[Record]:
        return [record for record in self.records if record.type in types]

    def gap(self) -> Gap:
        """The one gap that was told."""
        (found,) = bodies(self.records, Gap)
        return found

    def verdicts(self) -> list[str]:
        return [said.verdict for said in bodies(self.records, Status)]

    def lost_s(self) -> float:
        """When the end of coverage was first noticed."""
        told = zip(self.all("status"), self.verdicts(), strict=True)
        return next(second(record.time_ms) for record, verdict in told if verdict == "GAP")


def second(time_ms: int) -> float:
    return (time_ms - EPOCH_MS) / 1000


def left(watched: Watched) -> float:
    """When the end of coverage was noticed, in seconds from the trouble."""
    assert watched.verdicts().count("GAP") == 1
    return watched.lost_s() - BEFORE_S


@MARKETS
def test_without_trouble_there_is_no_gap_and_no_drift(market: Market) -> None:
    watched = Watched(market, every_s=30.0)
    watched.sim.run(LIFE_S + 600)
    assert not watched.all("gap", "drift", "resync", "raw")
    assert watched.verdicts()[:2] == ["CONNECTED", "LIVE"]
    assert watched.sim.records["event"] > 150


@MARKETS
def test_a_connection_that_falls_silent_is_given_up_within_26_seconds(market: Market) -> None:
    watched = Watched(market)

    def silenced() -> None:
        watched.sim.silent = True
        watched.sim.at(BEFORE_S + 30, lambda: setattr(watched.sim, "silent", False))

    watched.when(silenced)
    assert watched.lost_s() - BEFORE_S <= 26
    gap = bodies(watched.records, Gap)[0]
    assert (gap.cause, gap.certainty) == ("transport", "possible")
    assert "STALE" in watched.verdicts()
    assert watched.verdicts()[-1] == "LIVE"


def test_sleep_is_noticed_at_once_and_is_a_gap() -> None:
    watched = Watched()
    watched.when(lambda: setattr(watched.sim, "asleep_s", 1200.0))
    gap = watched.gap()
    assert gap.cause == "suspend"
    assert "1200 s" in gap.reason
    assert second(gap.from_ms) <= BEFORE_S
    assert BEFORE_S + 1200 <= second(gap.to_ms) <= BEFORE_S + 1203


@MARKETS
def test_an_expired_key_is_a_certain_gap_from_its_expiry(market: Market) -> None:
    watched = Watched(market)
    watched.when(lambda: watched.act(action="expireListenKey"))
    gap = watched.gap()
    assert (gap.cause, gap.certainty) == ("expired", "certain")
    unsure_s = ROUNDED_MS / 1000 + ROUND_TRIP_S / 2  # of the exchange's clock, both ways
    assert BEFORE_S - 2 * unsure_s <= second(gap.from_ms) <= BEFORE_S
    assert left(watched) <= 1


@MARKETS
def test_a_key_that_ended_in_silence_is_found_by_the_next_look(market: Market) -> None:
    watched = Watched(market, every_s=10**9)

    def closed() -> None:
        watched.act(action="expireListenKey", silent=True)
        watched.deposit()

    watched.when(closed)
    gap = watched.gap()
    assert gap.cause in ("audit", "key", "membership")
    assert left(watched) <= 65
    assert second(gap.from_ms) <= BEFORE_S <= second(gap.to_ms)
    assert watched.all("resync")


def test_a_key_that_another_program_replaced_is_found_when_it_is_extended() -> None:
    watched = Watched(every_s=10**9)

    def replaced() -> None:
        watched.act(action="expireListenKey", silent=True)
        keys = watched.sim.exchange.listen_keys
        keys.start(next(iter(watched.sim.exchange.accounts)), "usdm", watched.sim.now_ms())

    watched.sim.at(BEFORE_S, replaced)
    watched.sim.run(BEFORE_S + 1000)
    gap = watched.gap()
    assert (gap.cause, gap.certainty) == ("key", "possible")
    assert second(gap.from_ms) <= BEFORE_S  # the last time that the key was known to be ours
    assert left(watched) <= 15 * 60


@MARKETS
@pytest.mark.parametrize("spoil", ["amounts", "fields", "rows", "list"])
def test_a_reading_in_part_proves_nothing_of_what_it_did_not_read(
    market: Market, spoil: str
) -> None:
    """The stream is deaf, and what would tell it cannot be read for a while."""
    watched = Watched(market, every_s=10**9)

    def deafened() -> None:
        watched.sim.deaf, watched.sim.bend = True, partial(spoilt, spoil, ASSET[market])
        watched.deposit()
        watched.sim.at(BEFORE_S + 200, lambda: setattr(watched.sim, "bend", unspoilt))
        watched.sim.at(BEFORE_S + 265, lambda: setattr(watched.sim, "deaf", False))

    watched.when(deafened)
    gap = watched.gap()
    assert gap.cause == "audit"
    assert second(gap.from_ms) <= BEFORE_S <= second(gap.to_ms)
    assert "STALE" in watched.verdicts()


def spoilt(how: str, asset: str, method: str, reply: Reply) -> Reply:
    """A reading of the account in which something about an asset cannot be read."""
    if "assets" not in reply.get("result", ()):
        return reply
    if how == "list":
        del reply["result"]["assets"]
        return reply
    row = next(row for row in reply["result"]["assets"] if row["asset"] == asset)
    odd = {"amounts": ("walletBalance", "crossWalletBalance"), "rows": ("asset",)}
    for name in odd.get(how, ()):
        row[name] = None
    if how == "fields":
        del row["walletBalance"], row["crossWalletBalance"]
    return reply


def unspoilt(method: str, reply: Reply) -> Reply:
    return reply


def test_a_watch_that_ends_stale_says_since_when_nothing_is_sure() -> None:
    watched = Watched(every_s=10**9)
    watched.sim.at(BEFORE_S, lambda: setattr(watched.sim, "bend", partial(spoilt, "list", "USDT")))
    watched.sim.run(BEFORE_S + 300)
    assert watched.verdicts()[-2:] == ["STALE", "GAP"]
    gap, (end,) = watched.gap(), watched.sim.engine.lane_ends(None)
    assert (gap.cause, gap.certainty, gap.is_open) == ("audit", "possible", True)
    assert BEFORE_S - 65 <= second(gap.from_ms) <= BEFORE_S
    assert second(gap.to_ms) >= BEFORE_S + 300
    assert end.proven_ms is not None
    assert 0 <= end.proven_ms - gap.from_ms <= ROUNDED_MS + ROUND_TRIP_S * 1000
    assert end.unreported == (1,)


def test_a_stream_that_breaks_as_the_watch_ends_is_an_open_gap() -> None:
    watched = Watched(every_s=10**9)

    def break_and_stop() -> None:
        watched.sim.wires[-1].is_over = True
        watched.sim.engine.supervisors[watched.sim.account.lane]._context.stopped.set()

    watched.sim.at(BEFORE_S, break_and_stop)
    watched.sim.run(BEFORE_S + 10)
    gap = watched.gap()
    assert (gap.cause, gap.is_open) == ("transport", True)
    assert BEFORE_S - 16 <= second(gap.from_ms) <= BEFORE_S <= second(gap.to_ms)
    assert watched.all("status")[-1].body.retry_in_ms is None  # type: ignore[union-attr]


@MARKETS
def test_a_stream_alive_but_deaf_is_found_within_65_seconds(market: Market) -> None:
    watched = Watched(market, every_s=10**9)

    def deafened() -> None:
        watched.sim.deaf = True
        watched.deposit()
        watched.sim.at(BEFORE_S + 64, lambda: setattr(watched.sim, "deaf", False))

    watched.when(deafened)
    gap = watched.gap()
    assert (gap.cause, gap.certainty) == ("audit", "certain")
    assert left(watched) <= 65
    assert second(gap.from_ms) <= BEFORE_S <= second(gap.to_ms)
    drifted = [(drift.key, drift.field) for drift in bodies(watched.records, Drift)]
    assert ({"asset": ASSET[market]}, "walletBalance") in drifted
    assert watched.all("resync")
    assert watched.verdicts()[-1] == "LIVE"


@MARKETS
@pytest.mark.parametrize("redundant", [False, True])
def test_streams_are_rotated_without_a_hole_or_a_copy(market: Market, redundant: bool) -> None:
    watched = Watched(market, every_s=0.3, redundant=redundant)
    for number in range(5):
        watched.sim.at(100 + 40.0 * number, watched.shut_down)
    watched.sim.run(400)
    assert len(watched.all("rotate")) >= 5
    assert not watched.all("gap", "drift", "resync")
    assert sum(said.duplicates or 0 for said in bodies(watched.records, Rotate)) > 100
    told = [event_of(record) for record in watched.all("event")]
    assert len(told) == len(set(told))
    assert happened(watched) <= {(name, time) for name, time, _ in told}


@pytest.mark.parametrize("stopped_s", [4.0, 14.0, 40.0])
def test_streams_are_rotated_without_a_hole_while_the_machine_is_slow(stopped_s: float) -> None:
    """Nobody reads for a while, again and again, at every step of a rotation: all of it waits."""
    watched = Watched(every_s=1.0)
    for number in range(0, 14, 2):
        begin_s = 100 + 30.0 * number
        watched.sim.at(begin_s, watched.shut_down)
        watched.sim.at(begin_s + number, lambda: setattr(watched.sim, "is_slow", True))
        watched.sim.at(begin_s + number + stopped_s, lambda: setattr(watched.sim, "is_slow", False))
    watched.sim.run(600)
    assert len(watched.all("rotate")) >= 7
    assert not watched.all("gap", "drift", "resync", "raw")
    told = [event_of(record) for record in watched.all("event")]
    assert len(told) == len(set(told))
    assert happened(watched) <= {(name, time) for name, time, _ in told}


def happened(watched: Watched) -> set[tuple[str, int]]:
    """What the exchange's ledger has of the account."""
    account = next(iter(watched.sim.exchange.accounts))
    return {
        (entry.event, entry.T)
        for entry in watched.sim.exchange.ledger.since(0)
        if entry.account == account and entry.event and entry.T > EPOCH_MS
    }


def event_of(record: Record) -> tuple[str, int, str]:
    body = {k: v for k, v in record.row.items() if k not in ("event", "transactionTime")}
    return record.row["event"], record.row["transactionTime"], repr(body)


def test_an_announced_shutdown_is_answered_by_a_rotation() -> None:
    watched = Watched()
    watched.when(watched.shut_down)
    (rotated,), (said,) = watched.all("rotate"), bodies(watched.records, Rotate)
    assert "shutdown" in said.reason
    assert second(rotated.time_ms) - BEFORE_S < 20
    assert not watched.all("gap")


def test_an_event_as_one_before_the_rotation_is_no_copy_of_it() -> None:
    watched = Watched()
    watched.sim.at(BEFORE_S, watched.shut_down)
    watched.sim.at(BEFORE_S + 30, watched.shut_down)
    watched.when(watched.shut_down, BEFORE_S + 60)
    assert len(watched.all("rotate")) == 3
    assert [r.row["event"] for r in watched.all("event")].count("serverShutdown") == 3


def test_with_two_streams_one_may_break_and_nothing_is_missing() -> None:
    watched = Watched(redundant=True, every_s=1.0)

    def broken() -> None:
        (first, *_) = [w for w in watched.sim.wires if not w.is_over]
        first.is_over = True

    watched.when(broken)
    assert not watched.all("gap", "drift", "resync")
    assert len([w for w in watched.sim.wires if not w.is_over]) == 0  # both closed at the end
    assert len(watched.sim.wires) == 3  # the broken one was replaced


class Even(random.Random):
    """Chance that is never for or against."""

    def random(self) -> float:
        return 0.5


def test_two_streams_that_began_together_end_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cuts one of them at its age must not cut both."""
    monkeypatch.setattr(stream_set, "ROTATE_S", 240.0)
    monkeypatch.setattr(stream_set, "JITTER_S", 40.0)
    watched = Watched(redundant=True, every_s=10**9)
    watched.sim.chance = Even()
    watched.sim.run(2_800)
    times = [second(record.time_ms) for record in watched.all("rotate")]
    assert len(times) > 20
    assert all(later - earlier > 28 for earlier, later in pairwise(times))


def test_a_busy_account_is_never_called_drift() -> None:
    watched = Watched(every_s=0.5)
    watched.sim.run(1200)
    assert not watched.all("gap", "drift", "resync")


def test_the_weight_of_a_quiet_hour_is_small_and_how_it_stands_is_said_once() -> None:
    watched = Watched(every_s=10**9)
    watched.sim.run(3600)
    weights = {"userDataStream.start": 1, "userDataStream.ping": 1}
    spent = sum(count * weights.get(name, 5) for name, count in watched.sim.asked.items())
    assert spent / 60 <= 25
    said = bodies(watched.records, Status)
    assert [each.verdict for each in said] == ["CONNECTED", "LIVE", "QUIET"]
    assert all(each.reason for each in said)


def test_no_record_tells_the_key() -> None:
    watched = Watched()
    watched.when(lambda: watched.act(action="expireListenKey"))
    exchange = watched.sim.exchange
    live = exchange.listen_keys.live(next(iter(exchange.accounts)), "usdm")
    assert live is not None
    assert live.key not in repr(watched.records)
    assert decode(b'{"e":"listenKeyExpired","listenKey":"x"}', Market.USDM)


def test_the_old_stream_stays_if_the_new_one_breaks_beside_it() -> None:
    watched = Watched(every_s=1.0)
    watched.sim.at(BEFORE_S, watched.shut_down)
    watched.sim.at(BEFORE_S + 5, lambda: setattr(watched.sim.wires[-1], "is_over", True))
    watched.sim.run(BEFORE_S + AFTER_S)
    assert not watched.all("gap", "drift", "resync")
    assert len(watched.all("rotate")) == 1  # the second attempt


def test_a_second_stream_that_ends_at_once_is_tried_less_and_less() -> None:
    watched = Watched(redundant=True, every_s=10**9)
    watched.sim.is_lone = True
    watched.sim.run(600)
    assert 8 <= len(watched.sim.wires) <= 30
    assert not watched.all("gap", "drift", "resync")


# -- one stretch of coverage, looked at while it lasts -----------------------------------------


def looked_at(look: Callable[[Coverage, Simulation], None], at_s: float) -> Watched:
    """Watch until a moment, look at the coverage there is, and end."""
    watched = Watched(every_s=10**9)
    (supervisor,) = watched.sim.engine.supervisors.values()
    held: list[Coverage] = []

    def heard(coverage: Coverage) -> None:
        held.append(coverage)
        LaneSupervisor.heard(supervisor, coverage)

    supervisor.heard = heard  # type: ignore[method-assign]

    def do() -> None:
        look(held[-1], watched.sim)
        watched.sim.stop()

    watched.sim.at(at_s, do)
    watched.sim.run(at_s + 10)
    return watched


@pytest.mark.parametrize("audited", [False, True])
def test_after_a_flood_all_is_uncertain_since_a_check_agreed_or_the_stream_began(
    audited: bool,
) -> None:
    def look(coverage: Coverage, sim: Simulation) -> None:
        streams, checks = coverage._subscription.streams, coverage._checks
        coverage.give_up(0)  # a stream that is none of these
        (stream,) = streams.each()
        assert checks.audited is audited
        with pytest.raises(Flooded) as caught:
            coverage.give_up(stream.stream.number)
        assert caught.value.since_ms == (checks.clean_ms if audited else streams.opened_ms)
        assert checks.clean_ms != streams.opened_ms

    looked_at(look, 150.0 if audited else 1.5)


def test_a_deaf_stream_was_so_since_a_check_agreed_and_may_have_been_since_its_last_event() -> None:
    watched = Watched(every_s=10**9)

    def deafened() -> None:
        watched.sim.deaf = True
        watched.deposit()
        watched.sim.at(BEFORE_S + 70, lambda: setattr(watched.sim, "deaf", False))

    watched.sim.at(50, watched.deposit)
    watched.when(deafened)
    gap = watched.gap()
    assert (gap.cause, gap.certainty) == ("audit", "certain")
    assert 130 < second(gap.from_ms) <= BEFORE_S
    assert 48 < second(gap.possible_ms) < 52


def test_a_stream_that_a_check_finds_deaf_is_deaf_since_the_check_before() -> None:
    def look(coverage: Coverage, sim: Simulation) -> None:
        streams, checks = coverage._subscription.streams, coverage._checks
        checks._number = 5
        with pytest.raises(Deaf) as caught:
            coverage.judge(5, "drift")
        assert caught.value.since_ms == checks.clean_ms
        assert caught.value.possible_ms == streams.event_ms < checks.clean_ms

    looked_at(look, 150.0)


@pytest.mark.parametrize(("live_s", "was_live"), [(1.0, True), (0.99, False)])
def test_a_stretch_tells_when_it_was_last_checked_and_whether_it_held(
    live_s: float, was_live: bool
) -> None:
    def look(coverage: Coverage, sim: Simulation) -> None:
        coverage._live_s = sim.now_s - live_s
        checked_ms, error = coverage._checks.clean_ms, NetworkError("x", hint="y")
        stopped, broken = coverage.ended(Stopped()), coverage.ended(error)
        assert (stopped.checked_ms, stopped.was_live, stopped.doubt) == (checked_ms, was_live, None)
        assert (broken.end, broken.doubt) == (error, error)

    looked_at(look, 150.0)


def test_every_proof_is_as_old_as_it_is() -> None:
    def look(coverage: Coverage, sim: Simulation) -> None:
        streams, checks, now_ms = coverage._subscription.streams, coverage._checks, sim.now_ms()
        found = coverage._proofs(now_ms)
        assert streams.listed_ms is not None
        assert found.listed_s == (now_ms - streams.listed_ms) / 1000 > 0
        assert found.event_s == (now_ms - streams.event_ms) / 1000 > 100
        assert found.audit_s == sim.now_s - checks.clean_s
        assert found.trouble == ""
        for each in streams.each():
            each.stream.listing.listed_ms = None
        assert streams.listed_ms is None
        assert coverage._proofs(now_ms).listed_s == 0
        for part in (coverage._subscription.key, checks):
            part.trouble = NetworkError("It is gone.", hint="y")
            assert coverage._proofs(now_ms).trouble == "It is gone."
            part.trouble = None

    looked_at(look, 150.0)


def test_a_key_that_died_before_its_stream_ended_is_doubted_since_it_was_last_known() -> None:
    """The stream's pongs went on: they prove the connection, and not that the key was alive."""
    watched = Watched(every_s=10**9)
    watched.sim.at(125, lambda: watched.act(action="expireListenKey", silent=True))
    watched.when(lambda: setattr(watched.sim.wires[-1], "is_over", True), second=175)
    assert (watched.gap().certainty, watched.gap().cause) == ("possible", "transport")
    assert second(watched.gap().from_ms) <= 125


@pytest.mark.parametrize("skew_ms", [-3000, 900])
def test_a_gap_is_told_by_the_exchanges_clock(skew_ms: int) -> None:
    watched = Watched(skew_ms=skew_ms)
    watched.when(lambda: setattr(watched.sim.wires[-1], "is_over", True))
    assert BEFORE_S - 17 <= second(watched.gap().from_ms) <= BEFORE_S
    assert BEFORE_S <= second(watched.gap().to_ms) <= BEFORE_S + 2


def test_the_next_round_is_soon_while_not_all_is_well_or_the_account_is_to_be_read() -> None:
    watched, took = Watched(every_s=10**9), list[float]()
    (supervisor,) = watched.sim.engine.supervisors.values()

    def heard(coverage: Coverage) -> None:
        coverage._context.pause(0.0)  # what wanted attention has it
        for stale, due_s in (("", 100.0), ("", 4.0), ("", -1.0), ("Silent.", 100.0)):
            begun_s, coverage._stale = watched.sim.now_s, stale
            coverage._checks._due_s = begun_s + due_s
            coverage._rest()
            took.append(round(watched.sim.now_s - begun_s, 3))
        watched.sim.stop()
        raise Stopped

    supervisor.heard = heard  # type: ignore[method-assign]
    watched.sim.run(60)
    assert took == [10.0, 4.0, 0.0, 1.0]


def test_within_how_long_a_deaf_stream_is_found_is_told_when_that_changes_by_much() -> None:
    def look(coverage: Coverage, sim: Simulation) -> None:
        budget = coverage._context.gate.budget
        for before_s in (2 * budget.every_s, 1.05 * budget.every_s, 0.5 * budget.every_s):
            coverage._every_s = before_s
            coverage._stand()
            coverage._stand()
        assert coverage._every_s == budget.every_s
        assert bound(budget) == told
        budget.most = 1  # as if there were so many accounts
        assert coverage._proofs(sim.now_ms()).audit_every_s == budget.every_s > 100

    told = (
        "Each account is read again every 56 s: a stream that tells nothing is found within 65 s."
    )
    watched = looked_at(look, 1.5)
    live = [each for each in bodies(watched.records, Status) if each.verdict == "LIVE"]
    assert [each.reason for each in live].count(told) == 2


def test_that_the_account_holds_positions_is_known_from_the_first_reading() -> None:
    found = list[bool]()
    looked_at(lambda coverage, _: found.append(coverage._context.is_held), 1.5)
    assert found == [True]


def test_a_check_proves_nothing_while_what_was_on_its_way_may_not_have_come() -> None:
    watched, found = Watched(every_s=10**9), list[tuple[bool, bool]]()
    (supervisor,) = watched.sim.engine.supervisors.values()

    def heard(coverage: Coverage) -> None:
        checks, clean_ms = coverage._checks, coverage._checks.clean_ms
        watched.sim.silent = True
        coverage._check()
        found.append((checks.audited, checks.clean_ms == clean_ms))
        watched.sim.stop()
        raise Stopped

    supervisor.heard = heard  # type: ignore[method-assign]
    watched.sim.run(60)
    assert found == [(False, True)]
