"""A condition about rows: comparisons, joined by `and` and `or`.

Each holds, or does not, or nobody can tell. Pure values; `reader` makes them of a text.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
INFINITE = "Infinity"
SLACK = Decimal("0.1")
"""The share of a bound by which a figure has to be clear of it before it crosses it again."""

Told = Callable[["Comparison"], bool | None]
"""Whether a comparison holds; None where nobody can tell."""


_WIDER = {"<": 1, "<=": 1, ">": -1, ">=": -1}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value; a bound that was written in per cent is kept as the ratio.

    `largest` is the size up to which a bound of a ratio is likely meant as it is written; None for
    what is no ratio.
    """

    name: str
    operator: str
    value: Decimal | str
    in_percent: bool = False
    largest: Decimal | int | None = field(default=None, compare=False)

    def holds(self, row: Row) -> bool:
        """Whether a row matches."""
        found = value(row, self.name)
        if isinstance(self.value, str):
            words = word(found).casefold(), self.value.casefold()
            return found is not None and OPERATORS[self.operator](*words)
        figure = number(found)
        return figure is not None and OPERATORS[self.operator](figure, self.value)

    def verdict(self, told: Told) -> bool | None:
        """What is told of it."""
        return told(self)

    def eased(self) -> "Comparison":
        """The same with a bound that a figure has to pass to be clear of this one."""
        if isinstance(self.value, str) or not self.value.is_finite():
            return self
        slack = abs(self.value) * SLACK * _WIDER.get(self.operator, 0)
        return replace(self, value=self.value + slack)

    def comparisons(self) -> tuple["Comparison", ...]:
        """Itself."""
        return (self,)

    @property
    def is_doubtful(self) -> bool:
        """Whether the bound of a ratio, written without a per cent sign, looks like per cent."""
        if self.largest is None or self.in_percent or isinstance(self.value, str):
            return False
        return self.value.is_finite() and abs(self.value) > self.largest


@dataclass(frozen=True, slots=True)
class Joined:
    """Tests of one row of which all must hold, or any."""

    word: Literal["and", "or"]
    parts: tuple["Test", ...]

    def verdict(self, told: Told) -> bool | None:
        """Whether it holds, by what is told of its comparisons; None if it hangs on what is not."""
        each = {part.verdict(told) for part in self.parts}
        decides = self.word == "or"
        return decides if decides in each else None if None in each else not decides

    def eased(self) -> "Joined":
        """The same with eased bounds."""
        return replace(self, parts=tuple(part.eased() for part in self.parts))

    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison, as they are written."""
        return tuple(each for part in self.parts for each in part.comparisons())


Test = Comparison | Joined


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression, and the kinds of rows that it is about."""

    text: str
    resources: tuple[Resource, ...]
    test: Test

    def holds(self, resource: Resource, row: Row) -> bool:
        """Whether a row of this kind matches."""
        return resource in self.resources and bool(self.test.verdict(lambda each: each.holds(row)))


def matches(
    conditions: Iterable[Condition], rows: Mapping[Resource, Iterable[Row]]
) -> list[tuple[Condition, Resource, Row]]:
    """Every row that a condition holds for, with its kind."""
    return [
        (each, resource, row)
        for each in conditions
        for resource, found in rows.items()
        for row in found
        if each.holds(resource, row)
    ]


def word(found: object) -> str:
    """A field as the word that is shown of it."""
    return str(found).lower() if isinstance(found, bool) else str(found)


def number(found: object) -> Decimal | None:
    """A number, the infinite ratio of an account without a balance among them."""
    return Decimal(INFINITE) if found == INFINITE else decimal(found)
