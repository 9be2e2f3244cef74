"""The zone in which people read times: one for all that a run shows, the system's unless told.

What programs read has none: there a time is ms since 1970 UTC, or says that it is UTC. A text of
ours that a record keeps says UTC, too; `localized` puts it into the zone where it is shown.
"""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

import msgspec

from binfut_cli.codec import LATEST_MS
from binfut_cli.errors import UsageError

SYSTEM = "local"
"""The name of the zone that the system has."""
_DAY_MS = 86_400_000
_MOMENT = r"\b([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) UTC\b"
_BAN = r"\b(until )([0-9]{13})\b"  # as the exchange words it


class _Chosen(msgspec.Struct):
    """What `use` was told; None for the system's."""

    zone: tzinfo | None = None


_chosen = _Chosen()


def use(name: str) -> None:
    """Show all times in this zone from now on: an IANA name, "UTC", or "local".

    Raises UsageError for a name that nobody knows. Call it before threads are started.
    """
    _chosen.zone = None if name == SYSTEM else _known(name)
    _second.cache_clear()
    _day.cache_clear()


def _known(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    import zoneinfo  # 2 ms that a run in the system's zone need not take

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise UsageError(f"{name!r} is not a time zone.", hint=_meant(name)) from exc


def _meant(name: str) -> str:
    """What to write in a name's place."""
    import difflib
    import zoneinfo

    each = {zone.casefold(): zone for zone in zoneinfo.available_timezones()}
    each |= {zone.rpartition("/")[2]: whole for zone, whole in sorted(each.items())} | each
    near = difflib.get_close_matches(name.casefold().replace(" ", "_"), each, n=1, cutoff=0.75)
    meant = f"Did you mean {each[near[0]]}? " if near else ""
    return f"{meant}Write a name such as Europe/Berlin, or UTC, or {SYSTEM}."


def typed() -> tzinfo:
    """The zone of times that are typed without one: the one that was chosen, or UTC."""
    return _chosen.zone or UTC


def at(time_ms: int) -> datetime:
    """A moment in the zone; one that lies in no calendar, the nearest that does."""
    bounded = min(max(time_ms, 0), LATEST_MS - _DAY_MS)
    return datetime.fromtimestamp(bounded / 1000, UTC).astimezone(_chosen.zone)


@lru_cache(maxsize=64)  # many lines tell the same second
def _second(second: int) -> str:
    return f"{at(second * 1000):%H:%M:%S}"


def clock(time_ms: int) -> str:
    """The time of day to the millisecond: "12:00:00.123"."""
    return f"{_second(time_ms // 1000)}.{time_ms % 1000:03}"


def time_of_day(time_ms: int) -> str:
    """The time of day: "12:00:00"."""
    return _second(time_ms // 1000)


def day(time_ms: int) -> str:
    """The day: "2026-11-27"."""
    return _day(time_ms // 1000)


@lru_cache(maxsize=64)
def _day(second: int) -> str:
    return f"{at(second * 1000):%Y-%m-%d}"


def stamp(time_ms: int) -> str:
    """Day and time, the zone being clear: "2026-11-27 12:00:00"."""
    return f"{at(time_ms):%Y-%m-%d %H:%M:%S}"


def named(time_ms: int) -> str:
    """Day, time and zone: "2026-11-27 12:00:00 CET"."""
    return f"{stamp(time_ms)} {name(time_ms)}"


def name(time_ms: int) -> str:
    """What the zone is called at that moment: "CET"; "UTC+05:30" where it has no letters."""
    moment = at(time_ms)
    letters = moment.tzname() or ""
    return letters if letters[:1].isalpha() else _offset(moment)


def heading(time_ms: int) -> str:
    """The day and the zone of the times below: "Friday 2026-11-27, times in CET (UTC+01:00)"."""
    moment, zone = at(time_ms), name(time_ms)
    offset = "" if zone in ("UTC", _offset(moment)) else f" ({_offset(moment)})"
    return f"{moment:%A %Y-%m-%d}, times in {zone}{offset}"


def _offset(moment: datetime) -> str:
    return f"UTC{moment.isoformat()[-6:]}"


def localized(text: str, now_ms: int | None = None) -> str:
    """A text of ours or the exchange's with its moments in the zone.

    Those of the same day as `now_ms` are told by their time of day alone.
    """
    if "UTC" in text:
        text = re.sub(_MOMENT, lambda found: _shown(_ms(found[1]), now_ms) or found[0], text)
    if "until " in text:
        text = re.sub(_BAN, lambda found: f"{found[1]}{_shown(int(found[2]), now_ms)}", text)
    return text


def _ms(stamped: str) -> int | None:
    try:
        return round(datetime.fromisoformat(f"{stamped}+00:00").timestamp() * 1000)
    except ValueError:  # a 13th month
        return None


def _shown(time_ms: int | None, now_ms: int | None) -> str:
    if time_ms is None:
        return ""
    is_today = now_ms is not None and day(time_ms) == day(now_ms)
    return time_of_day(time_ms) if is_today else named(time_ms)
