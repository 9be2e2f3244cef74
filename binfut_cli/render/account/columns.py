"""How each form of a column looks. Which columns a table has, its resource says.

A wide table has all of them, a narrow one drops some.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from binfut_cli.codec import LATEST_MS, Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.render import numbers
from binfut_cli.render.account.tables import (
    BAD,
    FAINT,
    GAIN,
    LOSS,
    WARN,
    Cell,
    Column,
    amount,
    price,
    profit,
    words,
)
from binfut_cli.resources.result.column import Column as Declared
from binfut_cli.resources.result.column import Form, value
from binfut_cli.resources.result.resource import Resource

RATIO_WARN, RATIO_BAD = Decimal("0.5"), Decimal("0.8")
NEAR_WARN, NEAR_BAD = Decimal("0.15"), Decimal("0.05")
BAR_WIDTH = 5
BARS = " ▏▎▍▌▋▊▉█"
Rows = Column[Row]


def columns(resource: Resource, market: Market, rows: Sequence[Row] = ()) -> tuple[Rows, ...]:
    """The columns of a market's table of these rows."""
    return tuple(map(_drawn, resource.columns_for(market, rows)))


def chosen(names: tuple[str, ...]) -> tuple[Rows, ...]:
    """Columns of the fields that the user named, under the exchange's own names."""
    return tuple(Column(name, _plain(name)) for name in names)


def cell(column: Declared, row: Row) -> Cell:
    """What a column shows of a row, in its form."""
    return FORMS[column.form](column.of(row))


def _drawn(column: Declared) -> Rows:
    is_text = column.form in TEXTS
    return Column(column.title, lambda row: cell(column, row), column.rank, right=not is_text)


def ratio(found: object) -> Cell:
    """A margin ratio as per cent with a bar, by how near it is to 1, where liquidation begins."""
    if found == "Infinity":
        return Cell(f"no balance {BARS[-1] * BAR_WIDTH}", BAD)
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number >= RATIO_BAD else WARN if number >= RATIO_WARN else ""
    return Cell(f"{numbers.percent(number)} {bar(number)}", style)


def bar(share: Decimal, width: int = BAR_WIDTH) -> str:
    """A share of 1 as a bar of fixed width, readable without colour."""
    eighths = int(min(max(share, Decimal()), Decimal(1)) * width * 8)
    whole, part = divmod(eighths, 8)
    return (BARS[-1] * whole + (BARS[part] if part else "")).ljust(width, "·")


def distance(found: object) -> Cell:
    """How far the mark may still move before liquidation."""
    number = decimal(found)
    if number is None:
        return Cell(numbers.NONE, FAINT)
    style = BAD if number <= NEAR_BAD else WARN if number <= NEAR_WARN else ""
    return Cell(numbers.percent(number), style)


def _side(found: object) -> Cell:
    return Cell(words(found).text, GAIN if found == "LONG" else LOSS if found == "SHORT" else "")


def _coins(found: tuple[object, object] | None) -> Cell:
    return (
        words(None)
        if found is None
        else Cell(" ".join((amount(found[0]).text, words(found[1]).text)))
    )


def _leverage(found: object) -> Cell:
    return Cell(numbers.NONE if found is None else f"{words(found).text}x")


def _when(ms: object) -> Cell:
    if not isinstance(ms, int) or not 0 < ms <= LATEST_MS:
        return Cell(numbers.NONE)
    return Cell(f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}")


def _utc(ms: object) -> Cell:
    """A moment by the days that `--from` and `--to` mean; what is no moment, as it came."""
    if type(ms) is not int or not 0 < ms <= LATEST_MS:
        return words(ms)
    return Cell(f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}")


def _share(found: object) -> Cell:
    return Cell(numbers.percent(found))


def _rate(found: object) -> Cell:
    return Cell(numbers.rate(found))


def _per_cent(found: object) -> Cell:
    """A rate that the exchange counts in per cent already."""
    return Cell(numbers.NONE if found is None else f"{numbers.amount(found)}%")


FORMS: Mapping[Form, Callable[[Any], Cell]] = {
    Form.TEXT: words,
    Form.AMOUNT: amount,
    Form.PROFIT: profit,
    Form.PRICE: price,
    Form.COINS: _coins,
    Form.MARGIN_RATIO: ratio,
    Form.DISTANCE: distance,
    Form.SHARE: _share,
    Form.RATE: _rate,
    Form.PER_CENT: _per_cent,
    Form.LEVERAGE: _leverage,
    Form.SIDE: _side,
    Form.TIME: _when,
    Form.UTC: _utc,
}
TEXTS = {Form.TEXT, Form.SIDE, Form.TIME, Form.UTC}


def _plain(name: str) -> Callable[[Row], Cell]:
    """What shows a field by its name: ids and texts as they are, times as times."""
    if _is_text(name):
        return lambda row: words(value(row, name))
    if name == "time" or name.endswith(("Time", "Date")):
        return lambda row: _when(value(row, name))
    if name in ("origQty", "quantity"):
        return lambda row: amount("all" if row.get("closePosition") is True else row.get(name))
    if name in ("price", "stopPrice", "triggerPrice", "activatePrice"):
        return lambda row: _number(value(row, name) if decimal(value(row, name)) != 0 else None)
    return lambda row: _number(value(row, name))


def _is_text(name: str) -> bool:
    """Whether a field is text or an id, even where it is made of digits."""
    return name.endswith("Id") or name in ("accountAlias", "info")


def _number(found: object) -> Cell:
    return amount(found) if decimal(found) is not None else words(found)
