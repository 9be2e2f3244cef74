"""Whether there is a futures account at all behind an answer.

Before its owner activates it on the exchange's futures page, the exchange answers with empty texts
for amounts (seen by users of other libraries: JKorf/Binance.Net 1520).
"""

from collections.abc import Iterable

from binfut_cli.codec import Row
from binfut_cli.errors import ExchangeError

_AMOUNTS = ("balance", "crossWalletBalance", "crossUnPnl", "availableBalance")


def check_totals(found: Row) -> None:
    """Raise ExchangeError if every total of an account is empty."""
    _check(value for name, value in found.items() if name.startswith("total"))


def check_balances(rows: list[Row]) -> None:
    """Raise ExchangeError if every amount of every asset is empty."""
    _check(row[name] for row in rows for name in _AMOUNTS if name in row)


def _check(amounts: Iterable[object]) -> None:
    told = list(amounts)
    if told and all(amount == "" for amount in told):
        raise ExchangeError(
            "Nothing is in the answer: the futures account is not activated.",
            hint="Activate it on the exchange's futures page, signed in as the key's owner, and "
            "run again.",
        )
