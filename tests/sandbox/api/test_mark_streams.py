"""The public streams of marks: who hears what, on which path."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.api.subscriptions import subscriptions_of
from binfut_cli.sandbox.exchange.exchange import Publication
from tests.support.exchange_client import WAIT_S, question


@pytest.fixture
def wire(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[ClientConnection]:
    with connect(sandbox.stream["usdm"] + request.param) as found:
        yield found


def subscribe(wire: ClientConnection, *names: str) -> Any:
    return question(wire, {"method": "SUBSCRIBE", "params": list(names), "id": 1})


@pytest.mark.parametrize(
    ("wire", "symbol", "combined"),
    [("/market/stream", "BTCUSDT", True), ("/ws", "ETHUSD_281229", False)],
    indirect=["wire"],
)
def test_a_subscriber_hears_the_mark_every_second(
    sandbox: Sandbox, wire: ClientConnection, symbol: str, combined: bool
) -> None:
    sandbox.act({"action": "mark", "symbol": symbol, "price": "75000.5"})
    name = f"{symbol.lower()}@markPrice@1s"
    assert subscribe(wire, name) == {"result": None, "id": 1}
    told = json.loads(wire.recv(timeout=WAIT_S))
    event = told["data"] if combined else told
    assert told.get("stream", name) == name
    assert (event["e"], event["s"], event["p"]) == ("markPriceUpdate", symbol, "75000.50000000")
    assert list(event) == ["e", "E", "s", "p", "P", "i", "r", "T"]
    assert (event["r"] == "") == (event["T"] == 0) == ("281229" in symbol)


@pytest.mark.parametrize(
    ("path", "name", "hears"),
    [
        ("/market/stream", "btcusdt@markPrice@1s", True),
        ("/market/stream?streams=btcusdt@markPrice", "", False),
        ("/market/stream?streams=btcusdt@markPrice@1s", "", True),
        ("/market/ws/btcusdt@markPrice@1s", "", True),
        ("/market/stream", "BTCUSDT@markPrice@1s", False),
        ("/market/stream", "btcusd_perp@markPrice@1s", False),
        ("/public/stream", "btcusdt@markPrice@1s", False),
        ("/private/stream", "btcusdt@markPrice@1s", False),
        ("/stream", "btcusdt@markPrice@1s", False),
    ],
)
def test_usdm_tells_marks_on_the_market_route_alone(path: str, name: str, hears: bool) -> None:
    found = subscriptions_of(path)
    assert found is not None
    if name:
        found.request({"method": "SUBSCRIBE", "params": [name], "id": 1})
    news = Publication(
        listen_key="", market="usdm", stream="btcusdt@markPrice@1s", event={"e": "x"}
    )
    assert (found.word(news) is not None) is hears
    found.request({"method": "UNSUBSCRIBE", "params": ["btcusdt@markPrice@1s"], "id": 2})
    assert found.word(news) is None
