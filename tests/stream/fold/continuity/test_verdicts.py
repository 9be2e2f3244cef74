"""What history says of one moment that does not add up, kind by kind and edge by edge."""

from collections.abc import Collection, Hashable
from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.stream.fold.continuity import verdicts
from binfut_cli.stream.fold.continuity.moment import ORDER, Moment
from binfut_cli.stream.fold.continuity.verdicts import Echoes, Finding, History, Off, judge
from binfut_cli.stream.fold.reported_orders import fill_key
from binfut_cli.stream.records import AssetSum

SINCE_MS, MOMENT_MS = 2500, 5500
BTC, ETH = "BTCUSDT", "ETHUSDT"
LEG = (BTC, "BOTH")

WITH_A_FILL = (
    "REALIZED_PNL", "COMMISSION", "INSURANCE_CLEAR", "LIQUIDATION_FEE", "COMMISSION_REBATE",
    "API_REBATE", "REFERRAL_KICKBACK", "FEE_RETURN", "DELIVERED_SETTELMENT",
    "POSITION_LIMIT_INCREASE_FEE",
)  # fmt: skip


def moment(off: dict[Hashable, str], time_ms: int = MOMENT_MS, since_ms: int = SINCE_MS) -> Moment:
    """A moment at which rows are off by something."""
    found = Moment(time_ms, 0)
    for key, amount in off.items():
        found.add(key, Decimal(amount), since_ms)
    return found


def judged(
    of: Moment,
    *,
    fills: Collection[Row] = (),
    flows: Collection[Row] | None = None,
    told: Collection[str] = (),
    known_ms: int = 0,
    unheard: Off | None = None,
) -> Finding:
    """`told` are the trades that the stream told."""
    keys = {fill_key(BTC, trade) for trade in told}
    asked = None if flows is None else list(flows)
    history = History(list(fills), asked, known_ms, keys.__contains__, lambda row: "USDT")
    return judge(of, {} if unheard is None else unheard, history)


def trade(number: int, time_ms: int = 4000, **more: Any) -> Row:
    row = {
        "symbol": BTC, "id": str(number), "orderId": "5", "time": time_ms, "side": "BUY",
        "positionSide": "BOTH", "qty": "1", "realizedPnl": "0", "commission": "0",
        "commissionAsset": "USDT",
    }  # fmt: skip
    return {**row, **more}


def flow(time_ms: int, income: str = "3", kind: str = "TRANSFER", **more: Any) -> Row:
    return {"asset": "USDT", "time": time_ms, "income": income, "incomeType": kind, **more}


# -- fills ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time_ms", "known_ms", "counts"),
    [
        (SINCE_MS, 0, True),
        (SINCE_MS - 1, 0, False),
        (MOMENT_MS, 0, True),
        (MOMENT_MS + 1, 0, False),
        (3000, 3000, True),
        (2999, 3000, False),
    ],
)
def test_a_fill_counts_between_the_two_updates_and_as_far_back_as_all_are_known(
    time_ms: int, known_ms: int, counts: bool
) -> None:
    found = judged(moment({LEG: "1"}), fills=[trade(1, time_ms)], known_ms=known_ms)
    assert (found.rows != [], found.rest == {}) == (counts, counts)


@pytest.mark.parametrize("time_ms", [SINCE_MS, 4000, MOMENT_MS - 1, MOMENT_MS, MOMENT_MS + 1])
def test_a_fill_of_a_symbol_that_is_not_off_says_nothing(time_ms: int) -> None:
    assert judged(moment({LEG: "1"}), fills=[trade(1, time_ms, symbol=ETH)]).rows == []


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_symbols_rows_the_one_that_is_longest_in_doubt_decides(turned: bool) -> None:
    found = Moment(MOMENT_MS, 0)
    rows: list[tuple[Hashable, int]] = [(LEG, 3000), ((ORDER, BTC, "5"), 2000)]
    for key, since_ms in reversed(rows) if turned else rows:
        found.add(key, Decimal(1), since_ms)
    assert judged(found, fills=[trade(1, 2200)]).rest == {}


def test_a_fill_moves_its_position_its_order_its_profits_and_its_fees_asset() -> None:
    sold = trade(1, side="SELL", realizedPnl="5", commission="0.04")
    off: dict[Hashable, str] = {LEG: "-1", (ORDER, BTC, "5"): "1", "USDT": "4.96"}
    assert judged(moment(off), fills=[sold]).rest == {}
    odd = trade(1, qty="x", realizedPnl=None, commission="")
    assert judged(moment({LEG: "1"}), fills=[odd]).rest == {LEG: Decimal(1)}


def test_a_fill_that_was_told_explains_nothing() -> None:
    found = judged(moment({LEG: "1"}), fills=[trade(1)], told=["1"])
    assert (found.rows, found.rest) == ([], {LEG: Decimal(1)})


def filled(moved: str, off: str, *signed: str) -> Moment:
    """A moment whose fills were told, and whose position moved by something."""
    found = moment({LEG: off})
    found.moved[LEG] = Decimal(moved)
    for number, each in enumerate(signed):
        found.fills[fill_key(BTC, str(number))] = LEG, Decimal(each)
    return found


@pytest.mark.parametrize(
    ("moved", "missing"), [("0", True), ("1", True), ("2", False), ("5", False)]
)
def test_an_update_is_missing_where_the_position_followed_some_fills_only(
    moved: str, missing: bool
) -> None:
    rows = [trade(0, MOMENT_MS), trade(1, MOMENT_MS), trade(2, MOMENT_MS - 1)]
    other = trade(3, MOMENT_MS, symbol=ETH)
    of = filled(moved, "-1", "1", "1")
    found = judged(of, fills=[*rows, other], told=["0", "1", "2"])
    assert found.unheard == ({LEG: Decimal(-1)} if missing else {})
    assert found.rows == ([("fill", rows[0]), ("fill", rows[1])] if missing else [])
    assert found.is_loss is missing


def test_what_else_was_found_stands_beside_a_missing_update() -> None:
    early, own = trade(7, 4000, side="SELL"), trade(0, MOMENT_MS)
    found = judged(filled("0", "-2", "1"), fills=[early, own], told=["0"])
    assert found.rows == [("fill", early), ("fill", own)]


# -- flows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WITH_A_FILL)
def test_what_may_come_with_a_fill_was_told_by_the_update_of_the_moment(kind: str) -> None:
    second_ms = MOMENT_MS - MOMENT_MS % 1000  # of some flows no more is told
    for time_ms in (MOMENT_MS, second_ms):
        found = judged(moment({"USDT": "3"}), flows=[flow(time_ms, kind=kind)])
        assert (found.rows, found.rest, found.is_loss) == ([], {}, False)


@pytest.mark.parametrize(("time_ms", "since_ms"), [(SINCE_MS, SINCE_MS), (3000, 3250)])
def test_what_may_come_with_a_fill_before_the_moment_is_missing(
    time_ms: int, since_ms: int
) -> None:
    row = flow(time_ms, kind="INSURANCE_CLEAR")
    found = judged(moment({"USDT": "3"}, since_ms=since_ms), flows=[row])
    assert (found.rows, found.rest) == ([("flow", row)], {})


@pytest.mark.parametrize("kind", ["TRANSFER", "FUNDING_FEE", "COIN_SWAP_DEPOSIT"])
def test_what_has_an_update_of_its_own_is_missing(kind: str) -> None:
    row = flow(MOMENT_MS, kind=kind)
    found = judged(moment({"USDT": "3"}), flows=[row])
    assert (found.rows, found.rest) == ([("flow", row)], {})


@pytest.mark.parametrize(
    ("time_ms", "is_missing"),
    [
        (1999, False),  # before the first of the two updates
        (2000, False),  # in its second, if no more than that is told
        (SINCE_MS, False),
        (SINCE_MS + 1, True),
        (3000, True),
        (4000, True),
        (MOMENT_MS - 1, True),
        (5000, False),
        (MOMENT_MS, False),
        (MOMENT_MS + 1, False),
    ],
)
def test_a_flow_between_two_updates_is_missing_whether_it_explains_all_or_not(
    time_ms: int, is_missing: bool
) -> None:
    row = flow(time_ms)
    found = judged(moment({"USDT": "8"}), flows=[row])
    assert found.rows == ([("flow", row)] if is_missing else [])
    assert found.rest == {"USDT": Decimal(8)}


@pytest.mark.parametrize(("time_ms", "counts"), [(1999, False), (2000, True), (5000, True)])
def test_of_a_flow_on_the_edge_it_counts_whether_it_explains_what_is_left(
    time_ms: int, counts: bool
) -> None:
    inner, edge = flow(4100, "5"), flow(time_ms)
    found = judged(moment({"USDT": "8"}), flows=[inner, edge])
    assert found.rows == [("flow", inner), *([("flow", edge)] if counts else [])]
    assert (found.rest == {}) is counts


@pytest.mark.parametrize(
    ("since_ms", "is_missing"), [(SINCE_MS, False), (2100, True), (2000, True)]
)
def test_a_flow_before_the_update_before_was_told_unless_only_its_second_is_known(
    since_ms: int, is_missing: bool
) -> None:
    of = moment({"USDT": "3"}, since_ms=since_ms)
    assert bool(judged(of, flows=[flow(2100)]).rows) is is_missing
    assert judged(moment({"USDT": "3"}), flows=[flow(2000)]).rows


def test_of_flows_on_the_edges_that_are_alike_the_later_is_missing() -> None:
    of = moment({"USDT": "3"}, since_ms=MOMENT_MS)
    found = judged(of, flows=[flow(5000, kind="TRANSFER"), flow(MOMENT_MS, kind="TRANSFER")])
    assert [row["time"] for _, row in found.rows] == [MOMENT_MS]


@pytest.mark.parametrize("told_ms", [SINCE_MS, MOMENT_MS])
def test_of_flows_on_the_edges_that_are_alike_one_that_was_told_is_not_missing(
    told_ms: int,
) -> None:
    off, flows = moment({"USDT": "3"}), [flow(SINCE_MS), flow(MOMENT_MS)]
    off.told["USDT"] = [(told_ms, Decimal(3)), (told_ms, Decimal(0))]
    (missing,) = [row for row in flows if row["time"] != told_ms]
    assert judged(off, flows=flows).rows == [("flow", missing)]


@pytest.mark.parametrize(("told_ms", "is_missing"), [(5999, False), (6000, True), (4999, True)])
def test_a_flow_of_which_only_the_second_is_known_was_told_in_that(
    told_ms: int, *, is_missing: bool
) -> None:
    off = moment({"USDT": "3"}, time_ms=5999, since_ms=4000)
    off.told["USDT"] = [(told_ms, Decimal(3))]
    assert judged(off, flows=[flow(5000)]).is_loss == is_missing


def test_a_flow_of_another_asset_explains_nothing() -> None:
    found = judged(moment({"USDT": "3"}), flows=[flow(4000, asset="BNB")])
    assert (found.rows, found.rest) == ([], {"USDT": Decimal(3)})


@pytest.mark.parametrize(
    ("more", "is_missing"),
    [
        ({"kind": "COMMISSION", "symbol": BTC, "tradeId": "1"}, False),  # told by the stream
        ({"kind": "COMMISSION", "symbol": BTC, "tradeId": 2}, False),  # found by history
        ({"kind": "COMMISSION", "symbol": BTC, "tradeId": "3"}, True),
        ({"kind": "COMMISSION", "symbol": BTC, "tradeId": ""}, True),
        ({"kind": "COMMISSION", "symbol": ETH, "tradeId": "1"}, True),
        ({"kind": "TRANSFER", "symbol": BTC, "tradeId": "1"}, True),
    ],
)
def test_what_belongs_to_a_fill_that_is_known_is_missing_no_second_time(
    more: dict[str, Any], is_missing: bool
) -> None:
    row = flow(4000, **more)
    found = judged(moment({LEG: "1", "USDT": "8"}), fills=[trade(2)], flows=[row], told=["1"])
    assert found.rows == [("fill", trade(2)), *([("flow", row)] if is_missing else [])]


# -- what is told of it -----------------------------------------------------------------------


def test_how_far_an_asset_is_explained_is_told_with_its_sign() -> None:
    row = flow(4000, "5")
    found = judged(moment({"USDT": "8", "BNB": "-1", LEG: "1"}), flows=[row])
    assert found.explained() == [
        AssetSum("USDT", "8", "0", "8"),
        AssetSum("BNB", "-1", "0", "-1"),
    ]
    fee = trade(1, commission="2")
    found = judged(moment({"USDT": "-5", LEG: "1"}), fills=[fee])
    assert found.explained() == [AssetSum("USDT", "-5", "-2", "-3")]


@pytest.mark.parametrize(
    ("time_ms", "moment_ms", "span"),
    [
        (4100, 9000, (4100, 4100)),
        (4000, 9000, (4000, 4999)),  # with its second only
        (4000, 4600, (4000, 4600)),
    ],
)
def test_a_flow_may_be_anywhere_in_its_second(
    time_ms: int, moment_ms: int, span: tuple[int, int]
) -> None:
    found = judged(moment({"USDT": "3"}, moment_ms), flows=[flow(time_ms)])
    assert found.rows
    assert (found.from_ms, found.to_ms) == span


def test_without_anything_found_it_is_at_its_moment() -> None:
    found = judged(moment({LEG: "1"}), flows=[])
    assert (found.from_ms, found.to_ms) == (MOMENT_MS, MOMENT_MS)
    found = judged(moment({LEG: "1"}), fills=[trade(1, 3000)])
    assert (found.from_ms, found.to_ms) == (3000, 3000)


def test_what_an_earlier_moment_left_is_taken_up_once() -> None:
    unheard: Off = {"USDT": Decimal(-5), "BNB": Decimal(1)}
    found = judged(moment({"USDT": "5"}), unheard=unheard)
    assert (dict(found.off), found.is_echo) == ({"USDT": Decimal(0)}, True)
    assert unheard == {"BNB": Decimal(1)}
    again = judged(moment({"USDT": "5"}), unheard=unheard)
    assert (dict(again.off), again.is_echo) == ({"USDT": Decimal(5)}, False)


def test_of_what_earlier_moments_left_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "MOST_ECHOES", 2)
    echoes = Echoes()
    for time_ms in (1000, 2000, 3000):
        missing = moment({LEG: "1"}, time_ms, time_ms)
        echoes.follow(Finding(missing, {}, {}, unheard={LEG: Decimal(time_ms)}))
    last = moment({LEG: "1"}, since_ms=0)
    assert echoes.of(last) == {}  # of which no update tells
    last.heard.add(LEG)
    assert echoes.of(last) == {LEG: Decimal(5000)}
