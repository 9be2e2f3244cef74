"""Amounts as people read them: grouped, and with the digits that the eye can use.

`amount`, `signed` and `rate` keep every digit; `price`, `money` and `percent` round.
"""

import re
from decimal import Decimal
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.render.escape import plain

NONE = "–"
_NUMBER = re.compile(r"([+-]?[0-9,]+)((?:\.[0-9]+)?%?)").match
_PRICE_DIGITS = 6
_SMALL_DIGITS = 2  # of what would be shown as zero
_COIN_PLACES = 8  # the exchange tells no more
_DOLLAR_PLACES = 2
_SHARE_PLACES = 3  # of a share in per cent that two places would show as zero
_NEAR_ZERO = Decimal("0.005")


def amount(value: Any) -> str:
    """1234.50 as "1,234.5"; "–" for what is not there; strange text as it is, escaped."""
    number = decimal(value)
    if number is None:
        return NONE if value is None or value == "" else plain(value)
    return _unpadded(f"{number:,f}")


def signed(value: Any) -> str:
    """As `amount`, with a plus before what is above zero."""
    number = decimal(value)
    return f"+{amount(value)}" if number is not None and number > 0 else amount(value)


def percent(value: Any) -> str:
    """A ratio as per cent, to two places: 0.0925 as "9.25%".

    What is not zero is never shown as zero: 0.00004 is "0.004%", and what is even nearer to it than
    three places tell is "<0.001%".
    """
    number = decimal(value)
    if number is None:
        return NONE
    share = number * 100
    if not share or abs(share) > _NEAR_ZERO:  # nearly always
        return f"{_unsigned(f'{share:,.2f}')}%"
    least = f"0.{1:0{_SHARE_PLACES}d}"
    if f"{abs(share):.{_SHARE_PLACES}f}" < least:
        return f"<{least}%" if share > 0 else f">-{least}%"
    return f"{_unpadded(f'{share:.{_SHARE_PLACES}f}')}%"


def rate(value: Any) -> str:
    """A ratio as per cent, every digit kept: 0.00005 as "0.005%"."""
    number = decimal(value)
    return amount(value) if number is None else f"{amount(f'{number:%}'.removesuffix('%'))}%"


def _unpadded(shown: str) -> str:
    return _unsigned(shown.rstrip("0").rstrip(".") if "." in shown else shown)


def _unsigned(shown: str) -> str:
    """A number without its sign if all that is shown of it is zero."""
    return shown if shown[:1] != "-" or shown.strip("-0.,") else shown[1:]


def price(value: Any, *, is_average: bool = False) -> str:
    """A price to six digits, an average to seven; "–" where the exchange writes 0 for none.

    Of the whole part every digit is shown, and one place behind it at least. That is the tick or
    close to it (BTC 83,012.4, ETH 3,120.45), which no reply tells; and two prices that are a
    100,000th apart are never shown alike.
    """
    number = decimal(value)
    if not number:
        return NONE if number is not None else amount(value)
    places = _PRICE_DIGITS - 1 - number.adjusted()
    return _unpadded(f"{number:,.{max(places, 1) + is_average}f}")


def exact_price(value: Any) -> str:
    """A price with every digit; "–" for 0."""
    return NONE if decimal(value) == 0 else amount(value)


def money(value: Any, unit: str | None = None) -> str:
    """An amount to two places if it is in dollars of any kind, to eight if in a coin.

    All digits if its unit is not known. What is not zero is never shown as zero: two of its digits
    are there.
    """
    number = decimal(value)
    return amount(value) if number is None or unit is None else money_of(number, unit)


def money_of(number: Decimal, unit: str) -> str:
    """The same of what is known to be a number of a sane size."""
    if "USD" not in unit:
        return _unpadded(f"{number:,.{_places(number, _COIN_PLACES)}f}")
    if number and number.adjusted() >= -_DOLLAR_PLACES:  # nearly always
        return f"{number:,.2f}"
    places = _places(number, _DOLLAR_PLACES)
    shown = _unsigned(f"{number:,.{places}f}")
    return shown if places == _DOLLAR_PLACES else shown.rstrip("0")


def signed_money(value: Any, unit: str | None = None) -> str:
    """As `money`, with a plus before what is above zero."""
    number = decimal(value)
    return f"+{money(value, unit)}" if number is not None and number > 0 else money(value, unit)


def _places(number: Decimal, usual: int) -> int:
    """As many places as usual, or so many that two digits are seen of what would be zero."""
    is_seen = not number or number.adjusted() >= -usual
    return usual if is_seen else _SMALL_DIGITS - 1 - number.adjusted()


def difference(before: Any, after: Any) -> Decimal | None:
    """How much was added, where both are amounts."""
    old, new = decimal(before), decimal(after)
    return None if old is None or new is None else new - old


def aligned(shown: list[str]) -> list[str]:
    """Pad numbers and what follows them, so that a right-aligned column lines up on the point.

    "–" stands where the last whole digit does; what else is no number is left at the right.
    """
    each = [parts(text) for text in shown]
    places = max((len(fraction) for _, fraction, _ in each), default=0)
    rest = max((len(after) for _, _, after in each), default=0)
    return [
        text if not whole else f"{whole}{fraction:<{places}}{after:<{rest}}"
        for text, (whole, fraction, after) in zip(shown, each, strict=True)
    ]


def parts(text: str) -> tuple[str, str, str]:
    """A number's whole part, its fraction with point and per cent sign, and what follows."""
    if text == NONE:
        return text, "", ""
    found = _NUMBER(text)
    return (found[1], found[2], text[found.end() :]) if found else ("", "", "")
