"""How a watch stands, in a few words: in titles, and in the line at the bottom of a terminal."""

from datetime import UTC, datetime

from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Verdict

_NAMED = 3
"""Symbols that are named; of more, only how many."""
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def worded(standing: Standing, palette: Palette) -> str:
    """A standing in a few words, its first in the colour of its meaning."""
    word, rest = _words(standing)
    colour = palette.gain if _is_fine(standing) else palette.loss
    text = f"{colour}{word}{palette.off}{rest}"
    if standing.gap_ms is not None:
        text += f", {palette.loss}GAP{palette.off} since {clock(standing.gap_ms)}"
    return text


def of_view(view: LiveView, palette: Palette) -> str:
    """The standing of a view, and of which symbols no marks come: it lives on readings there."""
    named = ", ".join(map(plain, view.silent[:_NAMED]))
    more = f" and {len(view.silent) - _NAMED} more" if len(view.silent) > _NAMED else ""
    lacking = f", {palette.loss}no marks{palette.off} of {named}{more}" if named else ""
    return worded(view.standing, palette) + lacking


def _is_fine(standing: Standing) -> bool:
    return standing.is_covered and standing.banned_until_ms is None


def _words(standing: Standing) -> tuple[str, str]:
    """What is in force, and what belongs to it."""
    if standing.banned_until_ms is not None:
        return "BANNED", f" until {clock(standing.banned_until_ms)}"
    match standing.verdict:
        case Verdict.LIVE | Verdict.QUIET:
            return standing.verdict, _proven(standing)
        case Verdict.STALE:
            return standing.verdict, f"{_proven(standing)}: {plain(standing.reason)}"
        case Verdict.CONNECTED:
            return "CONNECTING", " (reading the account)"
        case Verdict.GAP if not standing.reason:  # nothing was said yet
            return "CONNECTING", ""
    if standing.retry_ms is None:
        why = plain(standing.reason)
        return standing.verdict, f": {why}" if why else ""
    if standing.retry_ms > standing.time_ms:
        return "RECONNECTING", f" (next try {clock(standing.retry_ms)})"
    return "RECONNECTING", " (trying now)"


def _proven(standing: Standing) -> str:
    if standing.proven_ms is None:
        return " (not proven yet)"
    return f" (proven {age(standing.time_ms - standing.proven_ms)} ago)"


def age(ms: int) -> str:
    """How long ago something was, to the unit that matters."""
    seconds = max(0, ms // 1000)
    if seconds < 2 * _MINUTE_S:
        return f"{seconds} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds // _MINUTE_S} min"
    if seconds < 2 * _DAY_S:
        return f"{seconds // _HOUR_S} h"
    return f"{seconds // _DAY_S} days"


def clock(ms: int) -> str:
    """A moment in the zone; with its date if that is not today."""
    today = zone.day(int(datetime.now(UTC).timestamp() * 1000))
    return zone.time_of_day(ms) if zone.day(ms) == today else zone.stamp(ms)
