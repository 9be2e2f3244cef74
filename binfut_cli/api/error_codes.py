"""What the exchange's refusals mean: error codes and HTTP statuses to errors with advice.

Sources: the exchange's error-code pages of both markets and its general-info pages. The same
number can mean different things on the two markets; those are keyed by market.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from binfut_cli import codec
from binfut_cli.endpoints import Market, host_of
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    BusyError,
    ClockError,
    ExchangeError,
    NetworkError,
    RateLimitedError,
)


class Advice(msgspec.Struct, frozen=True):
    """The class of error a code belongs to, and what the user can do about it."""

    error: type[BinfutError]
    hint: str


_LATER = "Nothing is wrong on your side; try again in a minute."
_CLOCK = "Synchronise this computer's clock (chrony, ntpd or the system's time settings)."
_SIGNATURE = (
    "The secret or private key does not belong to this API key, or is of another type; "
    "copy both again from the exchange's API page."
)
_CAUSES = (
    "The key is wrong, this IP address is not on its whitelist, reading futures is not allowed "
    "for it, "
)
_KEY = f"{_CAUSES}or it belongs to another environment (see --env)."
# Seen by owners of such accounts: JKorf/Binance.Net 1485, ccxt/ccxt 26759.
_KEY_OR_PORTFOLIO = (
    f"{_CAUSES}it belongs to another environment (see --env), or the account is in Portfolio "
    "Margin mode, whose futures are behind papi and not readable here."
)
_REPORT = "This is likely a fault of binfut; run again with --debug and report it."
_SYMBOL = "Symbols look like BTCUSDT on usdm and BTCUSD_PERP on coinm."
_WAIT = "Wait; every program behind this IP address counts together."

ADVICE: dict[int, Advice] = {
    -1000: Advice(BusyError, _LATER),
    -1001: Advice(BusyError, _LATER),
    -1002: Advice(AuthError, "Allow this key to read futures on the exchange's API page."),
    -1003: Advice(RateLimitedError, _WAIT),
    -1006: Advice(BusyError, _LATER),
    -1007: Advice(BusyError, _LATER),
    -1008: Advice(BusyError, "The exchange is overloaded; try again in a minute."),
    -1011: Advice(AuthError, "This IP address may not use this route."),
    -1016: Advice(BusyError, "The exchange is under maintenance; try again later."),
    -1020: Advice(ExchangeError, "This market does not know the request; check --market."),
    -1021: Advice(ClockError, _CLOCK),
    -1022: Advice(AuthError, _SIGNATURE),
    -1023: Advice(ExchangeError, "The start of the span lies after its end."),
    **{code: Advice(ExchangeError, _REPORT) for code in range(-1106, -1099)},  # bad parameters
    -1109: Advice(
        ExchangeError,
        "Open the futures account first, or wait out the exchange's maintenance; the futures of an "
        "account in Portfolio Margin mode are not readable here.",
    ),
    -1121: Advice(ExchangeError, _SYMBOL),
    -1125: Advice(ExchangeError, "The listenKey is gone; it is made anew on the next try."),
    -1127: Advice(ExchangeError, "Ask for a shorter span."),
    -1130: Advice(ExchangeError, _REPORT),
    -2008: Advice(AuthError, _KEY),
    -2014: Advice(
        AuthError, "The key's text is malformed: look for quotes, spaces or a cut-off end."
    ),
    -2015: Advice(AuthError, _KEY_OR_PORTFOLIO),
    -4056: Advice(AuthError, "Use an HMAC, Ed25519 or RSA key."),
    -4057: Advice(AuthError, "Use an HMAC, Ed25519 or RSA key."),
    -4402: Advice(ExchangeError, "The exchange does not offer this in your region."),
    -4531: Advice(BusyError, _LATER),
}

ADVICE_OF_MARKET: dict[tuple[Market, int], Advice] = {
    (Market.USDM, -1099): Advice(AuthError, _KEY),
    (Market.USDM, -2017): Advice(AuthError, "Unlock the API keys of this account."),
    (Market.USDM, -4109): Advice(
        ExchangeError, "The account is archived; move any asset into futures to revive it."
    ),
    (Market.USDM, -5028): Advice(ClockError, _CLOCK),
    (Market.COINM, -4188): Advice(ClockError, _CLOCK),
}

_STATUSES: dict[int, tuple[type[BinfutError], str, str]] = {
    401: (AuthError, "the key was not accepted", _KEY),
    403: (
        ExchangeError,
        "the exchange's firewall turned it away",
        "Wait five minutes; check that no proxy or VPN sends from a blocked address.",
    ),
    404: (
        AnswerError,
        "there is nothing at that address",
        "Check --env and the --rest-url, --ws-api-url and --stream-url given.",
    ),
    451: (
        ExchangeError,
        "the exchange does not serve this location",
        "The exchange's terms decide where it may be used.",
    ),
    511: (
        NetworkError,
        "the network wants you to sign in first",
        "Open its login page in a browser, then try again.",
    ),
}


def advice(market: Market, code: int) -> Advice:
    """The advice for an error code of a market; a general one for a code not listed."""
    found = ADVICE_OF_MARKET.get((market, code)) or ADVICE.get(code)
    return found or Advice(ExchangeError, "Look the code up in the exchange's error-code page.")


def refused_by_code(
    market: Market, what: str, code: int, text: str, *, retry_at_ms: int | None = None
) -> BinfutError:
    """The error for a refusal with an error code, on either transport."""
    found = advice(market, code)
    said = text.strip().rstrip(".") or "the exchange does not say why"
    message = f"{what} was refused: {said} ({code})."
    if found.error is RateLimitedError:
        banned_ms = _banned_until(text)
        return _limited(message, code, retry_at_ms or banned_ms, is_ban=banned_ms is not None)
    return found.error(message, hint=found.hint, exchange_code=code)


def refused_by_status(
    market: Market, what: str, status: int, headers: Mapping[str, str], body: bytes, now_ms: int
) -> BinfutError:
    """The error for an HTTP answer that is not a success, with or without a code inside.

    `headers` are lower-case; `now_ms` turns Retry-After (seconds) into a time.
    """
    code, text = _code_in(body)
    banned_ms = _banned_until(text)
    retry_at = _retry_at(headers, now_ms) or banned_ms
    if status in (418, 429):
        said = text or ("banned for a while" if status == 418 else "too many requests")
        message = f"{what} was refused: {said.rstrip('.')} (HTTP {status})."
        return _limited(message, code, retry_at, is_ban=status == 418 or banned_ms is not None)
    if code is not None:
        return refused_by_code(market, what, code, text, retry_at_ms=retry_at)
    if status in _STATUSES:
        error, why, hint = _STATUSES[status]
        return error(f"{what} was refused: {why} (HTTP {status}).", hint=hint)
    if status >= 500:
        return BusyError(f"{what} failed on the exchange's side (HTTP {status}).", hint=_LATER)
    if 300 <= status < 400:
        return AnswerError(
            f"{what} was sent elsewhere (HTTP {status}), which binfut never follows with a key.",
            hint="Give the final address with --rest-url, --ws-api-url or --stream-url; if that is "
            "the network's login page (hotel, train, office), sign in with a browser first.",
        )
    return AnswerError(
        f"{what} was answered with HTTP {status} and nothing readable.",
        hint=codec.IN_BETWEEN,
    )


def _limited(
    message: str, code: int | None, retry_at_ms: int | None, *, is_ban: bool
) -> RateLimitedError:
    hint = _WAIT
    if retry_at_ms is not None:
        hint = f"Wait until {moment(retry_at_ms)}; " + _WAIT[len("Wait; ") :]
    return RateLimitedError(
        message, hint=hint, exchange_code=code, retry_at_ms=retry_at_ms, is_ban=is_ban
    )


def moment(ms: int) -> str:
    """A moment (Unix time in ms) as hints tell it."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def said_by(url: str, exc: BinfutError) -> BinfutError:
    """The refusal, with a note of the host that asked to wait."""
    if isinstance(exc, RateLimitedError):
        exc.host = host_of(url)
    return exc


def _code_in(body: bytes) -> tuple[int | None, str]:
    """The `code` and `msg` of a JSON error body; (None, "") for anything else."""
    try:
        value = codec.parse(body)
    except codec.Unreadable:
        return None, ""
    if not isinstance(value, dict):
        return None, ""
    nested = value.get("error")
    inner = nested if isinstance(nested, dict) else value
    code = inner.get("code")
    return (code if isinstance(code, int) else None), str(inner.get("msg", ""))


def _retry_at(headers: Mapping[str, str], now_ms: int) -> int | None:
    seconds = headers.get("retry-after", "")
    return now_ms + int(seconds) * 1000 if re.fullmatch("[0-9]{1,7}", seconds) else None


def _banned_until(text: str) -> int | None:
    """The time in "… IP(1.2.3.4) banned until 1659146400000 …", in ms."""
    found = re.search(r"banned until ([0-9]{13})\b", text)
    return int(found[1]) if found else None
