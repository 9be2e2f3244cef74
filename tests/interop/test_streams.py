"""The official SDKs on the user data streams: each event is what the ledger says happened."""

import asyncio
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from tests.interop.keys import key_of
from tests.interop.official import (
    MARKS,
    WAIT_S,
    plain,
    rest_api,
    streams,
    ws_api,
)
from tests.interop.truth import agree, last, number, numbers

pytestmark = MARKS
Events = list[tuple[str, dict[str, Any]]]

ACTIONS: dict[str, list[dict[str, Any]]] = {
    "usdm": [
        {"action": "deposit", "asset": "BNB", "amount": "0.75"},
        {"action": "fill", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.125"},
        {"action": "leverage", "symbol": "BTCUSDT", "leverage": 33},
        {"action": "marginCall", "symbol": "BTCUSDT"},
        {"action": "placeAlgo", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET",
         "quantity": "0.5", "triggerPrice": "70000", "clientAlgoId": "stop"},
        {"action": "cancelAlgo", "clientAlgoId": "stop"},
        {"action": "funding", "symbol": "BTCUSDT"},
        {"action": "strategy", "symbol": "BTCUSDT"},
        {"action": "grid", "symbol": "BTCUSDT"},
        {"action": "triggerReject", "symbol": "BTCUSDT"},
    ],
    "coinm": [
        {"action": "deposit", "market": "coinm", "asset": "ETH", "amount": "0.75"},
        {"action": "fill", "symbol": "BTCUSD_PERP", "side": "BUY", "quantity": "7"},
        {"action": "leverage", "symbol": "BTCUSD_PERP", "leverage": 33},
        {"action": "marginCall", "symbol": "BTCUSD_PERP"},
        {"action": "funding", "symbol": "BTCUSD_PERP"},
        {"action": "strategy", "symbol": "BTCUSD_PERP"},
        {"action": "grid", "symbol": "BTCUSD_PERP"},
    ],
}  # fmt: skip
TOLD = {
    "usdm": "AccountUpdate TradeLite AccountUpdate OrderTradeUpdate AccountConfigUpdate MarginCall"
    " AlgoUpdate AlgoUpdate AccountUpdate StrategyUpdate GridUpdate ConditionalOrderTriggerReject"
    " ListenKeyExpired",
    "coinm": "AccountUpdate AccountUpdate OrderTradeUpdate AccountConfigUpdate MarginCall"
    " AccountUpdate StrategyUpdate GridUpdate ListenKeyExpired",
}


async def listen_key(sandbox: Sandbox, market: str) -> str:
    async with ws_api(sandbox, market, key_of(sandbox)) as api:
        return str((await api.start_user_data_stream()).data().result.listen_key)


async def settled(connected: Any, key: str) -> None:
    """Wait for the answers to everything sent, the SUBSCRIBE that the SDK does not wait for too."""
    listed: list[str] = []
    for connection in connected.connections:
        asked = {"method": "LIST_SUBSCRIPTIONS", "id": "settled"}
        answer = await asyncio.wait_for(await connected.send_message(asked, connection), WAIT_S)
        listed += answer["result"]
    assert any(name.startswith(key) for name in listed)


async def heard(sandbox: Sandbox, market: str, actions: list[dict[str, Any]]) -> list[Any]:
    """Do the actions and let the key expire; give the events until then as the SDK reads them."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    key = await listen_key(sandbox, market)
    async with streams(sandbox, market) as connected:
        (await connected.user_data(key)).on("message", queue.put_nowait)
        await settled(connected, key)
        for action in [*actions, {"action": "expireListenKey", "market": market}]:
            sandbox.act(action)
        events: list[Any] = []
        while not events or type(events[-1]).__name__ != "ListenKeyExpired":
            model = await asyncio.wait_for(queue.get(), WAIT_S)
            events.append(model.actual_instance)
    return events


@pytest.fixture(params=["usdm", "coinm"])
def told(request: pytest.FixtureRequest, sandbox: Sandbox) -> Events:
    models = asyncio.run(heard(sandbox, request.param, ACTIONS[request.param]))
    assert " ".join(type(model).__name__ for model in models) == TOLD[request.param]
    return [(type(model).__name__, plain(model)) for model in models]


def only(told: Events, name: str) -> list[dict[str, Any]]:
    return [event for each, event in told if each == name]


def test_every_event_is_read_and_folds_to_the_ledger(sandbox: Sandbox, told: Events) -> None:
    updates = [event["a"] for event in only(told, "AccountUpdate")]
    assert [update["m"] for update in updates] == ["DEPOSIT", "ORDER", "FUNDING_FEE"]
    wallet = {"walletBalance": "wb", "crossWalletBalance": "cw"}
    held = {"positionAmt": "pa", "entryPrice": "ep", "breakEvenPrice": "bep",
            "accumulatedRealized": "cr", "isolatedWallet": "iw"}  # fmt: skip
    balances = {(row["a"],): numbers(row, wallet) for each in updates for row in each["B"]}
    rows = {(row["s"], row["ps"]): numbers(row, held) for each in updates for row in each["P"]}
    agree(last(sandbox, "balance"), balances)
    agree(last(sandbox, "position"), rows)
    assert {len(figures) for figures in rows.values()} == {5}

    (order,) = [event["o"] for event in only(told, "OrderTradeUpdate")]
    figures = last(sandbox, "order")[str(order["i"]), order["s"]]
    assert (order["X"], order["z"], order["q"]) == tuple(
        figures[name] for name in ("status", "executedQty", "origQty")
    )
    (change,) = [event["ac"] for event in only(told, "AccountConfigUpdate")]
    assert last(sandbox, "config")[change["s"],]["leverage"] == change["l"] == 33
    (call,) = [event["p"][0] for event in only(told, "MarginCall")]
    needed = last(sandbox, "marginCall")[call["s"],]["maintMargin"]
    assert number(call["mm"]) == number(needed)
    for lite in only(told, "TradeLite"):
        assert (lite["i"], lite["t"], lite["c"]) == (order["i"], order["t"], order["c"])
        assert numbers(lite, {"l": "l", "L": "L"}) == numbers(order, {"l": "l", "L": "L"})
    states = [event["o"]["X"] for event in only(told, "AlgoUpdate")]
    entries = [each["after"]["status"] for each in sandbox.ledger() if each["kind"] == "algoOrder"]
    assert states == entries


def test_multi_assets_mode_is_told_too() -> None:
    with Sandbox.start("multi-assets") as sandbox:
        switch = {"action": "multiAssets", "multiAssetsMargin": False}
        change, _ = asyncio.run(heard(sandbox, "usdm", [switch]))
        assert last(sandbox, "config")[()] == {"multiAssetsMargin": False}
    assert change.ai.j is False
    assert change.ac is None


def test_coinm_algo_update_is_unknown_to_the_sdk_and_comes_as_it_was_sent(sandbox: Sandbox) -> None:
    place = {"action": "placeAlgo", "symbol": "BTCUSD_PERP", "side": "BUY", "type": "STOP_MARKET",
             "quantity": "5", "triggerPrice": "90000"}  # fmt: skip
    raw, _ = asyncio.run(heard(sandbox, "coinm", [place]))
    assert raw["e"] == "ALGO_UPDATE"
    assert (
        last(sandbox, "algoOrder")[str(raw["o"]["aid"]), "BTCUSD_PERP"]["status"] == raw["o"]["X"]
    )


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_what_the_models_drop_is_there_without_one(sandbox: Sandbox, market: str) -> None:
    """The margin asset of a position row, which no document names and every wire has."""
    fill = ACTIONS[market][1]
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def unmodelled() -> dict[str, Any]:
        key = await listen_key(sandbox, market)
        async with streams(sandbox, market) as connected:
            route = {"stream_url": "private"} if market == "usdm" else {}
            await connected.subscribe([key], **route)
            connected.on("message", queue.put_nowait, key)
            await settled(connected, key)
            sandbox.act(fill)
            while True:
                message: dict[str, Any] = await asyncio.wait_for(queue.get(), WAIT_S)
                event: dict[str, Any] = message.get("data", message)
                if event["e"] == "ACCOUNT_UPDATE":
                    return event

    (row,) = asyncio.run(unmodelled())["a"]["P"]
    assert row["ma"] == {"usdm": "USDT", "coinm": "BTC"}[market]
    models = asyncio.run(heard(sandbox, market, [fill]))
    (modelled,) = next(plain(m) for m in models if type(m).__name__ == "AccountUpdate")["a"]["P"]
    assert row.keys() - modelled.keys() == {"ma"}


def test_all_three_ways_over_tls() -> None:
    deposit = {"action": "deposit", "asset": "BNB", "amount": "1"}
    with Sandbox.start(tls=True) as sandbox:
        with rest_api(sandbox, "usdm", key_of(sandbox)) as api:
            assert api.account_information_v3().data().assets
        update, _ = asyncio.run(heard(sandbox, "usdm", [deposit]))
    assert (update.a.m, update.a.B[0].a) == ("DEPOSIT", "BNB")


@pytest.mark.parametrize(
    ("market", "symbol", "quantity"), [("usdm", "BTCUSDT", "1"), ("coinm", "BTCUSD_PERP", "7")]
)
def test_an_amended_order_and_a_triggered_one_are_read(
    sandbox: Sandbox, market: str, symbol: str, quantity: str
) -> None:
    """The SDKs refuse a modify id that is an integer."""
    ticket = {"symbol": symbol, "side": "SELL", "quantity": quantity}
    stop = {"type": "STOP_MARKET", "triggerPrice": "80000", "clientAlgoId": "stop"}
    actions = [
        {"action": "placeOrder", **ticket, "price": "90000", "clientOrderId": "mine"},
        {"action": "amendOrder", "market": market, "clientOrderId": "mine", "price": "91000",
         "modifyId": "77"},
        {"action": "placeAlgo", **ticket, **stop},
        {"action": "triggerAlgo", "market": market, "clientAlgoId": "stop"},
    ]  # fmt: skip
    models = asyncio.run(heard(sandbox, market, actions))
    told = [plain(model)["o"] for model in models if type(model).__name__ == "OrderTradeUpdate"]
    assert [(order["x"], order.get("M")) for order in told] == [
        ("NEW", None), ("AMENDMENT", "77"), ("NEW", None), ("TRADE", None),
    ]  # fmt: skip
