"""What a watch for people says of gaps: when, what changed, what history tells of it."""

from collections.abc import Iterator, Sequence

from binfut_cli.codec import Row
from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.events.fragments import (
    ARROW,
    Speech,
    Told,
    at,
    filled,
    leg,
    origin,
    priced,
    proceeds,
    spoken,
    terms,
)
from binfut_cli.render.watch.events.orders import waiting
from binfut_cli.render.zone import clock
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

NAMED = 3  # of what could not be read; JSON has them all
AMOUNTS = ("positionAmt", "leverage")
"""Fields that are no money, and lie on no tick."""


def lines(speech: Speech, body: Body) -> Iterator[Told]:
    """The lines of a body; none if it is not about a gap."""
    match body:
        case Gap():
            yield Told("GAP", "", [missed(body)], Role.WARN)
        case Changed():
            yield changed(speech, [body])
        case Backfill():
            yield _found(speech, body)
        case GapReport():
            yield from _report(speech, body)


def changed(speech: Speech, fields_of_row: Sequence[Changed]) -> Told:
    """The fields of one row that were read otherwise than they were known."""
    first = fields_of_row[0]
    name = leg(first.key) if "symbol" in first.key else str(first.key.get("asset", "account"))
    parts = [_changed(speech, each) for each in fields_of_row]
    why = "never told" if isinstance(first, Drift) else "changed in the gap"
    return Told(first.type.upper(), name, [*parts, why], Role.WARN)


def unchanged() -> Told:
    """That an account, read after a gap, is as it was known before."""
    return Told("RESYNC", "", ["nothing had changed"])


def _changed(speech: Speech, body: Changed) -> str:
    """A field, before and after."""
    name = labels.FIELDS.get(body.field) or plain(body.field)
    return f"{name} {f' {ARROW} '.join(_value(speech, body, each) for each in _both(body))}"


def _both(body: Changed) -> tuple[str | None, str | None]:
    return body.before, body.after


def _value(speech: Speech, body: Changed, value: str | None) -> str:
    if body.field == "multiAssetsMargin":
        return {"true": "on", "false": "off"}.get(str(value), plain(value))
    if body.field in AMOUNTS:
        return amount(value)
    if body.field == "entryPrice":
        return speech.digits.average(value)
    return speech.digits.money(value, body.key.get("asset") or speech.settled_in(body.key))


def _found(speech: Speech, body: Backfill) -> Told:
    row = body.row
    tell = {"fill": _fill, "order": _order, "conditional": _conditional}.get(body.kind, _flow)
    name, parts = tell(speech, row)
    moment = row["time"] if body.kind in ("fill", "flow") else row["updateTime"]
    return Told("MISSED", name, [*filter(None, parts), f"at {clock(moment)}"])


def _flow(speech: Speech, row: Row) -> tuple[str, list[str]]:
    what = spoken(row.get("incomeType"), labels.INCOME)
    amounted = speech.profit(row["income"], row["asset"])
    return plain(row["asset"]), [f"{what} {amounted}", plain(row.get("symbol") or "")]


def _fill(speech: Speech, row: Row) -> tuple[str, list[str]]:
    size = speech.size(row.get("qty"))
    part = f"filled {speech.side(row)} {size}{at(priced(row.get('price')))}"
    return leg(row), [part, *proceeds(speech, row)]


def _order(speech: Speech, row: Row) -> tuple[str, list[str]]:
    done = filled(speech, row)
    is_told = done and row.get("status") == "FILLED"
    state = "" if is_told else spoken(row.get("status"), labels.ORDER_STATES)
    forced = labels.OF_FORCED.get(labels.forced(row), "")
    return leg(row), [terms(speech, row, row.get("price")), state, done, origin(row), forced]


def _conditional(speech: Speech, row: Row) -> tuple[str, list[str]]:
    """A conditional order; `priceRate` is what events call history's `callbackRate`."""
    shown = {**row, "priceRate": row.get("callbackRate")}
    return leg(row), waiting(speech, shown)


def _report(speech: Speech, body: GapReport) -> Iterator[Told]:
    """The sums of each asset that moved, and what history had."""
    digits = speech.digits
    for each in body.sums:
        rest = speech.palette.by_sign(digits.change(each.unexplained, each.asset))
        explained = f"explained {digits.change(each.explained, each.asset)}"
        yield Told("REPORT", plain(each.asset), [explained, f"unexplained {rest}"])
    counts = {"flow": body.flow_count, "fill": body.fill_count, "order": body.order_count}
    if body.conditional_count:
        counts["conditional order"] = body.conditional_count
    counted = ", ".join(_count(number, kind) for kind, number in counts.items())
    text = f"gap at {clock(body.from_ms)}: {counted} found"
    yield Told("REPORT", "", [text + _unread(body.unread)])


def missed(body: Gap) -> str:
    """From when to when, how surely, and why."""
    seconds = (body.to_ms - body.from_ms) / 1000
    missed = "were" if body.certainty == "certain" else "may have been"
    is_earlier = body.possible_ms < body.from_ms
    since = f", some of them since {clock(body.possible_ms)}" if is_earlier else ""
    text = (
        f"{clock(body.from_ms)} – {clock(body.to_ms)} ({seconds:.1f} s"
        f"{', open at the end' if body.is_open else ''}): "
        f"changes {missed} missed{since}. {plain(zone.localized(body.reason, body.to_ms))}"
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


def _count(number: int, kind: str) -> str:
    return f"{number} {kind if number == 1 else f'{kind}s'}"


def _unread(found: Sequence[Unread]) -> str:
    if not found:
        return ""
    names = ", ".join(plain(each.what) for each in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"; not read: {names}{more}. {plain(found[0].reason)}"
