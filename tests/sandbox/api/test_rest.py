"""REST of the sandbox, asked by http.client with signatures of our own."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.api.history_views import all_algo_orders
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.exchange_client import Rest, named, now_ms, signature

READS = {
    "/fapi/v2/account": 5,
    "/fapi/v3/account": 5,
    "/fapi/v2/balance": 5,
    "/fapi/v3/balance": 5,
    "/fapi/v2/positionRisk": 5,
    "/fapi/v3/positionRisk": 5,
    "/fapi/v1/accountConfig": 5,
    "/fapi/v1/symbolConfig": 5,
    "/fapi/v1/multiAssetsMargin": 30,
    "/fapi/v1/positionSide/dual": 30,
    "/fapi/v1/feeBurn": 30,
    "/fapi/v1/leverageBracket": 1,
    "/fapi/v1/income": 30,
    "/fapi/v1/openOrders": 40,
    "/fapi/v1/openAlgoOrders": 40,
    "/fapi/v1/allOrders": 5,
    "/fapi/v1/userTrades": 5,
    "/fapi/v1/forceOrders": 50,
    "/fapi/v1/commissionRate": 20,
    "/fapi/v1/adlQuantile": 5,
    "/fapi/v1/apiTradingStatus": 10,
    "/fapi/v1/rateLimit/order": 1,
    "/dapi/v1/account": 5,
    "/dapi/v1/balance": 1,
    "/dapi/v1/positionRisk": 1,
    "/dapi/v1/positionSide/dual": 30,
    "/dapi/v2/leverageBracket": 2,
    "/dapi/v1/income": 20,
    "/dapi/v1/openOrders": 40,
    "/dapi/v1/openAlgoOrders": 40,
    "/dapi/v1/allOrders": 5,
    "/dapi/v1/userTrades": 5,
    "/dapi/v1/forceOrders": 50,
    "/dapi/v1/commissionRate": 20,
    "/dapi/v1/adlQuantile": 5,
    "/fapi/v1/positionMargin/history": 1,
    "/fapi/v1/allAlgoOrders": 5,
    "/fapi/v1/pmAccountInfo": 5,
    "/dapi/v1/positionMargin/history": 1,
    "/dapi/v1/allAlgoOrders": 5,
    "/sapi/v1/account/apiRestrictions": 1,
    "/sapi/v1/capital/config/getall": 10,
    "/sapi/v1/asset/tradeFee": 1,
}
MANDATORY = {
    "/fapi/v1/userTrades": {"symbol": "BTCUSDT"},
    "/dapi/v1/userTrades": {"symbol": "BTCUSD_PERP"},
    "/dapi/v1/allOrders": {"pair": "BTCUSD"},
    "/fapi/v1/commissionRate": {"symbol": "BTCUSDT"},
    "/dapi/v1/commissionRate": {"symbol": "BTCUSD_PERP"},
    "/fapi/v1/positionMargin/history": {"symbol": "BTCUSDT"},
    "/fapi/v1/allAlgoOrders": {"symbol": "BTCUSDT"},
    "/fapi/v1/pmAccountInfo": {"asset": "USDT"},
    "/dapi/v1/positionMargin/history": {"symbol": "BTCUSD_PERP"},
    "/dapi/v1/allAlgoOrders": {"symbol": "BTCUSD_PERP"},
    "/sapi/v1/asset/tradeFee": {"symbol": "BTCUSDT"},
}


@pytest.mark.parametrize("path", READS)
def test_every_signed_read_answers_and_costs_its_weight(sandbox: Sandbox, path: str) -> None:
    status, body, headers = Rest(sandbox).signed(path, **MANDATORY.get(path, {}))
    assert status == 200, body
    assert headers["X-MBX-USED-WEIGHT-1M"] == str(READS[path])


@pytest.mark.parametrize(
    "path", ["/fapi/v1/balance", "/fapi/v1/positionRisk", "/dapi/v1/symbolConfig"]
)
def test_what_is_gone_or_never_was_is_404(sandbox: Sandbox, path: str) -> None:
    assert Rest(sandbox).signed(path)[0] == 404


def test_public_reads_need_no_key(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    assert abs(rest.ask("GET", "/dapi/v1/time")[1]["serverTime"] - now_ms()) < 2000
    symbols = rest.ask("GET", "/dapi/v1/exchangeInfo")[1]["symbols"]
    sizes = {row["symbol"]: row["contractSize"] for row in symbols}
    assert (sizes["BTCUSD_PERP"], sizes["ETHUSD_PERP"]) == (100, 10)
    listed = [row["symbol"] for row in rest.ask("GET", "/fapi/v1/exchangeInfo")[1]["symbols"]]
    assert "测试USDT" in listed
    one = rest.ask("GET", "/fapi/v1/premiumIndex?symbol=BTCUSDT")[1]
    assert one["symbol"] == "BTCUSDT"
    assert isinstance(rest.ask("GET", "/dapi/v1/premiumIndex?symbol=BTCUSD_PERP")[1], list)


@pytest.mark.parametrize(
    ("query", "key", "status", "code"),
    [
        ("", "", 401, -2014),
        ("", "short", 400, -1102),
        ("timestamp=1", "good", 400, -1102),
        ("timestamp=1&signature=00", "'quoted'", 401, -2014),
        ("timestamp=1&signature=00", "x" * 64, 401, -2015),
        ("timestamp=1&signature=00", "good", 400, -1021),
        ("timestamp={ahead}&signature=00", "good", 400, -1021),
        ("timestamp={now}&signature=00", "good", 400, -1022),
        ("timestamp=soon&signature=00", "good", 400, -1100),
        ("timestamp={now}&recvWindow=60001&signature=00", "good", 400, -1131),
    ],
)
def test_refusals(sandbox: Sandbox, query: str, key: str, status: int, code: int) -> None:
    text = query.format(now=now_ms(), ahead=now_ms() + 3000)
    api_key = sandbox.accounts[0].api_key if key == "good" else key
    asked = Rest(sandbox).ask("GET", f"/fapi/v3/account?{text}", {"X-MBX-APIKEY": api_key})
    assert (asked[0], asked[1]["code"]) == (status, code)


def test_a_non_ascii_symbol_is_signed_percent_encoded(sandbox: Sandbox) -> None:
    rest, account = Rest(sandbox), sandbox.accounts[0]
    assert rest.get("/fapi/v1/commissionRate", symbol="测试USDT")["symbol"] == "测试USDT"
    raw = f"symbol=测试USDT&timestamp={now_ms()}"
    target = "/fapi/v1/commissionRate?" + quote(raw, safe="=&")
    refused = rest.ask("GET", f"{target}&signature={signature(account.secret, raw)}", rest.key)
    assert refused[1]["code"] == -1022


@pytest.mark.parametrize("path", ["/fapi/v1/commissionRate", "/dapi/v1/commissionRate"])
@pytest.mark.parametrize(("params", "code"), [({}, -1102), ({"symbol": "NOPE"}, -1121)])
def test_commission_rates_are_of_one_symbol_that_there_is(
    sandbox: Sandbox, path: str, params: dict[str, str], code: int
) -> None:
    status, answer, headers = Rest(sandbox).signed(path, **params)
    assert (status, answer["code"]) == (400, code)
    assert headers["X-MBX-USED-WEIGHT-1M"] == "20"


@pytest.mark.parametrize("symbol", ["BTCUSD_PERP", "SRMUSDT", "NOPE"])
def test_a_symbol_of_another_market_or_not_trading_is_refused(
    sandbox: Sandbox, symbol: str
) -> None:
    status, body, _ = Rest(sandbox).signed("/fapi/v1/openOrders", symbol=symbol)
    assert (status, body["code"]) == (400, -1121)


def test_with_a_symbol_usdm_brackets_are_one_object(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    one = rest.get("/fapi/v1/leverageBracket", symbol="BTCUSDT")
    assert one["brackets"][0]["notionalFloor"] == 0
    coin = rest.get("/dapi/v2/leverageBracket", symbol="BTCUSD_PERP")
    floors = [(each["qtylFloor"], each["qtyFloor"]) for each in coin[0]["brackets"]]
    assert all(documented == read for documented, read in floors)
    assert floors[0][0] == 0 < floors[1][0]


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_an_order_is_found_by_number_or_name(sandbox: Sandbox, market: str) -> None:
    symbol, prefix = {"usdm": ("BTCUSDT", "/fapi"), "coinm": ("BTCUSD_PERP", "/dapi")}[market]
    rest, where = Rest(sandbox), {"market": market, "symbol": symbol}
    sandbox.act(
        {"action": "placeOrder", **where, "side": "BUY", "quantity": "1", "price": "70000",
         "clientOrderId": "mine"}
    )  # fmt: skip
    found = rest.get(f"{prefix}/v1/openOrder", symbol=symbol, origClientOrderId="mine")
    assert rest.get(f"{prefix}/v1/order", symbol=symbol, orderId=str(found["orderId"])) == found
    sandbox.act({"action": "cancelOrder", "market": market, "clientOrderId": "mine"})
    gone = rest.signed(f"{prefix}/v1/openOrder", symbol=symbol, origClientOrderId="mine")
    assert (gone[0], gone[1]["code"]) == (400, -2013)
    ended = rest.get(f"{prefix}/v1/order", symbol=symbol, origClientOrderId="mine")
    assert ended["status"] == "CANCELED"


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_margin_added_to_and_taken_from_a_position_is_its_history(
    sandbox: Sandbox, market: str
) -> None:
    symbol, prefix = {"usdm": ("BNBUSDT", "/fapi"), "coinm": ("BTCUSD_PERP", "/dapi")}[market]
    where = {"market": market, "symbol": symbol}
    sandbox.act({"action": "fill", **where, "side": "BUY", "quantity": "1"})
    sandbox.act({"action": "marginType", **where, "marginType": "ISOLATED"})
    for amount in ("0.0005", "-0.0002"):
        sandbox.act({"action": "positionMargin", **where, "amount": amount})
    rows = Rest(sandbox).get(f"{prefix}/v1/positionMargin/history", symbol=symbol)
    assert [(row["type"], row["amount"]) for row in rows] == [(1, "0.0005"), (2, "0.0002")]
    taken = Rest(sandbox).get(f"{prefix}/v1/positionMargin/history", symbol=symbol, type="2")
    assert taken == rows[1:]


def test_conditional_orders_are_found_after_their_end(sandbox: Sandbox) -> None:
    rest, name = Rest(sandbox), {"symbol": "BTCUSDT"}
    sandbox.act({"action": "placeAlgo", **name, "side": "SELL", "type": "STOP_MARKET",
                 "quantity": "1", "triggerPrice": "70000", "clientAlgoId": "mine"})  # fmt: skip
    (placed,) = [
        row for row in rest.get("/fapi/v1/openAlgoOrders") if row["clientAlgoId"] == "mine"
    ]
    assert rest.get("/fapi/v1/allAlgoOrders", **name) == [placed]
    sandbox.act({"action": "cancelAlgo", "algoId": placed["algoId"]})
    (ended,) = rest.get("/fapi/v1/allAlgoOrders", **name)
    assert ended == rest.get("/fapi/v1/algoOrder", clientAlgoId="mine")
    assert ended["algoStatus"] == "CANCELED"
    first = rest.get("/fapi/v1/allAlgoOrders", **name, algoId="1")
    assert [row["algoId"] for row in first][-1] == placed["algoId"]
    assert len(first) > 1
    assert rest.get("/fapi/v1/allAlgoOrders", **name, algoId="1", limit="1") == first[:1]


def test_conditional_orders_are_forgotten_as_the_documents_say() -> None:
    """Three days after it was made, if it came to nothing; else after ninety."""
    day = 86_400_000
    rows = [
        {"symbol": "A", "algoId": number, "createTime": now, "algoStatus": status,
         "actualOrderId": became}
        for number, (now, status, became) in enumerate(
            [(96, "CANCELED", ""), (98, "CANCELED", ""), (96, "FINISHED", "7"),
             (5, "FINISHED", "7"),
             (96, "EXPIRED", "8"), (96, "NEW", "")],
            1,
        )
        for now in [now * day]
    ]  # fmt: skip
    known = all_algo_orders(rows, "A", {"algoId": "1"}, 100 * day)
    assert [row["algoId"] for row in known] == [2, 3, 5, 6]


def test_single_asset_totals_count_usdt_only(sandbox: Sandbox) -> None:
    body = Rest(sandbox).get("/fapi/v3/account")
    wallets = {row["asset"]: row["walletBalance"] for row in body["assets"]}
    assert Decimal(wallets["USDC"]) > 0
    assert body["totalWalletBalance"] == wallets["USDT"]
    profit = sum(Decimal(row["unrealizedProfit"]) for row in body["positions"])
    assert Decimal(body["totalUnrealizedProfit"]) == profit
    assert Decimal(body["totalMarginBalance"]) == Decimal(wallets["USDT"]) + profit


def test_v3_lists_only_what_is_live_and_v2_everything(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    live = [row["symbol"] for row in rest.get("/fapi/v3/positionRisk")]
    assert live == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]  # SOLUSDT has an order only
    assert len(rest.get("/fapi/v2/positionRisk")) > len(live)


def test_coinm_lists_everything_three_times_in_hedge_mode(sandbox: Sandbox) -> None:
    flat = Rest(sandbox).get("/dapi/v1/positionRisk")
    hedge = Rest(sandbox, named(sandbox, "hedge")).get("/dapi/v1/positionRisk")
    assert len(hedge) == 3 * len(flat)
    assert {row["positionSide"] for row in hedge} == {"BOTH", "LONG", "SHORT"}
    assert {row["symbol"] for row in hedge} == {row["symbol"] for row in flat}


def test_coinm_filters(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    ether = rest.get("/dapi/v1/positionRisk", marginAsset="ETH")
    assert {row["symbol"][:3] for row in ether} == {"ETH"}
    pair = rest.get("/dapi/v1/positionRisk", pair="BTCUSD")
    assert {row["symbol"] for row in pair} == {"BTCUSD_PERP", "BTCUSD_281229"}


def test_conditional_orders_are_not_open_orders(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    assert [row["type"] for row in rest.get("/fapi/v1/openOrders")] == ["LIMIT"]
    algo = rest.get("/fapi/v1/openAlgoOrders")
    assert [row["orderType"] for row in algo] == ["STOP_MARKET"]


def test_income_is_filtered_and_limited() -> None:
    with Sandbox.start(past=False) as sandbox:
        for _ in range(3):
            sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})
        sandbox.act({"action": "funding", "symbol": "BTCUSDT"})
        rest = Rest(sandbox)
        assert len(rest.get("/fapi/v1/income")) == 4
        fees = rest.get("/fapi/v1/income", incomeType="FUNDING_FEE")
        assert [row["symbol"] for row in fees] == ["BTCUSDT"]
        assert isinstance(fees[0]["tranId"], int)
        assert len(rest.get("/fapi/v1/income", limit=2)) == 2
        refused = rest.signed("/fapi/v1/income", startTime=2, endTime=1)
        assert refused[1]["code"] == -1023


def test_a_type_of_income_that_a_market_has_not_is_refused(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    refused = rest.signed("/fapi/v1/income", incomeType="REALIZED_PNL;COMMISSION")
    assert (refused[0], refused[1]["code"]) == (400, -1130)
    assert rest.get("/fapi/v1/income", incomeType="CASH_COUPON") == []
    assert rest.signed("/dapi/v1/income", incomeType="CASH_COUPON")[1]["code"] == -1130


def test_an_account_may_have_more_flows_behind_it(sandbox: Sandbox) -> None:
    rest, since = Rest(sandbox), sandbox.exchange.now_ms() - 2 * 86_400_000
    only: dict[str, Any] = {"incomeType": "COMMISSION", "startTime": since, "limit": 1000}
    before = rest.get("/fapi/v1/income", **only)
    sandbox.act({"action": "flows", "symbol": "BTCUSDT", "count": 500, "days": 2})
    rows = rest.get("/fapi/v1/income", **only)
    assert len(rows) >= len(before) + 499  # the first may be of before by now
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert len({row["tranId"] for row in rows}) == len(rows)


def test_a_fill_is_in_income_and_trades_under_one_number(sandbox: Sandbox) -> None:
    since = now_ms()
    sandbox.act({"action": "fill", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.5"})
    rest = Rest(sandbox)
    (trade,) = rest.get("/fapi/v1/userTrades", symbol="BTCUSDT", startTime=since)
    rows = {row["incomeType"]: row for row in rest.get("/fapi/v1/income", startTime=since)}
    assert {row["tradeId"] for row in rows.values()} == {str(trade["id"])}
    assert Decimal(rows["REALIZED_PNL"]["income"]) == Decimal(trade["realizedPnl"]) > 0
    assert Decimal(rows["COMMISSION"]["income"]) == -Decimal(trade["commission"]) < 0


WEEK_MS = 7 * 86_400_000


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/fapi/v1/userTrades", {}, -1102),
        ("/dapi/v1/userTrades", {}, -1102),
        ("/dapi/v1/allOrders", {}, -1102),
        ("/fapi/v1/allOrders", {"startTime": 1, "endTime": 1 + WEEK_MS}, -1127),
        ("/fapi/v1/userTrades", {"symbol": "BTCUSDT", "startTime": 1, "endTime": 2**41}, -1127),
        ("/fapi/v1/allOrders", {"symbol": "NOSUCH"}, -1121),
    ],
)
def test_what_history_refuses(
    sandbox: Sandbox, path: str, params: dict[str, int], code: int
) -> None:
    status, body, _ = Rest(sandbox).signed(path, **params)
    assert (status, body["code"]) == (400, code)


def place(sandbox: Sandbox, symbol: str, times: int) -> None:
    words = {"symbol": symbol, "side": "BUY", "price": "100", "quantity": "1"}
    market = "coinm" if symbol.endswith("_PERP") else "usdm"
    for number in range(times):
        name = {"clientOrderId": f"o{number}", "market": market}
        sandbox.act({"action": "placeOrder", **words, **name})
        sandbox.act({"action": "cancelOrder", **name})


@pytest.mark.parametrize(
    ("path", "symbol", "by_default"),
    [("/fapi/v1/allOrders", "BTCUSDT", 120), ("/dapi/v1/allOrders", "BTCUSD_PERP", 50)],
)
def test_orders_come_as_many_as_the_market_gives(
    sandbox: Sandbox, path: str, symbol: str, by_default: int
) -> None:
    since, rest, most = now_ms(), Rest(sandbox), 120 if by_default == 120 else 100
    place(sandbox, symbol, 120)

    def ask(**more: int) -> list[str]:
        return [row["clientOrderId"] for row in rest.get(path, symbol=symbol, **more)]

    every = [f"o{number}" for number in range(120)]
    assert ask()[-by_default:] == every[-by_default:]
    assert len(ask(limit=1000, startTime=since)) == most
    assert ask(limit=7, startTime=since) == every[:7]
    first = rest.get(path, symbol=symbol, startTime=since, limit=1)[0]["orderId"]
    assert ask(orderId=first, limit=3) == every[:3]


def test_an_order_cancelled_unfilled_is_forgotten_three_days_after_it_was_placed(
    sandbox: Sandbox,
) -> None:
    rest, day_ms = Rest(sandbox), 86_400_000
    place(sandbox, "BTCUSDT", 1)
    (order,) = rest.get("/fapi/v1/allOrders", symbol="BTCUSDT", startTime=now_ms() - 60_000)
    sandbox.exchange.clock.shift_ms = 3 * day_ms + 60_000
    stamped = {"timestamp": now_ms() + 3 * day_ms + 60_000, "symbol": "BTCUSDT"}
    assert rest.get("/fapi/v1/allOrders", orderId=order["orderId"], **stamped) == []


def test_a_key_may_only_read_until_it_is_given_powers(sandbox: Sandbox) -> None:
    path, rest = "/sapi/v1/account/apiRestrictions", Rest(sandbox)
    first = rest.get(path)
    assert [name for name, on in first.items() if on is True] == ["enableReading"]
    flags = {"enableWithdrawals": True, "ipRestrict": True, "enableTimeTravel": True}
    sandbox.act({"action": "keyPowers", **flags})
    assert rest.get(path) == {**first, **flags}
    sandbox.act({"action": "keyPowers", "enableWithdrawals": False})
    assert rest.get(path) == {**first, **flags, "enableWithdrawals": False}
    assert Rest(sandbox, named(sandbox, "hedge")).get(path) == first
    assert sandbox.ledger() == []


def test_listen_key_life(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    key = rest.listen_key()
    assert rest.listen_key() == key
    assert rest.listen_key(method="PUT") == key
    assert rest.listen_key("coinm") != key
    assert rest.listen_key(method="DELETE") == (200, {})
    status, body = rest.listen_key(method="PUT")
    assert (status, body["code"]) == (400, -1125)
    assert rest.listen_key() != key


def test_both_markets_share_one_pool_and_too_much_is_a_ban() -> None:
    with Sandbox.start(rules=Rules(weight_limit=10)) as sandbox:
        rest = Rest(sandbox)
        rest.get("/fapi/v3/account")
        rest.get("/dapi/v1/account")
        answers = [rest.signed("/dapi/v1/balance") for _ in range(12)]
    assert [status for status, _, _ in answers] == [429] * 10 + [418] * 2
    assert all(body["code"] == -1003 for _, body, _ in answers)
    assert "banned until" in answers[-1][1]["msg"]
    assert int(answers[0][2]["Retry-After"]) <= 60


def test_one_connection_carries_many_requests(sandbox: Sandbox) -> None:
    import http.client

    connection = http.client.HTTPConnection(
        "127.0.0.1", int(sandbox.rest["usdm"].rpartition(":")[2])
    )
    times = []
    for _ in range(3):
        connection.request("GET", "/fapi/v1/time")
        times.append(json.loads(connection.getresponse().read())["serverTime"])
    connection.close()
    assert times == sorted(times)
