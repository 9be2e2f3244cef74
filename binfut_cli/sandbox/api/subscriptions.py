"""What one stream connection subscribed to, and how it words what it hears. Pure.

usdm tells of accounts on `/private/…` and of marks on `/market/…` only; its `/ws/<key>` and
`/stream` connect and stay silent, as the retired ones do. coinm tells of both on `/ws/<name>` and
`/stream?streams=<name>`. A name is a listenKey or, in lower case, `<symbol>@markPrice@1s`.
"""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.exchange.exchange import Publication

EVENTS = (
    "ORDER_TRADE_UPDATE",
    "ACCOUNT_UPDATE",
    "MARGIN_CALL",
    "ACCOUNT_CONFIG_UPDATE",
    "TRADE_LITE",
    "ALGO_UPDATE",
    "STRATEGY_UPDATE",
    "GRID_UPDATE",
    "CONDITIONAL_ORDER_TRIGGER_REJECT",
    "listenKeyExpired",
)
Events = frozenset[str] | None  # None: no filter


class Subscriptions:
    """The subscriptions of one connection. Event names are not validated: a typo is silence."""

    def __init__(self, *, route: str, combined: bool, keys: Mapping[str, Events]) -> None:
        self.market: Market = "usdm" if route else "coinm"
        self.private, self.combined = route == "private", combined
        self._public = route in ("market", "")
        self._keys = dict(keys)

    @property
    def keys(self) -> Collection[str]:
        """The names that it has subscribed to, as they are whenever somebody looks."""
        return self._keys.keys()

    def word(self, told: Publication) -> str | None:
        """Give the text to send for what was told, None when it is not for this connection."""
        if told.stream:
            return self._public_word(told)
        if told.listen_key not in self._keys or self.private != (told.market == "usdm"):
            return None
        if told.forgotten:
            del self._keys[told.listen_key]
            return None
        if told.event is None:
            return told.text
        events, name = self._keys[told.listen_key], str(told.event.get("e"))
        if events is not None and name not in events:
            return None
        return self._worded(
            told, told.listen_key if events is None else f"{told.listen_key}@{name}"
        )

    def _public_word(self, told: Publication) -> str | None:
        symbol, _, name = told.stream.partition("@")
        is_ours = self._public and told.market == self.market
        return self._worded(told, told.stream) if is_ours and name in self._names(symbol) else None

    def _names(self, key: str) -> frozenset[str]:
        return self._keys.get(key) or frozenset()

    def _worded(self, told: Publication, stream: str) -> str:
        return dumps({"stream": stream, "data": told.event} if self.combined else told.event)

    def request(self, message: Any) -> JSON:
        """Answer a control message."""
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            return {"code": 2, "msg": "Invalid request: request must be an object with a method"}
        number = message.get("id")
        params = message.get("params") or []
        match message["method"], params:
            case "SUBSCRIBE", [*names] if all(isinstance(name, str) for name in names):
                self._subscribe(names)
                return {"result": None, "id": number}
            case "UNSUBSCRIBE", [*names] if all(isinstance(name, str) for name in names):
                self._unsubscribe(names)
                return {"result": None, "id": number}
            case "LIST_SUBSCRIPTIONS", _:
                return {"result": self._listed(), "id": number}
            case "SET_PROPERTY", ["combined", bool(combined)]:
                self.combined = combined
                return {"result": None, "id": number}
            case "GET_PROPERTY", ["combined"]:
                return {"result": self.combined, "id": number}
            case _:
                problem = {"code": 2, "msg": "Invalid request: unknown method or bad params"}
                return {"error": problem, "id": number}

    def _subscribe(self, names: list[str]) -> None:
        for name in names:
            key, _, event = name.partition("@")
            present = self._keys.get(key, frozenset())
            self._keys[key] = None if present is None or not event else present | {event}

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            key, _, event = name.partition("@")
            present = self._keys.get(key, frozenset())
            left = frozenset(EVENTS if present is None else present) - {event}
            if event and left:
                self._keys[key] = left
            else:
                self._keys.pop(key, None)

    def _listed(self) -> list[str]:
        if not self.private:
            return [
                f"{key}@{name}" if name else key
                for key, names in self._keys.items()
                for name in sorted(names or ("",))
            ]
        return [
            f"{key}@{event}"
            for key, events in self._keys.items()
            for event in (EVENTS if events is None else sorted(events))
        ]


def subscriptions_of(target: str, *, literal: bool = False) -> Subscriptions | None:
    """Read a stream URL's path and query; None when there is no such stream path.

    `literal` takes the whole filter for one name (`Rules.literal_filter`).
    """
    url = urlsplit(target)
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    route = parts.pop(0) if parts[0] in ("private", "public", "market") else ""
    query = parse_qsl(url.query)
    match parts:
        case ["ws"] | ["stream"]:
            keys = _query_keys(query, None if literal else "/")
        case ["ws", *names]:
            keys = dict(_named(name) for name in names)
        case _:
            return None
    listening = {} if route == "public" else keys
    return Subscriptions(route=route, combined=parts[0] == "stream", keys=listening)


def _named(name: str) -> tuple[str, Events]:
    key, _, event = name.partition("@")
    return key, frozenset({event}) if event else None


def _events(value: str, between: str | None) -> frozenset[str]:
    return frozenset(value.split(between) if between else [value])


def _query_keys(query: list[tuple[str, str]], between: str | None) -> dict[str, Events]:
    keys = [value for name, value in query if name == "listenKey"]
    events = [_events(value, between) for name, value in query if name == "events"]
    padded = [*events, *([None] * len(keys))]
    found: dict[str, Events] = dict(zip(keys, padded, strict=False))
    for name, value in query:
        if name == "streams":
            found.update(_named(part) for part in value.split("/") if part)
    return found
