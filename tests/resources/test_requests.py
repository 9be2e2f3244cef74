"""Every question against a running exchange: what it asks, what it weighs, what it refuses."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from binfut_cli.api.client import AccountClient, Get, Question
from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.errors import AnswerError, BusyError, ExchangeError, NetworkError, RateLimitedError
from binfut_cli.resources.balances import balances, from_asset
from binfut_cli.resources.commission import commission
from binfut_cli.resources.config import config
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.history.pages import Span
from binfut_cli.resources.income import DAY_MS, Reading, Wanted, page
from binfut_cli.resources.orders import orders
from binfut_cli.resources.positions import positions
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import snapshot, status
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.state import State
from tests.support.exchange_client import WAIT_S
from tests.support.program import account

HANDSHAKE = 5  # what opening a WebSocket-API connection weighs
Ask = Callable[[AccountClient], Result]


def week(of: AccountClient, symbol: str | None = None) -> Result:
    return Reading(of, Wanted(Span(of.now_ms() - 7 * DAY_MS, of.now_ms()), symbol)).answer()


def asked(sandbox: Sandbox, ask: Ask, market: Market = Market.USDM) -> Result:
    with account(sandbox, market) as found:
        return ask(found)


@pytest.mark.parametrize(
    ("ask", "usdm", "coinm"),
    [
        (status, HANDSHAKE + 15, HANDSHAKE + 10),
        (balances, HANDSHAKE + 15, HANDSHAKE + 15),
        (positions, HANDSHAKE + 15, HANDSHAKE + 10),
        (config, 40, HANDSHAKE + 5 + 30),
        (orders, 90, 90),
        (commission, 3 * 20, HANDSHAKE + 10 + 2 * 20),  # REST of usdm has a meter of its own
        (week, 30, 20),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_question_weighs_what_is_documented_and_no_more(ask: Ask, usdm: int, coinm: int) -> None:
    for market, expected in zip(Market, (usdm, coinm), strict=True):
        with Sandbox.start() as sandbox, account(sandbox, market) as of:
            assert (market, weight_of(of, ask)) == (market, expected)


def weight_of(of: AccountClient, ask: Ask) -> int:
    """What a question to a fresh sandbox weighs, as its meter says.

    Of requests side by side, the last answer to be read is not always the last to be counted: one
    more request (weight 1) reads the meter.
    """
    if ask(of).type in ("orders", "config", "commission"):
        of.get(Get(MARKET_APIS[of.market].time_path, signed=False))
        assert of.weight is not None
        return of.weight.count - 1
    assert of.weight is not None
    return of.weight.count


@pytest.mark.parametrize(("market", "weight"), [(Market.USDM, 3), (Market.COINM, 12)])
def test_orders_of_one_symbol_weigh_next_to_nothing(
    sandbox: Sandbox, market: Market, weight: int
) -> None:
    symbol = "SOLUSDT" if market is Market.USDM else "BTCUSD_PERP"
    with account(sandbox, market) as found:
        assert weight_of(found, lambda of: orders(of, symbol)) == weight


@pytest.mark.parametrize(("ask", "requests"), [(orders, 3), (config, 2)])
def test_requests_are_under_way_together(ask: Ask, requests: int) -> None:
    with Sandbox.start() as sandbox, ThreadPoolExecutor(1) as asking, account(sandbox) as of:
        for path in ("openOrders", "openAlgoOrders", "premiumIndex", "symbolConfig", "feeBurn"):
            sandbox.fault({"fault": "silent", "layer": "rest", "on": path})
        answer = asking.submit(ask, of)
        deadline = time.monotonic() + WAIT_S
        while sandbox.fired() != {"silent/rest": requests}:  # though the first is not answered
            assert time.monotonic() < deadline, sandbox.fired()
            time.sleep(0.001)
        assert not answer.done()
        sandbox.close()


def test_an_order_is_as_far_as_its_trigger_is_from_the_mark(sandbox: Sandbox) -> None:
    rows = asked(sandbox, orders).rows("orders")
    limit, stop = sorted(rows, key=lambda row: "algoId" in row)
    assert (limit["symbol"], limit["price"]) == ("SOLUSDT", "150")
    assert limit["derived"] == {"markPrice": "165.23", "distance": "0.09217454"}
    assert (stop["symbol"], stop["triggerPrice"]) == ("BTCUSDT", "78000")
    assert stop["derived"] == {"markPrice": "83012.4", "distance": "0.06038134"}


def test_a_trailing_stop_is_as_far_as_its_activation(sandbox: Sandbox) -> None:
    sandbox.act(
        {"action": "placeAlgo", "account": "one-way", "market": "usdm", "symbol": "SOLUSDT",
         "side": "SELL", "type": "TRAILING_STOP_MARKET", "quantity": "1", "triggerPrice": "1",
         "activatePrice": "170", "callbackRate": "0.5"}
    )  # fmt: skip
    (row,) = (row for row in asked(sandbox, orders).rows("orders") if "activatePrice" in row)
    assert (row["activatePrice"], row["callbackRate"]) == ("170", "0.5")
    assert row["derived"] == {"markPrice": "165.23", "distance": "0.02886885"}


def test_leverage_is_there_on_both_markets() -> None:
    with Sandbox.start(account="hedge") as sandbox:
        for market in Market:
            rows = asked(sandbox, positions, market).rows("positions")
            assert {str(row["leverage"]).isdecimal() for row in rows} == {True}
            assert {"LONG", "SHORT"} <= {row["positionSide"] for row in rows}


@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize("name", ["one-way", "multi-assets", "hedge", "coinm"])
def test_a_balance_has_the_margin_ratio_of_its_asset(name: str, market: Market) -> None:
    with Sandbox.start(account=name) as sandbox:
        whole = asked(sandbox, status, market)
        found = {
            row["asset"]: row["derived"]
            for row in asked(sandbox, balances, market).rows("balances")
        }
    assert found == {row["asset"]: row["derived"] for row in whole.rows("assets")}
    ratios = {row["derived"]["marginRatio"] for row in whole.rows("positions")} or {None}
    assert {derived["marginRatio"] for derived in found.values()} & ratios


@pytest.mark.parametrize("market", list(Market))
def test_an_asset_of_a_snapshot_is_the_same_balance(sandbox: Sandbox, market: Market) -> None:
    rows = [from_asset(market, row) for row in asked(sandbox, status, market).rows("assets")]
    known = asked(sandbox, balances, market).rows("balances")
    alias = {"accountAlias", "marginAvailable"}
    assert [{k: v for k, v in row.items() if k not in alias} for row in known] == [
        {k: v for k, v in row.items() if k not in alias} for row in rows
    ]


def test_the_modes_and_the_leverage_are_asked_with_the_status() -> None:
    with Sandbox.start(account="multi-assets") as sandbox:
        found = asked(sandbox, status).document
        assert (found["multiAssetsMargin"], found["feeTier"], found["canTrade"]) == (True, 0, True)
        assert {row["leverage"] for row in found["positions"]} == {20}
        assert found["derived"]["totalsUnit"] == "USD"
        assert "symbolConfig" not in found


def asked_each(sandbox: Sandbox, methods: Sequence[str]) -> list[Any]:
    with account(sandbox) as of:
        return of.ask([Question(method) for method in methods])


def test_each_reply_may_be_missing_and_then_what_needs_it_is_too(sandbox: Sandbox) -> None:
    methods = ("v2/account.status", "v2/account.position", "account.status")
    replies = dict(zip(methods, asked_each(sandbox, methods), strict=True))
    refusal = ExchangeError("No.", hint="Ask another.", exchange_code=-5000)

    def without(*lacking: str) -> Row:
        document, read = whole(Market.USDM, {**replies, **dict.fromkeys(lacking, refusal)})
        assert [lack.what for lack in read.lacking] == list(lacking)
        return document

    def ratios(of: Row, kind: str) -> list[Any]:
        return [row["derived"]["marginRatio"] for row in of[kind]]

    all_of_it, unknown = without(), without("account.status")
    assert unknown["derived"]["totalsUnit"] == "USDT"  # one is isolated, so no other is possible
    assert ratios(unknown, "positions") == ratios(all_of_it, "positions")
    assert all("leverage" not in row for row in unknown["positions"])
    bare = without("v2/account.position")  # nobody tells the margin assets
    assert ratios(bare, "positions") == [None, ratios(all_of_it, "positions")[1], None]
    assert set(ratios(bare, "assets")) == {None}
    instead = without("v2/account.status")
    assert ratios(instead, "assets") == ratios(all_of_it, "assets")
    rows = without("v2/account.status", "account.status")
    assert "assets" not in rows
    assert [row["positionAmt"] for row in rows["positions"]] == [
        row["positionAmt"] for row in replies["v2/account.position"]
    ]
    with pytest.raises(ExchangeError, match=r"^No\.$"):
        without(*methods)


def test_settings_are_in_the_same_words_on_both_markets(sandbox: Sandbox) -> None:
    for market in Market:
        found = asked(sandbox, config, market)
        document = found.document
        assert (document["feeTier"], document["dualSidePosition"]) == (0, False)
        assert {row["marginType"] for row in found.rows("symbols")} <= {"CROSSED", "ISOLATED"}
        symbols = [row["symbol"] for row in found.rows("symbols")]
        assert len(symbols) == len(set(symbols)) > 5


def test_of_the_symbols_given_a_market_answers_its_own(sandbox: Sandbox) -> None:
    wanted = frozenset({"BTCUSDT", "BTCUSD_PERP"})
    for market, symbol in zip(Market, ("BTCUSDT", "BTCUSD_PERP"), strict=True):
        rows = asked(sandbox, lambda of: config(of, wanted), market).rows("symbols")
        assert [row["symbol"] for row in rows] == [symbol]


@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize("ask", ["orders", "income", "config"])
def test_a_symbol_that_nobody_knows_is_named(sandbox: Sandbox, market: Market, ask: str) -> None:
    symbol = "NOPEUSDT" if market is Market.USDM else "NOPEUSD_PERP"
    question: dict[str, Ask] = {
        "orders": lambda of: orders(of, symbol),
        "income": lambda of: week(of, symbol),
        "config": lambda of: config(of, frozenset({symbol})),
    }
    with pytest.raises(ExchangeError, match=f"{symbol} is not a symbol of {market}"):
        asked(sandbox, question[ask], market)


@pytest.mark.parametrize(
    ("ask", "layer", "on", "path", "kind"),
    [
        (balances, "wsApi", "balance", "result.1.asset", "balances"),
        (status, "wsApi", "v2/account.status", "result.assets.0.asset", "assets"),
        (positions, "wsApi", "v2/account.position", "result.0.symbol", "positions"),
        (orders, "rest", "openOrders", "0.symbol", "orders"),
        (config, "rest", "symbolConfig", "0.symbol", "symbols"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("gone", [True, False], ids=["missing", "null"])
def test_a_row_that_does_not_say_what_it_is_of_is_refused_alone(
    sandbox: Sandbox, ask: Ask, layer: str, on: str, path: str, kind: str, gone: bool
) -> None:
    whole = asked(sandbox, ask)
    fault: dict[str, Any] = {"fault": "field", "layer": layer, "on": on, "path": path}
    sandbox.fault(fault if gone else {**fault, "value": None})
    found = asked(sandbox, ask)
    assert found.document["incomplete"] == [kind]
    assert 0 <= len(whole.rows(kind)) - len(found.rows(kind)) <= 1
    (lack,) = found.read.lacking
    assert "do not say what they are of" in lack.error.message


def test_a_refusal_that_asks_to_wait_is_raised_before_all_others(sandbox: Sandbox) -> None:
    """Who asks for a snapshot shuts its gate only then."""
    for method, code in (("v2/account.status", -1008), ("v2/account.position", -1003)):
        sandbox.fault({"fault": "wsError", "layer": "wsApi", "on": method, "code": code})
    with pytest.raises(RateLimitedError):
        asked(sandbox, snapshot)


def test_of_an_answer_without_any_part_the_refusal_that_asks_to_wait_is_raised() -> None:
    wait = RateLimitedError("x", hint="y")
    for others in (NetworkError("x", hint="y"), BusyError("x", hint="y")):
        with pytest.raises(RateLimitedError):
            whole(Market.COINM, {"account.status": others, "account.position": wait})


@pytest.mark.parametrize("value", [{}, {"value": None}, {"value": 7}], ids=str)
@pytest.mark.parametrize("market", list(Market))
def test_assets_that_are_not_there_at_all_are_lacking(
    sandbox: Sandbox, market: Market, value: Row
) -> None:
    method = MARKET_APIS[market].status_method
    fault = {"fault": "field", "layer": "wsApi", "on": method, "path": "result.assets"}
    sandbox.fault({**fault, **value, "count": None})
    for ask in (status, snapshot):
        found = asked(sandbox, ask, market)
        assert found.document["incomplete"] == ["assets"]
        assert found.rows("assets") == []
    assert State(asked(sandbox, snapshot, market).document).unsure


@pytest.mark.parametrize("value", [{}, {"value": None}, {"value": 7}])
def test_a_flow_of_no_asset_is_shown_and_cannot_be_counted(sandbox: Sandbox, value: Row) -> None:
    """What explains a gap asks for flows of assets; a question shows whatever there is."""
    fault = {"fault": "field", "layer": "rest", "on": "income", "path": "0.asset", "count": None}
    sandbox.fault({**fault, **value})
    assert len(asked(sandbox, week).rows("flows")) > 1
    with account(sandbox) as of, pytest.raises(AnswerError):
        page(of, of.now_ms(), of.now_ms() - 7 * DAY_MS)
