"""What a trade does to a position: entry price, break-even price, realised profit. Pure."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ZERO, rounded
from binfut_cli.sandbox.account.margin import notional, profit
from binfut_cli.sandbox.account.rows import Position

TAKER = Decimal("0.0004")
MAKER = Decimal("0.0002")


class Filled(msgspec.Struct, frozen=True):
    """The row after a trade, and what the trade realised before fees."""

    position: Position
    realized: Decimal
    closed: Decimal  # the part of the old amount that is gone, with its sign
    opened: Decimal  # the part of the trade that opened, with its sign


def filled(
    contract: Contract, position: Position, quantity: Decimal, price: Decimal, rate: Decimal
) -> Filled:
    """Trade a signed quantity at a price: open, increase, reduce, close or flip."""
    closed, opened = split(position.amt, quantity)
    gain = rounded(profit(contract, closed, position.entry_price, price))
    left = position.amt + quantity
    flipped = opened != 0 and closed != 0
    row = replace(
        position,
        amt=left,
        accumulated_realized=position.accumulated_realized + gain,
        entry_price=_entry(contract, position, opened, price, flipped),
        break_even_price=_break_even(contract, position, quantity, price, rate, flipped),
    )
    if not left:
        row = replace(row, entry_price=ZERO, break_even_price=ZERO)
    return Filled(row, gain, closed, opened)


def split(held: Decimal, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """Split a trade into what it closes (in the held sign) and what it opens."""
    if held * quantity >= 0:
        return ZERO, quantity
    closing = min(abs(held), abs(quantity)).copy_sign(held)
    return closing, quantity + closing


def _entry(
    contract: Contract, position: Position, opened: Decimal, price: Decimal, flipped: bool
) -> Decimal:
    if flipped or not position.amt:
        return price
    if not opened:
        return position.entry_price
    return rounded(_mean(contract, position.amt, position.entry_price, opened, price), 11)


def _break_even(
    contract: Contract,
    position: Position,
    quantity: Decimal,
    price: Decimal,
    rate: Decimal,
    flipped: bool,
) -> Decimal:
    """Recorded: entry × 1.0004 after a taker fill at 0.04 %, on both markets."""
    paid = price * (1 + rate.copy_sign(quantity))
    if flipped or not position.amt:
        return paid
    if not position.amt + quantity:
        return ZERO
    mean = _mean(contract, position.amt, position.break_even_price or price, quantity, paid)
    return max(ZERO, rounded(mean, 11))


def _mean(contract: Contract, amt: Decimal, price: Decimal, more: Decimal, at: Decimal) -> Decimal:
    """Average two lots: by value on usdm, by coin on coinm."""
    value = notional(contract, amt, price) + notional(contract, more, at)
    if contract.inverse:
        return (amt + more) * contract.size / value if value else ZERO
    return value / (amt + more)
