"""What people read of a gap: its flows, fills and orders, and what was found."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.stream.records import AssetSum, Backfill, GapReport, PastKind, Unread
from tests.render.watch.test_lines import NOON, said

FILL: Row = {
    "symbol": "BTCUSDT", "side": "SELL", "qty": "0.500", "price": "83012.40", "time": NOON,
    "commission": "16.60248", "commissionAsset": "USDT", "realizedPnl": "881",
}  # fmt: skip
ORDER: Row = {
    "symbol": "ETHUSDT", "side": "BUY", "type": "LIMIT", "origQty": "1.000", "price": "2900",
    "status": "CANCELED", "executedQty": "0.000", "time": NOON - 5, "updateTime": NOON,
}  # fmt: skip
STOP: Row = {
    "symbol": "ETHUSDT", "side": "SELL", "orderType": "STOP_MARKET", "quantity": "1.000",
    "triggerPrice": "2800", "price": "0", "algoStatus": "CANCELED", "algoId": "12",
    "createTime": NOON - 5, "updateTime": NOON,
}  # fmt: skip
FLOW: Row = {"asset": "USDT", "incomeType": "FUNDING_FEE", "income": "-8.30124000", "time": NOON}
AT = "  at 12:00:00.123"


@pytest.mark.parametrize(
    ("kind", "row", "line"),
    [
        ("flow", FLOW, "USDT            funding fee -8.30 USDT"),
        ("flow", {**FLOW, "symbol": "BTCUSDT"}, "USDT            funding fee -8.30 USDT  BTCUSDT"),
        (
            "fill",
            {**FILL, "positionSide": "LONG"},
            "BTCUSDT LONG    filled SELL 0.5 @ 83,012.4  realized +881.00 USDT  fee 16.60 USDT",
        ),
        (
            "fill",
            {**FILL, "commission": "0", "realizedPnl": "0"},
            "BTCUSDT         filled SELL 0.5 @ 83,012.4",
        ),
        ("order", ORDER, "ETHUSDT         BUY LIMIT 1 @ 2,900  cancelled"),
        (
            "order",
            {**ORDER, "executedQty": "0.25", "avgPrice": "2899.50"},
            "ETHUSDT         BUY LIMIT 1 @ 2,900  cancelled  filled 0.25 @ 2,899.5",
        ),
        (
            "order",
            {**ORDER, "type": "STOP_MARKET", "price": "0", "stopPrice": "2800", "origQty": "0",
             "closePosition": True},
            "ETHUSDT         BUY STOP_MARKET all trigger 2,800  cancelled",
        ),
        (
            "order",
            {**ORDER, "type": "MARKET", "price": "0", "origType": "STOP_MARKET",
             "clientOrderId": "autoclose-7", "status": "FILLED", "executedQty": "1"},
            "ETHUSDT         BUY MARKET 1  filled 1  from STOP_MARKET  liquidation",
        ),
        (
            "order",
            {**ORDER, "status": "\x1b[2J"},
            "ETHUSDT         BUY LIMIT 1 @ 2,900  \\u{1b}[2J",
        ),
        (
            "conditional",
            STOP,
            "ETHUSDT         conditional SELL STOP_MARKET 1 trigger 2,800  cancelled  number 12",
        ),
        (
            "conditional",
            {**STOP, "orderType": "TRAILING_STOP_MARKET", "callbackRate": "1.5", "algoStatus":
             "FINISHED", "positionSide": "LONG"},
            "ETHUSDT LONG    conditional SELL TRAILING_STOP_MARKET 1 trigger 2,800 callback 1.5%  "
            "finished  number 12",
        ),
    ],
)  # fmt: skip
def test_what_history_tells_of_a_gap(kind: PastKind, row: Row, line: str) -> None:
    assert said(Backfill(1, kind, row)) == [f"MISSED   {line}{AT}"]


@pytest.mark.parametrize(
    ("unread", "rest"),
    [
        ([], ""),
        (["income"], "; not read: income. It broke\\u{1b}."),
        (["a", "b\x1b", "c", "d"], "; not read: a, b\\u{1b}, c and 1 more. It broke\\u{1b}."),
    ],
)
@pytest.mark.parametrize(("conditionals", "more"), [(0, ""), (1, ", 1 conditional order")])
def test_a_report_says_what_is_explained_and_what_was_found(
    unread: list[str], rest: str, conditionals: int, more: str
) -> None:
    body = GapReport(
        1,
        NOON,
        NOON,
        (AssetSum("USDT", change="3", explained="2.5", unexplained="0.5"),),
        flow_count=2,
        fill_count=1,
        order_count=0,
        conditional_count=conditionals,
        unread=tuple(Unread(what, "It broke\x1b.") for what in unread),
        not_recoverable=(),
    )
    assert said(body) == [
        "REPORT   USDT            explained +2.50  unexplained +0.50",
        f"REPORT   gap at 12:00:00.123: 2 flows, 1 fill, 0 orders{more} found{rest}",
    ]
