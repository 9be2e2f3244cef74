"""What a watch says of itself: its verdicts, how it changed streams, how it ended."""

from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch.events.gaps import left
from binfut_cli.stream.records import Record, Rotate, Status, Stop, Verdict

RECONNECTING, BANNED = "RECONNECTING", "BANNED"
OWN = frozenset((*Verdict, RECONNECTING, BANNED, "GAP", "RESYNC", "REPORT", "ROTATE", "STOP"))
"""The words that begin what a watch says of itself, and not of a symbol or an asset."""
ROLES = {Verdict.GAP: "warn", Verdict.STALE: "warn", Verdict.DRIFT: "warn", Verdict.FAILED: "bad"}


def state(said: Status) -> str:
    """A verdict in a word: GAP is what the lost connection leaves behind, not what it is."""
    if said.verdict is not Verdict.GAP:
        return said.verdict.value
    return BANNED if "banned until" in said.reason else RECONNECTING


def text(record: Record, palette: Palette) -> str:
    """A status, stop or rotate record in a word and a sentence."""
    body = record.body
    assert isinstance(body, Status | Stop | Rotate)
    word, role = body.type.upper(), "bold"
    said = plain(zone.localized(body.reason, record.time_ms))
    match body:
        case Rotate(overlap_ms=overlap_ms):
            said += f" Another took its place after {overlap_ms / 1000:.1f} s side by side."
        case Stop():
            said += f": {_count(body.events, 'event')}, {_count(body.gaps, 'gap')}{left(body)}"
        case Status():
            word, role = state(body), ROLES.get(body.verdict, "bold")
            if body.retry_in_ms is not None:
                said += f" Next try at {zone.time_of_day(record.time_ms + body.retry_in_ms)}."
    return f"{palette.paint(role, word)} {said}"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name if number == 1 else f'{name}s'}"
