"""`account config`: fee tier, permissions, modes, and each symbol's leverage and margin type.

usdm: `accountConfig` (5), `symbolConfig` (5) and `feeBurn` (30) over REST, side by side. coinm:
`account.status` (5) over the WS-API, and `positionSide/dual` (30) over REST; the position mode is
one setting of both markets since 2026-06-30.
"""

from collections.abc import Callable

import msgspec

from binfut_cli import wire
from binfut_cli.account import Account, Get, Question
from binfut_cli.markets import Market
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.symbols import market_of_symbol, unknown_symbol
from binfut_cli.shapes import mapping_of, rows_of
from binfut_cli.wire import Amount, Row

NOT_SETTINGS = ("assets", "positions", "updateTime")


class SymbolConfig(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A symbol's settings; the cap is in USD-like quote units on usdm, in contracts on coinm."""

    symbol: str
    leverage: int | str
    margin_type: str | None = None  # CROSSED or ISOLATED
    is_auto_add_margin: bool | str | None = None
    max_notional_value: Amount | None = None  # usdm
    max_qty: Amount | None = None  # coinm


class AccountConfig(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The account's settings."""

    symbols: tuple[SymbolConfig, ...]
    fee_tier: int | None = None
    can_trade: bool | None = None
    can_deposit: bool | None = None
    can_withdraw: bool | None = None
    dual_side_position: bool | None = None  # hedge mode
    multi_assets_margin: bool | None = None
    fee_burn: bool | None = None  # fees are paid in BNB


def config(
    account: Account,
    symbols: frozenset[str] = frozenset(),
    key: Callable[[Account], Row | None] = lambda account: None,
) -> Answer:
    """Ask for the settings; of this market's symbols among those given, or of all.

    What the account may do is not what its key may do: `key` tells that, None where nobody does.
    """
    read = _usdm if account.market is Market.USDM else _coinm
    settings, rows = read(account)
    settings["apiKeyPermissions"] = key(account)
    document = {**settings, "symbols": _chosen(rows, symbols, account.market)}
    wire.convert(document, AccountConfig, "account config")
    return Answer.of(account, "config", document, "symbols")


def _usdm(account: Account) -> tuple[Row, list[Row]]:
    found, rows, burn = account.get(
        Get("/fapi/v1/accountConfig"), Get("/fapi/v1/symbolConfig"), Get("/fapi/v1/feeBurn")
    )
    settings = {**mapping_of(found, "accountConfig"), **mapping_of(burn, "feeBurn")}
    settings.pop("updateTime", None)  # the exchange says that it means nothing
    return settings, rows_of(rows, "symbolConfig")


def _coinm(account: Account) -> tuple[Row, list[Row]]:
    (status,) = account.ask([Question("account.status")])
    (dual,) = account.get(Get("/dapi/v1/positionSide/dual"))
    found = mapping_of(status, "account.status")
    settings = {key: value for key, value in found.items() if key not in NOT_SETTINGS}
    rows = rows_of(found.get("positions"), "account.status")
    symbols = {row.get("symbol"): _settings(row) for row in rows}
    return {**settings, **mapping_of(dual, "positionSide/dual")}, list(symbols.values())


def _settings(row: Row) -> Row:
    """A coinm position row's settings, in symbolConfig's words."""
    margin_type = "ISOLATED" if row.get("isolated") else "CROSSED"
    kept: Row = {key: row[key] for key in ("symbol", "leverage", "maxQty") if key in row}
    return {**kept, "marginType": margin_type}


def _chosen(rows: list[Row], symbols: frozenset[str], market: Market) -> list[Row]:
    wanted = {symbol for symbol in symbols if market_of_symbol(symbol) is market}
    known = {row.get("symbol") for row in rows}
    if strange := sorted(wanted - known):
        raise unknown_symbol(strange[0], market)
    return [row for row in rows if not symbols or row.get("symbol") in wanted]
