"""The promises, for any course of events: no silent loss, the state right again, no false alarm."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.endpoints import Market
from binfut_cli.resources.status import snapshot
from binfut_cli.sandbox.params import BadParams
from binfut_cli.stream.clock_offset import ROUNDED_MS
from binfut_cli.stream.fold.audit import differing
from binfut_cli.stream.records import Gap, Record
from binfut_cli.stream.state import State, untold
from tests.stream.coverage.test_coverage import Watched
from tests.support.bodies import bodies
from tests.support.oracle import Told, folded, verdicts
from tests.support.simulation import ROUND_TRIP_S, Reply, StreamWire

SLOW_S = 4.0
CALM_S = 1100.0
"""Long enough for every cause to be found and mended."""


class Course(Watched):
    """A watch in which one thing after another goes wrong."""

    def deafen(self) -> None:
        """Let nothing through, though all else goes on, until the stream is opened anew."""
        self.sim.deaf = True
        self.deposit()

    def note(self, record: Record) -> None:
        super().note(record)
        if record.type in ("drift", "gap"):
            self.sim.deaf = False

    def drop(self) -> None:
        self._for(1.5, "cut")

    def break_one(self) -> None:
        self._open_wires()[-1].is_over = True

    def mute_one(self) -> None:
        """One stream falls silent; with two, the other may break before that is noticed."""
        self._open_wires()[0].is_mute = True
        self.sim.at(self.sim.now_s + 5, self.break_one)

    def _open_wires(self) -> list[StreamWire]:
        return [wire for wire in self.sim.wires if not wire.is_over] or self.sim.wires

    def outage(self) -> None:
        self._for(90, "cut")

    def lone(self) -> None:
        """For a while the exchange keeps no second stream."""
        self.sim.is_lone = True
        self.sim.at(self.sim.now_s + 60, lambda: setattr(self.sim, "is_lone", False))

    def slow(self) -> None:
        """For a while every answer takes long, and the account changes in between."""
        self.sim.lag_s = SLOW_S
        self.sim.at(self.sim.now_s + 90, lambda: setattr(self.sim, "lag_s", ROUND_TRIP_S))

    def garble(self) -> None:
        """For a while much of what is read of the account cannot be read."""
        self.sim.bend = self._garbled
        self.sim.at(self.sim.now_s + 90, self._mend)

    def _mend(self) -> None:
        self.sim.bend = lambda method, reply: reply

    def _garbled(self, method: str, reply: Reply) -> Reply:
        return _spoilt(reply, self.sim.chance) if "account." in method else reply

    def half_open(self) -> None:
        self._for(60, "silent")

    def sleep(self) -> None:
        self.sim.asleep_s += 5000
        self.sim.exchange.expire_listen_keys()

    def expire(self) -> None:
        self._end_key(silent=False)

    def close_key(self) -> None:
        self._end_key(silent=True)

    def take_key(self) -> None:
        self._end_key(silent=True)
        name = next(iter(self.sim.exchange.accounts))
        keys, now = self.sim.exchange.listen_keys, self.sim.now_ms()
        keys.start(name, self.name, now)

    def garbage(self) -> None:
        self.act(action="raw", text="{")

    def _end_key(self, *, silent: bool) -> None:
        try:
            self.act(action="expireListenKey", silent=silent)
        except BadParams:
            return  # it has just ended

    def _for(self, seconds: float, what: str) -> None:
        setattr(self.sim, what, True)
        self.sim.at(self.sim.now_s + seconds, lambda: setattr(self.sim, what, False))


def _spoilt(value: Any, chance: Random) -> Any:
    """Spoil one field of some rows."""
    if isinstance(value, list):
        return [_spoilt(each, chance) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _spoilt(each, chance) for name, each in value.items()}
    if "updateTime" in found and chance.random() < 0.2:
        found[chance.choice([*found])] = chance.choice(["NaN", None, {}, ""])
    return found


TROUBLES: list[Callable[[Course], None]] = [
    Course.deafen,
    Course.drop,
    Course.break_one,
    Course.mute_one,
    Course.outage,
    Course.half_open,
    Course.lone,
    Course.slow,
    Course.sleep,
    Course.expire,
    Course.close_key,
    Course.take_key,
    Course.garbage,
    Course.garble,
    Course.shut_down,
    Course.deposit,
]
COURSES = st.lists(st.tuples(st.floats(3, 200), st.sampled_from(TROUBLES)), max_size=8)


Steps = list[tuple[float, Callable[[Course], None]]]
SKEWS = st.sampled_from([0, -3000, 900, 30_000])
"""How far this computer's clock is ahead; what is signed by the last, the exchange refuses."""
MARKETS, EVERY = st.sampled_from(Market), st.sampled_from([3.0, 30.0, 300.0])


@settings(max_examples=settings.default.max_examples * 3 // 5)  # type: ignore[union-attr]
@given(COURSES, MARKETS, st.booleans(), EVERY, SKEWS)
def test_every_change_is_printed_or_lies_in_a_gap(
    course: Steps, market: Market, redundant: bool, every_s: float, skew_ms: int
) -> None:
    watched = Course(market, redundant=redundant, every_s=every_s, skew_ms=skew_ms)
    watched.sim.at(5, watched.deposit)
    now = 10.0
    for pause, trouble in course:
        now += pause
        watched.sim.at(now, lambda trouble=trouble: trouble(watched))  # type: ignore[misc]
    watched.sim.at(now + CALM_S - 1000, lambda: setattr(watched.sim, "every_s", 10**9))
    watched.sim.run(now + CALM_S)
    check_told(watched)
    check_state(watched)
    check_gaps(watched)
    if not course:
        assert not watched.all("gap", "drift", "resync")


@settings(max_examples=settings.default.max_examples * 3 // 10)  # type: ignore[union-attr]
@given(COURSES, MARKETS, st.booleans(), st.floats(0, 120), SKEWS)
def test_a_watch_may_end_at_any_moment(
    course: Steps, market: Market, redundant: bool, rest_s: float, skew_ms: int
) -> None:
    """What is neither printed nor in a gap, an open one among them, came after `provenAt`."""
    watched = Course(market, redundant=redundant, every_s=3.0, skew_ms=skew_ms)
    now = 10.0
    for pause, trouble in course:
        now += pause
        watched.sim.at(now, lambda trouble=trouble: trouble(watched))  # type: ignore[misc]
    watched.sim.run(now + rest_s)
    (end,) = watched.sim.engine.lane_ends(None)
    check_told(watched, end.proven_ms or 0)
    is_open = [gap.is_open for gap in bodies(watched.records, Gap)]
    assert not any(is_open[:-1])
    assert any(is_open) or watched.verdicts()[-1] in ("CONNECTED", "LIVE", "QUIET")


def check_told(watched: Course, proven_ms: int | None = None) -> None:
    """P1: nothing is lost in silence."""
    name = next(iter(watched.sim.exchange.accounts))
    ledger = [
        entry.to_json()
        for entry in watched.sim.exchange.ledger.since(0)
        if entry.account == name and entry.kind != "listenKey"
    ]
    found = verdicts(ledger, Told(watched.market, watched.records, proven_ms=proven_ms))
    assert not found.lost
    assert found.printed + found.in_gap > 0 or proven_ms is not None


def check_state(watched: Course) -> None:
    """P2: what a reader of the records has is what the exchange has."""
    truth = State(snapshot(watched.sim.account).document)
    found = folded(watched.market, watched.records)
    assert differing(found, truth) == []
    assert untold(truth, found, truth) == []
    assert watched.verdicts()[-1] in ("LIVE", "QUIET")


def check_gaps(watched: Course) -> None:
    """Gaps go forward, none reaches into another, and each ends before it is told.

    As far as that is known: the exchange's clock is no better known than its answers are fast.
    """
    gaps, unsure_ms = bodies(watched.records, Gap), SLOW_S * 1000 + ROUNDED_MS
    assert all(gap.from_ms <= gap.to_ms for gap in gaps)
    told = zip(gaps, watched.all("gap"), strict=True)
    assert all(gap.to_ms <= record.time_ms + unsure_ms for gap, record in told)
    assert all(one.to_ms <= other.from_ms for one, other in pairwise(gaps))
    assert [gap.number for gap in gaps] == list(range(1, len(gaps) + 1))
