"""An expression about one row, as `--fail-if` and `--alert` take it: read by hand, never evaluated.

    expression  = conjunction {"or" conjunction}
    conjunction = part {"and" part}
    part        = "(" expression ")" | comparison
    comparison  = [kind "."] name operator value
    operator    = ">" | ">=" | "<" | "<=" | "==" | "!="
    value       = number ["%"] | "Infinity" | word

`and` and `or` may be in capitals. A per cent sign, for ratios only, divides by 100; tables show
them so. A word is anything without blanks, operators and parentheses; capitals make no other of it.
Order needs a number; `==` and `!=` also compare words. A field that a row lacks, or that has no
meaning there, matches nothing.

An expression is about rows of those kinds that have every field it names, so one kind's prefix is
enough. Rows of zeros that a table hides are looked at as well: what an alert is about may just have
become zero.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal

from binfut_cli.errors import UsageError, did_you_mean
from binfut_cli.resources.conditions.expression import (
    INFINITE,
    Comparison,
    Condition,
    Joined,
    Test,
)
from binfut_cli.resources.result.resource import Resource, fields

LONGEST = 1_000  # characters
DEEPEST = 20  # parentheses in one another

_NAME = re.compile(r"\s*(?!(?i:and|or)\b)(?:([a-zA-Z]+)\.)?([a-zA-Z][a-zA-Z0-9]*)\s*")
_OPERATOR = re.compile(r">=|<=|==|!=|>|<")
_VALUE = re.compile(r"\s*([^\s<>=!()]+)\s*")
_OPEN, _CLOSE = re.compile(r"\s*\(\s*"), re.compile(r"\)\s*")
_JOINS = {word: re.compile(rf"{word}\b\s*", re.IGNORECASE) for word in ("and", "or")}
_is_number = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?"
).fullmatch


def condition(text: str, resources: Iterable[Resource], option: str = "--fail-if") -> Condition:
    """Read an option's expression about rows of these kinds.

    Raises UsageError at the offending character.
    """
    reader = _Reader(text, tuple(resources), option)
    test = reader.whole()
    return Condition(text, reader.resources, test)


class _Reader:
    """Reads an expression from its start, and narrows down the kinds of rows it is about."""

    def __init__(self, text: str, resources: tuple[Resource, ...], option: str) -> None:
        self.resources = resources
        self._all = resources
        self._ratios = {name: size for each in resources for name, size in each.ratios.items()}
        self._text, self._option = text, option
        self._at = 0
        self._names: list[str] = []

    def whole(self) -> Test:
        """All of the text."""
        if len(self._text) > LONGEST:
            raise UsageError(
                f"A {self._option} of {len(self._text):,} characters is too long "
                f"(character {LONGEST + 1}).",
                hint=f"Write at most {LONGEST:,}; {self._option} may be repeated.",
            )
        found = self._expression(0)
        if self._at < len(self._text):
            raise self._wrong(self._at, "'and', 'or' or nothing more is expected")
        return found

    def _expression(self, depth: int) -> Test:
        return self._joined("or", lambda: self._joined("and", lambda: self._part(depth)))

    def _joined(self, join: Literal["and", "or"], part: Callable[[], Test]) -> Test:
        parts = [part()]
        while self._take(_JOINS[join]):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(join, tuple(parts))

    def _part(self, depth: int) -> Test:
        start = self._at
        if not self._take(_OPEN):
            return self._comparison()
        if depth == DEEPEST:
            raise self._wrong(start, f"at most {DEEPEST} parentheses in one another are expected")
        found = self._expression(depth + 1)
        self._need(_CLOSE, "'and', 'or' or ')' is expected")
        return found

    def _comparison(self) -> Comparison:
        field = self._need(_NAME, "a field is expected")
        self._narrow(field)
        sign = self._need(_OPERATOR, "one of > >= < <= == != is expected")
        right = self._need(_VALUE, "a number or a word is expected")
        return self._compared(field[2], sign[0], right)

    def _compared(self, name: str, sign: str, right: re.Match[str]) -> Comparison:
        bound = _bound(right[1].removesuffix("%"))
        if bound is None:
            if sign not in ("==", "!="):
                raise self._wrong(right.start(1), f"{sign} needs a number")
            return Comparison(name, sign, right[1])
        if not right[1].endswith("%"):
            return Comparison(name, sign, bound, largest=self._ratios.get(name))
        if name not in self._ratios:
            why = f"{name} is not a ratio, and no per cent sign is expected"
            hint = f"Ratios: {', '.join(self._ratios)}." if self._ratios else "Leave it out."
            raise self._wrong(right.end(1) - 1, why, hint)
        return Comparison(name, sign, bound / 100, True, self._ratios[name])

    def _narrow(self, found: re.Match[str]) -> None:
        """Keep the kinds of rows that have this field too."""
        kind, name = found[1], found[2]
        named = tuple(each for each in self._all if kind in (None, each.kind))
        if not named:
            kinds = ", ".join(each.kind for each in self._all)
            meant = did_you_mean(kind, (each.kind for each in self._all))
            raise self._wrong(found.start(1), f"{kind!r} is not one of {kinds}", meant.strip())
        if not any(name in fields(each) for each in named):
            raise self._no_field(name, named, found.start(2))
        self._names.append(found[0].strip())
        self.resources = tuple(
            each for each in self.resources if each in named and name in fields(each)
        )
        if not self.resources:
            raise self._no_row(found.end() - len(found[0].lstrip()))

    def _no_field(self, name: str, named: tuple[Resource, ...], place: int) -> UsageError:
        valid = sorted({name for each in named for name in fields(each)})
        return UsageError(
            f"{self._option} {self._text!r}: there is no field {name!r} (character {place + 1})."
            f"{did_you_mean(name, valid)}",
            hint=f"Fields: {', '.join(valid)}.",
        )

    def _no_row(self, place: int) -> UsageError:
        names = list(dict.fromkeys(self._names))
        return UsageError(
            f"{self._option} {self._text!r}: an expression is about one row, and no row has "
            f"{', '.join(names[:-1])} and {names[-1]} (character {place + 1}).",
            hint=f"Write one {self._option} for each kind of rows.",
        )

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found

    def _need(self, pattern: re.Pattern[str], why: str) -> re.Match[str]:
        found = self._take(pattern)
        if found is None:
            raise self._wrong(self._at, why)
        return found

    def _wrong(self, place: int, why: str, hint: str = "") -> UsageError:
        """What is expected at the first sign from here that is not blank."""
        place += len(self._text[place:]) - len(self._text[place:].lstrip())
        found = repr(self._text[place]) if place < len(self._text) else "the end"
        return UsageError(
            f"{self._option} {self._text!r}: {why} at character {place + 1}, where {found} stands.",
            hint=hint
            or "Write a field, an operator and a value, as in 'marginRatio>80% and roe<0'.",
        )


def _bound(text: str) -> Decimal | None:
    if text.removeprefix("+") == INFINITE:
        return Decimal(INFINITE)
    return Decimal(text) if _is_number(text) else None
