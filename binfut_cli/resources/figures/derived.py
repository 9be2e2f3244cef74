"""What binfut computes itself, kept apart from the exchange's figures. Formulas: docs/derived.md.

Every figure is a Decimal made from the exchange's strings, and None where it has no meaning or
where one of its parts cannot be read: a figure may be missing, never wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.models import AccountStatus, Asset, Position

_LARGEST = 10_000  # USD; they are 10 and 100, and a misprinted figure must not make another
_SAME_SIZE = Decimal("0.01")  # how far rounding and two replies' marks may move a contract's size
_CLEAR = 10  # a bracket's own rate is at most a few times what is needed on average up to it

K = TypeVar("K")
Legs = Sequence[Position]


def with_derived(
    market: Market, document: Row, status: AccountStatus, refused: Collection[str] = ()
) -> Row:
    """The document with `derived` behind each row and behind the whole.

    `refused` are the kinds of which rows were refused: without a position nobody knows what cross
    positions need, and without an asset nobody can tell the mode by them.
    """
    pools = Pools.of(market, status, refused)
    positions = [
        {**row, "derived": position_figures(pools, position)}
        for row, position in zip(document["positions"], status.positions, strict=True)
    ]
    whole = {**document, "positions": positions}
    if "assets" in document:
        whole["assets"] = [
            {**row, "derived": asset_figures(pools, asset)}
            for row, asset in zip(document["assets"], status.assets, strict=True)
        ]
    if market is Market.USDM:
        whole["derived"] = account_figures(pools)
    return whole


class Pools(msgspec.Struct, frozen=True):
    """What stands behind cross positions: computed once a document, and the same for all its rows.

    `shared`: whether one balance stands behind all (multi-assets mode), or each margin asset's own
    behind its positions; None if the exchange did not tell. `account` is the margin ratio of the
    first, `assets` has those of the second; of an untold mode, those that are right in either.
    `cross` are the legs that draw on a pool, or may, by symbol.
    """

    market: Market
    shared: bool | None
    account: Decimal | None
    assets: Mapping[str, Decimal | None]
    cross: Mapping[str, Legs]

    @classmethod
    def of(cls, market: Market, status: AccountStatus, refused: Collection[str] = ()) -> "Pools":
        """The pools of an account."""
        mode = status.multi_assets_margin
        if mode is None and not refused:
            mode = multi_assets_mode(status)
        shared = mode if market is Market.USDM else False
        own = not shared and "positions" not in refused
        cross = [position for position in status.positions if may_be_cross(position)]
        whole = margin_ratio(status.total_maint_margin, status.total_margin_balance)
        assets = _asset_ratios(market, status.assets, cross) if own else {}
        if shared is None:
            assets = {name: ratio for name, ratio in assets.items() if ratio == whole}
        return cls(
            market,
            shared,
            account=whole if shared else None,
            assets=assets,
            cross=_grouped((position.symbol, position) for position in cross),
        )

    @property
    def unit(self) -> str | None:
        """What usdm's totals are counted in: "USDT", in multi-assets mode "USD"."""
        if self.market is not Market.USDM or self.shared is None:
            return None
        return "USD" if self.shared else "USDT"


def multi_assets_mode(status: AccountStatus) -> bool | None:
    """Whether usdm's multi-assets mode is on, though untold: where the figures rule a mode out.

    In single-asset mode the totals are the USDT row's own. Multi-assets mode has no isolated
    position, and counts every asset. None where both modes are possible.
    """
    total = decimal(status.total_wallet_balance)
    wallets = {asset.asset: decimal(asset.wallet_balance) for asset in status.assets}
    if total is None or None in wallets.values():
        return None
    held = (row for row in status.positions if decimal(row.position_amt))
    single = total == wallets.get("USDT", Decimal())
    uncounted = not total and any(wallet and wallet > 0 for wallet in wallets.values())
    multi = not uncounted and not any(decimal(row.isolated_wallet) for row in held)
    return multi if single != multi else None


def may_be_cross(position: Position) -> bool:
    """Whether a leg draws on a pool, as far as its amount and its margin type can be read."""
    return decimal(position.position_amt) != 0 and position.is_isolated is not True


def _is_cross(position: Position) -> bool:
    """Whether a leg surely draws on a pool."""
    return bool(decimal(position.position_amt)) and position.is_isolated is False


def _asset_ratios(
    market: Market, assets: Sequence[Asset], cross: Iterable[Position]
) -> dict[str, Decimal | None]:
    """The margin ratio of each asset's pool.

    None is known if a leg may belong to any of them: its margin asset is not told, or has no row.
    """
    legs = _grouped((margin_asset(market, position), position) for position in cross)
    known = {row.asset for row in assets}
    if None in legs or (market is Market.USDM and not legs.keys() <= known):
        return {}
    return {
        row.asset: cross_ratio(row.cross_wallet_balance, legs.get(row.asset, ())) for row in assets
    }


def _grouped(pairs: Iterable[tuple[K, Position]]) -> dict[K, list[Position]]:
    found: dict[K, list[Position]] = {}
    for key, position in pairs:
        found.setdefault(key, []).append(position)
    return found


def cross_ratio(wallet: object, legs: Legs) -> Decimal | None:
    """Σ maintMargin / (crossWalletBalance + Σ unrealizedProfit) of a pool's cross legs.

    The asset row's own maintMargin and marginBalance hold isolated positions too, which neither
    need nor lend anything here.
    """
    if not all(map(_is_cross, legs)):
        return None
    maint = _sum(position.maint_margin for position in legs)
    balance = _sum([wallet, *(position.unrealized_profit for position in legs)])
    return margin_ratio(maint, balance)


def _sum(amounts: Iterable[object]) -> Decimal | None:
    """The sum of amounts; None if one of them cannot be read."""
    total = Decimal()
    for amount in amounts:
        number = decimal(amount)
        if number is None:
            return None
        total += number
    return total


def account_figures(pools: Pools) -> Row:
    """What the totals are counted in, and the margin ratio where it is the whole account's."""
    return {"totalsUnit": pools.unit, "marginRatio": text(pools.account)}


def asset_figures(pools: Pools, asset: Asset) -> Row:
    """The margin ratio of the pool that an asset is, or that it is a part of."""
    amounts = (asset.wallet_balance, asset.unrealized_profit, asset.maint_margin)
    is_part = any(map(decimal, amounts))
    ratio = pools.account if pools.shared and is_part else pools.assets.get(asset.asset)
    return {"marginRatio": text(ratio)}


def position_figures(pools: Pools, position: Position) -> Row:
    """Distance to liquidation, margin ratio and return; on coinm the size in coin and USD too."""
    ratio = position_ratio(pools, position)
    figures: Row = {
        "liquidationDistance": text(liquidation_distance(pools, position, ratio)),
        "marginRatio": text(ratio),
        "roe": text(return_on_margin(position)),
    }
    if pools.market is Market.COINM:
        figures |= _sizes(position)
    return figures


def _sizes(position: Position) -> Row:
    size = contract_size(position)
    coin, contracts = decimal(position.notional_value), decimal(position.position_amt)
    return {
        "contractSize": text(size),
        "sizeCoin": None if size is None or coin is None else text(abs(coin)),
        "sizeUsd": None if size is None or contracts is None else text(abs(contracts) * size),
    }


def margin_ratio(maint_margin: object, margin_balance: object) -> Decimal | None:
    """maintMargin / marginBalance: liquidation begins at 1.

    None without a maintenance margin. Infinite where one is needed but no balance stands against
    it: an alert on the ratio must not miss the worst there is.
    """
    maint, balance = decimal(maint_margin), decimal(margin_balance)
    if not maint or balance is None:
        return None
    return rounded(maint / balance) if balance > 0 else Decimal("Infinity")


def position_ratio(pools: Pools, position: Position) -> Decimal | None:
    """The margin ratio that decides over a position: its own if isolated, else its pool's.

    In multi-assets mode, which has no isolated positions, it is the account's.
    """
    if not decimal(position.position_amt):
        return None
    if pools.shared:
        return pools.account
    if position.is_isolated:
        return isolated_ratio(position)
    name = margin_asset(pools.market, position)
    return None if name is None else pools.assets.get(name)


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


def liquidation_distance(pools: Pools, position: Position, ratio: Decimal | None) -> Decimal | None:
    """How far the mark may still move, as a part of it: 0 at the liquidation price, then negative.

    (markPrice − liquidationPrice) / markPrice where a falling mark liquidates, as it does a long;
    else (liquidationPrice − markPrice) / markPrice. `ratio` is the one that decides over it.
    """
    liquidation, mark = decimal(position.liquidation_price), decimal(position.mark_price)
    if not liquidation or liquidation < 0 or not mark or not decimal(position.position_amt):
        return None
    legs = (position,) if position.is_isolated else pools.cross.get(position.symbol, ())
    tilt, fallen = _tilt(pools.market, legs), mark - liquidation
    if tilt is None and ratio is not None:  # it is ahead as long as the ratio is below 1
        return rounded(abs(fallen) / mark * (1 if ratio < 1 else -1))
    return None if tilt is None else rounded(fallen / mark * tilt)


def _tilt(market: Market, legs: Legs) -> int | None:
    """Which way of the mark liquidates a symbol's legs together: 1 down, -1 up; None if unclear.

    A single leg is plain. Cross legs of hedge mode share one liquidation price, which is that of
    their net (source: the exchange's FAQ on liquidation prices); where they nearly balance, the
    margin that both need decides, which grows with the mark on usdm, and shrinks with it on coinm.
    """
    amounts = [decimal(position.position_amt) for position in legs]
    if len(amounts) == 1:
        return None if not amounts[0] else 1 if amounts[0] > 0 else -1
    usdm = market is Market.USDM
    net = _sum((position.notional if usdm else position.notional_value) for position in legs)
    needed = _sum(position.maint_margin for position in legs)
    if net is None or needed is None or not all(map(_is_cross, legs)):
        return None
    net, plain = (net, 1) if usdm else (-net, -1)
    return -plain if net < needed else plain if net > _CLEAR * needed else None


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
    if not figure:
        return "0"  # which has no sign
    plain = f"{figure:f}"  # "Infinity" stays a word
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
