"""What binfut computes itself, kept apart from the exchange's figures. Formulas: docs/derived.md.

Every figure is a Decimal made from the exchange's strings, and None where it has no meaning.
"""

from decimal import Decimal

from binfut_cli.markets import Market
from binfut_cli.models import AccountStatus, Asset, Position
from binfut_cli.wire import Row, decimal

_LARGEST = 10_000  # USD; they are 10 and 100, and a misprinted figure must not make another
_SAME_SIZE = Decimal("0.01")  # how far rounding and two replies' marks may move a contract's size


def with_derived(market: Market, document: Row, status: AccountStatus) -> Row:
    """The document with `derived` behind each row and behind the whole."""
    assets = [
        {**row, "derived": asset_figures(market, status, asset)}
        for row, asset in zip(document["assets"], status.assets, strict=True)
    ]
    positions = [
        {**row, "derived": position_figures(market, status, position)}
        for row, position in zip(document["positions"], status.positions, strict=True)
    ]
    whole = {**document, "assets": assets, "positions": positions}
    if market is Market.USDM:
        whole["derived"] = account_figures(status)
    return whole


def account_figures(status: AccountStatus) -> Row:
    """What the totals are counted in, and the margin ratio where it is the whole account's."""
    unit = totals_unit(status)
    ratio = None
    if unit == "USD":
        ratio = margin_ratio(status.total_maint_margin, status.total_margin_balance)
    return {"totalsUnit": unit, "marginRatio": text(ratio)}


def asset_figures(market: Market, status: AccountStatus, asset: Asset) -> Row:
    """The margin ratio of an asset's cross positions; None in multi-assets mode."""
    shared = market is Market.USDM and totals_unit(status) == "USD"
    ratio = None if shared else margin_ratio(asset.maint_margin, asset.margin_balance)
    return {"marginRatio": text(ratio)}


def position_figures(market: Market, status: AccountStatus, position: Position) -> Row:
    """Distance to liquidation, margin ratio and return; on coinm the size in coin and USD too."""
    figures: Row = {
        "liquidationDistance": text(liquidation_distance(position)),
        "marginRatio": text(position_ratio(market, status, position)),
        "roe": text(return_on_margin(position)),
    }
    if market is Market.COINM:
        size = contract_size(position)
        coin, contracts = decimal(position.notional_value), decimal(position.position_amt)
        figures["contractSize"] = text(size)
        figures["sizeCoin"] = None if size is None or coin is None else text(abs(coin))
        figures["sizeUsd"] = (
            None if size is None or contracts is None else text(abs(contracts) * size)
        )
    return figures


def totals_unit(status: AccountStatus) -> str | None:
    """What usdm's totals are counted in: "USDT" in single-asset mode, "USD" in multi-assets mode.

    v2/account.status does not say the mode. It shows: in single-asset mode the totals are the
    USDT row's own figures to the last digit.
    """
    if status.total_wallet_balance is None:
        return None
    if status.multi_assets_margin is not None:
        return "USD" if status.multi_assets_margin else "USDT"
    for asset in status.assets:
        if asset.asset == "USDT":
            return "USDT" if _are_totals(asset, status) else "USD"
    return "USD"


def _are_totals(usdt: Asset, status: AccountStatus) -> bool:
    pairs = (
        (status.total_wallet_balance, usdt.wallet_balance),
        (status.total_margin_balance, usdt.margin_balance),
        (status.total_maint_margin, usdt.maint_margin),
    )
    return all(decimal(total) == decimal(own) for total, own in pairs)


def margin_ratio(maint_margin: object, margin_balance: object) -> Decimal | None:
    """maintMargin / marginBalance: liquidation begins at 1.

    None without a maintenance margin. Infinite where one is needed but no balance stands against
    it: an alert on the ratio must not miss the worst there is.
    """
    maint, balance = decimal(maint_margin), decimal(margin_balance)
    if not maint or balance is None:
        return None
    return rounded(maint / balance) if balance > 0 else Decimal("Infinity")


def position_ratio(market: Market, status: AccountStatus, position: Position) -> Decimal | None:
    """The margin ratio that decides over a position: its own if isolated, else its pool's.

    A cross position draws on its margin asset's balance, in multi-assets mode on the account's.
    """
    if not decimal(position.position_amt):
        return None
    if position.is_isolated:
        return isolated_ratio(position)
    if market is Market.USDM and totals_unit(status) == "USD":
        return margin_ratio(status.total_maint_margin, status.total_margin_balance)
    name = margin_asset(market, position)
    for asset in status.assets:
        if asset.asset == name:
            return margin_ratio(asset.maint_margin, asset.margin_balance)
    return None


def margin_asset(market: Market, position: Position) -> str | None:
    """The asset a position is margined in: as told, or on coinm the coin in its symbol."""
    if position.margin_asset is not None or market is Market.USDM:
        return position.margin_asset
    return position.symbol.split("USD")[0]


def isolated_ratio(position: Position) -> Decimal | None:
    """maintMargin / (isolatedWallet + unrealizedProfit) of an isolated position."""
    wallet, profit = decimal(position.isolated_wallet), decimal(position.unrealized_profit)
    if wallet is None or profit is None:
        return None
    return margin_ratio(position.maint_margin, wallet + profit)


def return_on_margin(position: Position) -> Decimal | None:
    """unrealizedProfit / positionInitialMargin: what the exchange's pages call ROE."""
    profit = decimal(position.unrealized_profit)
    margin = decimal(position.position_initial_margin)
    if profit is None or not margin or not decimal(position.position_amt):
        return None
    return rounded(profit / margin)


def liquidation_distance(position: Position) -> Decimal | None:
    """|liquidationPrice − markPrice| / markPrice: how far the mark may still move."""
    liquidation, mark = decimal(position.liquidation_price), decimal(position.mark_price)
    if not liquidation or liquidation < 0 or not mark or not decimal(position.position_amt):
        return None
    return rounded(abs(liquidation - mark) / mark)


def contract_size(position: Position) -> Decimal | None:
    """The USD value of one coinm contract, from the exchange's own figures for a position.

    |notionalValue| × markPrice / |positionAmt| is the contract size but for the rounding of the
    exchange's eight decimals, and contract sizes are whole USD (100 for BTC, 10 for most).
    """
    coin, mark = decimal(position.notional_value), decimal(position.mark_price)
    contracts = decimal(position.position_amt)
    if not coin or not mark or not contracts:
        return None
    exact = abs(coin * mark / contracts)
    whole = exact.to_integral_value()
    return whole if 0 < whole <= _LARGEST and abs(exact - whole) <= _SAME_SIZE * whole else None


def rounded(ratio: Decimal) -> Decimal:
    """To eight places; unlike `quantize`, this has no greatest ratio."""
    return Decimal(f"{ratio:.8f}")


def text(figure: Decimal | None) -> str | None:
    """A computed figure as JSON carries it: a plain decimal string without padding."""
    if figure is None:
        return None
    plain = f"{figure:f}"  # "Infinity" stays a word
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
