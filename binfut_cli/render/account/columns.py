"""How each form of a column looks. Which columns a table has, its resource says.

A wide table has all of them with every digit; another has the digits that the eye can use, and a
narrow one drops some columns.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeGuard

from binfut_cli.codec import Row, decimal, is_moment
from binfut_cli.endpoints import Market
from binfut_cli.render import numbers, palette, zone
from binfut_cli.render.account.tables import Cell, Column, amount, profit, words
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Role, side
from binfut_cli.resources.result.column import Column as Declared
from binfut_cli.resources.result.column import Form, value
from binfut_cli.resources.result.resource import Resource

BAR_WIDTH = 5
BARS = " ▏▎▍▌▋▊▉█"
Rows = Column[Row]
Draw = Callable[[Any, str | None], Cell]
"""What shows a value, and the unit that it is in if it is money."""


def columns(
    resource: Resource, market: Market, rows: Sequence[Row] = (), *, exact: bool = False
) -> tuple[Rows, ...]:
    """The columns of a market's table of these rows; `exact` keeps every digit."""
    found = resource.columns_for(market, rows)
    return tuple(_drawn(column, rows, exact=exact) for column in found)


def chosen(resource: Resource, names: tuple[str, ...]) -> tuple[Rows, ...]:
    """Columns of the fields that the user named, under their own names and with every digit."""
    forms = {column.value: column.form for column in resource.columns}
    return tuple(Column(name, _plain(name, forms.get(name))) for name in names)


def cell(column: Declared, row: Row, *, exact: bool = False) -> Cell:
    """What a column shows of a row, in its form, with what stands behind it."""
    found = figure(column, row, exact=exact)
    if column.note is None or found.text == numbers.NONE or not (behind := note(column, row)):
        return found
    return Cell(f"{found.text} {behind}", found.style)


def figure(column: Declared, row: Row, *, exact: bool = False) -> Cell:
    """What a column shows of a row, in its form."""
    return (EXACT if exact else FORMS)[column.form](column.of(row), column.unit_of(row))


def note(column: Declared, row: Row) -> str:
    """What stands behind a column's value; "" for nothing."""
    return plain(column.note(row) or "") if column.note else ""


def _drawn(column: Declared, rows: Sequence[Row], *, exact: bool) -> Rows:
    title = column.title
    if column.form is Form.TIME:
        title = in_zone(title, *(column.of(row) for row in rows))
    return Column(
        title,
        lambda row: cell(column, row, exact=exact),
        column.rank,
        right=column.form not in TEXTS,
        point=column.form not in ALONE,
        basis=lambda row: (column.of(row), column.unit_of(row), note(column, row)),
    )


def in_zone(title: str, *times: object) -> str:
    """A title of times in ms, with the zone that they are told in."""
    found = zones(*times)
    return f"{title} ({found})" if found else title


def zones(*times: object) -> str:
    """The zone that times in ms are told in; two where summer time begins or ends."""
    told = sorted(ms for ms in times if _is_past(ms))
    return "/".join(dict.fromkeys(map(zone.name, (told[0], told[-1])))) if told else ""


def ratio(found: object, told: Callable[[Any], str] = numbers.percent) -> Cell:
    """A margin ratio as per cent with a bar, by how near it is to 1, where liquidation begins."""
    if found == "Infinity":
        return Cell("no balance", Role.BAD)
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, Role.FAINT)
    role = palette.of_ratio(number)
    return Cell(f"{told(number)} {bar(number)}", role)


def bar(share: Decimal, width: int = BAR_WIDTH) -> str:
    """A share of 1 as a bar of fixed width, readable without colour."""
    eighths = int(min(max(share, Decimal()), Decimal(1)) * width * 8)
    whole, part = divmod(eighths, 8)
    return (BARS[-1] * whole + (BARS[part] if part else "")).ljust(width, "·")


def distance(found: object, told: Callable[[Any], str] = numbers.percent) -> Cell:
    """How far the mark may still move before liquidation."""
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, Role.FAINT)
    role = palette.of_distance(number)
    return Cell(told(number), role)


def _side(found: object) -> Cell:
    return Cell(words(found).text, side(found))


def _leverage(found: object) -> Cell:
    return Cell(numbers.NONE if found is None else f"{words(found).text}x")


def _is_past(ms: object) -> TypeGuard[int]:
    """Whether a value is a moment that there was; the exchange writes 0 for never."""
    return is_moment(ms) and ms > 0


def when(ms: Any) -> Cell:
    """A moment in the reader's zone; what is none, as it came."""
    return Cell(zone.stamp(ms)) if _is_past(ms) else words(ms or None)


def _per_cent(found: object) -> Cell:
    """A rate that the exchange counts in per cent already."""
    return Cell(numbers.NONE if found is None else f"{numbers.amount(found)}%")


def _of(told: Callable[[Any], str]) -> Draw:
    return lambda found, _: Cell(told(found))


FORMS: Mapping[Form, Draw] = {
    Form.TEXT: lambda found, _: words(found),
    Form.AMOUNT: lambda found, _: amount(found),
    Form.MONEY: lambda found, unit: Cell(numbers.money(found, unit)),
    Form.PROFIT: lambda found, unit: profit(numbers.signed_money(found, unit)),
    Form.PRICE: _of(numbers.price),
    Form.AVERAGE: _of(lambda found: numbers.price(found, is_average=True)),
    Form.MARGIN_RATIO: lambda found, _: ratio(found),
    Form.DISTANCE: lambda found, _: distance(found),
    Form.SHARE: _of(numbers.percent),
    Form.RATE: _of(numbers.rate),
    Form.PER_CENT: lambda found, _: _per_cent(found),
    Form.LEVERAGE: lambda found, _: _leverage(found),
    Form.SIDE: lambda found, _: _side(found),
    Form.TIME: lambda found, _: when(found),
}
EXACT: Mapping[Form, Draw] = {
    **FORMS,
    Form.MONEY: _of(numbers.amount),
    Form.PROFIT: lambda found, _: profit(numbers.signed(found)),
    Form.PRICE: _of(numbers.exact_price),
    Form.AVERAGE: _of(numbers.exact_price),
    Form.MARGIN_RATIO: lambda found, _: ratio(found, numbers.rate),
    Form.DISTANCE: lambda found, _: distance(found, numbers.rate),
    Form.SHARE: _of(numbers.rate),
}
"""The same with every digit."""
TEXTS = {Form.TEXT, Form.SIDE, Form.TIME}
ALONE = {Form.PRICE, Form.AVERAGE, Form.AMOUNT}
"""What is not compared from row to row: points in line would make wide columns of blanks."""


def _plain(name: str, form: Form | None = None) -> Callable[[Row], Cell]:
    """What shows a field by its name: ids and texts as they are, times as times."""
    if form is Form.TEXT or _is_text(name):
        return lambda row: words(value(row, name))
    if form is Form.TIME or name == "time" or name.endswith(("Time", "Date")):
        return lambda row: when(value(row, name))
    if name in ("origQty", "quantity"):
        return lambda row: amount("all" if row.get("closePosition") is True else row.get(name))
    if name in ("price", "stopPrice", "triggerPrice", "activatePrice"):
        return lambda row: Cell(numbers.exact_price(value(row, name)))
    return lambda row: _number(value(row, name))


def _is_text(name: str) -> bool:
    """Whether a field is text or an id, even where it is made of digits."""
    return name.endswith("Id") or name in ("accountAlias", "info")


def _number(found: object) -> Cell:
    return amount(found) if decimal(found) is not None else words(found)
