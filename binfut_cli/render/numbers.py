"""Amounts as people read them: grouped, without padding, every digit that counts kept."""

import re
from decimal import Decimal
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.render.escape import plain

NONE = "–"
WHOLE = re.compile(r"[+-]?[0-9,]+").match
"""The whole part of an amount, as it is shown."""


def amount(value: Any) -> str:
    """1234.50 as "1,234.5"; "–" for what is not there; strange text as it is, escaped."""
    number = decimal(value)
    if number is None:
        return NONE if value is None or value == "" else plain(value)
    shown = f"{number:,f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return _unsigned(shown)


def signed(value: Any) -> str:
    """As `amount`, with a plus before what is above zero."""
    number = decimal(value)
    return f"+{amount(value)}" if number is not None and number > 0 else amount(value)


def percent(value: Any) -> str:
    """A ratio as per cent, to two places: 0.0925 as "9.25%"."""
    number = decimal(value)
    return NONE if number is None else f"{_unsigned(f'{number * 100:,.2f}')}%"


def rate(value: Any) -> str:
    """A ratio as per cent, every digit kept: 0.00005 as "0.005%"."""
    number = decimal(value)
    return amount(value) if number is None else f"{amount(f'{number:%}'.removesuffix('%'))}%"


def _unsigned(shown: str) -> str:
    """A number without its sign if all that is shown of it is zero."""
    return shown if shown.strip("-0.,") else shown.removeprefix("-")


def price(value: Any) -> str:
    """A price; "none" where the exchange writes 0 for "there is none"."""
    return "none" if decimal(value) == 0 else amount(value)


def difference(before: Any, after: Any) -> Decimal | None:
    """How much was added, where both are amounts."""
    old, new = decimal(before), decimal(after)
    return None if old is None or new is None else new - old


def aligned(shown: list[str]) -> list[str]:
    """Pad what follows the whole part, so that a right-aligned column lines up on the point."""
    tails = [len(text) - found.end() if (found := WHOLE(text)) else 0 for text in shown]
    widest = max(tails, default=0)
    return [text + " " * (widest - tail) for text, tail in zip(shown, tails, strict=True)]
