"""What the accounts lived through before the exchange opened, read over REST."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.exchange import FIRST_ORDER_ID
from binfut_cli.sandbox.exchange.past import FUNDING_MS, SPAN_MS
from tests.support.exchange_client import Rest, named, now_ms

ACCOUNTS = ("one-way", "multi-assets", "hedge", "coinm")
PAGE = 1000
WEEK_MS = 7 * 86_400_000


def everything(sandbox: Sandbox, account: str, prefix: str, **only: Any) -> list[dict[str, Any]]:
    """Read page by page: each begins at the last known row's millisecond, which comes again."""
    rest, start = Rest(sandbox, named(sandbox, account)), now_ms() - SPAN_MS
    rows: list[dict[str, Any]] = []
    while True:
        page = rest.get(f"/{prefix}/v1/income", startTime=start, limit=PAGE, **only)
        known = sum(row["time"] == start for row in rows)
        assert page[:known] == rows[len(rows) - known :]
        rows += page[known:]
        if len(page) < PAGE:
            return rows
        start = rows[-1]["time"]


def by_week(rest: Rest, path: str) -> list[dict[str, Any]]:
    """Every row of every symbol, a symbol and a week at a time."""
    symbols = {row["symbol"] for row in rest.get(f"{path[:5]}/v1/income", limit=PAGE, startTime=1)}
    first = now_ms() - SPAN_MS
    return [
        row
        for symbol in sorted(symbols - {""})
        for start in range(first, now_ms(), WEEK_MS)
        for row in rest.get(path, symbol=symbol, startTime=start, endTime=start + WEEK_MS - 1)
    ]


@pytest.mark.parametrize("prefix", ["fapi", "dapi"])
@pytest.mark.parametrize("account", ACCOUNTS)
def test_ids_are_unique_within_an_income_type(sandbox: Sandbox, account: str, prefix: str) -> None:
    rows = everything(sandbox, account, prefix)
    assert Counter((row["incomeType"], row["tranId"]) for row in rows).most_common(1)[0][1] == 1
    assert all(int(row["tranId"]) < FIRST_ORDER_ID for row in rows)
    assert {type(row["tranId"]) for row in rows} == {int if prefix == "fapi" else str}
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


@pytest.mark.parametrize(
    ("account", "prefix", "held"),
    [
        ("one-way", "fapi", {"BTCUSDT", "ETHUSDT"}),
        ("multi-assets", "fapi", {"BTCUSDT", "ETHUSDC", "测试USDT"}),
        ("one-way", "dapi", {"BTCUSD_PERP"}),  # a delivery contract knows no funding
        ("coinm", "dapi", {"BTCUSD_PERP", "ETHUSD_PERP"}),
    ],
)
def test_funding_comes_every_eight_hours(
    sandbox: Sandbox, account: str, prefix: str, held: set[str]
) -> None:
    fees = everything(sandbox, account, prefix, incomeType="FUNDING_FEE")
    assert {row["symbol"] for row in fees} == held
    for symbol in held:
        times = [row["time"] for row in fees if row["symbol"] == symbol]
        assert {after - before for before, after in pairwise(times)} == {FUNDING_MS}
        assert times[0] % FUNDING_MS == 0
        assert 89 <= len(times) <= 90


def test_long_and_short_are_funded_at_one_rate(sandbox: Sandbox) -> None:
    rows = everything(sandbox, "hedge", "fapi", incomeType="FUNDING_FEE", symbol="BTCUSDT")
    pairs = [(first, second) for first, second in pairwise(rows) if first["time"] == second["time"]]
    assert len(pairs) * 2 == len(rows)
    for long, short in pairs:  # 0.5 BTC and −0.2 BTC
        paid, received = Decimal(long["income"]), Decimal(short["income"])
        assert abs(paid * 2 + received * 5) < Decimal("0.0000001")


@pytest.mark.parametrize("prefix", ["fapi", "dapi"])
def test_trades_orders_and_income_tell_the_same(sandbox: Sandbox, prefix: str) -> None:
    rest, rows = Rest(sandbox), everything(sandbox, "one-way", prefix)
    trades = {str(row["id"]): row for row in by_week(rest, f"/{prefix}/v1/userTrades")}
    orders = {row["orderId"]: row for row in by_week(rest, f"/{prefix}/v1/allOrders")}
    fees = {row["tradeId"]: row for row in rows if row["incomeType"] == "COMMISSION"}
    assert fees.keys() == trades.keys()
    for number, trade in trades.items():
        assert Decimal(fees[number]["income"]) == -Decimal(trade["commission"])
        order = orders[trade["orderId"]]
        assert order["status"] == "FILLED"
        assert Decimal(order["executedQty"]) == Decimal(trade["qty"])
    profits = [row for row in rows if row["incomeType"] == "REALIZED_PNL"]
    assert len(profits) * 2 == len(trades)
    assert all(trades[row["tradeId"]]["realizedPnl"] != "0" for row in profits)


@pytest.mark.parametrize("only", [{}, {"incomeType": "COMMISSION"}, {"symbol": "BTCUSDT"}])
def test_hedge_has_more_than_a_page_that_ends_inside_a_millisecond(
    sandbox: Sandbox, only: dict[str, str]
) -> None:
    rows = everything(sandbox, "hedge", "fapi", **only)
    assert len(rows) > PAGE
    assert rows[PAGE - 1]["time"] == rows[PAGE]["time"]
    assert Counter(row["time"] for row in rows).most_common(1)[0][1] < PAGE


def test_the_last_week_is_given_without_being_asked_for(sandbox: Sandbox) -> None:
    rows = Rest(sandbox).get("/fapi/v1/income", limit=PAGE)
    assert {"FUNDING_FEE", "COMMISSION", "REALIZED_PNL"} <= {row["incomeType"] for row in rows}
    assert all(now_ms() - row["time"] < 8 * 86_400_000 for row in rows)


def test_it_depends_on_seed_and_opening_time_only() -> None:
    def told(seed: int, at_ms: int) -> Any:
        with Sandbox.start(seed=seed, clock=lambda: at_ms) as sandbox:
            return sandbox.exchange.past(sandbox.exchange.accounts["hedge"], "usdm")

    opened = 1795000000000
    assert told(1, opened) == told(1, opened)
    assert told(1, opened) != told(2, opened)
    assert told(1, opened) != told(1, opened + FUNDING_MS)


def test_it_is_of_the_positions_held_at_the_opening(sandbox: Sandbox) -> None:
    sandbox.act({"action": "fill", "symbol": "BTCUSDT", "side": "SELL", "quantity": "1.5"})
    fees = everything(sandbox, "one-way", "fapi", incomeType="FUNDING_FEE", symbol="BTCUSDT")
    assert len(fees) >= 89


def test_it_is_no_change_and_goes_with_the_state_it_belongs_to(sandbox: Sandbox) -> None:
    assert everything(sandbox, "one-way", "fapi")
    assert sandbox.ledger() == []
    sandbox.act({"action": "setAccount", "balances": [{"asset": "USDT", "walletBalance": "5"}]})
    assert everything(sandbox, "one-way", "fapi") == []
    assert everything(sandbox, "one-way", "dapi")


def test_it_costs_nothing_until_asked_for(sandbox: Sandbox) -> None:
    past = sandbox.exchange._pasts["hedge", "usdm"]
    assert "history" not in vars(past)
    assert Rest(sandbox, named(sandbox, "hedge")).get("/fapi/v1/income")
    assert "history" in vars(past)
