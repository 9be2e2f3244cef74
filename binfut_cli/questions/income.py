"""`account income`: what came and went, over a span, without loss or duplicates; and its totals.

`income` (weight 30 on usdm, 20 on coinm) answers at most 1000 rows; its `page` parameter is gone
since 2026-10-16.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec

from binfut_cli.account import Account
from binfut_cli.derived import text
from binfut_cli.errors import UsageError
from binfut_cli.markets import Market
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.pages import PAGE, Pages, Span, listed
from binfut_cli.questions.symbols import naming
from binfut_cli.signing import Param
from binfut_cli.wire import Amount, Row, Time, decimal

DAY_MS = 86_400_000
WEIGHT = {Market.USDM: 30, Market.COINM: 20}
EVERYTHING: Mapping[str, Param] = {}
KEPT_MS = {Market.USDM: 90 * DAY_MS, Market.COINM: 365 * DAY_MS}
"""How far back the exchange answers: three months on usdm; on coinm a span of a year."""

INCOME_TYPES = {
    Market.USDM: (
        "TRANSFER",
        "WELCOME_BONUS",
        "REALIZED_PNL",
        "FUNDING_FEE",
        "COMMISSION",
        "INSURANCE_CLEAR",
        "REFERRAL_KICKBACK",
        "COMMISSION_REBATE",
        "API_REBATE",
        "CONTEST_REWARD",
        "CROSS_COLLATERAL_TRANSFER",
        "OPTIONS_PREMIUM_FEE",
        "OPTIONS_SETTLE_PROFIT",
        "INTERNAL_TRANSFER",
        "AUTO_EXCHANGE",
        "DELIVERED_SETTELMENT",
        "COIN_SWAP_DEPOSIT",
        "COIN_SWAP_WITHDRAW",
        "POSITION_LIMIT_INCREASE_FEE",
        "STRATEGY_UMFUTURES_TRANSFER",
        "FEE_RETURN",
        "BFUSD_REWARD",
    ),
    Market.COINM: (
        "TRANSFER",
        "WELCOME_BONUS",
        "FUNDING_FEE",
        "REALIZED_PNL",
        "COMMISSION",
        "INSURANCE_CLEAR",
        "DELIVERED_SETTELMENT",
    ),
}
"""Every documented type; "SETTELMENT" is the exchange's own spelling."""


class Income(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One flow of income; `tran_id` is unique only within one `income_type`."""

    symbol: str
    income_type: str
    income: Amount
    asset: str
    time: Time
    info: str | None = None
    tran_id: int | str | None = None
    trade_id: int | str | None = None


def checked_span(market: Market, span: Span, now_ms: int) -> Span:
    """Refuse a span that is reversed, in the future, or beyond what the exchange keeps."""
    if span.start_ms > now_ms or span.end_ms > now_ms + DAY_MS:  # today ends later than now
        raise UsageError("The span lies in the future.", hint="End it today, or before.")
    if span.start_ms > span.end_ms:
        raise UsageError("The span ends before it begins.", hint="Give --from before --to.")
    oldest = now_ms - KEPT_MS[market]
    if span.start_ms < oldest:
        day = datetime.fromtimestamp(oldest / 1000, UTC) + timedelta(days=1)  # whole from here on
        raise UsageError(
            f"The exchange has {market} income only since {day:%Y-%m-%d}.",
            hint=f"Ask for --from {day:%Y-%m-%d} or later; older rows are in its export page only.",
        )
    return span


def income(
    account: Account,
    span: Span,
    *,
    symbol: str | None = None,
    income_type: str | None = None,
    progress: Callable[[int, int], object] = lambda rows, reached_ms: None,
) -> Answer:
    """Ask for every flow of a span, and add them up.

    `progress` is told after each page how many rows there are and which time they reach.
    """
    only: dict[str, Param] = {}
    if symbol is not None:
        only["symbol"] = symbol
    if income_type is not None:
        only["incomeType"] = income_type
    rows: list[Row] = []
    with naming(symbol, account.market):
        pages = Pages(partial(page, account, span.end_ms, only=only), span.start_ms)
        while not pages.is_over:
            if fresh := pages.turn():
                rows += fresh
                progress(len(rows), rows[-1]["time"])
    document: Row = {
        "from": span.start_ms,
        "to": span.end_ms,
        "income": rows,
        "derived": {"totals": totals(rows)},
    }
    return Answer.of(account, "income", document, "income")


def page(
    account: Account, end_ms: int, start_ms: int, *, only: Mapping[str, Param] = EVERYTHING
) -> list[Row]:
    """The first `PAGE` flows of a span, oldest first."""
    span: dict[str, Param] = {"startTime": start_ms, "endTime": end_ms, "limit": PAGE}
    return listed(account, "income", {**only, **span}, Income)


def totals(rows: list[Row]) -> list[Row]:
    """Sums by UTC day, asset and type, in that order."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for row in rows:
        day = f"{datetime.fromtimestamp(row['time'] / 1000, UTC):%Y-%m-%d}"
        key = (day, row["asset"], row["incomeType"])
        sums[key] = sums.get(key, Decimal()) + (decimal(row["income"]) or Decimal())
    return [
        {"day": day, "asset": asset, "incomeType": kind, "income": text(total)}
        for (day, asset, kind), total in sorted(sums.items())
    ]
