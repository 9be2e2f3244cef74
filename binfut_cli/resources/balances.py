"""`account balances`: one row an asset, from `v2/account.balance` or `account.balance` (5).

An asset's margin ratio needs its positions and, on usdm, the mode: account.status (5; on usdm the
old one, which tells the mode) and account.position (5) are asked beside, on the same connection.
"""

import msgspec

from binfut_cli.api.client import AccountClient, Question
from binfut_cli.codec import Amount, Row, ready
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.resources.figures.account_document import OLD_STATUS, of_reading
from binfut_cli.resources.figures.activation import check_balances
from binfut_cli.resources.result.column import Column, Form, either, own_asset
from binfut_cli.resources.result.lenient import Reading, names_asset
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

METHODS = {Market.USDM: "v2/account.balance", Market.COINM: "account.balance"}
_RENAMED = {"walletBalance": "balance"}
_ON_COINM = {"maxWithdrawAmount": "withdrawAvailable"}


@ready
class Balance(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An asset's balance, in that asset."""

    asset: str
    balance: Amount | None = None
    cross_wallet_balance: Amount | None = None
    cross_un_pnl: Amount | None = None
    available_balance: Amount | None = None
    max_withdraw_amount: Amount | None = None  # usdm
    withdraw_available: Amount | None = None  # coinm's name for it
    margin_available: bool | None = None  # usdm: counts as margin in multi-assets mode
    account_alias: str | None = None
    update_time: int = 0


_KEPT = {field.encode_name for field in msgspec.structs.fields(Balance)} | {"derived"}


def from_asset(market: Market, row: Row) -> Row:
    """A row of an account's assets as a balance row: its amounts, under their names there."""
    renamed = {**_RENAMED, **(_ON_COINM if market is Market.COINM else {})}
    found = {renamed.get(name, name): amount for name, amount in row.items()}
    return {name: amount for name, amount in found.items() if name in _KEPT}


BALANCES = Resource(
    kind="balances",
    record="balance",
    answer="balances",
    title="Balances",
    model=Balance,
    identity=("asset",),
    derived=("marginRatio",),
    ratios={"marginRatio": 1},
    # Not the available balance: in multi-assets mode every asset shows one, made of the others.
    amounts=("balance", "crossUnPnl"),
    streamed="assets",
    from_stream=from_asset,
    columns=(
        Column("Asset", "asset"),
        Column("Balance", "balance", Form.MONEY, unit=own_asset),
        Column("Ratio", "marginRatio", Form.MARGIN_RATIO),
        Column("Available", "availableBalance", Form.MONEY, 1, unit=own_asset),
        Column("Cross PnL", "crossUnPnl", Form.PROFIT, 2, unit=own_asset),
        Column(
            "Withdrawable",
            either("maxWithdrawAmount", "withdrawAvailable"),
            Form.MONEY,
            3,
            unit=own_asset,
        ),
        Column("Cross wallet", "crossWalletBalance", Form.MONEY, 4, unit=own_asset),
    ),
)
RESOURCES = (BALANCES,)


def balances(account: AccountClient) -> Result:
    """Ask for every asset's balance and margin ratio (weight 15)."""
    methods = (METHODS[account.market], OLD_STATUS, MARKET_APIS[account.market].position_method)
    answers = account.ask_each([Question(method) for method in methods])
    reading = Reading(dict(zip(methods, answers, strict=True)))
    rows = reading.rows(methods[0], "balances", names_asset)
    check_balances(rows)
    rows, _ = reading.fit_each(rows, Balance, lambda row: f"balances[{row['asset']}]")
    told = with_ratios(rows, of_reading(account.market, reading))
    document = {"balances": told} if reading.has(methods[0]) else {}
    return Result.of(account, "balances", document, BALANCES, read=reading.read())


def with_ratios(rows: list[Row], whole: Row) -> list[Row]:
    """Put behind each balance what is derived for the same asset of an account's document."""
    derived = {row["asset"]: row["derived"] for row in whole.get("assets", ())}
    return [{**row, "derived": derived.get(row["asset"], {"marginRatio": None})} for row in rows]
