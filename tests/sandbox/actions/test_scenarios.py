"""The three cases of the exchange's notice of 2020 on ACCOUNT_UPDATE deltas, and recorded frames.

Source: https://dev.binance.vision/t/838
"""

from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.exchange import Publication

NOTICE: dict[str, Any] = {
    "action": "setAccount",
    "account": "hedge",
    "balances": [
        {"asset": "USDT", "walletBalance": "94.91018561"},
        {"asset": "BNB", "walletBalance": "0.01575839", "margin": False},
    ],
    "positions": [
        {"symbol": "BTCUSDT", "accumulatedRealized": "-147.28880096", "marginType": "isolated"},
        {
            "symbol": "BTCUSDT",
            "positionSide": "LONG",
            "positionAmt": "0.010",
            "entryPrice": "11445.71000",
            "accumulatedRealized": "-23.20024001",
            "isolatedWallet": "1.20187100",
            "marginType": "isolated",
        },
        {"symbol": "ETHUSDT", "accumulatedRealized": "-0.00057000"},
        {"symbol": "ETHUSDT", "positionSide": "LONG", "accumulatedRealized": "-385.79173997"},
        {
            "symbol": "ETHUSDT",
            "positionSide": "SHORT",
            "positionAmt": "-0.010",
            "entryPrice": "375.74000",
            "accumulatedRealized": "-0.19160000",
        },
    ],
}
CLOSE = {
    "action": "fill",
    "account": "hedge",
    "symbol": "ETHUSDT",
    "side": "BUY",
    "positionSide": "SHORT",
    "quantity": "0.010",
    "price": "375.33",
    "commission": "0.00004508",
    "commissionAsset": "BNB",
}


class Heard:
    """What the exchange told about one account, without sockets."""

    def __init__(self, sandbox: Sandbox, account: str) -> None:
        self.sandbox, self.account, self.told = sandbox, account, list[Publication]()
        now = sandbox.exchange.now_ms()
        for market in sandbox.exchange.accounts[account].books:
            sandbox.exchange.listen_keys.start(account, market, now)
        sandbox.exchange.listen(self.told.append)

    def act(self, action: str, **words: Any) -> list[dict[str, Any]]:
        self.told.clear()
        self.sandbox.act({"action": action, "account": self.account, **words})
        return [told.event for told in self.told if told.event is not None]

    def update(self, action: str, **words: Any) -> dict[str, Any]:
        return next(e["a"] for e in self.act(action, **words) if e["e"] == "ACCOUNT_UPDATE")


def rows(update: dict[str, Any]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Balances as (asset, wb, cw); positions as (symbol, side, pa, ep, cr, up, mt, iw)."""
    keys = ("s", "ps", "pa", "ep", "cr", "up", "mt", "iw")
    balances = [tuple(row[key] for key in ("a", "wb", "cw")) for row in update["B"]]
    return balances, [tuple(row[key] for key in keys) for row in update["P"]]


@pytest.fixture
def notice(sandbox: Sandbox) -> Heard:
    sandbox.act({"action": "rules", "bothRow": True})
    sandbox.act(NOTICE)
    return Heard(sandbox, "hedge")


def test_a_transfer_pushes_the_asset_and_no_position(notice: Heard) -> None:
    update = notice.update("deposit", asset="BNB", amount="0.01")
    assert update["m"] == "DEPOSIT"
    assert rows(update) == ([("BNB", "0.02575839", "0")], [])
    assert update["B"][0]["bc"] == "0.01"


def test_a_close_pushes_both_wallets_and_the_used_rows_of_the_symbol(notice: Heard) -> None:
    notice.act("deposit", asset="BNB", amount="0.01")
    notice.told.clear()
    notice.sandbox.act(CLOSE)
    update = next(t.event["a"] for t in notice.told if t.event and t.event["e"][:7] == "ACCOUNT")
    assert update["m"] == "ORDER"
    assert rows(update) == (
        [("USDT", "94.91428561", "93.71241461"), ("BNB", "0.02571331", "0")],
        [
            ("ETHUSDT", "BOTH", "0", "0", "-0.00057", "0", "cross", "0"),
            ("ETHUSDT", "SHORT", "0", "0", "-0.1875", "0", "cross", "0"),
        ],
    )
    assert [row["bc"] for row in update["B"]] == ["0", "0"]  # profit and fee are not in bc


def test_a_margin_type_change_pushes_its_symbol_and_the_margin_asset(notice: Heard) -> None:
    notice.sandbox.act(CLOSE)
    paid = notice.update("funding", symbol="BTCUSDT", amount="-0.01145905")
    assert [row["iw"] for row in paid["P"] if row["ps"] == "LONG"] == ["1.19041195"]
    update = notice.update("marginType", symbol="ETHUSDT", marginType="ISOLATED")
    assert update["m"] == "MARGIN_TYPE_CHANGE"
    assert rows(update) == (
        [("USDT", "94.90282656", "93.71241461")],
        [
            ("ETHUSDT", "BOTH", "0", "0", "-0.00057", "0", "isolated", "0"),
            ("ETHUSDT", "SHORT", "0", "0", "-0.1875", "0", "isolated", "0"),
        ],
    )


def test_recorded_cross_hedge_frames_have_the_changed_side_only(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, "hedge")
    words = {"symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG", "quantity": "0.1"}
    assert [row["ps"] for row in heard.update("fill", **words)["P"]] == ["LONG"]


def test_a_recorded_isolated_hedge_frame_has_three_rows(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, "hedge")
    words = {"symbol": "ETHUSDT", "side": "SELL", "positionSide": "LONG", "quantity": "0.1"}
    assert [row["ps"] for row in heard.update("fill", **words)["P"]] == ["BOTH", "LONG", "SHORT"]


def test_one_fill_is_three_events_of_one_moment(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, "one-way")
    events = heard.act("fill", symbol="BTCUSDT", side="BUY", quantity="0.01")
    assert [e["e"] for e in events] == ["TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]
    assert len({(e["E"], e["T"]) for e in events}) == 1
    coin = heard.act("fill", symbol="BTCUSD_PERP", side="BUY", quantity="1")
    assert [e["e"] for e in coin] == ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]


def test_a_recorded_coinm_open(sandbox: Sandbox) -> None:
    # 2026-10-11: one contract at 82945.2, wallet 0.00999771 − fee 0.00000048 = 0.00999723
    sandbox.act(
        {
            "action": "setAccount",
            "account": "coinm",
            "market": "coinm",
            "balances": [{"asset": "BTC", "walletBalance": "0.00999771"}],
            "positions": [{"symbol": "BTCUSD_PERP", "accumulatedRealized": "-0.00000037"}],
        }
    )
    heard = Heard(sandbox, "coinm")
    words = {"symbol": "BTCUSD_PERP", "side": "BUY", "quantity": "1", "price": "82945.2"}
    update = heard.update("fill", **words)
    assert update["B"] == [{"a": "BTC", "wb": "0.00999723", "cw": "0.00999723", "bc": "0"}]
    row = update["P"][0]
    known = ("1", "82945.2", "BTC", "cross")
    assert (row["pa"], row["ep"], row["ma"], row["mt"]) == known
    assert row["bep"].startswith("82978.3780")


def test_cross_funding_is_a_balance_alone_and_names_its_symbol(sandbox: Sandbox) -> None:
    update = Heard(sandbox, "one-way").update("funding", symbol="BTCUSDT", amount="-1.5")
    assert (update["P"], update["S"], update["m"]) == ([], "BTCUSDT", "FUNDING_FEE")
    assert update["B"][0]["bc"] == "-1.5"


def test_a_flip_leaves_one_row_on_the_other_side(sandbox: Sandbox) -> None:
    words = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "2"}
    row = Heard(sandbox, "one-way").update("fill", **words)["P"][0]
    assert row["pa"] == "-0.5"


def test_the_wallet_moves_by_profit_less_commission(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, "one-way")
    before = sandbox.exchange.accounts["one-way"].books["usdm"].balance("USDT").wallet
    events = heard.act("fill", symbol="BTCUSDT", side="SELL", quantity="1.5")
    order = events[2]["o"]
    after = sandbox.exchange.accounts["one-way"].books["usdm"].balance("USDT").wallet
    number = type(after)
    assert after == before + number(order["rp"]) - number(order["n"])
