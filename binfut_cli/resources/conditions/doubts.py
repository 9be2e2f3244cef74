"""What of a condition is doubtful: a bound that looks mistaken, a figure that is lacking."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.conditions.expression import Comparison, Condition
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource

_MEANT = {
    "marginRatio": "maintMargin",
    "liquidationDistance": "liquidationPrice",
    "roe": "positionInitialMargin",
}
"""A position's ratios, and what is 0 where one has no meaning: null anywhere else is unknown."""


def mistakes(condition: Condition) -> Iterator[str]:
    """What is to be said of the bounds of ratios that look like per cent."""
    return (doubt(each) for each in condition.test.comparisons() if each.is_doubtful)


def doubt(found: Comparison) -> str:
    """What a doubtful bound means, and how to write what was more likely meant."""
    bound = Decimal(found.value)
    share, whole, more = (text(each) for each in (bound / 100, bound, bound * 100))
    return f"{found.name} is a ratio: {share} or {whole}% for {whole} per cent; {whole} is {more}%."


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
