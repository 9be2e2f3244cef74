"""`account balances`: one row an asset, from `v2/account.balance` or `account.balance` (5)."""

import msgspec

from binfut_cli import wire
from binfut_cli.account import Account, Question
from binfut_cli.markets import Market
from binfut_cli.questions.activation import check_balances
from binfut_cli.questions.answer import Answer
from binfut_cli.shapes import rows_of
from binfut_cli.wire import Amount

METHODS = {Market.USDM: "v2/account.balance", Market.COINM: "account.balance"}


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


def balances(account: Account) -> Answer:
    """Ask for every asset's balance."""
    method = METHODS[account.market]
    (found,) = account.ask([Question(method)])
    rows = rows_of(found, method)
    check_balances(rows)
    wire.convert(rows, list[Balance], method)
    return Answer.of(account, "balances", {"balances": rows}, "balances")
