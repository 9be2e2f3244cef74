"""How far this computer's clock is off, judged from a few answers to `time`. Pure."""

from collections.abc import Sequence
from statistics import median

from binfut_cli.api.clock import Sample
from binfut_cli.api.request_signer import MAX_OFFSET_MS, RECV_WINDOW_MS
from binfut_cli.doctor.findings import Judged, Verdict
from binfut_cli.errors import ClockError

WARN_MS = 500
AHEAD_MS = 1000  # how far a request may come from the future: the general-info pages
_HINT = "Synchronise it (chrony, ntpd or the system's time settings)."


def judged(samples: Sequence[Sample]) -> Judged:
    """Judge the median offset, which one slow answer cannot move.

    binfut corrects up to 60 s by itself; more is a ClockError, here as in every command.
    """
    offset = round(median(each.offset_ms for each in samples))
    unsure = round(median(each.round_trip_ms for each in samples) / 2)
    side = "behind" if offset > 0 else "ahead of" if offset else "off"
    seen = f"{abs(offset)} ms {side} the exchange's, ± {unsure} ms"
    if abs(offset) > MAX_OFFSET_MS:
        raise ClockError(f"This clock is {seen}.", hint=_HINT, exchange_code=-1021)
    if abs(offset) <= WARN_MS:
        return Judged(seen)
    accepted = f"accepted are {RECV_WINDOW_MS} ms behind and {AHEAD_MS} ms ahead"
    hint = f"{_HINT} binfut corrects for it; other programs may be refused (-1021)."
    return Judged(f"{seen}; {accepted}", Verdict.WARN, hint)
