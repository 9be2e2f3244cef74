"""Option texts that need more than a type: durations, names and lists of them."""

import re
from datetime import UTC, datetime, timedelta

from binfut_cli.errors import UsageError

_EPOCH = datetime.fromtimestamp(0, UTC)
_BYTES = {"KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(text: str | None) -> float | None:
    """`90`, `30s`, `5m`, `2h`, `1d` or `4w` in seconds."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhdw]?)", text)
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{text!r} is not a duration.", hint="Write 30s, 5m, 2h or 1d.")
    return float(found[1]) * _SECONDS[found[2]]


def size_or_age(text: str) -> tuple[int | None, float | None]:
    """`100MB` in bytes, or `1d` in seconds; the other is None."""
    found = re.fullmatch(r"([0-9]{1,6})([KMG]B)", text.upper())
    if found is not None and int(found[1]):
        return int(found[1]) * _BYTES[found[2]], None
    try:
        return None, duration(text)
    except UsageError as exc:
        raise UsageError(
            f"{text!r} is neither a size nor a duration.", hint="Write 100MB, 1GB, 12h or 1d."
        ) from exc


def when(text: str, option: str, *, whole_day: bool = False) -> int:
    """A date or time in ms: of `--tz`, else of UTC, unless it says otherwise.

    A bare day may mean its last ms.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(
            f"{option} {text!r} is not a date.", hint="Write 2026-11-01, or 2026-11-01T12:30:59."
        ) from exc
    if found.tzinfo is None:
        from binfut_cli.render import zone  # loads more than help needs

        found = found.replace(tzinfo=zone.typed())
    if whole_day and len(text) == len("2026-11-01"):
        found += timedelta(days=1, milliseconds=-1)  # of the clock's time: a day may have 23 hours
    return (found - _EPOCH) // timedelta(milliseconds=1)


def moment(text: str, option: str, *, whole_day: bool = False) -> int:
    """The same, or ms as records tell them."""
    is_ms = re.fullmatch("[0-9]{12,14}", text)
    return int(text) if is_ms else when(text, option, whole_day=whole_day)


def span(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """What --from and --to say, as ms; raise UsageError if nothing can lie between them."""
    first = None if start is None else moment(start, "--from")
    last = None if end is None else moment(end, "--to", whole_day=True)
    if first is not None and last is not None and first > last:
        raise UsageError("The span ends before it begins.", hint="Give --from before --to.")
    return first, last


def exchange_name(text: str | None) -> str | None:
    """A symbol or a type as the exchange writes it; a name in other letters than A to Z is one.

    Raises UsageError for what no request can carry, such as bytes that are not UTF-8.
    """
    if text is not None and not text.isprintable():
        raise UsageError(f"{text!r} is not a name.", hint="Write it as the exchange does: BTCUSDT.")
    return text and text.upper()
