"""When nobody can say whether a condition holds: a figure that means something is lacking."""

from collections.abc import Collection

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.conditions.expression import Condition
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource

_MEANT = {
    "marginRatio": "maintMargin",
    "liquidationDistance": "liquidationPrice",
    "roe": "positionInitialMargin",
}
"""A position's ratios, and what is 0 where one has no meaning: null anywhere else is unknown."""


def unknown(condition: Condition, resource: Resource, row: Row) -> list[str]:
    """The ratios of a position that cannot be told, if its condition hangs on them."""
    if resource not in condition.resources:
        return []
    names = dict.fromkeys(each.name for each in condition.test.comparisons())
    lacks = [name for name in names if lacks_ratio(resource, row, name)]
    return lacks if verdict(condition, row, lacks) is None else []


def lacks_ratio(resource: Resource, row: Row, name: str) -> bool:
    """Whether a field is a ratio of a position that holds something, and cannot be told."""
    if resource.kind != "positions" or decimal(row.get("positionAmt")) == 0:
        return False
    return name in _MEANT and value(row, name) is None and decimal(row.get(_MEANT[name])) != 0


def verdict(condition: Condition, row: Row, lacks: Collection[str]) -> bool | None:
    """Whether a condition holds for a row that lacks some fields; None if it hangs on them."""
    return condition.test.verdict(lambda each: None if each.name in lacks else each.holds(row))
