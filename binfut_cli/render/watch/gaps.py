"""What a watch for people says of gaps: when, what changed, what history tells of it."""

from collections.abc import Iterator

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

Told = Iterator[tuple[str, str, str]]
"""(kind, name, text) of each line."""

NAMED = 3  # of what could not be read; JSON has them all


class Gaps:
    """The lines of `gap`, `resync`, `drift`, `backfill` and `gap_report`."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette

    def gap(self, body: Row) -> Told:
        """From when to when, how surely, and why."""
        seconds = (body["to"] - body["from"]) / 1000
        missed = "were" if body["certainty"] == "certain" else "may have been"
        text = (
            f"{clock(body['from'])} – {clock(body['to'])} ({seconds:.1f} s): "
            f"changes {missed} missed. {plain(body['reason'])}"
        )
        if "messages" in body:
            text += f" {body['messages']} messages were dropped."
        yield alarm(self._palette, "GAP"), "", text

    def resync(self, body: Row) -> Told:
        """A field that changed in a gap."""
        yield self._changed("RESYNC", body, "missed in the gap")

    def drift(self, body: Row) -> Told:
        """A field that changed without a word."""
        yield self._changed("DRIFT", body, "never told")

    def _changed(self, kind: str, body: Row, why: str) -> tuple[str, str, str]:
        key = body["key"]
        name = leg(key) if "symbol" in key else key.get("asset", "account")
        text = f"{body['field']} {amount(body['before'])} {ARROW} {amount(body['after'])}"
        return alarm(self._palette, kind), name, f"{text}  {why}"

    def backfill(self, body: Row) -> Told:
        """A flow, a fill or an order of the gap."""
        row = body["row"]
        tell = {"fill": self._fill, "order": self._order}.get(body["kind"], self._flow)
        name, text = tell(row)
        moment = row["updateTime"] if body["kind"] == "order" else row["time"]
        yield "BACKFILL", name, f"{text}  at {clock(moment)}"

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

    def report(self, body: Row) -> Told:
        """The sums of each asset that moved, and what history had."""
        for row in body["sums"]:
            rest = self._palette.by_sign(signed(row["unexplained"]))
            text = f"explained {signed(row['explained'])}  unexplained {rest}"
            yield "REPORT", plain(row["asset"]), text
        counted = [_count(body[f"{kind}Count"], kind) for kind in ("flow", "fill", "order")]
        text = f"gap at {clock(body['from'])}: {', '.join(counted)} found"
        yield "REPORT", "", text + _unread(body["unread"])


def _of(row: Row) -> str:
    return f"  {plain(row['symbol'])}" if row.get("symbol") else ""


def _count(number: int, kind: str) -> str:
    return f"{number} {kind if number == 1 else f'{kind}s'}"


def _unread(rows: list[Row]) -> str:
    if not rows:
        return ""
    names = ", ".join(plain(row["what"]) for row in rows[:NAMED])
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"; not read: {names}{more}. {plain(rows[0]['reason'])}"
