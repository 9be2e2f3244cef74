"""What is nearest to liquidation in an account's document: the first that anybody wants to know.

Pure selection among what is derived of its rows; nothing is computed anew.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.models import leg

ACCOUNT = "account"


class Nearest(NamedTuple):
    """An extreme figure, whose it is, and whether every other is known."""

    figure: str
    of: str
    is_sure: bool

    @property
    def number(self) -> Decimal:
        """The figure; a ratio may be infinite."""
        return Decimal(self.figure)


def highest_ratio(document: Row) -> Nearest | None:
    """The highest margin ratio of all that can be liquidated alone; None if there is none.

    The account's in multi-assets mode, else that of an asset's pool or of an isolated position.
    """
    rows = [(document, ACCOUNT), *((row, str(row["asset"])) for row in _rows(document, "assets"))]
    held = _held(document)
    is_sure = all(_told(row, "marginRatio", "maintMargin") for row in held)
    return _extreme([*rows, *_named(held)], "marginRatio", max, is_sure)


def nearest_liquidation(document: Row) -> Nearest | None:
    """The shortest distance of a mark price to a liquidation price; None if there is none."""
    held = _held(document)
    is_sure = all(_told(row, "liquidationDistance", "liquidationPrice") for row in held)
    return _extreme(_named(held), "liquidationDistance", min, is_sure)


def _rows(document: Row, kind: str) -> list[Row]:
    found: list[Row] = document.get(kind, [])
    return found


def _held(document: Row) -> list[Row]:
    """The positions that there are, or may be."""
    return [row for row in _rows(document, "positions") if decimal(row.get("positionAmt")) != 0]


def _named(positions: Iterable[Row]) -> list[tuple[Row, str]]:
    return [(row, " ".join(leg(row)).removesuffix(" BOTH")) for row in positions]


def _figure(row: Row, name: str) -> str | None:
    """A derived figure; None if there is none, or if what a recording has there is none."""
    found = (row.get("derived") or {}).get(name)
    return str(found) if found == "Infinity" or decimal(found) is not None else None


def _told(row: Row, name: str, needs: str) -> bool:
    """Whether a figure is known, or known to have no meaning: what it is made of is 0 then."""
    return _figure(row, name) is not None or decimal(row.get(needs)) == 0


def _extreme(
    rows: Iterable[tuple[Row, str]], name: str, of_all: Callable[..., Nearest], is_sure: bool
) -> Nearest | None:
    """The extreme of a figure; of equal ones the first, which stands for the others."""
    told = ((_figure(row, name), of) for row, of in rows)
    found = [Nearest(figure, of, is_sure) for figure, of in told if figure is not None]
    return of_all(found, key=lambda each: each.number) if found else None
