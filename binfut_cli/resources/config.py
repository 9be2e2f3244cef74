"""`account config`: fee tier, permissions, modes, and each symbol's leverage and margin type.

usdm: `accountConfig` (5), `symbolConfig` (5) and `feeBurn` (30) over REST, side by side. coinm:
`account.status` (5) over the WS-API, and `positionSide/dual` (30) over REST; the position mode is
one setting of both markets since 2026-06-30.
"""

from collections.abc import Callable

import msgspec

from binfut_cli.api.client import AccountClient, Get, Question
from binfut_cli.codec import Amount, Row, ready
from binfut_cli.endpoints import Market
from binfut_cli.resources.positions import margin_type
from binfut_cli.resources.result.column import Column, Form, either
from binfut_cli.resources.result.lenient import Reading, names_symbol
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.result.symbols import market_of_symbol, unknown_symbol

NOT_SETTINGS = ("assets", "positions", "updateTime")


@ready
class SymbolConfig(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A symbol's settings; the cap is in USD-like quote units on usdm, in contracts on coinm."""

    symbol: str
    leverage: int | None = None
    margin_type: str | None = None  # CROSSED or ISOLATED
    is_auto_add_margin: bool | None = None
    max_notional_value: Amount | None = None  # usdm
    max_qty: Amount | None = None  # coinm


@ready
class AccountConfig(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The account's settings."""

    symbols: tuple[SymbolConfig, ...] = ()
    fee_tier: int | None = None
    can_trade: bool | None = None
    can_deposit: bool | None = None
    can_withdraw: bool | None = None
    dual_side_position: bool | None = None  # hedge mode
    multi_assets_margin: bool | None = None
    fee_burn: bool | None = None  # fees are paid in BNB


SYMBOLS = Resource(
    kind="symbols",
    record="symbolConfig",
    answer="config",
    title="Symbols",
    model=SymbolConfig,
    identity=("symbol",),
    columns=(
        Column("Symbol", "symbol"),
        Column("Leverage", "leverage", Form.LEVERAGE),
        Column("Margin", margin_type),
        Column("Cap", either("maxNotionalValue", "maxQty"), Form.AMOUNT),
    ),
)
RESOURCES = (SYMBOLS,)


def config(
    account: AccountClient,
    symbols: frozenset[str] = frozenset(),
    key: Callable[[AccountClient], Row | None] = lambda account: None,
) -> Result:
    """Ask for the settings; of this market's symbols among those given, or of all.

    What the account may do is not what its key may do: `key` tells that, None where nobody does.
    """
    read = _usdm if account.market is Market.USDM else _coinm
    reading, settings, rows = read(account)
    document, _ = reading.fit({**settings, "apiKeyPermissions": key(account)}, AccountConfig)
    if rows is not None:
        chosen = _chosen(rows, symbols, account.market)
        fitting, _ = reading.fit_each(chosen, SymbolConfig, lambda row: f"symbols[{row['symbol']}]")
        document = {**document, "symbols": fitting}
    return Result.of(account, "config", document, SYMBOLS, read=reading.read())


def _usdm(account: AccountClient) -> tuple[Reading, Row, list[Row] | None]:
    found = account.get_each(
        Get("/fapi/v1/accountConfig"), Get("/fapi/v1/symbolConfig"), Get("/fapi/v1/feeBurn")
    )
    reading = Reading(dict(zip(("accountConfig", "symbolConfig", "feeBurn"), found, strict=True)))
    settings = {**reading.mapping("accountConfig"), **reading.mapping("feeBurn")}
    settings.pop("updateTime", None)  # the exchange says that it means nothing
    rows = reading.rows("symbolConfig", "symbols", names_symbol)
    return reading, settings, rows if reading.has("symbolConfig") else None


def _coinm(account: AccountClient) -> tuple[Reading, Row, list[Row] | None]:
    (status,) = account.ask_each([Question("account.status")])
    (dual,) = account.get_each(Get("/dapi/v1/positionSide/dual"))
    reading = Reading({"account.status": status, "positionSide/dual": dual})
    found = reading.mapping("account.status")
    settings = {key: value for key, value in found.items() if key not in NOT_SETTINGS}
    rows = reading.listed("account.status", found.get("positions"), "symbols", names_symbol)
    symbols = {row["symbol"]: _settings(row) for row in rows}
    whole = {**settings, **reading.mapping("positionSide/dual")}
    return reading, whole, list(symbols.values()) if reading.has("account.status") else None


def _settings(row: Row) -> Row:
    """A coinm position row's settings, in symbolConfig's words."""
    kept: Row = {key: row[key] for key in ("symbol", "leverage", "maxQty") if key in row}
    if isinstance(isolated := row.get("isolated"), bool):
        kept["marginType"] = "ISOLATED" if isolated else "CROSSED"
    return kept


def _chosen(rows: list[Row], symbols: frozenset[str], market: Market) -> list[Row]:
    wanted = {symbol for symbol in symbols if market_of_symbol(symbol) is market}
    if strange := sorted(wanted - {row["symbol"] for row in rows}):
        raise unknown_symbol(strange[0], market)
    return [row for row in rows if not symbols or row["symbol"] in wanted]
