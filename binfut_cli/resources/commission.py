"""`account commission`: what trading costs, of the symbols that are held or of those given.

`commissionRate` (weight 20) tells one symbol's rates, so many symbols are asked in turns, within a
share of the minute's weight. What is held is told by account.status and account.position (5 each).
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from binfut_cli.api.client import AccountClient, Get, Question
from binfut_cli.codec import Amount, Row, decimal, ready
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.errors import AuthError, BinfutError
from binfut_cli.resources.figures.account_document import legs, needed
from binfut_cli.resources.history.pace import Pace
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.column import Column, Form
from binfut_cli.resources.result.lenient import WHOLE, Read, Reading
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.result.symbols import UNKNOWN, market_of_symbol, unknown_symbol

RATE = "commissionRate"
WEIGHT = 20
AT_ONCE = 8  # symbols
HOLDS = (*POSITIONS.amounts, "initialMargin")  # the last where account.position does not answer
LARGEST = Decimal("0.002")  # 0.2 per cent, several times what the exchange takes


@ready
class CommissionRate(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A symbol's rates, as shares of what is traded; RPI orders have one of their own on usdm."""

    symbol: str
    maker_commission_rate: Amount | None = None
    taker_commission_rate: Amount | None = None
    rpi_commission_rate: Amount | None = None  # usdm, since 2025-11-26


COMMISSION_RATES = Resource(
    kind="commissionRates",
    record="commissionRate",
    answer="commission",
    title="Commission rates",
    model=CommissionRate,
    identity=("symbol",),
    ratios={
        "makerCommissionRate": LARGEST,
        "takerCommissionRate": LARGEST,
        "rpiCommissionRate": LARGEST,
    },
    columns=(
        Column("Symbol", "symbol"),
        Column("Maker", "makerCommissionRate", Form.RATE),
        Column("Taker", "takerCommissionRate", Form.RATE),
        Column("RPI", "rpiCommissionRate", Form.RATE, 1, market=Market.USDM),
    ),
)
RESOURCES = (COMMISSION_RATES,)


def commission(
    account: AccountClient, symbols: Sequence[str] = (), pace: Pace | None = None
) -> Result:
    """Ask for the rates of this market's symbols among those given, or of those that are held."""
    wanted, told = _given(account.market, symbols) if symbols else _held(account)
    rates = _rates(account, wanted, pace or Pace())
    reading = Reading({_call(symbol): rates[symbol] for symbol in wanted})
    rows = [row for symbol in wanted for row in _row(reading, symbol)]
    fitting, _ = reading.fit_each(rows, CommissionRate, lambda row: f"{RATE}[{row['symbol']}]")
    read = reading.read()
    return Result.of(
        account,
        "commission",
        {"commissionRates": fitting},
        COMMISSION_RATES,
        read=Read(told.lacking + read.lacking, told.odd + read.odd),
    )


def _call(symbol: str) -> str:
    return f"{RATE} of {symbol}"


def _given(market: Market, symbols: Sequence[str]) -> tuple[list[str], Read]:
    return [each for each in dict.fromkeys(symbols) if market_of_symbol(each) is market], WHOLE


def _held(account: AccountClient) -> tuple[list[str], Read]:
    """The symbols with a position or an open order."""
    methods = needed(account.market)
    answers = account.ask_each([Question(method) for method in methods])
    reading = Reading(dict(zip(methods, answers, strict=True)))
    held = [row["symbol"] for row in legs(account.market, reading) if _holds(row)]
    return list(dict.fromkeys(held)), reading.read()


def _holds(row: Row) -> bool:
    """Whether there is a position or an open order, or may be, for all that can be read."""
    told = [decimal(row[name]) for name in HOLDS if name in row]
    return "positionAmt" not in row or any(amount != 0 for amount in told)


def _row(reading: Reading, symbol: str) -> list[Row]:
    """A symbol's row; none if its rates did not come, or came as another's."""
    call = _call(symbol)
    return reading.listed(
        call, [reading.part(call)], call, lambda row: bool(row.get("symbol") == symbol)
    )


def _rates(
    account: AccountClient, symbols: Sequence[str], pace: Pace
) -> dict[str, Any | BinfutError]:
    """Each symbol's rates or refusal, a few symbols at once.

    What is not a symbol's own fault is waited for within reason, or else ends the asking.
    """
    found: dict[str, Any | BinfutError] = {}
    failures = 0
    while waiting := [symbol for symbol in symbols if symbol not in found]:
        answers = _turn(account, waiting[:AT_ONCE], pace)
        common = [each for each in answers.values() if _is_of_all(each)]
        found |= {symbol: each for symbol, each in answers.items() if each not in common}
        try:
            for each in common[:1]:
                pace.after(each, failures, is_begun=bool(found))
        except BinfutError as exc:
            return dict.fromkeys(symbols, exc) | found
        failures = failures + 1 if common else 0
    return found


def _turn(
    account: AccountClient, symbols: Sequence[str], pace: Pace
) -> dict[str, Any | BinfutError]:
    path = f"{MARKET_APIS[account.market].rest_prefix}/v1/{RATE}"
    ask = partial(account.get_each, *(Get(path, {"symbol": symbol}) for symbol in symbols))
    answers = pace.ask(ask, WEIGHT * len(symbols), lambda: account.weight)
    named = (
        _named(each, symbol, account.market) for symbol, each in zip(symbols, answers, strict=True)
    )
    return dict(zip(symbols, named, strict=True))


def _named(answer: Any | BinfutError, symbol: str, market: Market) -> Any | BinfutError:
    """The same, but a symbol that the exchange does not know is told by its name."""
    is_unknown = isinstance(answer, BinfutError) and answer.exchange_code == UNKNOWN
    return unknown_symbol(symbol, market) if is_unknown else answer


def _is_of_all(answer: Any | BinfutError) -> bool:
    """Whether it is a refusal that any other symbol would meet as well."""
    return isinstance(answer, BinfutError) and (answer.retryable or isinstance(answer, AuthError))
