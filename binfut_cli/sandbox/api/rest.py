"""REST of both markets: the table of routes, and what each answers. Pure."""

import json
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from binfut_cli.sandbox.account.contracts import MARKETS, Market
from binfut_cli.sandbox.account.key_powers import restrictions
from binfut_cli.sandbox.account.order_rows import algo_order_row, order_row
from binfut_cli.sandbox.account.rows import JSON, AccountState, Order
from binfut_cli.sandbox.api import prices, spot
from binfut_cli.sandbox.api.authentication import check_signed, integer, require
from binfut_cli.sandbox.api.history_views import (
    all_algo_orders,
    all_orders,
    force_orders,
    income,
    placed_since,
    position_margins,
    user_trades,
)
from binfut_cli.sandbox.api.market_views import (
    ORDER_LIMITS,
    exchange_info,
    leverage_bracket,
    premium_index,
)
from binfut_cli.sandbox.api.route import Ask, Route, Security
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.refusal import Refusal, bad_key_format, no_such_order, no_such_path
from binfut_cli.sandbox.exchange.signing import rest_payload

Headers = tuple[tuple[str, str], ...]
PREFIX: Mapping[str, Market] = {"fapi": "usdm", "dapi": "coinm", "sapi": "usdm", "api": "usdm"}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request, as far as the exchange cares."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    api_key: str = ""

    @property
    def market(self) -> Market:
        """The market the path belongs to."""
        return PREFIX.get(self.path.split("/")[1], "usdm")

    def params(self) -> dict[str, str]:
        """The parameters of query and body."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return dict(pairs + parse_qsl(self.body, keep_blank_values=True))


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Headers = ()


def _open_orders(ask: Ask) -> list[JSON]:
    listed = ask.exchange.contracts
    return [order_row(listed[o.symbol], o) for o in ask.book.open_orders(ask.symbol())]


def _all_orders(ask: Ask) -> list[JSON]:
    listed, found = ask.exchange.contracts, ask.book.orders.values()
    name = _which(ask) if ask.market == "coinm" else ask.symbol()
    since = placed_since(ask.params)
    orders = [
        order_row(listed[o.symbol], o)
        for o in found
        if name in (None, o.symbol) and o.time >= since
    ]
    return all_orders(
        (*ask.past.orders, *orders), ask.market, name, ask.params, ask.exchange.now_ms()
    )


def _user_trades(ask: Ask) -> list[JSON]:
    rows = (*ask.past.trades, *ask.book.trades)
    return user_trades(rows, _which(ask), ask.params, ask.exchange.now_ms())


def _which(ask: Ask) -> str | None:
    """The symbol, which is mandatory; on coinm a pair stands in for it."""
    if ask.market == "usdm" or "pair" not in ask.params:
        require(ask.params, "symbol")
    return ask.symbol()


def _force_orders(ask: Ask) -> list[JSON]:
    return force_orders(ask.book.forced_orders, ask.symbol(), ask.params)


def _income(ask: Ask) -> list[JSON]:
    now = ask.exchange.now_ms()
    known = now - ask.exchange.rules.income_delay_s * 1000
    told = sorted((*ask.past.income, *ask.book.income), key=itemgetter("time"))
    rows = [row for row in told if row["time"] <= known]
    return income(rows, ask.market, ask.symbol(), ask.params, now)


def _open_algo_orders(ask: Ask) -> list[JSON]:
    return [algo_order_row(o) for o in ask.book.open_algo_orders(ask.symbol())]


def _all_algo_orders(ask: Ask) -> list[JSON]:
    symbol = ask.one().symbol
    rows = [algo_order_row(o) for o in ask.book.algo_orders.values()]
    return all_algo_orders(rows, symbol, ask.params, ask.exchange.now_ms())


def _algo_order(ask: Ask) -> JSON:
    found = ask.book.algo_orders.values()
    number, name = integer(ask.params, "algoId", 0), ask.params.get("clientAlgoId")
    if not number and name is None:
        require(ask.params, "algoId")
    order = next((o for o in found if number == o.algo_id or name == o.client_algo_id), None)
    if order is None:
        raise no_such_order()
    return algo_order_row(order)


def _order(ask: Ask) -> JSON:
    return _found(ask, lambda order: True)


def _open_order(ask: Ask) -> JSON:
    return _found(ask, lambda order: order.open)


def _found(ask: Ask, is_meant: Callable[[Order], bool]) -> JSON:
    """The order of `orderId`, or else of `origClientOrderId` (-2013 without one)."""
    contract, name = ask.one(), ask.params.get("origClientOrderId")
    number = integer(ask.params, "orderId", 0)
    if not number and name is None:
        require(ask.params, "orderId")
    for order in filter(is_meant, ask.book.orders.values()):
        meant = number == order.order_id if number else name == order.client_order_id
        if meant and order.symbol == contract.symbol:
            return order_row(contract, order)
    raise no_such_order()


def _position_margins(ask: Ask) -> list[JSON]:
    return position_margins(ask.book.margin_changes, ask.one().symbol, ask.params)


def _portfolio_margin(ask: Ask) -> JSON:
    asset = require(ask.params, "asset")
    return {"maxWithdrawAmountUSD": "0", "asset": asset, "maxWithdrawAmount": "0"}


def _start(ask: Ask) -> JSON:
    keys, now = ask.exchange.listen_keys, ask.exchange.now_ms()
    return {"listenKey": keys.start(ask.account.name, ask.market, now).key}


def _extend(ask: Ask) -> JSON:
    keys, now = ask.exchange.listen_keys, ask.exchange.now_ms()
    return {"listenKey": keys.ping(ask.account.name, ask.market, now).key}


def _end(ask: Ask) -> JSON:
    ask.exchange.end_listen_key(ask.account, ask.market, None)
    return {}


def _premium_index(ask: Ask) -> Any:
    rows = [premium_index(ask.exchange, contract) for contract in ask.contracts()]
    return rows[0] if ask.market == "usdm" and "symbol" in ask.params else rows


def _leverage_bracket(ask: Ask) -> Any:
    rows = [leverage_bracket(contract) for contract in ask.contracts()]
    return rows[0] if ask.market == "usdm" and "symbol" in ask.params else rows


def _commission_rate(ask: Ask) -> JSON:
    require(ask.params, "symbol")
    rates = {"makerCommissionRate": "0.000200", "takerCommissionRate": "0.000400"}
    if ask.market == "usdm":
        rates["rpiCommissionRate"] = "0.000050"
    return {"symbol": ask.symbol(), **rates}


def _adl_quantile(ask: Ask) -> list[JSON]:
    book, both = ask.book, {"LONG": 0, "SHORT": 0, "BOTH": 0}
    rows = []
    for contract in ask.contracts():
        held = {key[1] for key, row in book.positions.items() if key[0] == contract.symbol}
        quantile = {side: 2 if side in held else 0 for side in both}
        if ask.account.dual_side and not book.setting(contract.symbol).isolated:
            quantile["HEDGE"] = quantile.pop("BOTH")
        rows.append({"symbol": contract.symbol, "adlQuantile": quantile})
    return rows


def _trading_status(ask: Ask) -> JSON:
    names = {key[0] for key in ask.account.books["usdm"].positions}
    indicator = {"isLocked": False, "plannedRecoverTime": 0, "value": 0.05, "triggerValue": 0.995}
    return {
        "indicators": {name: [{**indicator, "indicator": "UFR"}] for name in sorted(names)},
        "updateTime": ask.exchange.now_ms(),
    }


def _coinm_positions(ask: Ask) -> list[JSON]:
    return ask.coinm.positions(ask.params.get("marginAsset"), ask.params.get("pair"))


def _shared() -> dict[tuple[str, str], Route]:
    """Routes that both markets have under their own prefix."""
    key, none = Security.KEY, Security.NONE
    return {
        ("POST", "v1/listenKey"): Route(_start, security=key),
        ("PUT", "v1/listenKey"): Route(_extend, security=key),
        ("DELETE", "v1/listenKey"): Route(_end, security=key),
        ("GET", "v1/ping"): Route(lambda ask: {}, security=none),
        ("GET", "v1/time"): Route(lambda ask: {"serverTime": ask.exchange.now_ms()}, security=none),
        ("GET", "v1/exchangeInfo"): Route(
            lambda ask: exchange_info(ask.exchange, ask.market), security=none
        ),
        ("GET", "v1/openOrders"): Route(_open_orders, 1, 40),
        ("GET", "v1/openAlgoOrders"): Route(_open_algo_orders, 1, 40),
        ("GET", "v1/allOrders"): Route(_all_orders, 5),
        ("GET", "v1/userTrades"): Route(_user_trades, 5),
        ("GET", "v1/forceOrders"): Route(_force_orders, 20, 50),
        ("GET", "v1/positionSide/dual"): Route(
            lambda ask: {"dualSidePosition": ask.account.dual_side}, 30
        ),
        ("GET", "v1/adlQuantile"): Route(_adl_quantile, 5),
        ("GET", "v1/commissionRate"): Route(_commission_rate, 20),
        ("GET", "v1/order"): Route(_order),
        ("GET", "v1/openOrder"): Route(_open_order),
        ("GET", "v1/algoOrder"): Route(_algo_order),
        ("GET", "v1/allAlgoOrders"): Route(_all_algo_orders, 5),
        ("GET", "v1/positionMargin/history"): Route(_position_margins),
        **prices.routes(),
    }


def _usdm_only() -> dict[tuple[str, str], Route]:
    none = Security.NONE
    return {
        ("GET", "v1/premiumIndex"): Route(_premium_index, 1, 10, none),
        ("GET", "v1/leverageBracket"): Route(_leverage_bracket),
        ("GET", "v1/income"): Route(_income, 30),
        ("GET", "v2/account"): Route(
            lambda ask: {"feeBurn": ask.account.fee_burn, **ask.usdm.account_status()}, 5
        ),
        ("GET", "v3/account"): Route(lambda ask: ask.usdm.account_status_v2(), 5),
        ("GET", "v2/balance"): Route(lambda ask: ask.usdm.balances(), 5),
        ("GET", "v3/balance"): Route(lambda ask: ask.usdm.balances(), 5),
        ("GET", "v2/positionRisk"): Route(lambda ask: ask.usdm.positions(ask.symbol()), 5),
        ("GET", "v3/positionRisk"): Route(lambda ask: ask.usdm.positions_v2(ask.symbol()), 5),
        ("GET", "v1/accountConfig"): Route(lambda ask: ask.usdm.account_config(), 5),
        ("GET", "v1/symbolConfig"): Route(lambda ask: ask.usdm.symbol_config(ask.symbol()), 5),
        ("GET", "v1/multiAssetsMargin"): Route(
            lambda ask: {"multiAssetsMargin": ask.account.multi_assets}, 30
        ),
        ("GET", "v1/feeBurn"): Route(lambda ask: {"feeBurn": ask.account.fee_burn}, 30),
        ("GET", "v1/apiTradingStatus"): Route(_trading_status, 1, 10),
        ("GET", "v1/rateLimit/order"): Route(lambda ask: list(ORDER_LIMITS)),
        ("GET", "v1/pmAccountInfo"): Route(_portfolio_margin, 5),
        **prices.usdm_routes(),
    }


def _coinm_only() -> dict[tuple[str, str], Route]:
    none = Security.NONE
    return {
        ("GET", "v1/premiumIndex"): Route(_premium_index, 10, None, none),
        ("GET", "v2/leverageBracket"): Route(_leverage_bracket, 1, 2),
        ("GET", "v1/income"): Route(_income, 20),
        ("GET", "v1/account"): Route(lambda ask: ask.coinm.account_status(), 5),
        ("GET", "v1/balance"): Route(lambda ask: ask.coinm.balances()),
        ("GET", "v1/positionRisk"): Route(_coinm_positions),
    }


def routes() -> dict[tuple[str, str], Route]:
    """Every route by method and path."""
    powers = Route(lambda ask: restrictions(ask.account))
    table = {("GET", "/sapi/v1/account/apiRestrictions"): powers, **spot.routes()}
    own = {"usdm": ("/fapi/", _usdm_only()), "coinm": ("/dapi/", _coinm_only())}
    for market in MARKETS:
        prefix, only = own[market]
        for (method, path), route in {**_shared(), **only}.items():
            table[method, prefix + path] = route
    return table


class Rest:
    """Answer REST requests of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._routes = routes()

    def answer(self, request: Request) -> Reply:
        """Answer a request; refusals are answers too."""
        with self._exchange.lock:
            self._exchange.expire_listen_keys()
            status, body, more = self._attempt(request)
            used = self._exchange.rest_weight.used(self._exchange.now_ms())
        return Reply(
            status=status,
            body=dumps(body).encode(),
            headers=(("X-MBX-USED-WEIGHT-1M", str(used)), *more),
        )

    def _attempt(self, request: Request) -> tuple[int, Any, Headers]:
        try:
            return 200, self._run(request), ()
        except Refusal as refusal:
            return refused(refusal)

    def _run(self, request: Request) -> Any:
        route = self._routes.get((request.method, request.path))
        if route is None:
            raise no_such_path(request.method, request.path)
        params = request.params()
        self._exchange.rest_weight.spend(route.cost(params), self._exchange.now_ms())
        account = self._admit(route.security, request, params)
        return route.answer(Ask(self._exchange, request.market, account, params))

    def _admit(
        self, security: Security, request: Request, params: Mapping[str, str]
    ) -> AccountState:
        accounts = self._exchange.accounts
        if security is Security.NONE:
            return next(iter(accounts.values()))
        if not request.api_key:
            raise bad_key_format()
        if security is Security.KEY:
            return self._exchange.read(self._exchange.key(request.api_key).account)
        payload = rest_payload(request.query, request.body)
        key = check_signed(self._exchange, request.api_key, params, payload)
        return self._exchange.read(key.account)


def refused(refusal: Refusal) -> tuple[int, JSON, Headers]:
    """Status, body and headers of a refusal."""
    wait = refusal.retry_after_s
    headers = () if wait is None else (("Retry-After", str(wait)),)
    return refusal.status, {"code": refusal.code, "msg": refusal.msg}, headers


def dumps(value: Any) -> str:
    """Write JSON as the exchange does: no spaces, UTF-8 unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
