"""One account on one market: the last reading, what the stream told since, the last marks. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from binfut_cli.codec import Row, decimal, same
from binfut_cli.endpoints import Lane, Market
from binfut_cli.resources.figures.account_document import rederived_with
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.fold.audit import AVERAGED, Stamps, alike
from binfut_cli.stream.live.formulas.brackets import Brackets
from binfut_cli.stream.live.formulas.multi_assets import (
    Explained,
    Rates,
    does_count,
    totals_in_usd,
)
from binfut_cli.stream.live.formulas.valuation import Terms, at_mark, still
from binfut_cli.stream.live.legs import Leg
from binfut_cli.stream.live.liquidations import Liquidations
from binfut_cli.stream.live.marks import Marks
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.sums import (
    TOTALS,
    asset_row,
    differ,
    in_usd,
    shared_totals,
    single_totals,
)
from binfut_cli.stream.live.view import LiveView, Moments
from binfut_cli.stream.state import MARGIN_TYPES, POSITION_FIELDS, State, is_held

LegKey = tuple[str, str]

_MODES: dict[str, bool | None] = {"USD": True, "USDT": False}
_LISTS = frozenset(("assets", "positions", "symbols", "derived", "incomplete"))
_TOLD = ("positionAmt", "entryPrice", "breakEvenPrice", "isolatedWallet", "marginType")
_LASTING = frozenset(("symbol", "positionSide", "marginAsset", "leverage", "isolated"))


@dataclass(frozen=True, slots=True)
class Valued:
    """A position as it is now, and the moments of what moves with the mark and what does not."""

    leg: Leg
    valued_ms: int
    read_ms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The account's own fields; whether its totals are of all assets, and are of now.

    If they were added up at rates, those are of `rated_ms`, the oldest.
    """

    document: Row
    shared: bool
    moved: bool
    rated_ms: int | None = None


class LiveAccount:
    """What was last read of an account, and the view that can be made of it at any moment.

    `marks` are its market's, `brackets` its own; both may come later, and may be lacking for ever.
    Only the last reading is kept.
    """

    def __init__(self, lane: Lane, marks: Marks) -> None:
        self.lane, self.marks = lane, marks
        self.brackets: Brackets = {}
        self.read_ms: int | None = None
        self._read: Row = {}  # totals and settings
        self._assets: dict[str, Row] = {}
        self._positions: dict[LegKey, Row] = {}
        self._legs: dict[LegKey, tuple[Row | None, tuple[Any, ...], Leg]] = {}  # as last made
        self._mode: bool | None = None  # that the totals were read in
        self._sizes: dict[str, Decimal] = {}  # USD a contract
        self._liquidations: tuple[Brackets, Liquidations] | None = None  # of the last reading
        self._explained = Explained({}, {}, {})  # of the totals that were read

    def read(self, document: Row, time_ms: int, state: State) -> None:
        """Take the account as it was just read; what a quick reading lacks is as it is known.

        A reading of which rows were refused is taken only if there is no other.
        """
        if self.read_ms is not None and document.get("incomplete"):
            return
        self._read |= {name: each for name, each in document.items() if name not in _LISTS}
        self._assets = {row["asset"]: row for row in document["assets"]}
        self._positions = {leg(row): _settled(row, state) for row in document["positions"]}
        unit = str((document.get("derived") or {}).get("totalsUnit"))
        self._mode = _MODES.get(unit, state.multi_assets_margin)
        self._legs, self._liquidations = {}, None
        self._explained = Explained(self._read, self._assets, self.marks.rates(self._assets))
        self.read_ms = time_ms
        for row in document["positions"]:
            size = decimal(row.get("derived", {}).get("contractSize"))
            if size is not None:
                self._sizes[row["symbol"]] = size

    def view(self, state: State, stamps: Stamps, standing: Standing) -> LiveView | None:
        """The account at the standing's moment; None before it was ever read."""
        if self.read_ms is None:
            return None
        told_ms = standing.time_ms if standing.is_covered else _last(standing, self.read_ms)
        positions = dict(self._valued(state, told_ms))
        assets = self._asset_rows(state, positions)
        rates = self._rates(state, assets)
        totals = self._totals(state, assets, rates)
        liquidated = self._liquidated(positions, assets, rates, shared=totals.shared)
        legs = [(key, liquidated.get(key, each.leg)) for key, each in positions.items()]
        rows = [(_stamped(leg.now, stamps.get(key)), leg.model) for key, leg in legs]
        owned = [_stamped(row, stamps.get(name)) for name, row in assets.items()]
        market, time_ms = self.lane.market, standing.time_ms
        document = rederived_with(market, {**totals.document, "assets": owned}, rows)
        if totals.shared and not totals.moved:
            document["positions"] = _without_ratio(document["positions"], [leg for _, leg in legs])
        answer = Result("accountStatus", market, time_ms, document, KINDS)
        moments = self._moments(positions, assets, told_ms, totals, liquidated)
        has_changed = self._has_changed(state, positions)
        return LiveView(self.lane, time_ms, answer, moments, standing, has_changed)

    def _has_changed(self, state: State, positions: Mapping[LegKey, Valued]) -> bool:
        """Whether a position or a wallet is otherwise than it was last read."""
        if state.multi_assets_margin != self._mode and self.lane.market is Market.USDM:
            return True
        is_filled = any(each.leg.has_changed for each in positions.values())
        balances = ((self._assets.get(name, {}), row) for name, row in state.balances.items())
        return is_filled or any(differ(read, told) for read, told in balances)

    # -- positions --------------------------------------------------------------------------

    def _valued(self, state: State, told_ms: int) -> Iterator[tuple[LegKey, Valued]]:
        """Every position that was read, or is held now."""
        for key in dict.fromkeys([*self._positions, *state.positions]):
            read, told = self._positions.get(key), state.positions.get(key)
            if read is not None or (told is not None and is_held(told)):
                yield key, self._position(key, read, told, state, told_ms)

    def _position(
        self, key: LegKey, read: Row | None, told: Row | None, state: State, told_ms: int
    ) -> Valued:
        """A position as it is now: as it was read, or as the stream tells it, at the last mark."""
        mark, read_ms = self.marks.of(key[0]), self.read_ms or 0
        if mark is not None and read is not None and mark.time_ms <= read_ms:
            mark = None  # what was read is newer
        leg = self._leg(key, read, told, mark.price if mark is not None else None, state)
        if leg.read is not None and not leg.is_moved:
            return Valued(leg, read_ms, read_ms)
        valued_ms = min(mark.time_ms if mark is not None else read_ms, told_ms)
        return Valued(leg, valued_ms, valued_ms if leg.has_changed else read_ms)

    def _leg(
        self, key: LegKey, read: Row | None, told: Row | None, price: str | None, state: State
    ) -> Leg:
        """The position at a mark; made anew only where something of it is otherwise than before."""
        said = None if told is None else tuple([told.get(name) for name in _TOLD])
        made_of = said, price, state.leverage.get(key[0])
        known = self._legs.get(key)
        if known is None or known[0] is not read or known[1] != made_of:
            known = read, made_of, self._made(key, read, told, price, state)
            self._legs[key] = known
        return known[2]

    def _made(
        self, key: LegKey, read: Row | None, told: Row | None, price: str | None, state: State
    ) -> Leg:
        is_read = read is not None and (told is None or _agree(told, read))
        row = read if is_read and read is not None else _bare(told or {}, read, state)
        row, has_changed = _with_leverage(row, state), not is_read
        if has_changed:
            price = price or _price_read(self._positions.values(), key[0])
        if price is not None:
            row = at_mark(row, price, self._terms(key[0], read))
        elif has_changed:
            row = still(row)
        return Leg.of(self.lane.market, read, row, has_changed=has_changed)

    def _terms(self, symbol: str, read: Row | None = None) -> Terms:
        tiers = self.brackets.get(symbol, ())
        return Terms(self.lane.market, self._sizes.get(symbol), tiers, read)

    def _liquidated(
        self,
        positions: Mapping[LegKey, Valued],
        assets: Mapping[str, Row],
        rates: Rates | None,
        *,
        shared: bool,
    ) -> dict[LegKey, Leg]:
        """The positions of which it can be computed where they are liquidated, with that price."""
        legs = {key: each.leg for key, each in positions.items()}
        is_as_read = assets == self._assets and not any(leg.is_moved for leg in legs.values())
        if rates is None and (shared or is_as_read):
            return {}
        known, brackets = self._liquidations, self.brackets
        if known is None or known[0] is not brackets:
            market, read = self.lane.market, self._positions.values()
            near = None if rates is None else self._explained.near(rates)
            known = brackets, Liquidations(market, read, self._assets, self._terms, near)
            self._liquidations = known
        prices = known[1].prices(legs.values(), assets, rates)
        return {
            key: leg.liquidated_at(prices[leg.together])
            for key, leg in legs.items()
            if leg.is_held and leg.together in prices
        }

    # -- sums -------------------------------------------------------------------------------

    def _asset_rows(self, state: State, positions: Mapping[LegKey, Valued]) -> dict[str, Row]:
        legs: dict[str | None, list[Leg]] = {}
        for each in positions.values():
            legs.setdefault(each.leg.asset, []).append(each.leg)
        return {
            name: asset_row(self._assets.get(name), state.balances.get(name), legs.get(name, ()))
            for name in dict.fromkeys([*self._assets, *state.balances])
        }

    def counted(self, state: State) -> set[str]:
        """The assets whose rates are wanted: in multi-assets mode all that may count."""
        if self.lane.market is not Market.USDM or not state.multi_assets_margin:
            return set()
        read = (name for name, row in self._assets.items() if does_count(row))
        told = (name for name, row in state.balances.items() if does_count(row))
        return {*read, *told}

    def _rates(self, state: State, assets: Mapping[str, Row]) -> Rates | None:
        """What assets count in multi-assets mode, if rates explain what was read, and are later."""
        if not state.multi_assets_margin or self._mode is not True:
            return None
        names = [name for name, row in assets.items() if does_count(row)]
        read_ms = self.read_ms or 0
        told = self.marks.rates(names).items()
        rates = {name: rate for name, rate in told if rate.time_ms > read_ms}
        is_told = len(rates) == len(names)
        return rates if is_told and self._explained.near(rates) is not None else None

    def _totals(self, state: State, assets: Mapping[str, Row], rates: Rates | None) -> Totals:
        """The account's own fields as they are now; its totals as they were read, if need be."""
        document, mode = dict(self._read), state.multi_assets_margin
        if mode is not None:
            document["multiAssetsMargin"] = mode
        if self.lane.market is Market.COINM:
            return Totals(document, shared=False, moved=True)
        if mode != self._mode:  # what was read is counted in another unit
            left = {name: each for name, each in document.items() if name not in TOTALS}
            return Totals(left, shared=bool(mode), moved=True)
        if rates is not None:
            rated_ms = min((each.time_ms for each in rates.values()), default=None)
            added = in_usd(document, totals_in_usd(assets, rates))
            return Totals(added, shared=True, moved=True, rated_ms=rated_ms)
        if mode:
            moved = shared_totals(document, self._assets, assets)
            return Totals(moved or document, shared=True, moved=moved is not None)
        own = assets.get("USDT")
        if mode is None or own is None:
            return Totals(document, shared=False, moved=False)
        moved = single_totals(document, self._assets.get("USDT"), own)
        return Totals(moved, shared=False, moved=True)

    def _moments(
        self,
        positions: Mapping[LegKey, Valued],
        assets: Iterable[str],
        told_ms: int,
        totals: Totals,
        liquidated: Collection[LegKey],
    ) -> dict[tuple[str, ...], Moments]:
        """From when the figures of each row are, and of the totals."""
        read_ms, pools = self.read_ms or 0, _pools(positions.values(), told_ms)
        whole_ms = min(pools.values(), default=told_ms)
        totals_ms = whole_ms if totals.shared else pools.get("USDT", told_ms)
        if totals.rated_ms is not None:
            totals_ms = min(totals_ms, totals.rated_ms)
        totals_ms = totals_ms if totals.moved else read_ms

        def pooled(asset: str | None) -> int:
            return totals_ms if totals.shared else pools.get(asset, told_ms)

        found: dict[tuple[str, ...], Moments] = {}
        for key, each in positions.items():
            own = each.valued_ms
            pool_ms = own if each.leg.is_isolated else pooled(each.leg.asset)
            price_ms = pool_ms if key in liquidated else each.read_ms
            found["positions", *key] = Moments(told_ms, own, each.read_ms, pool_ms, price_ms)
        for name in assets:
            own = pools.get(name, told_ms)
            found["assets", name] = Moments(told_ms, own, read_ms, pooled(name), read_ms)
        told_ms = totals_ms if totals.rated_ms is not None else told_ms if totals.moved else read_ms
        return {**found, ("totals",): Moments(told_ms, totals_ms, read_ms, totals_ms, read_ms)}


def _pools(positions: Iterable[Valued], told_ms: int) -> dict[str | None, int]:
    """The moment of the oldest mark that a held position of each asset is valued at."""
    found: dict[str | None, int] = {}
    for each in positions:
        asset = each.leg.asset
        if each.leg.is_held:
            found[asset] = min(found.get(asset, told_ms), each.valued_ms)
    return found


def _price_read(positions: Iterable[Row], symbol: str) -> str | None:
    """The mark price of a symbol as it was last read, with a position of it."""
    prices = (row.get("markPrice") for row in positions if row["symbol"] == symbol)
    return next((price for price in prices if decimal(price)), None)


def _without_ratio(rows: list[Row], legs: Iterable[Leg]) -> list[Row]:
    """Positions without the margin ratio of an account that was read before they changed."""
    return [
        {**row, "derived": row["derived"] | {"marginRatio": None}} if leg.has_changed else row
        for row, leg in zip(rows, legs, strict=True)
    ]


def _last(standing: Standing, read_ms: int) -> int:
    """Up to when the stream is known to have told all."""
    known = [each for each in (standing.gap_ms, standing.proven_ms) if each is not None]
    return min(standing.time_ms, max(known, default=read_ms))


def _settled(row: Row, state: State) -> Row:
    """A row just read, with the settings that a quick reading does not tell."""
    told, known = dict(row), state.positions.get(leg(row), {})
    leverage = state.leverage.get(row["symbol"])
    if "leverage" not in told and leverage is not None:
        told["leverage"] = leverage
    if "isolated" not in told and known.get("marginType") in MARGIN_TYPES:
        told["isolated"] = known["marginType"] == "isolated"
    return told


def _stamped(row: Row, time_ms: int | None) -> Row:
    """The row with the time of its last change."""
    known = row.get("updateTime")
    is_newer = time_ms is not None and (type(known) is not int or known < time_ms)
    return {**row, "updateTime": time_ms} if is_newer else row


def _agree(told: Row, read: Row) -> bool:
    """Whether a row as the stream tells it is the one that was read, but for the mark."""
    return all(_is_same(name, told.get(name), _read_of(read, name)) for name in POSITION_FIELDS)


def _is_same(name: str, told: object, read: object) -> bool:
    if told is None or read is None:
        return True
    return same(told, read) or (name in AVERAGED and alike(told, read))


def _read_of(read: Row, name: str) -> object:
    if name == "marginType" and isinstance(read.get("isolated"), bool):
        return "isolated" if read["isolated"] else "cross"
    return read.get(name)


def _bare(told: Row, read: Row | None, state: State) -> Row:
    """A row that has changed since it was read: what the stream tells, and what of it lasts."""
    names = read or dict.fromkeys(["symbol", "positionSide", *_TOLD, "marginAsset"])
    row = {
        name: read[name] for name in names if read is not None and name in _LASTING and name in read
    }
    row |= {name: told[name] for name in names if name in told and name in (*_TOLD, *_LASTING)}
    if told.get("marginType") in MARGIN_TYPES:
        if "marginType" not in names or read is None:
            row.pop("marginType", None)
        row["isolated"] = told["marginType"] == "isolated"
    return row


def _with_leverage(row: Row, state: State) -> Row:
    known = state.leverage.get(str(row["symbol"]))
    return row if known is None or row.get("leverage") == known else {**row, "leverage": known}
