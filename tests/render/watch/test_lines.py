"""A watch for people: every kind of record, line by line."""

import re
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.palette import PLAIN, palette
from binfut_cli.render.watch.lines import Lines
from binfut_cli.stream.events import NAMES
from binfut_cli.stream.records import (
    Body,
    Cause,
    Counts,
    Drift,
    Gap,
    LaneEnd,
    Raw,
    Record,
    Resync,
    Rotate,
    Status,
    Stop,
    Verdict,
)
from binfut_cli.stream.state import State
from tests.support.samples import FRAMES, event, market

NOON = 1_700_049_600_123  # 2023-11-15 12:00:00.123 UTC
CLOCK = "12:00:00.123 "
COLOURED = palette()


def said(body: Body, lines: Lines | None = None) -> list[str]:
    """The lines of what a record says, without their clock."""
    return shown(Record.of(body, NOON, Market.USDM), lines)


def shown(record: Record, lines: Lines | None = None) -> list[str]:
    found = (lines or Lines(PLAIN)).lines(record)
    assert all(line.startswith(CLOCK) for line in found)
    return [line.removeprefix(CLOCK) for line in found]


def told(name: str, on: Market = Market.USDM, **body: Any) -> list[str]:
    return shown(Record("event", on, NOON, "stream", {"event": name, **body}))


def sample(name: str, document: Row | None = None) -> list[str]:
    """The lines of a sample, folded into a state if one is given."""
    found = event(name)
    if document is not None:
        State({"assets": [], "positions": [], **document}).apply(found)
    return told(found.name, market(name), **found.body)


def updated(rows: list[Row], table: str = "positions") -> list[str]:
    body: Row = {"reason": "ORDER", "balances": [], "positions": [], table: rows}
    return told("ACCOUNT_UPDATE", **body)


SAMPLES = {
    "usdm/account_update_order_open_demo": [
        "BALANCE  USDT            0.00 → 4,999.82 (+4,999.82)  order",
        "POSITION BTCUSDT         0 → 0.001 @ 83,008.1  PnL 0.00 USDT  order",
    ],
    "usdm/account_update_docs": [
        "BALANCE  USDT            0.00 → 122,624.12 (+122,624.12)  order",
        "BALANCE  BUSD            0.00 → 1.00 (+1.00)  order",
        "POSITION BTCUSDT LONG    0 → 20 @ 6,563.665  PnL +2,850.21 USDT  order",
        "POSITION BTCUSDT SHORT   0 → -10 @ 6,563.86  PnL -1,423.16 USDT  order",
    ],
    "coinm/account_update_docs": [
        "BALANCE  BTC             0 → 122,624.12345678 (+122,624.12345678)  order",
        "BALANCE  ETH             0 → 1 (+1)  order",
        "POSITION BTCUSD_200925 LONG 0 → 20 contracts @ 6,563.6  PnL +2,850.212 BTC  order",
        "POSITION BTCUSD_200925 SHORT 0 → -10 contracts @ 6,563.8  PnL -1,423.156 BTC  order",
    ],
    "usdm/account_update_funding_fee_cross": [
        "FUNDING  BTCUSDT         +4,999.77 USDT  wallet 4,999.77 USDT",
    ],
    "usdm/account_config_update_leverage": [
        "SETTING  BTCUSDT         leverage ? → 25",
    ],
    "usdm/account_config_update_multi_assets": [
        "SETTING  account         multi-assets mode ? → on",
    ],
    "usdm/margin_call": [
        "MARGIN CALL ETHUSDT LONG 1.327 @ mark 187.1713  needs 1.61 USDT  has 2.00 USDT  "
        "cross wallet 3.17  PnL -1.17 USDT",
    ],
    "usdm/order_trade_update_new": [
        "ORDER    SOLUSDT         BUY LIMIT 21.26 @ 85.67  placed",
    ],
    "usdm/order_trade_update_docs": [
        "ORDER    BTCUSDT         SELL TRAILING_STOP_MARKET 0.001 activation 7,476.89 "
        "callback 5%  placed",
    ],
    "usdm/order_trade_update_amendment": [
        "ORDER    SOLUSDT         BUY LIMIT 21.26 @ 85.5  changed",
    ],
    "usdm/order_trade_update_fill": [
        "FILL     SOLUSDT         BUY LIMIT 21.26 @ 85.67  realized +4.27 USDT  fee 0.36 USDT",
    ],
    "coinm/order_trade_update_fill": [
        "FILL     BTCUSD_PERP     BUY MARKET 1 contract @ 82,945.2  fee 0.00000048 BTC",
    ],
    "usdm/order_trade_update_liquidation": [
        "LIQUIDATED SOLUSDT       BUY LIQUIDATION 21.26 @ 86.1  realized -6.10 USDT  fee 1.83 USDT",
    ],
    "usdm/order_trade_update_from_algo": [
        "FILL     DOGEUSDT        SELL MARKET 500 @ 0.14015  realized -1.26 USDT  fee 0.03 "
        "USDT  from conditional order 2000000000000004",
    ],
    "usdm/trade_lite": [
        "TRADE    BTCUSDT         BUY 0.04 @ 64,089.2  of 0.001",
    ],
    "usdm/algo_update_docs": [
        "ORDER    BNBUSDT         conditional SELL TAKE_PROFIT 0.01 @ 750 trigger 750  "
        "cancelled  number 2148719",
    ],
    "usdm/algo_update_trailing_activated": [
        "ORDER    BNBUSDT         conditional SELL TRAILING_STOP_MARKET 0.01 @ 750 trigger "
        "750  waiting  following  number 2148719",
    ],
    "usdm/algo_update_finished": [
        "ORDER    DOGEUSDT        conditional SELL STOP_MARKET 500 trigger 0.1402  "
        "finished  filled 500 @ 0.14015  number 2000000000000004",
    ],
    "usdm/algo_update_rejected": [
        "ORDER    BNBUSDT         conditional SELL TAKE_PROFIT 0.01 @ 750 trigger 750  "
        "rejected  Reduce Only reject  number 2148719",
    ],
    "usdm/strategy_update": [
        "STRATEGY BTCUSDT         GRID 176054594 new  new grid order",
    ],
    "usdm/grid_update": [
        "GRID     BTCUSDT         GRID 176057039 working  matched 0.00 USDT  realized -0.003 USDT",
    ],
    "usdm/conditional_order_trigger_reject": [
        "REJECTED ETHUSDT         conditional order 155618472834  Due to the order could "
        "not be filled immediately, the FOK order has been rejected. The order will not be "
        "recorded in the order history",
    ],
    "usdm/listen_key_expired": [
        "KEY      listenKey       expired; a new one is being made",
    ],
    "usdm/unknown_event": [
        'EVENT    SOMETHING_NEW   {"x":{"k":"0.10"}}',
    ],
}


@pytest.mark.parametrize(("name", "expected"), SAMPLES.items())
def test_each_kind_of_event(name: str, expected: list[str]) -> None:
    assert sample(name) == expected


def test_every_documented_event_has_lines_here() -> None:
    assert set(NAMES) <= {event(name).name for name in SAMPLES}


@pytest.mark.parametrize("name", [name for name in FRAMES if "control_" not in name])
def test_no_event_passes_without_a_line(name: str) -> None:
    assert sample(name)
    assert sample(name, {})


def test_a_position_is_opened_and_closed() -> None:
    held = {"symbol": "BTCUSDT", "positionAmt": "0.001", "entryPrice": "83008.1"}
    purse = {"asset": "USDT", "walletBalance": "4999.81580253"}
    document = {"assets": [purse], "positions": [held]}
    assert sample("usdm/account_update_order_close_demo", document) == [
        "BALANCE  USDT            4,999.82 → 4,999.78 (-0.03)  order",
        "POSITION BTCUSDT         0.001 → 0  closed  order",
    ]
    assert sample("usdm/account_update_order_open_demo", document)[1:] == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"positionAmt": "0", "previous": None}, "ACCOUNT  nothing changed  order"),
        ({"positionAmt": "1", "previous": {}}, "ACCOUNT  nothing changed  order"),
        (
            {"marginType": "isolated", "previous": {"marginType": "cross"}},
            "POSITION A               margin cross → isolated  order",
        ),
        (
            {"isolatedWallet": "9.99", "previous": {"isolatedWallet": "10.00"}},
            "POSITION A               isolated wallet 10 → 9.99 (-0.01)  order",
        ),
        (
            {"entryPrice": "7", "previous": {"entryPrice": "5.50"}},
            "POSITION A               entry 5.5 → 7  order",
        ),
        (
            {"unrealizedProfit": "7", "previous": {"unrealizedProfit": "5"}},
            "POSITION A               PnL 5 → 7 (+2)  order",
        ),
        (
            {"breakEvenPrice": "7", "new": "b", "previous": {"breakEvenPrice": "5", "new": "a"}},
            "POSITION A               break-even 5 → 7  new a → b  order",
        ),
        (
            {"positionAmt": "-2", "entryPrice": "7", "unrealizedProfit": "-1",
             "previous": {"positionAmt": "1", "entryPrice": "5"}},
            "POSITION A               1 → -2 @ 7  PnL -1  order",
        ),
    ],
)  # fmt: skip
def test_what_changed_in_a_position(row: Row, expected: str) -> None:
    assert updated([{"symbol": "A", **row}]) == [expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"walletBalance": "12", "previous": {"walletBalance": "10.00"}}, "10.00 → 12.00 (+2.00)"),
        ({"walletBalance": "-3", "previous": {"walletBalance": "1"}}, "1.00 → -3.00 (-4.00)"),
        (
            {"crossWalletBalance": "1", "previous": {"crossWalletBalance": "2"}},
            "cross 2.00 → 1.00 (-1.00)",
        ),
        ({"walletBalance": "odd", "previous": {"walletBalance": "1"}}, "1.00 → odd (–)"),
        ({"previous": None}, "0.00 → – (–)"),
    ],
)
def test_what_changed_in_a_balance(row: Row, expected: str) -> None:
    (line,) = updated([{"asset": "USDT", **row}], "balances")
    assert line == f"BALANCE  USDT            {expected}  order"


def test_settings_say_the_old_value_where_it_is_known() -> None:
    document = {"symbols": [{"symbol": "BTCUSDT", "leverage": 20}], "multiAssetsMargin": False}
    assert sample("usdm/account_config_update_leverage", document) == [
        "SETTING  BTCUSDT         leverage 20 → 25"
    ]
    assert sample("usdm/account_config_update_multi_assets", document) == [
        "SETTING  account         multi-assets mode off → on"
    ]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("MARGIN_CALL", {"positions": []}, 'EVENT    MARGIN_CALL     {"positions":[]}'),
        ("ACCOUNT_CONFIG_UPDATE", {"x": 1}, 'EVENT    ACCOUNT_CONFIG_UPDATE {"x":1}'),
        (
            "ACCOUNT_UPDATE",
            {"reason": "NEW_REASON", "balances": [], "positions": []},
            "ACCOUNT  nothing changed  new reason",
        ),
        (
            "STRATEGY_UPDATE",
            {"strategy": {"opCode": 9999, "symbol": "A"}},
            "STRATEGY A               code 9999",
        ),
        (
            "STRATEGY_UPDATE",
            {"strategy": {"opCode": [], "strategyType": "GRID"}},
            "STRATEGY GRID  code []",
        ),
        (
            "ORDER_TRADE_UPDATE",
            {"order": {"symbol": "A", "status": "EXPIRED", "expiryReason": "4"}},
            "ORDER    A               –  expired  knocked out by a reduce-only order",
        ),
        (
            "ORDER_TRADE_UPDATE",
            {"order": {"symbol": "A", "status": "FILLED", "clientOrderId": "adl_autoclose"}},
            "ORDER    A               –  filled  auto-deleveraging",
        ),
    ],
)
def test_what_is_seldom_seen(name: str, body: Row, expected: str) -> None:
    assert told(name, **body) == [expected]


def test_a_partial_fill_says_how_much() -> None:
    order = {
        "symbol": "A", "side": "BUY", "type": "LIMIT", "origQty": "10", "price": "5",
        "executionType": "TRADE", "status": "PARTIALLY_FILLED", "lastFilledQty": "3",
        "lastFilledPrice": "4.90", "executedQty": "3", "commission": "0.01",
        "commissionAsset": "BNB", "realizedPnl": "-2",
    }  # fmt: skip
    (line,) = told("ORDER_TRADE_UPDATE", order=order)
    assert line == (
        "FILL     A               BUY LIMIT 3 @ 4.9  3 of 10 filled  realized -2  fee 0.01 BNB"
    )


def ordered(**order: Any) -> str:
    """The text of an order's line."""
    (line,) = told("ORDER_TRADE_UPDATE", order={"symbol": "A", "side": "BUY", **order})
    return line.removeprefix("ORDER    A").strip()


@pytest.mark.parametrize("execution", ["TRADE", "CALCULATED"])
@pytest.mark.parametrize("price", ["0", "60950.1"])
def test_a_filled_order_says_at_which_price_whatever_its_own_is(execution: str, price: str) -> None:
    (line,) = told(
        "ORDER_TRADE_UPDATE",
        order={
            "symbol": "A", "side": "SELL", "type": "LIQUIDATION", "origQty": "0.300",
            "price": price, "executionType": execution, "status": "FILLED",
            "lastFilledQty": "0.3", "lastFilledPrice": "61200.5", "commission": "9.18007",
            "commissionAsset": "USDT", "realizedPnl": "-412.75",
        },
    )  # fmt: skip
    assert line == (
        "LIQUIDATED A             SELL LIQUIDATION 0.3 @ 61,200.5  realized -412.75  fee 9.18 USDT"
    )


@pytest.mark.parametrize(
    ("order", "word", "meaning"),
    [
        ({"clientOrderId": "autoclose-1"}, "LIQUIDATED", "liquidation"),
        ({"clientOrderId": "adl_autoclose"}, "ADL", "auto-deleveraging"),
        ({"clientOrderId": "settlement_autoclose-1"}, "SETTLED", "settlement"),
        ({"clientOrderId": "delivery_autoclose-1"}, "DELIVERED", "delivery"),
        ({"clientOrderId": "x", "type": "LIQUIDATION"}, "LIQUIDATED", "liquidation"),
    ],
)
def test_what_the_exchange_orders_by_itself_is_an_alarm(
    order: Row, word: str, meaning: str
) -> None:
    filled, placed = ({**order, "executionType": how} for how in ("CALCULATED", "NEW"))
    for row, kind, end in ((filled, word, ""), (placed, "ORDER", f"  {meaning}")):
        told = {"symbol": "A", "status": "NEW", "lastFilledQty": "1", "origQty": "1", **row}
        body = {"event": "ORDER_TRADE_UPDATE", "order": told}
        found = Record("event", Market.USDM, NOON, "stream", body)
        (line,) = Lines(PLAIN).lines(found)
        assert line.startswith(f"{CLOCK}{kind:<8} A ")
        assert line.endswith(end)
        assert COLOURED.paint("bad", kind) in Lines(COLOURED).lines(found)[0]


def test_a_forced_close_that_has_no_sign_but_how_it_was_executed_is_a_liquidation() -> None:
    order = {"symbol": "A", "clientOrderId": "x", "executionType": "CALCULATED"}
    (line,) = told("ORDER_TRADE_UPDATE", order=order)
    assert line.startswith("LIQUIDATED A ")


WAITING: Row = {"origQty": "2900", "price": "0", "executionType": "NEW", "status": "NEW"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            {"type": "STOP", "price": "0.0170", "stopPrice": "0.0171"},
            "BUY STOP 2,900 @ 0.017 trigger 0.0171  placed",
        ),
        (
            {"type": "STOP_MARKET", "stopPrice": "0.0171"},
            "BUY STOP_MARKET 2,900 trigger 0.0171  placed",
        ),
        (
            {"type": "TAKE_PROFIT_MARKET", "stopPrice": "1", "closePosition": True, "origQty": "0"},
            "BUY TAKE_PROFIT_MARKET all trigger 1  placed",
        ),
        (
            {"type": "TRAILING_STOP_MARKET", "stopPrice": "0.0123", "activatePrice": "0.0190",
             "priceRate": "1.50"},
            "BUY TRAILING_STOP_MARKET 2,900 activation 0.019 callback 1.5%  placed",
        ),
        (
            {"type": "TRAILING_STOP_MARKET", "activatePrice": "0", "priceRate": "5"},
            "BUY TRAILING_STOP_MARKET 2,900 callback 5%  placed",
        ),
        (
            {"type": "MARKET", "origType": "STOP_MARKET", "stopPrice": "0.0171"},
            "BUY MARKET 2,900  placed  from STOP_MARKET",
        ),
        (
            {"type": "MARKET", "origType": "STOP_MARKET", "closePosition": True},
            "BUY MARKET 2,900  placed  from STOP_MARKET",
        ),
        (
            {"type": "LIMIT", "price": "5", "origType": "LIMIT", "sourceId": "12",
             "sourceStatus": -1, "sourceType": "ALGO_CONDITION"},
            "BUY LIMIT 2,900 @ 5  placed  from conditional order 12",
        ),
        (
            {"type": "LIMIT", "price": "5", "origType": "STOP", "sourceId": "12",
             "sourceType": "ALGO_CONDITION"},
            "BUY LIMIT 2,900 @ 5  placed  from STOP, conditional order 12",
        ),
        ({"type": "LIMIT", "origType": "LIMIT", "sourceId": "0"}, "BUY LIMIT 2,900  placed"),
        ({"type": [], "origType": {}, "sourceType": []}, "BUY [] 2,900  placed"),
    ],
)  # fmt: skip
def test_an_order_says_what_it_waits_for_and_what_it_came_from(order: Row, expected: str) -> None:
    assert ordered(**{**WAITING, **order}) == expected


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("CANCELED", "cancelled"),
        ("EXPIRED", "expired"),
        ("EXPIRED_IN_MATCH", "expired (self-trade prevention)"),
        ("NEW_STATUS", "new status"),
        ("\x1b[2J", "\\u{1b}[2J"),
    ],
)
def test_an_order_that_ends_says_how_much_of_it_was_filled(status: str, word: str) -> None:
    order = {
        "type": "LIMIT", "origQty": "10", "price": "5", "executionType": "EXPIRED",
        "status": status, "lastFilledQty": "0", "executedQty": "2.50", "avgPrice": "4.90",
    }  # fmt: skip
    assert ordered(**order) == f"BUY LIMIT 10 @ 5  {word}  filled 2.5 @ 4.9"
    assert ordered(**{**order, "executedQty": "0.00"}) == f"BUY LIMIT 10 @ 5  {word}"


def test_a_stop_that_could_not_be_filled_once_triggered_says_so() -> None:
    order = {
        "type": "STOP", "origQty": "10", "price": "5", "stopPrice": "5.1", "origType": "STOP",
        "executionType": "EXPIRED", "status": "EXPIRED", "executedQty": "0", "expiryReason": "8",
    }  # fmt: skip
    assert ordered(**order) == "BUY STOP 10 @ 5 trigger 5.1  expired  after its stop was triggered"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"algoStatus": "FINISHED", "executedQty": "500", "avgPrice": "0.14015"},
         "500 trigger 0.1402  finished  filled 500 @ 0.14015"),
        ({"algoStatus": "FINISHED", "executedQty": "250", "avgPrice": "0.14011"},
         "500 trigger 0.1402  finished  filled 250 @ 0.14011"),
        ({"algoStatus": "FINISHED", "executedQty": "0", "avgPrice": "0"},
         "500 trigger 0.1402  finished  nothing filled"),
        ({"algoStatus": "FINISHED"}, "500 trigger 0.1402  finished"),
        ({"algoStatus": "NEW", "executedQty": "0"}, "500 trigger 0.1402  waiting"),
        ({"algoStatus": "NEW", "quantity": "0", "closePosition": True, "isActivated": False},
         "all trigger 0.1402  waiting"),
        ({"algoStatus": "REJECTED", "rejectReason": "margin not enough", "algoId": "7"},
         "500 trigger 0.1402  rejected  margin not enough  number 7"),
    ],
)  # fmt: skip
def test_a_conditional_order_says_what_became_of_it(row: Row, expected: str) -> None:
    order = {"orderType": "STOP_MARKET", "quantity": "500", "triggerPrice": "0.1402", "price": "0"}
    (line,) = told("ALGO_UPDATE", algoOrder={"symbol": "A", "side": "SELL", **order, **row})
    assert line == f"ORDER    A               conditional SELL STOP_MARKET {expected}"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"triggerPrice": "0", "activatePrice": "900", "priceRate": "1.0", "isActivated": False},
         "activation 900 callback 1%  waiting  not following yet"),
        ({"triggerPrice": "890", "isActivated": True}, "trigger 890  waiting  following"),
        ({"triggerPrice": "890"}, "trigger 890  waiting"),
    ],
)  # fmt: skip
def test_a_conditional_order_that_follows_the_price_says_whether_it_does(
    row: Row, expected: str
) -> None:
    order = {"orderType": "TRAILING_STOP_MARKET", "quantity": "1", "price": "0"}
    body = {"symbol": "A", "algoStatus": "NEW", **order, **row}
    (line,) = told("ALGO_UPDATE", algoOrder=body)
    assert line == f"ORDER    A               conditional TRAILING_STOP_MARKET 1 {expected}"


HELD = {
    "symbol": "BTCUSDT",
    "positionAmt": "-0.5",
    "entryPrice": "100",
    "unrealizedProfit": "-3",
    "liquidationPrice": "150.00",
    "derived": {"liquidationDistance": "0.25"},
}


def test_a_snapshot_says_what_is_held() -> None:
    body = {
        "assets": [
            {"asset": "USDT", "walletBalance": "12.50"},
            {"asset": "BNB", "walletBalance": "0.00"},
        ],
        "positions": [
            HELD,
            {**HELD, "positionSide": "LONG", "derived": {"liquidationDistance": None}},
            {**HELD, "positionSide": "SHORT", "derived": {"liquidationDistance": "-0.12624113"}},
            {**HELD, "positionAmt": "0"},
        ],
    }
    assert shown(Record("snapshot", Market.USDM, NOON, "snapshot", body)) == [
        "HOLDS    USDT            12.50",
        "HOLDS    BTCUSDT         -0.5 @ 100  PnL -3.00 USDT  liquidation 25.00% away",
        "HOLDS    BTCUSDT LONG    -0.5 @ 100  PnL -3.00 USDT",
        "HOLDS    BTCUSDT SHORT   -0.5 @ 100  PnL -3.00 USDT  beyond liquidation by 12.62%",
    ]


@pytest.mark.parametrize(
    ("certainty", "missed"), [("certain", "were missed"), ("possible", "may have been missed")]
)
def test_a_gap_says_from_when_to_when(
    certainty: Literal["possible", "certain"], missed: str
) -> None:
    gap = Gap(1, NOON, NOON + 61_500, "It ended\x1b.", certainty, Cause.CONSUMER)
    line = f"GAP      12:00:00.123 – 12:01:01.623 (61.5 s): changes {missed}. It ended\\u{{1b}}."
    assert said(gap) == [line]
    assert said(replace(gap, messages=3)) == [f"{line} 3 messages were dropped."]
    assert said(replace(gap, is_open=True)) == [line.replace("61.5 s", "61.5 s, open at the end")]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ({"asset": "USDT"}, "USDT           "),
        ({"symbol": "A", "positionSide": "LONG"}, "A LONG         "),
        ({"symbol": "A"}, "A              "),
        ({}, "account        "),
    ],
)
def test_a_changed_field_says_what_was_hidden(key: Row, name: str) -> None:
    resync = Resync("balance", key, "leverage", "1.0", "2.50")
    drift = Drift("balance", key, "leverage", "1.0", "2.50")
    assert said(resync) == [f"RESYNC   {name} leverage 1 → 2.5  changed in the gap"]
    assert said(drift) == [f"DRIFT    {name} leverage 1 → 2.5  never told"]


def test_a_heartbeat_is_for_programs() -> None:
    assert said(Counts().heartbeat(0, 0)) == []


def test_what_could_not_be_read_is_shown_harmless() -> None:
    assert said(Raw("not JSON", "\x1b[2J\n\u202e")) == [
        "RAW      not JSON: \\u{1b}[2J\\u{a}\\u{202e}"
    ]


NASTY = [
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x9b31m",
    "\u202e",
    "\n",
    "\r",
    "[red]",
    "[/x]",
    "\x00",
    "\u2066",
]


@pytest.mark.parametrize("name", [name for name in FRAMES if "control_" not in name])
def test_no_text_of_an_event_steers_the_terminal(name: str) -> None:
    for text in NASTY:
        found = event(name)
        for line in told(found.name, **poisoned(found.body, text)):
            assert line.isprintable(), text


def poisoned(value: Any, text: str) -> Any:
    """A body with a text added to every text in it."""
    match value:
        case dict():
            return {key: poisoned(inner, text) for key, inner in value.items()}
        case list():
            return [poisoned(inner, text) for inner in value]
        case str():
            return value + text
        case _:
            return value


def test_long_and_wide_names_keep_what_follows_in_line() -> None:
    rows = [
        {"asset": name, "walletBalance": "1", "previous": {"walletBalance": "0"}}
        for name in ("BTC", "币安人生", "1000000MOGUSDT_PERP")
    ]
    assert updated(rows, "balances") == [
        "BALANCE  BTC             0 → 1 (+1)  order",
        "BALANCE  币安人生        0 → 1 (+1)  order",
        "BALANCE  1000000MOGUSDT_PERP 0.00 → 1.00 (+1.00)  order",
    ]


def test_with_several_markets_each_line_names_its_own() -> None:
    lines = Lines(PLAIN, several=True)
    assert said(Raw("a", "b"), lines) == ["usdm  RAW      a: b"]
    stop = Record.of(Stop.of("Ctrl-C", 3, 1, {}, 0, []), NOON, None)
    assert lines.status(stop) == f"{CLOCK}all   STOP Ctrl-C: 3 events, 1 gap"


def test_with_several_profiles_each_line_names_its_own() -> None:
    desk = Scope(Env.PROD, "desk")
    told = Record.of(Status(Verdict.LIVE, "connected"), NOON, Market.USDM, desk)
    assert Lines(PLAIN, names=6).status(told) == f"{CLOCK}desk   LIVE connected"
    both = Lines(PLAIN, several=True, names=6)
    assert both.status(told) == f"{CLOCK}desk   usdm  LIVE connected"
    raw = Record.of(Raw("a", "b"), NOON, None, desk)
    assert both.lines(raw) == [f"{CLOCK}desk   all   RAW      a: b"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (Status(Verdict.LIVE, "connected"), "LIVE connected"),
        (
            Status(Verdict.GAP, "It ended\x1b.", retry_in_ms=1250),
            "RECONNECTING It ended\\u{1b}. Next try at 12:00:01.",
        ),
        (
            Stop.of("limit", 3, 0, {}, 0, [LaneEnd(Market.USDM, NOON, ())]),
            "STOP limit: 3 events, 0 gaps; proven until 12:00:00.123",
        ),
        (
            Stop.of("SIGTERM", 3, 2, {}, 0, [LaneEnd(Market.USDM, None, (1, 2))]),
            "STOP SIGTERM: 3 events, 2 gaps; never proven; no report of gap 1, gap 2",
        ),
        (
            Stop.of(
                "failed",
                0,
                1,
                {},
                0,
                [LaneEnd(Market.USDM, NOON, ()), LaneEnd(Market.COINM, None, (1,))],
            ),
            "STOP failed: 0 events, 1 gap; usdm proven until 12:00:00.123, coinm never proven; "
            "no report of coinm gap 1",
        ),
        (
            Rotate("It is old.", 20_050),
            "ROTATE It is old. Another took its place after 20.1 s side by side.",
        ),
    ],
)
def test_the_talk_of_a_watch(body: Body, expected: str) -> None:
    assert Lines(PLAIN).status(Record.of(body, NOON, Market.USDM)) == CLOCK + expected


def test_colour_is_escape_sequences_around_the_same_lines() -> None:
    for name in SAMPLES:
        found = event(name)
        record = Record("event", market(name), NOON, "stream", {"event": found.name, **found.body})
        coloured = Lines(COLOURED).lines(record)
        bare = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in coloured]
        assert bare == Lines(PLAIN).lines(record)
        assert not any("\x1b" in line for line in Lines(PLAIN).lines(record))


def test_a_gain_and_a_loss_have_their_colours() -> None:
    for before, after, role, change in (("1", "3", "gain", "+2.00"), ("3", "1", "loss", "-2.00")):
        row = {"asset": "USDT", "walletBalance": after, "previous": {"walletBalance": before}}
        body: Row = {"event": "ACCOUNT_UPDATE", "balances": [row], "positions": []}
        (line,) = Lines(COLOURED).lines(Record("event", Market.USDM, NOON, "stream", body))
        assert COLOURED.paint(role, change) in line
