"""What people and files say: options, conditions, settings, and what is signed."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from urllib.parse import parse_qsl

from dotenv import dotenv_values

from binfut_cli.auth import environment, toml
from binfut_cli.auth.credentials import NAMES
from binfut_cli.auth.signing import hmac_signer, rest_query, sign_ws, ws_payload
from binfut_cli.commands.options.option_types import duration, exchange_name, when
from binfut_cli.errors import UsageError
from binfut_cli.render.watch.shown import Shown
from binfut_cli.resources.balances import BALANCES
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.income import EPOCH
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.status import TOTALS

_SIGNER = hmac_signer("s" * 64)
_LAST = datetime(9999, 12, 31, tzinfo=UTC) + timedelta(days=1, milliseconds=-1)
_TIMES = range((datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1) - 10**8,
               (_LAST - EPOCH) // timedelta(milliseconds=1) + 10**8)  # fmt: skip


def signing(text: str) -> None:
    """A request's parameters: the other side reads what was meant, and all of it is signed."""
    try:
        exchange_name(text)
    except UsageError:
        return
    params = dict(each.partition("=")[::2] for each in text.split("&"))
    read = parse_qsl(rest_query(params), keep_blank_values=True, strict_parsing=bool(params))
    assert dict(read) == params
    told = ws_payload(params).decode()
    assert all(f"{name}={value}" in told for name, value in params.items() if name != "signature")
    assert len(str(sign_ws(params, _SIGNER)["signature"])) == 64


def conditions(text: str) -> None:
    """`--fail-if`: read or refused with the place."""
    try:
        found = condition(text, (TOTALS, BALANCES, POSITIONS))
    except UsageError:
        return
    for resource in found.resources:
        found.holds(resource, {"marginRatio": "0.5", "symbol": "BTCUSDT", "positionAmt": None})


def durations(text: str) -> None:
    """A length of time: over nothing, or refused."""
    try:
        assert (duration(text) or 0) > 0
    except UsageError:
        return


def dates(text: str) -> None:
    """A moment within the calendar, or refused."""
    for whole_day in (False, True):
        try:
            assert when(text, "--from", whole_day=whole_day) in _TIMES
        except UsageError:
            continue


def events(text: str) -> None:
    """A list of events: documented ones, or refused."""
    try:
        assert Shown.of(text, text).events
    except UsageError:
        return


def settings(text: str) -> None:
    """A `.env`: our names with a text each, or nothing."""
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    known = environment._known({name: value for name, value in values.items() if value})
    assert all(name in NAMES and value for name, value in known.items())


def written(text: str) -> None:
    """A profile's texts as TOML: read again as they were."""
    table = {"market": text, "rest_url": text[::-1]}
    found = tomllib.loads(toml.document({"default": text}, {"profiles.main": table}))
    assert found == {"default": text, "profiles": {"main": table}}


TEXTS: Mapping[str, tuple[Callable[[str], None], tuple[str, ...]]] = {
    "signing": (signing, (
        "symbol=BTCUSDT&timestamp=1700000000000&recvWindow=5000",
        "apiKey=%2B &x=é&y=&z==&signature=0")),
    "conditions": (conditions, (
        "marginRatio>0.8", "liquidationDistance<5% and symbol==BTCUSDT or not positionAmt!=0",
        "(unRealizedProfit<-1e3)", "symbol in (A,B)", 'asset=="BNB"')),
    "durations": (durations, ("90", "30s", "5m", "2h", "1d", "4w", "0.125h", "999999999w")),
    "dates": (dates, (
        "2026-11-01", "2026-11-01T12:30", "9999-12-31T23:59:59.999999+00:00",
        "0001-01-01T00:00+23:59", "20261101", "2026-W44-7")),
    "shown": (events, ("balance,fills", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE,MARGIN_CALL", " ,")),
    "settings": (settings, (
        "BINFUT_API_KEY=a\nBINFUT_API_SECRET='b'\n", 'export BINANCE_API_KEY="x\\n"\n# no\n',
        "BINFUT_PRIVATE_KEY=${HOME}/key.pem\nX")),
    "written": (written, ("usdm", 'a"b\\c', "\x00\x7f\x85", "https://x/y?z=é")),
}  # fmt: skip
"""What is fuzzed as text, with samples of its own."""
