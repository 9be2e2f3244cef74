"""What a watch for people says of gaps: when, what changed, what history tells of it."""

from collections.abc import Iterator, Sequence

from binfut_cli.codec import Row
from binfut_cli.render.ansi import Palette
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, signed
from binfut_cli.render.watch import labels
from binfut_cli.render.watch.fragments import (
    ARROW,
    alarm,
    at,
    clock,
    fields,
    filled,
    leg,
    origin,
    proceeds,
    terms,
)
from binfut_cli.stream.records import (
    Backfill,
    Body,
    Changed,
    Drift,
    Gap,
    GapReport,
    Stop,
    Unread,
)

Told = Iterator[tuple[str, str, str]]
"""(kind, name, text) of each line."""

NAMED = 3  # of what could not be read; JSON has them all


class Gaps:
    """The lines of `gap`, `resync`, `drift`, `backfill` and `gap_report`."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette

    def lines(self, body: Body) -> Told:
        """The lines of a body; none if it is not about a gap."""
        match body:
            case Gap():
                yield alarm(self._palette, "GAP"), "", missed(body)
            case Changed():
                yield self._changed(body)
            case Backfill():
                yield self._backfill(body)
            case GapReport():
                yield from self._report(body)

    def _changed(self, body: Changed) -> tuple[str, str, str]:
        key = body.key
        name = leg(key) if "symbol" in key else key.get("asset", "account")
        text = f"{body.field} {amount(body.before)} {ARROW} {amount(body.after)}"
        why = "never told" if isinstance(body, Drift) else "missed in the gap"
        return alarm(self._palette, body.type.upper()), name, f"{text}  {why}"

    def _backfill(self, body: Backfill) -> tuple[str, str, str]:
        row = body.row
        tell = {"fill": self._fill, "order": self._order}.get(body.kind, self._flow)
        name, text = tell(row)
        moment = row["updateTime"] if body.kind == "order" else row["time"]
        return "BACKFILL", name, f"{text}  at {clock(moment)}"

    def _flow(self, row: Row) -> tuple[str, str]:
        amounted = self._palette.by_sign(signed(row["income"]))
        return plain(row["asset"]), f"{fields(row, 'incomeType')} {amounted}{_of(row)}"

    def _fill(self, row: Row) -> tuple[str, str]:
        part = f"filled {fields(row, 'side')} {amount(row.get('qty'))}{at(row.get('price'))}"
        return leg(row), "  ".join([part, *proceeds(row, self._palette)])

    def _order(self, row: Row) -> tuple[str, str]:
        text = f"{terms(row, row.get('price'))} {plain(row.get('status'))}"
        parts = [text, filled(row), origin(row), labels.forced(row)]
        return leg(row), "  ".join(filter(None, parts))

    def _report(self, body: GapReport) -> Told:
        """The sums of each asset that moved, and what history had."""
        for each in body.sums:
            rest = self._palette.by_sign(signed(each.unexplained))
            text = f"explained {signed(each.explained)}  unexplained {rest}"
            yield "REPORT", plain(each.asset), text
        counts = {"flow": body.flow_count, "fill": body.fill_count, "order": body.order_count}
        counted = ", ".join(_count(number, kind) for kind, number in counts.items())
        text = f"gap at {clock(body.from_ms)}: {counted} found"
        yield "REPORT", "", text + _unread(body.unread)


def missed(body: Gap) -> str:
    """From when to when, how surely, and why."""
    seconds = (body.to_ms - body.from_ms) / 1000
    missed = "were" if body.certainty == "certain" else "may have been"
    is_earlier = body.possible_ms < body.from_ms
    since = f", some of them since {clock(body.possible_ms)}" if is_earlier else ""
    text = (
        f"{clock(body.from_ms)} – {clock(body.to_ms)} ({seconds:.1f} s"
        f"{', open at the end' if body.is_open else ''}): "
        f"changes {missed} missed{since}. {plain(body.reason)}"
    )
    return text if body.messages is None else f"{text} {body.messages} messages were dropped."


def left(body: Stop) -> str:
    """What a watch leaves to doubt: since when, and the gaps that history was not asked about."""
    names = [f"{lane.market} " if len(body.lanes) > 1 else "" for lane in body.lanes]
    named = list(zip(names, body.lanes, strict=True))
    proven = [f"{name}{_until(lane.proven_ms)}" for name, lane in named]
    unreported = [f"{name}gap {number}" for name, lane in named for number in lane.unreported]
    parts = [", ".join(proven), f"no report of {', '.join(unreported)}" if unreported else ""]
    return "".join(f"; {part}" for part in parts if part)


def _until(proven_ms: int | None) -> str:
    return "never proven" if proven_ms is None else f"proven until {clock(proven_ms)}"


def _of(row: Row) -> str:
    return f"  {plain(row['symbol'])}" if row.get("symbol") else ""


def _count(number: int, kind: str) -> str:
    return f"{number} {kind if number == 1 else f'{kind}s'}"


def _unread(found: Sequence[Unread]) -> str:
    if not found:
        return ""
    names = ", ".join(plain(each.what) for each in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"; not read: {names}{more}. {plain(found[0].reason)}"
