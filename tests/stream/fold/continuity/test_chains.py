"""Does each value follow from the one before? Exact on what was recorded; a missing event shows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row, dumps
from binfut_cli.endpoints import Market
from binfut_cli.stream import events
from binfut_cli.stream.events import Event, account_updates, decode
from binfut_cli.stream.fold.continuity import chains
from binfut_cli.stream.fold.continuity.links import LAG_MS, MOST_CHANGES
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.reported_orders import fill_key
from tests.support.samples import body, encoded

READ_MS = 1000
BTC, ETH = "BTCUSDT", "ETHUSDT"
USDT: Row = {"asset": "USDT", "walletBalance": "100"}
BNB: Row = {"asset": "BNB", "walletBalance": "1"}

# One account, recorded on 2022-03-08 by https://github.com/metacodi/binance (test/results, example
# 9): the figures alone. An update is (time, wallet, change, position), a fill (time, trade, order,
# side, quantity, so far, fee, profit).
RECORDED: Sequence[tuple[Any, ...]] = (
    (1646753271768, "10", "10", None),
    (1646753372568, "9.99694784", "0", "0.02"),
    (1646753372568, 652832461, 1, "BUY", "0.02", "0.02", "0.00305216", "0"),
    (1646753372568, "9.76040544", "0", "1.57"),
    (1646753372568, 652832462, 1, "BUY", "1.55", "1.57", "0.2365424", "0"),
    (1646754132885, "14.76040544", "5", None),
    (1646754703535, "9.76040544", "-5", None),
    (1646755117243, "10.90185824", "0", "0"),
    (1646755117243, 652861062, 2, "SELL", "1.57", "1.57", "0.2401472", "1.3816"),
    (1646755134604, "0", "-10.90185824", None),
    (1646755148845, "5", "5", None),
    (1646755195001, "8", "3", None),
    (1646755229078, "7.99693272", "0", "-0.02"),
    (1646755229078, 652864234, 3, "SELL", "0.02", "0.02", "0.00306728", "0"),
    (1646755554829, "7.918713", "0", "-0.53"),
    (1646755554829, 652869766, 4, "SELL", "0.51", "0.51", "0.07821972", "0"),
)


def account(*rows: Row) -> FoldedAccount:
    """An account that was read, and agreed at a check."""
    found = FoldedAccount()
    assets = [row for row in rows or (USDT,) if "asset" in row]
    found.read({"assets": assets, "positions": [row for row in rows if "symbol" in row]})
    found.chains.agreed(found.state, READ_MS)
    return found


def update(time: int, *balances: tuple[str, str, str], **positions: str) -> Row:
    """An ACCOUNT_UPDATE: balances (asset, wallet, change), amounts of positions by their symbol.

    A symbol may have a side behind it: BTCUSDT__SHORT.
    """
    legs = [(*name.split("__"), "BOTH")[:2] for name in positions]
    told = {
        "m": "ORDER",
        "B": [{"a": asset, "wb": wallet, "bc": change} for asset, wallet, change in balances],
        "P": [
            {"s": symbol, "ps": side, "pa": amount}
            for (symbol, side), amount in zip(legs, positions.values(), strict=True)
        ],
    }
    return {"e": "ACCOUNT_UPDATE", "E": time, "T": time, "a": told}


def fill(time: int, trade: int = 1, **more: Any) -> Row:
    """A fill: 1 BTCUSDT bought at a fee of 0.04 USDT, but for what is said otherwise."""
    order = {
        "s": BTC, "i": trade, "t": trade, "S": "BUY", "ps": "BOTH", "x": "TRADE", "X": "FILLED",
        "l": "1", "z": "1", "n": "0.04", "N": "USDT", "rp": "0",
    }  # fmt: skip
    return {"e": "ORDER_TRADE_UPDATE", "E": time, "T": time, "o": {**order, **more}}


def tell(known: FoldedAccount, *messages: Row, market: Market = Market.USDM) -> FoldedAccount:
    for message in messages:
        event = decode(encoded(message), market)
        assert isinstance(event, Event)
        known.apply(event, came_ms=7)
    return known


def off(known: FoldedAccount) -> dict[int, dict[Any, str]]:
    """What does not add up, by moment and row."""
    return {
        time: {key: f"{amount.normalize():f}" for key, amount in moment.rest(moment.off).items()}
        for time, moment in known.chains.moments.items()
    }


def recorded() -> list[Row]:
    found = []
    for time, *rest in RECORDED:
        if len(rest) == 3:
            wallet, change, amount = rest
            held = {} if amount is None else {"BNBUSDT": amount}
            found.append(update(time, ("USDT", wallet, change), **held))
        else:
            trade, order, side, quantity, so_far, fee, profit = rest
            words = {"s": "BNBUSDT", "S": side, "i": order, "l": quantity, "z": so_far}
            words["X"] = "PARTIALLY_FILLED" if trade == 652832461 else "FILLED"
            found.append(fill(time, trade, **words, n=fee, rp=profit))
    return found


def empty() -> FoldedAccount:
    return account({"asset": "USDT", "walletBalance": "0"})


def test_what_was_recorded_adds_up_exactly() -> None:
    assert off(tell(empty(), *recorded())) == {}


def test_it_does_whichever_event_of_a_moment_comes_first() -> None:
    turned = sorted(recorded(), key=lambda each: (each["T"], each["e"] != "ORDER_TRADE_UPDATE"))
    assert turned != recorded()
    assert off(tell(empty(), *turned)) == {}


@pytest.mark.parametrize("missing", range(len(RECORDED)))
def test_each_recorded_event_that_does_not_come_is_noticed(missing: int) -> None:
    told = recorded()
    del told[missing]
    found = off(tell(empty(), *told))
    if missing == 1:  # the next update is of the same millisecond, and tells both fills
        assert found == {}
    else:
        assert found


@pytest.mark.parametrize("name", ["usdm", "coinm"])
def test_a_recorded_opening_and_closing_add_up_with_the_fill_of_the_close(name: str) -> None:
    market = Market(name)
    opened, closed = (body(f"{name}/account_update_order_{how}_demo") for how in ("open", "close"))
    fees = {"usdm": ("0.0332032", "USDT", "-0.0001"), "coinm": ("0.00000048", "BTC", "-0.00000015")}
    fee, asset, profit = fees[name]
    sold = {"usdm": ("BTCUSDT", "0.001"), "coinm": ("BTCUSD_PERP", "1")}[name]
    words = {"s": sold[0], "S": "SELL", "l": sold[1], "z": sold[1]}
    close = fill(closed["T"], 9, **words, n=fee, N=asset, rp=profit)
    before = FoldedAccount()
    before.read({"assets": [], "positions": []})
    assert off(tell(before, opened, closed, close, market=market)) == {}
    lone = FoldedAccount()
    lone.read({"assets": [], "positions": []})
    change = {"usdm": "-0.0333032", "coinm": "-0.00000063"}[name]
    expected = {closed["T"]: {asset: change, (sold[0], "BOTH"): f"-{sold[1]}"}}
    assert off(tell(lone, opened, closed, market=market)) == expected


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([update(2000, ("USDT", "150", "50"))], id="a deposit"),
        pytest.param([update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"), fill(2000)], id="a fill"),
        pytest.param(
            [fill(2000), update(2000, ("USDT", "99.96", "0"), BTCUSDT="1")], id="a fill before"
        ),
        pytest.param(
            [
                fill(2000, N="BNB", n="0.001"),
                update(2000, ("USDT", "100", "0"), ("BNB", "0.999", "0"), BTCUSDT="1"),
            ],
            id="a fee in another asset",
        ),
        pytest.param(
            [
                update(2000, ("USDT", "99.92", "0"), BTCUSDT="2"),
                fill(2000, 1, i=5, X="PARTIALLY_FILLED"),
                fill(2000, 2, i=5, z="2"),
            ],
            id="one update for two fills",
        ),
        pytest.param(
            [
                update(2000, ("USDT", "99.96", "0"), BTCUSDT__LONG="1"),
                fill(2000, 1, ps="LONG"),
                update(2001, ("USDT", "99.92", "0"), BTCUSDT__SHORT="-1"),
                fill(2001, 2, ps="SHORT", S="SELL"),
                update(2002, ("USDT", "101.88", "0"), BTCUSDT__SHORT="0"),
                fill(2002, 3, ps="SHORT", rp="2"),
            ],
            id="both sides of hedge mode",
        ),
        pytest.param(
            [
                update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"),
                fill(2000),
                update(2001, ("USDT", "-30.04", "0"), BTCUSDT="0"),
                fill(2001, 2, S="SELL", x="CALCULATED", o="LIQUIDATION", n="5", rp="-125"),
                update(2002, ("USDT", "0", "30.04")),
            ],
            id="a liquidation, and the insurance fund",
        ),
        pytest.param(
            [
                update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"),
                fill(2000),
                update(2001, ("USDT", "109.96", "0"), BTCUSDT="0"),
                fill(2001, 2, S="SELL", c="adl_autoclose", n=None, N=None, rp="10"),
            ],
            id="a position taken by ADL, without a fee",
        ),
        pytest.param(
            [update(2000, ("BNB", "0.5", "-0.5"), ("USDT", "400", "300"))], id="an exchange"
        ),
        pytest.param([update(2000, ("USDT", "100", "0"))], id="a margin type"),
        pytest.param(
            [update(2000, ("USDT", "1E+2", "0E-8")), update(2001, ("USDT", "100.10", "0.10000"))],
            id="numbers written in another way",
        ),
    ],
)
def test_what_happens_adds_up(told: list[Row]) -> None:
    assert off(tell(account(USDT, BNB), *told)) == {}


def test_a_fill_that_does_not_come_leaves_its_wallet_and_its_position_off() -> None:
    found = tell(account(), update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"))
    assert off(found) == {2000: {"USDT": "-0.04", (BTC, "BOTH"): "1"}}


def test_an_update_that_does_not_come_does_so_too() -> None:
    assert off(tell(account(), fill(2000))) == {2000: {"USDT": "0.04", (BTC, "BOTH"): "-1"}}


def test_a_missing_deposit_shows_at_the_next_of_its_asset_since_the_last() -> None:
    found = tell(account(), update(2000, ("USDT", "101", "1")), update(3000, ("USDT", "104", "1")))
    assert off(found) == {3000: {"USDT": "2"}}
    assert found.chains.moments[3000].since == {"USDT": 2000}


def test_a_missing_fill_of_an_order_shows_at_its_next_event() -> None:
    first = fill(2000, 1, i=5, X="PARTIALLY_FILLED", n="0")
    later = fill(3000, 3, i=5, z="3", n="0")
    found = tell(account(), first, update(2000, BTCUSDT="1"), later, update(3000, BTCUSDT="3"))
    assert off(found) == {3000: {("order", BTC, "5"): "1", (BTC, "BOTH"): "1"}}
    assert found.chains.moments[3000].since["order", BTC, "5"] == 2000
    assert [each.time_ms for each in found.chains.ripe(7)] == [3000]
    ended = fill(3500, 0, i=5, x="CANCELED", X="CANCELED", z="2", l="0")
    del ended["o"]["l"]  # what ends an order need not say that it fills nothing
    assert 3500 in off(tell(tell(account(), first, update(2000, BTCUSDT="1")), ended))


def test_a_missing_fill_is_one_since_the_order_was_last_told_of_as_it_was() -> None:
    first = fill(2000, 1, i=5, X="PARTIALLY_FILLED", n="0")
    amended = fill(2500, 0, i=5, x="AMENDMENT", X="PARTIALLY_FILLED", l="0")
    later = fill(3000, 3, i=5, z="3", n="0")
    found = tell(account(), first, update(2000, BTCUSDT="1"), amended, later)
    assert found.chains.moments[3000].since["order", BTC, "5"] == 2500


def test_what_is_told_twice_counts_once() -> None:
    messages = [update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"), fill(2000)]
    assert off(tell(account(), *messages, *messages)) == {}
    paid = update(2000, ("USDT", "101", "1"))
    assert off(tell(account(), paid, paid)) == {}


def test_both_orders_of_a_trade_may_be_the_accounts_own() -> None:
    sides = fill(2000, 1, i=5), fill(2000, 1, i=6, S="SELL")
    assert off(tell(account(), *sides, update(2000, ("USDT", "99.92", "0"), BTCUSDT="0"))) == {}


def test_of_a_millisecond_that_tells_of_a_row_without_end_only_so_much_is_kept() -> None:
    known = tell(account(), update(2000, ("USDT", "9", "1")))
    every = [update(2000, ("USDT", str(number), "1")) for number in range(10, 300)]
    tell(known, *every)
    assert len(known.chains.moments[2000].told["USDT"]) <= 2 * MOST_CHANGES
    assert len(known.chains.links.rows["USDT"].changes) == MOST_CHANGES


def test_a_copy_that_comes_late_says_nothing() -> None:
    first, second = update(1500, ("USDT", "101", "1")), update(2000, ("USDT", "103", "2"))
    known = tell(account(), first, second, first)
    assert off(tell(known, update(3000, ("USDT", "104", "1")))) == {}
    assert off(tell(known, update(4000, ("USDT", "106", "1")))) == {4000: {"USDT": "1"}}


def test_one_that_is_late_for_other_rows_is_compared() -> None:
    known = tell(account(), update(3000, ("USDT", "100", "0")), fill(2000, n="0"))
    assert off(tell(known, update(2000, BTCUSDT="1"))) == {}


def test_one_that_comes_late_and_of_whose_row_nothing_is_known_begins_no_chain() -> None:
    known = account()
    known.chains.restart()
    tell(known, update(3000, BTCUSDT="1"), update(2000, ("USDT", "90", "0")))
    assert off(tell(known, update(4000, ("USDT", "100", "0")))) == {}


def test_one_that_comes_late_ends_the_doubt_of_its_rows() -> None:
    known = tell(account(), update(2000, ("USDT", "103", "1"), BTCUSDT="1"))
    assert off(known) == {2000: {"USDT": "2", (BTC, "BOTH"): "1"}}
    assert off(tell(known, update(1500, ("USDT", "102", "2")))) == {2000: {(BTC, "BOTH"): "1"}}


def test_one_that_comes_late_ends_the_doubt_of_its_fill_if_a_later_one_told_the_same() -> None:
    known = account(USDT, {"symbol": BTC, "positionSide": "BOTH", "positionAmt": "2"})
    tell(known, fill(2000, n="1", rp="0"), update(2500, ("USDT", "99", "0"), BTCUSDT="3"))
    assert off(known) == {
        2000: {"USDT": "1", (BTC, "BOTH"): "-1"},
        2500: {"USDT": "-1", (BTC, "BOTH"): "1"},
    }
    assert off(tell(known, update(2000, ("USDT", "99", "0"), BTCUSDT="3"))) == {}


def test_what_a_check_knows_better_is_what_the_next_must_follow_from() -> None:
    """The first reading was older than the stream, and nothing of it had come."""
    row = {"symbol": BTC, "positionSide": "BOTH", "updateTime": 900}
    known = account(USDT, {**row, "positionAmt": "1"})
    tell(known, fill(1500, 1), update(1500, ("USDT", "99.96", "0"), BTCUSDT="3"))
    assert off(known) == {1500: {(BTC, "BOTH"): "1"}}
    known = account(USDT, {**row, "positionAmt": "1"})
    known.reread({"assets": [USDT], "positions": [{**row, "positionAmt": "2", "updateTime": 950}]})
    tell(known, fill(1500, 1), update(1500, ("USDT", "99.96", "0"), BTCUSDT="3"))
    assert off(known) == {}


def test_what_a_reading_after_a_gap_does_not_say_is_not_known() -> None:
    row = {"symbol": BTC, "positionSide": "BOTH", "updateTime": 900, "positionAmt": "1"}
    known = account(USDT, row)
    known.chains.restart()
    odd = {**row, "updateTime": 1400, "positionAmt": "NaN"}
    known.read({"assets": [USDT], "positions": [odd]})
    assert known.state.positions[BTC, "BOTH"]["positionAmt"] == "1"
    for _ in range(2):
        assert (BTC, "BOTH") not in known.chains.links.rows
        known.chains.agreed(known.state, 1450)
    tell(known, fill(1500, 1), update(1500, ("USDT", "99.96", "0"), BTCUSDT="3"))
    assert off(known) == {}
    tell(known, fill(1600, 2, n="0"), update(1600, BTCUSDT="5"))
    assert off(known) == {1600: {(BTC, "BOTH"): "1"}}


def test_what_was_held_against_a_reading_that_was_too_old_says_nothing() -> None:
    row = {"symbol": BTC, "positionSide": "BOTH", "updateTime": 900}
    known = account(USDT, {**row, "positionAmt": "1"})
    tell(known, fill(1500, 1))
    assert off(known) == {1500: {"USDT": "0.04", (BTC, "BOTH"): "-1"}}
    known.reread({"assets": [USDT], "positions": [{**row, "positionAmt": "2", "updateTime": 1600}]})
    assert off(known) == {1500: {"USDT": "0.04"}}


def test_an_order_that_was_overtaken_in_its_millisecond_says_nothing() -> None:
    new = fill(2000, x="NEW", X="NEW", l="0", z="0", n="0")
    first = fill(2000, 1, i=5, X="PARTIALLY_FILLED", n="0")
    known = tell(account(), first, update(2000, BTCUSDT="1"), {**new, "o": {**new["o"], "i": 5}})
    second = fill(3000, 2, i=5, z="2", n="0")
    assert off(tell(known, second, update(3000, BTCUSDT="2"))) == {}


def test_a_row_that_is_only_written_otherwise_has_not_been_told_of_since() -> None:
    known = account(USDT, {"symbol": BTC, "positionSide": "BOTH", "positionAmt": "2.0"})
    tell(known, fill(3000, n="0"), update(3000, BTCUSDT="2"))
    assert off(known) == {3000: {(BTC, "BOTH"): "-1"}}
    assert known.chains.moments[3000].since[BTC, "BOTH"] == READ_MS + 1


def test_what_cannot_be_compared_leaves_what_was_before_it_off() -> None:
    known = tell(account(), update(2000, ("USDT", "103", "1")), update(2500, ("USDT", "x", "1")))
    assert off(known) == {2000: {"USDT": "2"}}


@pytest.mark.parametrize("odd", ["x", "NaN", "1_0", None])
def test_of_what_cannot_be_compared_no_half_of_its_moment_is(odd: object) -> None:
    first = update(2000, ("USDT", "103", "1"), BTCUSDT="1")
    known = tell(account(), first, update(2000, ("USDT", odd, "1")))  # type: ignore[arg-type]
    assert off(known) == {2000: {(BTC, "BOTH"): "1"}}
    assert off(tell(account(), first, {**first, "T": None})) == {}


def test_one_that_comes_late_ends_the_doubt_of_its_own_moment_and_of_no_other_row() -> None:
    twice = update(2000, ("USDT", "101", "0")), update(3000, ("USDT", "102", "1"))
    assert off(tell(account(), *twice, update(2000, ("USDT", "101", "1")))) == {}
    told = update(2000, ("USDT", "101", "1")), update(2500, BTCUSDT="1"), twice[1]
    known = tell(account(), *told, update(2000, ("USDT", "101", "1")))
    assert off(tell(known, update(4000, ("USDT", "104", "1")))) == {
        2500: {(BTC, "BOTH"): "1"},
        4000: {"USDT": "1"},
    }


def test_what_agrees_at_a_check_agreed_when_the_stream_told_last() -> None:
    known = tell(account(USDT, BNB), update(50_000, ("USDT", "101", "1")))
    known.chains.agreed(known.state, READ_MS)
    tell(known, update(60_000, ("BNB", "2", "0")))
    assert known.chains.moments[60_000].since == {"BNB": 50_000 - LAG_MS}


def test_a_moment_knows_also_what_was_told_of_a_row_for_the_first() -> None:
    known = account()
    known.chains.restart()
    tell(known, update(2000, ("USDT", "105", "5")), update(3000, ("USDT", "200", "1")))
    told = [(2000, Decimal(5)), (3000, Decimal(1))]
    assert known.chains.moments[3000].told == {"USDT": told}
    (moment,) = known.chains.ripe(7)
    tell(known, update(3000, ("USDT", "202", "2")))  # while history is asked about it
    assert moment.told == {"USDT": [*told, (3000, Decimal(2))]}


def tell_typed(known: FoldedAccount, message: Row) -> None:
    typed = account_updates([dumps(message)])
    assert typed is not None
    assert len(known.update(typed, 7)) == 1


@pytest.mark.usefixtures("nothing_learned")
def test_a_typed_update_is_compared_as_any_other() -> None:
    told = (
        update(2000, ("USDT", "101", "0"), ETHUSDT="1"),
        update(3000, ("BNB", "1", "0"), ETHUSDT="1"),
        update(4000, ("USDT", "101", "0"), ETHUSDT="3"),
        update(5000, ("USDT", "102", "1"), BTCUSDT="-1"),
        update(6000, ("USDT", "102", "1")),
        update(7000),  # of no row
        update(7000, ("USDT", "102", "0"), ETHUSDT="3"),  # of the same millisecond
        update(3500, ETHUSDT="3"),  # late
    )
    one, other = account(), account()
    for message in told:
        message["a"]["P"] = [{**row, "ma": "BNB"} for row in message["a"]["P"]]
        tell(one, message)
        tell_typed(other, message)
        assert other.chains == one.chains
    assert off(other).keys() == {2000, 5000, 6000}
    assert other.chains.links.margin_asset({"symbol": ETH}) == "BNB"


@pytest.mark.usefixtures("nothing_learned")
def test_of_a_typed_update_its_moment_hears_whether_or_not_it_adds_up_or_is_in_doubt() -> None:
    one, other = account(), account()
    tell(one, fill(2000, n="0"), update(2000, BTCUSDT="1"))
    tell(other, fill(2000, n="0"), update(2000, BTCUSDT="1"))
    for message in (
        update(2000, ETHUSDT="0"),
        update(3000, BTCUSDT="2"),
        update(3000, ETHUSDT="0"),
    ):
        tell(one, message)
        tell_typed(other, message)
        assert other.chains == one.chains
        for known in (one, other):
            known.chains.ripe(7)
    assert other.chains.in_doubt[3000].heard == {(BTC, "BOTH"), (ETH, "BOTH")}


def test_a_check_between_a_fill_and_its_update_begins_no_chain_in_their_middle() -> None:
    known = account()
    known.chains.restart()
    twice = [fill(2000, number, n="0") for number in (1, 2)]
    tell(known, twice[0])
    known.chains.agreed(known.state, READ_MS)
    assert off(tell(known, update(2000, BTCUSDT="1"), twice[1], update(2000, BTCUSDT="2"))) == {}


def test_a_moment_knows_the_changes_that_were_told_as_of_it_and_as_of_the_update_before() -> None:
    before = update(2000, ("USDT", "101", "1")), update(2000, ("USDT", "103", "2"))
    known = tell(account(), *before, update(3000, ("USDT", "110", "3")))
    told = [(2000, Decimal(1)), (2000, Decimal(2)), (3000, Decimal(3))]
    assert known.chains.moments[3000].told == {"USDT": told}
    known = tell(known, update(3000, ("USDT", "114", "4")))
    assert known.chains.moments[3000].told == {"USDT": [*told, (3000, Decimal(4))]}
    known = tell(known, update(4000, ("USDT", "120", "5")))
    assert known.chains.moments[4000].told["USDT"] == [
        (3000, Decimal(3)), (3000, Decimal(4)), (4000, Decimal(5)),
    ]  # fmt: skip


def test_profit_and_fee_may_be_rounded_but_a_position_not() -> None:
    rounded = update(2000, ("USDT", "99.96000001", "0"), BTCUSDT="1")
    assert off(tell(account(), rounded, fill(2000))) == {}
    more = update(2000, ("USDT", "99.96000002", "0"), BTCUSDT="1")
    assert off(tell(account(), more, fill(2000))) == {2000: {"USDT": "0.00000002"}}
    alone = update(2000, ("USDT", "100.00000001", "0"))
    assert off(tell(account(), alone)) == {2000: {"USDT": "0.00000001"}}
    moved = update(2000, ("USDT", "99.96", "0"), BTCUSDT="1.00000001")
    assert off(tell(account(), moved, fill(2000))) == {2000: {(BTC, "BOTH"): "0.00000001"}}


def test_profit_is_in_the_margin_asset_that_is_told_or_known() -> None:
    position = {"symbol": BTC, "positionAmt": "1", "marginAsset": "BNFCR"}
    credits = {"asset": "BNFCR", "walletBalance": "50"}
    sold = fill(2000, S="SELL", rp="5", N="BNB", n="0.001")
    told = update(2000, ("BNFCR", "55", "0"), ("BNB", "0.999", "0"), BTCUSDT="0")
    assert off(tell(account(position, credits, BNB), sold, told)) == {}


def test_a_margin_asset_that_is_no_wallet_is_not_believed() -> None:
    odd = {**update(2000, ("USDT", "99.96", "0"), BTCUSDT="1")}
    odd["a"]["P"][0]["ma"] = "NONE"
    told = fill(2000, ma="NONE"), update(3000, ("USDT", "104.96", "0"), BTCUSDT="0")
    close = fill(3000, 2, S="SELL", n="0", rp="5", ma="NONE")
    assert off(tell(account(), odd, *told, close)) == {}


def test_what_agreed_at_a_check_is_in_no_doubt() -> None:
    known = tell(account(), update(2000, ("USDT", "101", "1")))
    known.chains.agreed(known.state, 90_000)
    tell(known, update(95_000, ("USDT", "104", "1")))
    assert known.chains.moments[95_000].since == {"USDT": 80_000}


def test_after_a_restart_the_first_of_a_row_is_not_compared() -> None:
    known = account()
    known.chains.restart()
    messages = [fill(2000), update(2000, ("USDT", "55", "0"), BTCUSDT="8")]
    assert off(tell(known, *messages)) == {}
    follows = update(3000, ("USDT", "54.96", "0"), BTCUSDT="9"), fill(3000, 2)
    assert off(tell(known, *follows)) == {}
    assert off(tell(known, update(4000, ("USDT", "50", "0")))) == {4000: {"USDT": "-4.96"}}


def test_a_moment_that_the_reading_may_hold_in_part_is_not_compared() -> None:
    known = FoldedAccount()
    known.read({"assets": [{**USDT, "updateTime": 2000}], "positions": []})
    known.chains.restart()
    known.read({"assets": [{**USDT, "updateTime": 2000}], "positions": []})
    assert off(tell(known, update(2000, ("USDT", "105", "7")), fill(2000))) == {}
    assert off(tell(known, update(2000, ("USDT", "100", "7")), fill(2000))) == {}
    assert off(tell(known, update(2001, ("USDT", "101", "7")))) == {2001: {"USDT": "-6"}}


def test_a_position_that_was_not_listed_was_flat() -> None:
    assert off(tell(account(), update(2000, ETHUSDT="3"))) == {2000: {(ETH, "BOTH"): "3"}}
    before = update(READ_MS, ETHUSDT="3")
    assert off(tell(account(), before)) == {}


ODD = (
    update(2000, ("USDT", "NaN", "0")), update(2000, ("USDT", "sNaN", "0")),
    update(2000, ("USDT", "Infinity", "0")), update(2000, ("USDT", "x", "0")),
    update(2000, ("USDT", "105", "")), update(2000, ("USDT", "1e999999", "0")),
    {**update(2000, ("USDT", "105", "0")), "T": None}, fill(2000, l=None), fill(2000, z="x"),
    fill(2000, s=None), {**fill(2000), "T": "then"},
)  # fmt: skip


@pytest.mark.parametrize("message", ODD)
def test_what_cannot_be_read_is_not_compared(message: Row) -> None:
    known = tell(account(), message)
    assert off(known) == {}
    assert off(tell(known, update(3000, ("USDT", "7", "0")))) in ({}, {3000: {"USDT": "-93"}})
    assert off(tell(known, update(4000, ("USDT", "8", "1")))).keys() <= {3000}


def test_of_too_many_at_a_time_nothing_can_be_said() -> None:
    known = account()
    for number in range(chains.MOST_MOMENTS + 1):
        tell(known, update(2000 + number, ("USDT", str(200 + number), "0")))
    assert known.chains.floods == chains.MOST_MOMENTS
    assert len(known.chains.moments) == 1


def test_moments_are_ripe_when_they_have_had_their_time() -> None:
    known = tell(account(), update(3000, ("USDT", "5", "0")), update(2000, BTCUSDT="1"))
    assert known.chains.ripe(6) == []
    assert [each.time_ms for each in known.chains.ripe(7)] == [2000, 3000]
    tell(known, update(3000, ("USDT", "6", "0")))
    assert not known.chains.moments
    assert known.chains.in_doubt[3000].off == {"USDT": Decimal(-94)}


def test_a_wallet_that_goes_down_where_it_should_go_up_is_off_by_both() -> None:
    assert off(tell(account(), update(2000, ("USDT", "50", "150")))) == {2000: {"USDT": "-200"}}


def test_an_order_that_has_ended_is_not_compared_any_more() -> None:
    filled = update(2000, ("USDT", "99.96", "0"), BTCUSDT="1"), fill(2000, 1, i=5)
    again = fill(3000, 0, i=5, x="CANCELED", X="CANCELED", z="3", l="0")
    assert off(tell(account(), *filled, again)) == {}


def test_of_moments_given_up_all_are_counted_as_often_as_it_happens() -> None:
    known = account()
    for number in range(2 * chains.MOST_MOMENTS + 2):
        tell(known, update(2000 + number, ("USDT", str(200 + number), "0")))
        if number == chains.MOST_MOMENTS:
            known.chains.agreed(known.state, 2000 + number)
    assert known.chains.floods == 2 * chains.MOST_MOMENTS


def test_what_says_when_it_last_changed_is_known_from_there_without_a_check() -> None:
    known = FoldedAccount()
    known.read({"assets": [{**USDT, "updateTime": 500}], "positions": []})
    assert off(tell(known, update(2000, ("USDT", "104", "1")))) == {2000: {"USDT": "3"}}
    assert known.chains.moments[2000].since == {"USDT": 501}


def test_where_not_all_was_read_a_position_that_is_not_listed_may_be_any() -> None:
    known = account()
    known.chains.restart()
    known.state.unsure = True
    known.chains.agreed(known.state, READ_MS)
    assert off(tell(known, update(2000, ETHUSDT="3"))) == {}


def test_the_margin_asset_of_a_fill_is_the_one_that_it_tells() -> None:
    credits = {"asset": "BNFCR", "walletBalance": "50"}
    told = update(2000, ("BNFCR", "55", "0"), BTCUSDT="1"), fill(2000, rp="5", n="0", ma="BNFCR")
    assert off(tell(account(USDT, credits), *told)) == {}


def test_a_moment_knows_how_far_its_positions_moved_and_each_of_its_fills() -> None:
    told = update(2000, BTCUSDT="1"), update(2000, BTCUSDT="3"), fill(2000, 1), fill(2000, 2)
    moment = tell(account(), *told).chains.moments[2000]
    assert moment.moved == {(BTC, "BOTH"): 3}
    assert moment.fills == {
        fill_key(BTC, trade): ((BTC, "BOTH"), Decimal(1)) for trade in ("1", "2")
    }


def test_an_order_that_was_filled_in_parts_is_not_compared_any_more_either() -> None:
    parts = fill(2000, 1, i=5, X="PARTIALLY_FILLED", n="0"), fill(3000, 2, i=5, z="2", n="0")
    held = update(2000, BTCUSDT="1"), update(3000, BTCUSDT="2")
    again = fill(4000, 0, i=5, x="CANCELED", X="CANCELED", z="7", l="0")
    assert off(tell(account(), *held, *parts, again)) == {}


ONCE = "nothing", "late", "at once", "other", "spelled", "no number", "moved"


@st.composite
def runs(draw: st.DrawFn, odd: str) -> list[Row]:
    """Updates of the same rows, each a millisecond after the one before; one is odd in a way."""
    ways = st.sampled_from([["0"], ["0.5", "-1", "10.0"], ["0", "1"]])
    wallets, time = {"USDT": Decimal(100), "BNB": Decimal(1)}, 2000
    changes = {asset: st.sampled_from(draw(ways)) for asset in wallets}
    place, found = draw(st.integers(1, 8)), []
    for number in range(9):
        is_odd = number == place
        time += {"late": -3, "at once": 0}.get(odd, 1) if is_odd else 1
        told = []
        for asset, each in changes.items():
            change = draw(each)
            wallets[asset] += Decimal(change) + (is_odd and odd == "other" and asset == "BNB")
            text = f"{wallets[asset]:.4f}" if is_odd and odd == "spelled" else f"{wallets[asset]}"
            told.append((asset, text, "1.1.1" if is_odd and odd == "no number" else change))
        amount = "2" if is_odd and odd == "moved" else "1"
        found.append(update(time, *told, ETHUSDT=amount))
    return found


@pytest.mark.parametrize("odd", ONCE)
@given(st.data(), st.booleans(), st.booleans())
def test_many_updates_taken_at_once_are_compared_as_one_by_one(
    odd: str, data: st.DataObject, is_filled: bool, is_doubted: bool
) -> None:
    messages = data.draw(runs(odd))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_layouts", {})
        patch.setattr(events, "_forms", {})
        decode(dumps(messages[0]), Market.USDM)
        one, other = (account(USDT, BNB) for _ in range(2))
        for known in (one, other):
            tell(known, *([fill(2002)] if is_filled else ()))
            known.chains.ripe(7 if is_doubted else 6)
        typed = account_updates([*map(dumps, messages)])
        assert typed is not None
        for each in typed:
            one.update([each], 7)
        other.update(typed[:1], 7)
        other.update(typed[1:], 7)
        assert other.chains == one.chains
        assert other.stamps == one.stamps
        assert other.state.balances == one.state.balances


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("is_typed", [True, False])
def test_what_is_only_written_otherwise_leaves_a_row_as_old_as_it_was(is_typed: bool) -> None:
    known = account()
    tell(known, update(2000, ("USDT", "101", "1"), ETHUSDT="1"))
    again = update(3000, ("USDT", "101.0", "0"), ETHUSDT="1.0")
    (tell_typed if is_typed else tell)(known, again)
    rows = known.chains.links.rows.values()
    assert [(row.text, row.time_ms) for row in rows] == [("101.0", 2000), ("1.0", 2000)]


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("about", ["nothing", "even", "off", "in doubt"])
def test_a_moment_hears_what_is_told_among_many_updates(about: str) -> None:
    one, other = account(), account()
    told = [update(time, ("USDT", "100", "0")) for time in range(2000, 2006)]
    for known in (one, other):
        if about == "even":  # of no row of it is known what it was
            known.chains.restart()
        tell(known, told[0], *([fill(2003, N="BNB")] if about != "nothing" else ()))
        if about == "in doubt":
            known.chains.ripe(7)
    typed = account_updates([*map(dumps, told[1:])])
    assert typed is not None
    other.update(typed, 7)
    for each in typed:
        one.update([each], 7)
    assert other.chains == one.chains
    heard = {key for each in (*one.chains.moments.values(), *one.chains.in_doubt.values())
             for key in each.heard}  # fmt: skip
    assert heard == ({"USDT"} if about in {"off", "in doubt"} else set())
