"""Which prices an open order waits for, and how far the mark price is from the next of them.

Orders of the engine (`openOrders`) and conditional ones (`openAlgoOrders`) name things differently;
both are read here. Prices are in the quote asset; an amount of 0 means that there is none.
"""

from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.derived import rounded

TRAILING = "TRAILING_STOP_MARKET"
_WAITING = ("NEW", "CANCELED", "REJECTED", "EXPIRED")  # algoStatus
_FIRED = ("TRIGGERING", "TRIGGERED", "FINISHED")
_AT_WORK = ("LIMIT", "MARKET")  # what a stop of the engine has become, with `origType` as before
_CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", TRAILING)
_PRICES = ("price", "stopPrice", "triggerPrice", "activatePrice")


def kind(row: Row) -> str | None:
    """The order's type: `type` in the engine's words, `orderType` in the algo service's."""
    return row.get("type") or row.get("orderType")


def is_trailing(row: Row) -> bool:
    """Whether it is a trailing stop, which follows the price once it is activated."""
    return kind(row) == TRAILING


def own_price(row: Row) -> Decimal | None:
    """The limit price; None for what acts at the market's."""
    return decimal(row.get("price")) or None


def trigger(row: Row) -> Decimal | None:
    """The trigger price. A trailing stop has none: its `stopPrice` means nothing.

    Source: the exchange's Current-All-Open-Orders page, "please ignore when order type is
    TRAILING_STOP_MARKET".
    """
    if is_trailing(row):
        return None
    return decimal(row.get("triggerPrice")) or decimal(row.get("stopPrice")) or None


def activation(row: Row) -> Decimal | None:
    """The price at which a trailing stop begins to follow; None if it did so at once."""
    return (decimal(row.get("activatePrice")) or None) if is_trailing(row) else None


def callback_rate(row: Row) -> Decimal | None:
    """How far the price must come back before a trailing stop acts, in per cent."""
    return decimal(row.get("callbackRate")) or decimal(row.get("priceRate")) or None


def distance(row: Row, mark: Decimal | None) -> Decimal | None:
    """|price − mark| / mark, of the price where the order would act next; None if that is open.

    It is open too if what decides between its prices is odd or not known here.
    """
    target = _next(row, mark) if mark and _is_readable(row) else None
    return rounded(abs(target - mark) / mark) if mark and target else None


def _is_readable(row: Row) -> bool:
    prices_are = all(decimal(row[name]) is not None for name in _PRICES if name in row)
    status = row.get("algoStatus", "NEW")
    return prices_are and kind(row) in _AT_WORK + _CONDITIONAL and status in _WAITING + _FIRED


def _next(row: Row, mark: Decimal) -> Decimal | None:
    if is_trailing(row):
        return None if _has_fired(row) else _ahead(row, mark)
    return own_price(row) if _has_fired(row) else trigger(row)


def _has_fired(row: Row) -> bool:
    return row.get("algoStatus") in _FIRED or row.get("type") in _AT_WORK


def _ahead(row: Row, mark: Decimal) -> Decimal | None:
    """A trailing stop's activation price, unless the mark price has reached it.

    One that buys waits for the price to fall to it, one that sells for it to rise.
    """
    price = activation(row)
    if price is None:
        return None
    waits = {"BUY": mark > price, "SELL": mark < price}
    return price if waits.get(str(row.get("side"))) else None
