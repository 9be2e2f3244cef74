"""`account status`: totals, assets and positions, in one document."""

from binfut_cli.api.client import AccountClient
from binfut_cli.errors import RateLimitedError
from binfut_cli.resources.figures.account_document import Parts, asked, asked_again, needed, whole
from binfut_cli.resources.figures.models import AccountStatus, Asset
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.column import Column, Form
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

TOTALS = Resource(
    kind="totals",
    record="account",
    answer="accountStatus",
    title="Totals",
    model=AccountStatus,
    derived=("totalsUnit", "marginRatio"),
    ratios={"marginRatio": 1},
    columns=(
        Column("Wallet balance", "totalWalletBalance", Form.AMOUNT),
        Column("Unrealized PnL", "totalUnrealizedProfit", Form.PROFIT),
        Column("Margin balance", "totalMarginBalance", Form.AMOUNT),
        Column("Initial margin", "totalInitialMargin", Form.AMOUNT),
        Column("Maintenance margin", "totalMaintMargin", Form.AMOUNT),
        Column("Available", "availableBalance", Form.AMOUNT),
        Column("Can be withdrawn", "maxWithdrawAmount", Form.AMOUNT),
        Column("Margin ratio", "marginRatio", Form.MARGIN_RATIO),
    ),
)
ASSETS = Resource(
    kind="assets",
    record="asset",
    answer="accountStatus",
    title="Assets",
    model=Asset,
    identity=("asset",),
    derived=("marginRatio",),
    ratios={"marginRatio": 1},
    # Not the available balance: in multi-assets mode every asset shows one, made of the others.
    amounts=("walletBalance", "unrealizedProfit", "crossUnPnl", "initialMargin"),
    columns=(
        Column("Asset", "asset"),
        Column("Wallet", "walletBalance", Form.AMOUNT),
        Column("Unreal. PnL", "unrealizedProfit", Form.PROFIT, 1),
        Column("Margin balance", "marginBalance", Form.AMOUNT, 2),
        Column("Available", "availableBalance", Form.AMOUNT, 1),
        Column("Initial margin", "initialMargin", Form.AMOUNT, 4),
        Column("Maint. margin", "maintMargin", Form.AMOUNT, 3),
        Column("Margin ratio", "marginRatio", Form.MARGIN_RATIO, 2),
    ),
)
RESOURCES = (TOTALS, ASSETS)
KINDS = (TOTALS, ASSETS, POSITIONS)


def status(account: AccountClient) -> Result:
    """Ask for the whole account (weight 10, on usdm 15)."""
    document, read = whole(account.market, asked(account))
    return Result.of(account, "accountStatus", document, *KINDS, read=read)


def snapshot(account: AccountClient) -> Result:
    """Ask for the whole account with every symbol's settings, to fold events into (as heavy).

    Raises a refusal of what a watch stands on, and any that asks to slow down.
    """
    return _read(account, asked(account))


def reading(account: AccountClient) -> Result:
    """Ask for the account again, without settings that only events change (weight 10).

    Raises as `snapshot` does.
    """
    return _read(account, asked_again(account))


def _read(account: AccountClient, parts: Parts) -> Result:
    for part in parts.values():
        if isinstance(part, RateLimitedError):
            raise part
    document, read = whole(account.market, parts, symbols=True)
    for lack in read.lacking:
        if lack.what in needed(account.market):
            raise lack.error
    document.setdefault("assets", [])  # which are lacking then
    return Result.of(account, "snapshot", document, *KINDS, read=read)
