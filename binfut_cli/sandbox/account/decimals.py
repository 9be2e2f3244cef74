"""How the exchange writes numbers. Money is `Decimal`; nothing here is a float."""

from decimal import Decimal

ZERO = Decimal(0)
ONE = Decimal(1)


def amount(value: Decimal) -> str:
    """Write an amount as REST and the WS-API do: eight places, always."""
    return places(value, 8)


def places(value: Decimal, digits: int) -> str:
    """Write a value with a fixed number of places, and zero without a sign."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not text.strip("-0.") else text


def amount_or_zero(value: Decimal) -> str:
    """Write an amount, but a bare `0` when there is none, as position rows do."""
    return amount(value) if value else "0"


def plain(value: Decimal) -> str:
    """Write a value as the stream does since 2026: no padding, no exponent."""
    return f"{value.normalize():f}" if value else "0"


def rounded(value: Decimal, digits: int = 8) -> Decimal:
    """Round to the precision the exchange books with."""
    return value.quantize(ONE.scaleb(-digits))
