"""Actions: orders, conditional orders, forced closes, modes, and what the exchange refuses."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.api.mark_streams import tell_marks
from binfut_cli.sandbox.params import BadParams

Do = Callable[..., list[Any]]


@pytest.fixture
def do(sandbox: Sandbox) -> Do:
    """Do an action on an account; give the events it told."""
    told: list[Any] = []
    exchange = sandbox.exchange
    for name, account in exchange.accounts.items():
        for market in account.books:
            exchange.listen_keys.start(name, market, exchange.now_ms())
    exchange.listen(lambda news: told.append(news.event))

    def done(action: str, **words: Any) -> list[Any]:
        told.clear()
        sandbox.act({"action": action, **words})
        return list(told)

    return done


ORDER = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "price": "90000"}
STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "1",
    "triggerPrice": "80000",
    "clientAlgoId": "stop",
}


def test_a_symbol_that_is_delisted_is_settled_and_told_no_more(do: Do, sandbox: Sandbox) -> None:
    do("placeOrder", **ORDER)
    do("placeAlgo", **STOP)
    told = do("delist", symbol="BTCUSDT", status="GONE")
    mine = [each for each in told if each["e"] == "ORDER_TRADE_UPDATE"][:2]
    expired, settled = (each["o"] for each in mine)
    assert (expired["X"], expired["er"]) == ("EXPIRED", "7")
    assert settled["c"].startswith("settlement_autoclose-")
    assert [each["e"] for each in told].count("ALGO_UPDATE") == 2  # the one that was there, too
    accounts = sandbox.exchange.accounts.values()
    assert not any(account.books["usdm"].position("BTCUSDT", "BOTH").amt for account in accounts)
    assert "BTCUSDT" not in {each.symbol for each in sandbox.exchange.listed("usdm")}
    with pytest.raises(BadParams, match="Invalid symbol"):
        do("fill", symbol="BTCUSDT", side="BUY", quantity="1")
    with pytest.raises(BadParams, match="no contract"):
        do("delist", symbol="NOPE")


def test_a_delisted_symbol_may_be_held_on(do: Do, sandbox: Sandbox) -> None:
    assert {each["e"] for each in do("delist", symbol="ETHUSDT", settles=False)} <= {"ALGO_UPDATE"}
    heard = list[str]()
    sandbox.exchange.listen(lambda news: heard.append(news.stream))
    with sandbox.exchange.lock:
        tell_marks(sandbox.exchange, 1)
    assert "btcusdt@markPrice@1s" in heard
    assert "ethusdt@markPrice@1s" not in heard
    assert sandbox.exchange.accounts["one-way"].books["usdm"].position("ETHUSDT", "BOTH").amt
    told = do("delist", symbol="ETHUSDT", status="CLOSE")
    assert any(each["e"] == "ACCOUNT_UPDATE" for each in told)


def test_the_life_of_an_order(do: Do) -> None:
    (new,) = do("placeOrder", **ORDER, clientOrderId="mine")
    assert (new["e"], new["o"]["x"], new["o"]["X"]) == ("ORDER_TRADE_UPDATE", "NEW", "NEW")
    (amended,) = do("amendOrder", clientOrderId="mine", price="91000")
    assert (amended["o"]["x"], amended["o"]["p"]) == ("AMENDMENT", "91000")
    assert "M" not in amended["o"]
    (amended,) = do("amendOrder", clientOrderId="mine", price="91000", modifyId="77")
    assert amended["o"]["M"] == "77"
    lite, _, part = do("fill", clientOrderId="mine", quantity="0.4", maker=True)
    assert (lite["q"], lite["l"], lite["m"]) == ("1.000", "0.400", True)  # padded here only
    assert (part["o"]["X"], part["o"]["z"], part["o"]["l"]) == ("PARTIALLY_FILLED", "0.4", "0.4")
    assert part["o"]["n"] == str((Decimal("0.4") * 91000 * Decimal("0.0002")).normalize())
    (gone,) = do("cancelOrder", clientOrderId="mine")
    assert (gone["o"]["x"], gone["o"]["X"], gone["o"]["z"]) == ("CANCELED", "CANCELED", "0.4")
    with pytest.raises(BadParams, match="no open order"):
        do("fill", clientOrderId="mine")


def test_an_expiry_has_its_reason(do: Do) -> None:
    do("placeOrder", **ORDER, clientOrderId="ioc", timeInForce="IOC")
    (gone,) = do("expireOrder", clientOrderId="ioc")
    assert (gone["o"]["x"], gone["o"]["er"], gone["o"]["f"]) == ("EXPIRED", "2", "IOC")


def test_a_conditional_order_that_triggers(do: Do) -> None:
    (new,) = do("placeAlgo", **STOP)
    assert (new["o"]["X"], new["o"]["ai"], "ia" in new["o"]) == ("NEW", "", False)
    events = do("triggerAlgo", clientAlgoId="stop")
    told = [(e["e"], e.get("o", {}).get("X")) for e in events]
    assert told == [
        ("ALGO_UPDATE", "TRIGGERING"),
        ("ORDER_TRADE_UPDATE", "NEW"),
        ("TRADE_LITE", None),
        ("ACCOUNT_UPDATE", None),
        ("ORDER_TRADE_UPDATE", "FILLED"),
        ("ALGO_UPDATE", "TRIGGERED"),
        ("ALGO_UPDATE", "FINISHED"),
    ]
    triggering, placed, *_, filled, triggered, finished = (event.get("o") for event in events)
    assert (triggering["ai"], triggered["ai"]) == ("", str(placed["i"]))
    assert (finished["aq"], finished["ap"]) == ("1", "80000")
    for order in (placed, filled):
        assert (order["si"], order["ss"], order["st"]) == (new["o"]["aid"], -1, "ALGO_CONDITION")
        assert (order["o"], order["ot"], order["c"]) == ("MARKET", "MARKET", "stop")


def test_an_order_of_the_users_own_came_from_nothing(do: Do) -> None:
    (new,) = do("placeOrder", **ORDER)
    assert (new["o"]["si"], new["o"]["ss"], "st" in new["o"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("symbol", "side", "price", "bids", "asks"),
    [
        ("BTCUSDT", "BUY", "70000", "140000", "0"),
        ("BTCUSD_PERP", "BUY", "70000", "0.00285714", "0"),
        ("BTCUSD_PERP", "SELL", "70000", "0", "0.00285714"),
        ("BNBUSD_PERP", "SELL", "800", "0", "0.025"),
    ],
)
def test_what_rests_is_money_on_usdm_and_base_asset_on_coinm(
    do: Do, symbol: str, side: str, price: str, bids: str, asks: str
) -> None:
    (new,) = do("placeOrder", symbol=symbol, side=side, quantity="2", price=price)
    assert (new["o"]["b"], new["o"]["a"]) == (bids, asks)
    market = "usdm" if symbol == "BTCUSDT" else "coinm"
    (gone,) = do("cancelOrder", market=market, orderId=new["o"]["i"])
    assert (gone["o"]["b"], gone["o"]["a"]) == ("0", "0")


def test_a_trailing_order_is_new_twice(do: Do) -> None:
    (first,) = do("placeAlgo", **{**STOP, "type": "TRAILING_STOP_MARKET"})
    (second,) = do("activateAlgo", clientAlgoId="stop")
    assert [(e["o"]["X"], e["o"]["ia"]) for e in (first, second)] == [
        ("NEW", False),
        ("NEW", True),
    ]
    with pytest.raises(BadParams, match="only a trailing order that waits"):
        do("activateAlgo", clientAlgoId="stop")


def test_a_rejected_trigger_says_why(do: Do) -> None:
    do("placeAlgo", **STOP)
    _, rejected, old = do("rejectAlgo", clientAlgoId="stop", reason="no margin")
    assert (rejected["o"]["X"], rejected["o"]["rm"]) == ("REJECTED", "no margin")
    assert (old["e"], old["or"]["r"]) == ("CONDITIONAL_ORDER_TRIGGER_REJECT", "no margin")


def test_a_liquidation_that_leaves_a_debt_is_cleared(sandbox: Sandbox, do: Do) -> None:
    do("placeOrder", **ORDER)
    events = do("liquidation", symbol="BTCUSDT", price="60000")
    names = [(e["e"], e.get("a", {}).get("m") or e.get("o", {}).get("x")) for e in events]
    assert names == [
        ("ORDER_TRADE_UPDATE", "EXPIRED"),
        ("TRADE_LITE", None),
        ("ACCOUNT_UPDATE", "ORDER"),
        ("ORDER_TRADE_UPDATE", "CALCULATED"),
        ("ACCOUNT_UPDATE", "INSURANCE_CLEAR"),
    ]
    assert events[0]["o"]["er"] == "5"
    assert events[3]["o"]["c"].startswith("autoclose-")
    assert Decimal(events[2]["a"]["B"][0]["wb"]) < 0
    assert events[4]["a"]["B"][0]["wb"] == "0"
    forced = sandbox.exchange.accounts["one-way"].books["usdm"].forced_orders
    assert [row["symbol"] for row in forced] == ["BTCUSDT"]


def test_adl_has_its_client_id(do: Do) -> None:
    events = do("adl", symbol="BTCUSD_PERP", quantity="100")
    assert [e["e"] for e in events] == ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"]
    assert (events[1]["o"]["c"], events[1]["o"]["S"]) == ("adl_autoclose", "BUY")


def test_a_margin_call_spells_its_margin_type_in_capitals(do: Do) -> None:
    (cross,) = do("marginCall", symbol="BTCUSDT")
    assert "T" not in cross
    assert (cross["p"][0]["mt"], "cw" in cross) == ("CROSSED", True)
    (isolated,) = do("marginCall", symbol="ETHUSDT")
    assert (isolated["p"][0]["mt"], "cw" in isolated) == ("ISOLATED", False)


def test_isolated_funding_comes_from_the_position(do: Do) -> None:
    (event,) = do("funding", symbol="ETHUSDT", amount="-2")
    row, balance = event["a"]["P"][0], event["a"]["B"][0]
    assert (row["iw"], balance["bc"]) == ("762.448", "-2")
    assert balance["cw"] == "11716.05518243"  # the cross part is untouched


def test_margin_moves_between_wallet_and_position(do: Do) -> None:
    (event,) = do("positionMargin", symbol="ETHUSDT", amount="10")
    assert event["a"]["m"] == "MARGIN_TRANSFER"
    assert event["a"]["P"][0]["iw"] == "774.448"
    assert event["a"]["B"][0] == {
        "a": "USDT",
        "wb": "12480.50318243",
        "cw": "11706.05518243",
        "bc": "0",
    }


def test_fees_in_bnb_leave_the_margin_asset_to_the_profit(do: Do) -> None:
    words = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.5", "price": "82250.4"}
    _, update, order = do("fill", **words, commissionAsset="BNB")
    rows = {row["a"]: Decimal(row["wb"]) for row in update["a"]["B"]}
    assert rows["USDT"] == Decimal("12480.50318243") + 500
    assert rows["BNB"] == Decimal("1.25") - Decimal(order["o"]["n"])


def test_the_position_mode_changes_in_silence_and_without_positions(
    sandbox: Sandbox, do: Do
) -> None:
    with pytest.raises(BadParams, match="-4068"):
        do("positionMode", dualSidePosition=True)
    for market in ("usdm", "coinm"):
        do("setAccount", market=market, balances=[{"asset": "BTC", "walletBalance": "1"}])
    assert do("positionMode", dualSidePosition=True) == []
    assert sandbox.ledger()[-1]["event"] is None
    assert sandbox.ledger()[-1]["after"] == {"dualSidePosition": True}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"action": "marginType", "symbol": "ETHUSDT", "marginType": "ISOLATED"}, "-4046"),
        ({"action": "multiAssets", "multiAssetsMargin": True}, "-4167"),
        ({"action": "leverage", "symbol": "BTCUSDT", "leverage": 126}, "1 to 125"),
        ({"action": "positionMargin", "symbol": "BTCUSDT", "amount": "1"}, "no isolated position"),
        ({"action": "funding", "symbol": "XRPUSDT"}, "no position"),
        ({"action": "autoExchange", "market": "coinm"}, "usdm only"),
        ({"action": "triggerReject", "symbol": "BTCUSD_PERP"}, "usdm only"),
        ({"action": "expireListenKey", "account": "coinm", "market": "usdm"}, "no live listenKey"),
        ({**ORDER, "action": "fill", "positionSide": "LONG"}, "positionSide must be one of BOTH"),
    ],
)
def test_what_the_exchange_would_refuse_is_refused(
    sandbox: Sandbox, words: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadParams, match=says):
        sandbox.act(words)
    assert sandbox.ledger() == []


def test_a_hedge_fill_cannot_open_the_other_side(sandbox: Sandbox) -> None:
    words = {"action": "fill", "account": "hedge", "symbol": "BTCUSDT", "positionSide": "LONG"}
    with pytest.raises(BadParams, match="its side does not allow"):
        sandbox.act({**words, "side": "SELL", "quantity": "0.6"})


def test_a_held_position_takes_its_margin_along_when_isolated(sandbox: Sandbox, do: Do) -> None:
    (isolated,) = do("marginType", symbol="BTCUSDT", marginType="ISOLATED")
    row, balance = isolated["a"]["P"][0], isolated["a"]["B"][0]
    margin = Decimal("1.5") * Decimal("81250.4") / 20
    assert (row["mt"], Decimal(row["iw"])) == ("isolated", margin)
    assert Decimal(balance["cw"]) == Decimal("11716.05518243") - margin
    (cross,) = do("marginType", symbol="BTCUSDT", marginType="CROSSED")
    assert (cross["a"]["P"][0]["mt"], cross["a"]["P"][0]["iw"]) == ("cross", "0")
    assert cross["a"]["B"][0]["cw"] == "11716.05518243"


def test_rules_are_read_by_kind(sandbox: Sandbox) -> None:
    sandbox.act({"action": "rules", "pingInterval": 0.5, "weightLimit": 7, "bothRow": True})
    rules = sandbox.exchange.rules
    assert (rules.ping_interval_s, rules.weight_limit, rules.both_row) == (0.5, 7, True)
    assert sandbox.exchange.rest_weight.limit == 7
    for wrong in ({"pingInterval": 0}, {"weightLimit": "7"}, {"bothRow": 1}):
        with pytest.raises(BadParams):
            sandbox.act({"action": "rules", **wrong})
