"""When an alert fires, fires again and is clear; and what is neither, because nobody can tell."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.live.alerts import Alerts
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import OLD_MS, LiveView, Moments, key_of
from binfut_cli.stream.records import Alert, Verdict

LANE = Lane(Market.USDM, Scope(Env.SANDBOX, "one-way"))
NEAR = "liquidationDistance<5%"
T0 = 1_000_000


def position(distance: str | None = None, **more: Any) -> Row:
    row = {
        "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "1.5", "markPrice": "77000.10",
        "liquidationPrice": "73734.6",
        "derived": {"liquidationDistance": distance, "marginRatio": None, "roe": None},
    }  # fmt: skip
    return {**row, **more}


def view(*positions: Row, time_ms: int = T0, old: bool = False, **totals: Any) -> LiveView:
    """An account with these positions; with `old`, what only a reading tells is too old."""
    document = {"assets": [], "positions": list(positions), "derived": {}, **totals}
    read_ms = time_ms - OLD_MS - 1 if old else time_ms
    moments = {
        key_of(kind, row): Moments(time_ms, time_ms, read_ms, time_ms, read_ms)
        for kind, row in [("totals", document), *(("positions", row) for row in positions)]
    }
    answer = Result("accountStatus", LANE.market, time_ms, document, KINDS)
    standing = Standing(LANE, time_ms, Verdict.LIVE, "connected")
    return LiveView(LANE, time_ms, answer, moments, standing)


def alerts(*texts: str, again_ms: int | None = None) -> Alerts:
    return Alerts([condition(text, KINDS) for text in texts], again_ms)


def states(found: list[Alert]) -> list[str]:
    return [each.state for each in found]


def test_it_fires_once_with_its_figures_and_the_prices_that_matter() -> None:
    of = alerts(NEAR)
    assert of.judge(view(position("0.06"))) == []
    (fired,) = of.judge(view(position("0.0499"), time_ms=T0 + 250))
    assert fired == Alert(
        1, "fired", NEAR, "positions", {"symbol": "BTCUSDT", "positionSide": "BOTH"},
        {"liquidationDistance": "0.0499", "markPrice": "77000.10", "liquidationPrice": "73734.6"},
        T0 + 250,
    )  # fmt: skip
    assert of.judge(view(position("0.02"), time_ms=T0 + 500)) == []


@pytest.mark.parametrize(
    ("text", "field", "crossed", "still", "clear"),
    [
        (NEAR, "liquidationDistance", "0.0499", "0.0549", "0.055"),
        ("liquidationDistance<=5%", "liquidationDistance", "0.05", "0.055", "0.0551"),
        ("marginRatio>80%", "marginRatio", "0.81", "0.7201", "0.72"),
        ("roe<-50%", "roe", "-0.51", "-0.4501", "-0.45"),
        ("roe>=-50%", "roe", "-0.5", "-0.55", "-0.5501"),
        ("roe<0", "roe", "-0.1", "-0.0001", "0"),
        ("marginRatio==Infinity", "marginRatio", "Infinity", "Infinity", "0.9"),
    ],
)
def test_it_is_clear_a_tenth_of_the_bound_away(
    text: str, field: str, crossed: str, still: str, clear: str
) -> None:
    of = alerts(text)
    told = [
        states(of.judge(view(position(derived={field: each}))))
        for each in (crossed, still, crossed, clear, crossed)
    ]
    assert told == [["fired"], [], [], ["cleared"], ["fired"]]


def test_all_of_one_alert_has_its_number_and_the_moment_it_crossed() -> None:
    of = alerts(NEAR, "roe<0", again_ms=900_000)
    near = position(derived={"liquidationDistance": "0.04", "roe": "-1"})
    first = of.judge(view(near))
    assert [(each.number, each.crossed_ms) for each in first] == [(1, T0), (2, T0)]
    assert of.judge(view(near, time_ms=T0 + 899_999)) == []
    again = of.judge(view(near, time_ms=T0 + 900_000))
    assert [(e.number, e.crossed_ms, e.again) for e in again] == [(1, T0, 1), (2, T0, 1)]
    far = position(derived={"liquidationDistance": "0.2", "roe": "-1"}, markPrice="90000")
    (clear,) = of.judge(view(far, time_ms=T0 + 900_250))
    assert (clear.number, clear.state, clear.crossed_ms) == (1, "cleared", T0)
    assert clear.figures["liquidationDistance"] == "0.2"


def test_what_hovers_between_bound_and_clear_is_not_told_again() -> None:
    of = alerts(NEAR, again_ms=1000)
    of.judge(view(position("0.04")))
    assert of.judge(view(position("0.052"), time_ms=T0 + 5000)) == []
    assert states(of.judge(view(position("0.049"), time_ms=T0 + 5250))) == ["fired"]


@pytest.mark.parametrize("after", [[], [position(positionAmt="0", liquidationPrice="0")]])
def test_a_position_that_is_closed_is_clear(after: list[Row]) -> None:
    of = alerts(NEAR)
    of.judge(view(position("0.04")))
    assert states(of.judge(view(*after))) == ["cleared"]
    assert of.judge(view(*after)) == []


def test_each_row_has_an_alert_of_its_own() -> None:
    of, other = alerts(NEAR), {"symbol": "ETHUSDT"}
    both = of.judge(view(position("0.04"), position("0.03", **other)))
    assert [each.key["symbol"] for each in both] == ["BTCUSDT", "ETHUSDT"]
    assert states(of.judge(view(position("0.04"), position("0.9", **other)))) == ["cleared"]


def test_what_is_too_old_neither_fires_nor_clears() -> None:
    of = alerts(NEAR)
    assert "fired" not in states(of.judge(view(position("0.04"), old=True)))
    assert "fired" in states(of.judge(view(position("0.04"))))
    assert "cleared" not in states(of.judge(view(position("0.4"), old=True)))
    assert "cleared" in states(of.judge(view(position("0.4"))))


def test_what_is_lacking_neither_fires_nor_clears() -> None:
    of = alerts(NEAR, "totalMarginBalance<100")
    lacking = position(liquidationPrice=None)
    assert len(of.judge(view(position("0.04"), totalMarginBalance="99"))) == 2
    assert of.judge(view(lacking)) == []
    assert states(of.judge(view(position("0.9"), totalMarginBalance="200"))) == ["cleared"] * 2


def test_a_condition_that_does_not_hang_on_it_is_judged_all_the_same() -> None:
    of = alerts("liquidationDistance<5% or positionAmt>1", "liquidationDistance<5% and roe<0")
    found = of.judge(view(position(derived={"roe": "1"})))
    assert [(each.state, each.expression) for each in found] == [
        ("fired", "liquidationDistance<5% or positionAmt>1")
    ]


def test_a_condition_that_cannot_be_judged_for_long_is_told_once_and_its_end_too() -> None:
    of = alerts(NEAR)
    for time_ms in (T0, T0 + OLD_MS):
        assert of.judge(view(position("0.2"), old=True, time_ms=time_ms)) == []
    (unknown,) = of.judge(view(position("0.2"), old=True, time_ms=T0 + OLD_MS + 1))
    assert (unknown.state, unknown.crossed_ms) == ("unknown", T0)
    assert unknown.reason == "liquidationDistance of BTCUSDT is 15 s old"
    assert unknown.key == {"symbol": "BTCUSDT", "positionSide": "BOTH"}
    assert of.judge(view(position("0.2"), old=True, time_ms=T0 + 2 * OLD_MS)) == []
    (known,) = of.judge(view(position("0.2"), time_ms=T0 + 3 * OLD_MS))
    assert known == msgspec.structs.replace(unknown, state="known", reason=None)
    assert of.judge(view(position("0.2"), time_ms=T0 + 3 * OLD_MS + 1)) == []


def test_rows_that_are_lacking_in_turn_are_not_told() -> None:
    of, lacking = alerts(NEAR), {"liquidationPrice": None}
    for step in range(8):
        btc, eth = ({}, lacking) if step % 2 else (lacking, {})
        rows = (
            position("0.2" if not btc else None, **btc),
            position("0.2" if not eth else None, symbol="ETHUSDT", **eth),
        )
        assert of.judge(view(*rows, time_ms=T0 + step * OLD_MS // 2)) == []


def test_all_that_is_lacking_for_long_is_one_alert() -> None:
    of, lacking = alerts(NEAR), position(liquidationPrice=None)
    other = {**lacking, "symbol": "ETHUSDT"}
    assert of.judge(view(lacking, other)) == []
    (unknown,) = of.judge(view(lacking, other, time_ms=T0 + OLD_MS + 1))
    assert unknown.reason == "liquidationDistance of BTCUSDT cannot be told, and 1 more"
    assert (unknown.key, unknown.kind) == ({}, "positions")
    assert states(of.judge(view(position("0.2"), time_ms=T0 + OLD_MS + 2))) == ["known"]


@pytest.mark.parametrize(("maintenance", "expected"), [("0", ["cleared"]), (None, [])])
def test_a_pool_without_a_ratio_is_clear_if_it_needs_no_margin(
    maintenance: str | None, expected: list[str]
) -> None:
    of = alerts("totals.marginRatio>80%")
    of.judge(view(totalMaintMargin="9", derived={"marginRatio": "0.9"}))
    assert states(of.judge(view(totalMaintMargin=maintenance))) == expected


def test_an_account_that_never_had_a_ratio_lacks_none() -> None:
    of = alerts("totals.marginRatio>80%")
    for time_ms in (T0, T0 + 2 * OLD_MS):
        assert of.judge(view(totalMaintMargin=None, time_ms=time_ms)) == []


def event(*positions: Row, balances: tuple[Row, ...] = ()) -> Row:
    return {"event": "ACCOUNT_UPDATE", "balances": list(balances), "positions": list(positions)}


def test_an_event_is_judged_by_what_it_tells() -> None:
    of = alerts("unrealizedProfit<-100", "walletBalance<50", NEAR)
    row = {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "1"}
    (fired,) = of.hear(event({**row, "unrealizedProfit": "-101"}), T0)
    assert (fired.expression, fired.crossed_ms) == ("unrealizedProfit<-100", T0)
    assert states(
        of.hear(event(row, balances=({"asset": "USDT", "walletBalance": "49"},)), T0)
    ) == ["fired"]
    assert states(of.hear(event({**row, "unrealizedProfit": "0"}), T0 + 1)) == ["cleared"]


def test_a_view_at_a_mark_of_before_an_event_does_not_take_its_word_back() -> None:
    of, row = alerts("unrealizedProfit<0"), position(unrealizedProfit="5")
    told = {"symbol": "BTCUSDT", "positionSide": "BOTH", "unrealizedProfit": "-1"}
    of.judge(view(row))
    assert states(of.hear({**event(told), "transactionTime": T0 + 600}, T0 + 700)) == ["fired"]
    assert of.judge(view(row, time_ms=T0 + 599)) == []
    assert states(of.judge(view(row, time_ms=T0 + 1000))) == ["cleared"]


def test_what_events_tell_again_and_again_is_not_unknown() -> None:
    of, row = alerts("unrealizedProfit<0"), position(unrealizedProfit="5")
    for time_ms in range(T0, T0 + 3 * OLD_MS, 1000):
        told = {"symbol": "BTCUSDT", "positionSide": "BOTH", "unrealizedProfit": "5"}
        assert of.hear({**event(told), "transactionTime": time_ms + 1}, time_ms) == []
        assert of.judge(view(row, time_ms=time_ms)) == []


@given(st.lists(st.sampled_from(["0.01", "0.049", "0.052", "0.056", "0.5", None, "old", "gone"])))
def test_it_fires_and_is_clear_in_turn_whatever_comes(course: list[str | None]) -> None:
    of, told = alerts(NEAR), list[str]()
    for step, each in enumerate(course):
        rows = [] if each == "gone" else [position(None if each == "old" else each)]
        told += states(of.judge(view(*rows, time_ms=T0 + step, old=each == "old")))
    turns = [state for state in told if state in ("fired", "cleared")]
    assert turns == ["fired", "cleared"] * (len(turns) // 2) + ["fired"] * (len(turns) % 2)


def test_a_view_of_before_a_position_was_opened_does_not_clear_it() -> None:
    of = alerts("positionAmt>2")
    row = {"symbol": "ETHUSDT", "positionSide": "BOTH", "positionAmt": "3"}
    event = {"positions": [row], "balances": [], "transactionTime": T0 + 100}
    assert states(of.hear(event, T0 + 150)) == ["fired"]
    assert of.judge(view(position(), time_ms=T0)) == []
    assert states(of.judge(view(position(), time_ms=T0 + 350))) == ["cleared"]


def test_nothing_is_kept_of_what_is_there_no_more() -> None:
    of = alerts(NEAR)
    for number in range(50):
        row = position("0.5", symbol=f"SYM{number}USDT")
        of.hear({"positions": [row], "transactionTime": T0 + number}, T0 + number)
        of.judge(view(row, time_ms=T0 + number))
    assert [len(each) for each in (of._known, of._heard)] == [1, 1]
