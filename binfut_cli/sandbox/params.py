"""Reading a JSON object's parameters: each is asked for by name and kind, none may be left over."""

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_NONE: Any = object()
LARGEST = Decimal(10) ** 9  # so that a product of two keeps its eight places
SMALLEST = Decimal("1e-8")
MOST_BYTES = 64 << 20  # of what a fault adds to one message
FARTHEST_MS = 10**12  # that a clock may be off: some thirty years
INT64 = 2**63 - 1
LONGEST = 10**9  # no number of seconds, or of what else is no amount, is larger


class BadParams(ValueError):
    """An action or fault makes no sense; the text says why."""


class Params(msgspec.Struct):
    """The parameters of one object, and which of them were read."""

    values: Mapping[str, Any]
    read: set[str] = msgspec.field(default_factory=set)

    def value(self, name: str, default: Any = _NONE) -> Any:
        """Any JSON value."""
        self.read.add(name)
        value = self.values.get(name, default)
        if value is _NONE:
            raise BadParams(f"{name} is missing")
        return value

    def text(self, name: str, default: str | None = _NONE) -> Any:
        """A text."""
        value = self.value(name, default)
        if value is not default and not isinstance(value, str):
            raise BadParams(f"{name} must be a text")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str = _NONE) -> str:
        """One of some texts."""
        value = self.value(name, default)
        if value not in choices:
            raise BadParams(f"{name} must be one of {', '.join(choices)}")
        return str(value)

    def number(self, name: str, default: Any = _NONE) -> Decimal:
        """An amount: a decimal as text, or an integer."""
        value = self.value(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise BadParams(f'{name} must be a decimal in quotes, like "0.01"')
        try:
            number = Decimal(value)
        except InvalidOperation as exc:
            raise BadParams(f'{name} must be a decimal in quotes, like "0.01"') from exc
        if not number.is_finite() or abs(number) >= LARGEST or number % SMALLEST:
            raise BadParams(f"{name} must be below 10^9 and have at most 8 places")
        return number

    def positive(self, name: str, default: Any = _NONE) -> Decimal:
        """An amount above zero."""
        number = self.number(name, default)
        if number <= 0:
            raise BadParams(f"{name} must be above zero")
        return number

    def share(self, name: str, default: float = _NONE) -> float:
        """A number that is no amount: seconds, a chance; plain or in quotes, zero or above."""
        value = self.value(name, default)
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number <= LONGEST:
            raise BadParams(f"{name} must be a number from 0 to 10^9")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        """A text, or a list of texts; none when it is absent."""
        value = self.value(name, None)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(each, str) for each in listed):
            raise BadParams(f"{name} must be a text or a list of texts")
        return tuple(listed)

    def integer(
        self, name: str, default: int | None = _NONE, least: int = -INT64, most: int = INT64
    ) -> Any:
        """An integer within bounds."""
        value = self.value(name, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadParams(f"{name} must be an integer")
        if not least <= value <= most:
            raise BadParams(f"{name} must be from {least} to {most}")
        return value

    def size(self, name: str, default: int, least: int = 0) -> int:
        """A number of bytes that a machine has to spare."""
        return int(self.integer(name, default, least, MOST_BYTES))

    def flag(self, name: str, default: bool = _NONE) -> bool:
        """True or false."""
        value = self.value(name, default)
        if not isinstance(value, bool):
            raise BadParams(f"{name} must be true or false")
        return value

    def finish(self) -> None:
        """Refuse parameters that nobody read."""
        if unknown := sorted(set(self.values) - self.read):
            raise BadParams(f"unknown: {', '.join(unknown)}")
