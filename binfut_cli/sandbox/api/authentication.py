"""Who may ask: API keys, clock and signatures, for REST and the WS-API alike."""

from collections.abc import Mapping
from typing import Any

from binfut_cli.sandbox.exchange.exchange import ApiKey, Exchange
from binfut_cli.sandbox.exchange.refusal import (
    Refusal,
    ahead_of_time,
    bad_signature,
    bad_timestamp,
    missing,
)

RECV_WINDOW_MS = 5000
RECV_WINDOW_MAX_MS = 60_000
AHEAD_MS = 1000


def require(params: Mapping[str, Any], name: str) -> str:
    """Give a mandatory parameter as text (-1102 without it)."""
    value = params.get(name)
    if value is None or value == "":
        raise missing(name)
    return str(value)


def check_time(exchange: Exchange, params: Mapping[str, Any]) -> None:
    """Accept `timestamp` < server + 1000 and server − timestamp ≤ recvWindow (-1021).

    Where the exchange's clock runs faster, clients' do not: what it gained is forgiven.
    """
    timestamp = _integer(params, "timestamp", require(params, "timestamp"))
    window = _integer(params, "recvWindow", str(params.get("recvWindow", RECV_WINDOW_MS)))
    if not 0 < window <= RECV_WINDOW_MAX_MS:
        raise Refusal(-1131, f"recvWindow must be less than {RECV_WINDOW_MAX_MS}.")
    late = exchange.now_ms() - timestamp
    if late - exchange.clock.gained_ms() > window:
        raise bad_timestamp()
    if -late >= AHEAD_MS:
        raise ahead_of_time()


def check_signed(
    exchange: Exchange, api_key: str, params: Mapping[str, Any], *payloads: str
) -> ApiKey:
    """Check key, clock and signature (of any of the payloads) of a request, in this order."""
    require(params, "timestamp")
    signature = require(params, "signature")
    key = exchange.key(api_key)
    check_time(exchange, params)
    if not any(key.verifier.accepts(payload, signature) for payload in payloads):
        raise bad_signature()
    return key


def integer(params: Mapping[str, Any], name: str, default: int) -> int:
    """Give an optional parameter that is a whole number (-1100 if it is none)."""
    return _integer(params, name, str(params.get(name, default)))


def _integer(params: Mapping[str, Any], name: str, text: str) -> int:
    if isinstance(params.get(name), bool) or not (text.isascii() and text.isdigit()):
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)
