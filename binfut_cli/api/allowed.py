"""The whole list of what binfut can ask for, and the one `if` that refuses all else.

Nothing here changes an account; a listenKey is made and extended but never closed, because every
program of the account shares it. Both transports look here as they send.
"""

from enum import StrEnum


class Way(StrEnum):
    """A way to the exchange; its value is its name for people."""

    WS_API = "WebSocket API"
    STREAM = "stream"
    MARKET = "market stream"
    REST = "REST API"


ALLOWED: dict[Way, frozenset[str]] = {
    Way.WS_API: frozenset(
        {
            "time",
            "account.status",
            "account.balance",
            "account.position",
            "v2/account.status",
            "v2/account.balance",
            "v2/account.position",
            "userDataStream.start",
            "userDataStream.ping",
        }
    ),
    Way.STREAM: frozenset({"SUBSCRIBE", "LIST_SUBSCRIPTIONS"}),
    Way.MARKET: frozenset({"SUBSCRIBE", "UNSUBSCRIBE"}),
    Way.REST: frozenset(
        {
            "GET /sapi/v1/account/apiRestrictions",
            "POST /fapi/v1/listenKey",
            "PUT /fapi/v1/listenKey",
            "GET /fapi/v1/time",
            "GET /fapi/v1/accountConfig",
            "GET /fapi/v1/symbolConfig",
            "GET /fapi/v1/feeBurn",
            "GET /fapi/v1/openOrders",
            "GET /fapi/v1/openAlgoOrders",
            "GET /fapi/v1/premiumIndex",
            "GET /fapi/v1/leverageBracket",
            "GET /fapi/v1/income",
            "GET /fapi/v1/allOrders",
            "GET /fapi/v1/allAlgoOrders",
            "GET /fapi/v1/commissionRate",
            "GET /fapi/v1/userTrades",
            "POST /dapi/v1/listenKey",
            "PUT /dapi/v1/listenKey",
            "GET /dapi/v1/time",
            "GET /dapi/v1/positionSide/dual",
            "GET /dapi/v1/openOrders",
            "GET /dapi/v1/openAlgoOrders",
            "GET /dapi/v1/premiumIndex",
            "GET /dapi/v2/leverageBracket",
            "GET /dapi/v1/income",
            "GET /dapi/v1/allOrders",
            "GET /dapi/v1/allAlgoOrders",
            "GET /dapi/v1/commissionRate",
            "GET /dapi/v1/userTrades",
        }
    ),
}


def check(way: Way, request: str) -> None:
    """Raise PermissionError for a request that is not listed: a method, or `GET /path`."""
    if request not in ALLOWED[way]:
        raise PermissionError(f"binfut does not send {request}")
