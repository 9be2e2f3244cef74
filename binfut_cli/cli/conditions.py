"""`--fail-if`: one comparison, read by hand and never evaluated.

    expression = [kind "."] name operator value
    operator   = ">" | ">=" | "<" | "<=" | "==" | "!="
    value      = decimal number | "Infinity" | word

A word is anything without blanks and operators. Order needs a number; `==` and `!=` also compare
words. A field that a row lacks, or that has no meaning there, matches nothing. Rows of zeros that a
table hides are looked at as well: what an alert is about may just have become zero.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from binfut_cli.errors import UsageError
from binfut_cli.questions.catalogue import fields, value
from binfut_cli.wire import Row, decimal

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_NAME = re.compile(r"\s*(?:([a-zA-Z]+)\.)?([a-zA-Z][a-zA-Z0-9]*)\s*")
_OPERATOR = re.compile(r">=|<=|==|!=|>|<")
_VALUE = re.compile(r"\s*([^\s<>=!]+)\s*")
_INFINITE = "Infinity"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one field with one value, of rows of one kind or of any."""

    text: str
    kind: str | None
    name: str
    operator: str
    value: Decimal | str

    def holds(self, kind: str, row: Row) -> bool:
        """Whether a row of this kind matches."""
        if self.kind not in (None, kind):
            return False
        found = value(row, self.name)
        if isinstance(self.value, str):
            return found is not None and OPERATORS[self.operator](_word(found), self.value)
        number = _number(found)
        return number is not None and OPERATORS[self.operator](number, self.value)


def condition(text: str, kinds: Iterable[str]) -> Condition:
    """Read an expression about rows of these kinds; raise UsageError at the offending character."""
    start = _NAME.match(text)
    if start is None:
        raise _wrong(text, 0, "a field is expected")
    kind, name = start[1], start[2]
    _check_name(text, start, tuple(kinds))
    sign = _OPERATOR.match(text, start.end())
    if sign is None:
        raise _wrong(text, start.end(), "one of > >= < <= == != is expected")
    right = _VALUE.match(text, sign.end())
    if right is None:
        raise _wrong(text, sign.end(), "a number or a word is expected")
    if right.end() < len(text):
        raise _wrong(text, right.end(), "nothing more is expected")
    wanted = _number(right[1].removeprefix("+"))
    if wanted is None and sign[0] not in ("==", "!="):
        raise _wrong(text, right.start(1), f"{sign[0]} needs a number")
    return Condition(text, kind, name, sign[0], right[1] if wanted is None else wanted)


def matches(
    conditions: Iterable[Condition], rows: Mapping[str, Iterable[Row]]
) -> list[tuple[Condition, str, Row]]:
    """Every row that a condition holds for, with its kind."""
    return [
        (each, kind, row)
        for each in conditions
        for kind, found in rows.items()
        for row in found
        if each.holds(kind, row)
    ]


def _check_name(text: str, found: re.Match[str], kinds: tuple[str, ...]) -> None:
    kind, name = found[1], found[2]
    if kind is not None and kind not in kinds:
        raise _wrong(text, 0, f"{kind!r} is not one of {', '.join(kinds)}")
    valid = sorted({field for each in kinds if kind in (None, each) for field in fields(each)})
    if name not in valid:
        raise UsageError(
            f"--fail-if {text!r}: there is no field {name!r} (character {found.start(2) + 1}).",
            hint=f"Fields: {', '.join(valid)}.",
        )


def _wrong(text: str, position: int, why: str) -> UsageError:
    while position < len(text) and text[position].isspace():
        position += 1
    found = repr(text[position]) if position < len(text) else "the end"
    return UsageError(
        f"--fail-if {text!r}: {why} at character {position + 1}, where {found} stands.",
        hint="Write a field, an operator and a value, as in 'marginRatio>0.8'.",
    )


def _word(found: object) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)


def _number(found: object) -> Decimal | None:
    """A number, the infinite ratio of an account without a balance among them."""
    return Decimal(_INFINITE) if found == _INFINITE else decimal(found)
