"""What clients ask of the spot host before they talk to futures; no account is there."""

from typing import Any

from binfut_cli.sandbox.api.authentication import require
from binfut_cli.sandbox.api.route import Ask, Route, Security


def routes() -> dict[tuple[str, str], Route]:
    """The routes, whole."""
    none = Security.NONE
    return {
        ("GET", "/api/v3/ping"): Route(lambda ask: {}, security=none),
        ("GET", "/api/v3/time"): Route(
            lambda ask: {"serverTime": ask.exchange.now_ms()}, security=none
        ),
        ("GET", "/sapi/v1/system/status"): Route(
            lambda ask: {"status": 0, "msg": "normal"}, security=none
        ),
        ("GET", "/sapi/v1/capital/config/getall"): Route(_coins, 10),
        ("GET", "/sapi/v1/asset/tradeFee"): Route(_trade_fee),
        ("GET", "/sapi/v1/margin/allPairs"): Route(lambda ask: [], security=Security.KEY),
        ("GET", "/sapi/v1/margin/isolated/allPairs"): Route(lambda ask: [], 10),
    }


def _coins(ask: Ask) -> list[dict[str, Any]]:
    """Every margin asset as a coin that nothing can be sent to or from."""
    nothing = dict.fromkeys(
        ("free", "locked", "freeze", "withdrawing", "ipoing", "ipoable", "storage"), "0"
    )
    return [
        {
            "coin": asset,
            "name": asset,
            "depositAllEnable": False,
            "withdrawAllEnable": False,
            "trading": True,
            "isLegalMoney": False,
            "networkList": [],
            **nothing,
        }
        for asset in ask.exchange.rates
    ]


def _trade_fee(ask: Ask) -> list[dict[str, str]]:
    """The spot fees of a symbol, which are not those of futures."""
    symbol = require(ask.params, "symbol")
    return [{"symbol": symbol, "makerCommission": "0.001", "takerCommission": "0.001"}]
