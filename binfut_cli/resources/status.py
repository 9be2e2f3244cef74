"""`account status`: totals, assets and positions, in one document."""

from binfut_cli.api.client import AccountClient
from binfut_cli.errors import RateLimitedError
from binfut_cli.resources.figures.account_document import Parts, asked, asked_again, needed, whole
from binfut_cli.resources.figures.models import AccountStatus, Asset
from binfut_cli.resources.figures.nearest import (
    ACCOUNT,
    Nearest,
    highest_ratio,
    nearest_liquidation,
)
from binfut_cli.resources.figures.shared import share_texts
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.column import Column, Form, dollars, own_asset
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result


def _figure(found: Nearest | None) -> str | None:
    return None if found is None else found.figure


def whose(found: Nearest | None) -> str | None:
    """Whose a figure is; the account's own needs no name."""
    if found is None:
        return None
    names = [] if found.of == ACCOUNT else [found.of]
    return ", ".join([*names, *([] if found.is_sure else ["others are not told"])])


TOTALS = Resource(
    kind="totals",
    record="account",
    answer="accountStatus",
    title="Totals",
    model=AccountStatus,
    derived=("totalsUnit", "marginRatio"),
    ratios={"marginRatio": 1},
    columns=(
        Column(
            "Margin ratio",
            lambda row: _figure(highest_ratio(row)),
            Form.MARGIN_RATIO,
            note=lambda row: whose(highest_ratio(row)),
        ),
        Column(
            "Nearest liquidation",
            lambda row: _figure(nearest_liquidation(row)),
            Form.DISTANCE,
            note=lambda row: whose(nearest_liquidation(row)),
        ),
        Column("Unrealized PnL", "totalUnrealizedProfit", Form.PROFIT, unit=dollars),
        Column("Margin balance", "totalMarginBalance", Form.MONEY, unit=dollars),
        Column("Wallet balance", "totalWalletBalance", Form.MONEY, unit=dollars),
        Column("Available", "availableBalance", Form.MONEY, unit=dollars),
        Column("Maintenance margin", "totalMaintMargin", Form.MONEY, unit=dollars),
        Column("Initial margin", "totalInitialMargin", Form.MONEY, unit=dollars),
        Column("Can be withdrawn", "maxWithdrawAmount", Form.MONEY, unit=dollars),
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
        Column("Wallet", "walletBalance", Form.MONEY, unit=own_asset),
        Column("PnL", "unrealizedProfit", Form.PROFIT, 1, unit=own_asset),
        Column("Ratio", "marginRatio", Form.MARGIN_RATIO),
        Column("Margin balance", "marginBalance", Form.MONEY, 2, unit=own_asset),
        Column("Available", "availableBalance", Form.MONEY, 3, unit=own_asset),
        Column("Maint. margin", "maintMargin", Form.MONEY, 4, unit=own_asset),
        Column("Initial margin", "initialMargin", Form.MONEY, 5, unit=own_asset),
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
    return Result.of(account, "snapshot", share_texts(document), *KINDS, read=read)
