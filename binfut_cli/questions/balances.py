"""`account balances`: one row an asset, from `v2/account.balance` or `account.balance` (5).

An asset's margin ratio needs its positions and, on usdm, the mode: account.status (5; on usdm the
old one, which tells the mode) and account.position (5) are asked beside, on the same connection.
"""

import msgspec

from binfut_cli import wire
from binfut_cli.account import Account, Question
from binfut_cli.markets import DIALECTS, Market
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.status import OLD_STATUS, document
from binfut_cli.shapes import mapping_of, rows_of
from binfut_cli.wire import Amount, Row

METHODS = {Market.USDM: "v2/account.balance", Market.COINM: "account.balance"}
_RENAMED = {"walletBalance": "balance"}
_ON_COINM = {"maxWithdrawAmount": "withdrawAvailable"}


class Balance(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An asset's balance, in that asset."""

    asset: str
    balance: Amount
    cross_wallet_balance: Amount | None = None
    cross_un_pnl: Amount | None = None
    available_balance: Amount | None = None
    max_withdraw_amount: Amount | None = None  # usdm
    withdraw_available: Amount | None = None  # coinm's name for it
    margin_available: bool | None = None  # usdm: counts as margin in multi-assets mode
    account_alias: str | None = None
    update_time: int = 0


_KEPT = {field.encode_name for field in msgspec.structs.fields(Balance)} | {"derived"}


def balances(account: Account) -> Answer:
    """Ask for every asset's balance and margin ratio (weight 15)."""
    methods = (METHODS[account.market], OLD_STATUS, DIALECTS[account.market].position_method)
    found, status, positions = account.ask([Question(method) for method in methods])
    rows = rows_of(found, methods[0])
    wire.convert(rows, list[Balance], methods[0])
    told = rows_of(positions, methods[2]), mapping_of(status, OLD_STATUS)
    whole = document(account.market, None, *told)
    return Answer.of(account, "balances", {"balances": with_ratios(rows, whole)}, "balances")


def with_ratios(rows: list[Row], whole: Row) -> list[Row]:
    """Put behind each balance what is derived for the same asset of an account's document."""
    derived = {row["asset"]: row["derived"] for row in whole["assets"]}
    return [{**row, "derived": derived.get(row["asset"], {"marginRatio": None})} for row in rows]


def from_asset(market: Market, row: Row) -> Row:
    """A row of an account's assets as a balance row: its amounts, under their names there."""
    renamed = {**_RENAMED, **(_ON_COINM if market is Market.COINM else {})}
    found = {renamed.get(name, name): amount for name, amount in row.items()}
    return {name: amount for name, amount in found.items() if name in _KEPT}
