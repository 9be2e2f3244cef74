"""After a gap: what the exchange's own history says of it, and whether that explains the change.

`income` tells every flow of money with its time; an asset's wallet balance must have changed by
their sum. Fills and orders say what caused it. What history does not tell stays lost, and the
report says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.stream.fold.audit import Stamps, differing
from binfut_cli.stream.fold.reported_orders import (
    OPEN,
    WAITING,
    Key,
    Name,
    ReportedOrders,
    change_key,
    conditional_key,
    fill_key,
)
from binfut_cli.stream.records import AssetSum, Gap, GapReport, PastKind, Unread
from binfut_cli.stream.state import State, is_held

NEVER_TOLD = (
    "settings in between",
    "margin calls",
    "states of an order in between",
    "conditional orders on symbols that nothing else names",
    "orders cancelled unfilled, of more than three days before",
    "orders older than a week or than the last 1000 (COIN-M: 100), unless they were seen open",
)
UNNAMED = "orders placed and cancelled on symbols that nothing else names"
UNTOLD = "It could not be read before or after."
RESERVED = ("openOrderInitialMargin", "bidNotional", "askNotional")
"""What a position row has of when there are open orders."""


@dataclass(frozen=True, slots=True)
class GapContext:
    """A gap, the account as it was before it, and when each row had last changed by then."""

    gap: Gap
    before: State
    since: Stamps


@dataclass(frozen=True, slots=True)
class GapChange:
    """What changed over a gap: wallet balances before, and after, when the account was read.

    Of each asset, flows after `since` and up to `until` (or `read_ms`) make the change. `symbols`
    are known to the account, those whose position differs are `moved`; `open` are orders that were,
    and `waiting` conditional ones.
    The balance of `unknown` assets could not be read on both sides: nothing is said of its change.
    """

    gap: Gap
    read_ms: int
    before: dict[str, str]
    after: dict[str, str]
    since: dict[str, int] = field(default_factory=dict)
    until: dict[str, int] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    open: tuple[Name, ...] = ()
    waiting: tuple[Name, ...] = ()
    unknown: tuple[str, ...] = ()

    @classmethod
    def between(
        cls,
        before_gap: GapContext,
        after: State,
        until: Stamps,
        orders: ReportedOrders,
        read_ms: int,
    ) -> Self:
        """What was missed of a hole, now that the account was read again, and what is open."""
        before, found = before_gap.before, differing(before_gap.before, after)
        unknown = _unknown(before, after)
        return cls(
            before_gap.gap,
            read_ms,
            _wallets(before, unknown),
            _wallets(after, unknown),
            _of_assets(before_gap.since),
            _of_assets(until),
            symbols=_symbols(before, after, (s for s, _ in (*orders.open, *orders.waiting))),
            moved=tuple(dict.fromkeys(d.key["symbol"] for d in found if d.kind == "position")),
            open=tuple(orders.open),
            waiting=tuple(orders.waiting),
            unknown=unknown,
        )

    def makes_change(self, flow: Row) -> bool:
        """Whether a flow is part of the change of its asset's balance."""
        time: int = flow["time"]
        since = self.since.get(flow["asset"], self.gap.possible_ms)
        return since < time <= self.until.get(flow["asset"], self.read_ms)

    def has_order(self, row: Row) -> bool:
        """Whether an order, or a conditional one, was placed or last changed in the gap."""
        return self.gap.has(placed_ms(row)) or self.gap.has(row["updateTime"])


@dataclass(slots=True)
class HistoryFindings:
    """What history gave of a gap.

    `flows` are all that make the change; `over` has the orders that it shows to be so, `ended` the
    conditional ones; `unread` says what could not be read, and why.
    """

    flows: list[Row] = field(default_factory=list)
    fills: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    conditionals: list[Row] = field(default_factory=list)
    over: set[Name] = field(default_factory=set)
    ended: set[Name] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)

    def lacks(self, what: str, reason: str | None) -> None:
        """Take note of what could not be read whole, if there is a reason."""
        if reason is not None:
            self.unread.append(Unread(what, reason))

    def symbols(self) -> list[str]:
        """The symbols of flows: something surely happened there."""
        named = (row.get("symbol") for row in self.flows)
        return [symbol for symbol in named if symbol and isinstance(symbol, str)]

    def untold(self, orders: ReportedOrders, gap: Gap) -> "HistoryFindings":
        """The same, less what lies after the gap, or was told by the stream or for another gap."""
        return replace(
            self,
            flows=[row for row in self.flows if row["time"] <= gap.to_ms],
            fills=[row for row in self.fills if not orders.was_told(_fill_key(row))],
            orders=[row for row in self.orders if not orders.was_told(_change_key(row))],
            conditionals=[
                row for row in self.conditionals if not orders.was_told(_conditional_key(row))
            ],
        )

    def known_by(self) -> list[tuple[Key, int]]:
        """What the fills and orders are known by, and when they happened."""
        fills = [(_fill_key(row), row["time"]) for row in self.fills]
        orders = [(_change_key(row), row["updateTime"]) for row in self.orders]
        waited = [(_conditional_key(row), row["updateTime"]) for row in self.conditionals]
        return fills + orders + waited

    def rows(self) -> list[tuple[PastKind, Row]]:
        """Every row with its kind, by time."""
        rows: list[tuple[int, PastKind, Row]] = [
            *((row["updateTime"], "conditional", row) for row in self.conditionals),
            *((row["updateTime"], "order", row) for row in self.orders),
            *((row["time"], "fill", row) for row in self.fills),
            *((row["time"], "flow", row) for row in self.flows),
        ]
        return [(kind, row) for _, kind, row in sorted(rows, key=lambda each: each[0])]


def is_over(order: Row) -> bool:
    """Whether an order can no longer be filled, or a conditional one can no longer become one."""
    if "algoId" in order:
        return order.get("algoStatus") not in WAITING
    return order.get("status") not in OPEN


def name_of(order: Row) -> Name:
    """What an order of history, or a conditional one, is known by."""
    return order["symbol"], order["algoId" if "algoId" in order else "orderId"]


def placed_ms(order: Row) -> int:
    """When an order of history was placed, or a conditional one made."""
    found: int = order["createTime" if "algoId" in order else "time"]
    return found


def _fill_key(row: Row) -> Key:
    return fill_key(row["symbol"], row["id"])


def _change_key(row: Row) -> Key:
    return change_key(row["symbol"], row["orderId"], row["updateTime"])


def _conditional_key(row: Row) -> Key:
    return conditional_key(row["symbol"], row["algoId"], row.get("algoStatus"))


def _of_assets(stamps: Stamps) -> dict[str, int]:
    return {asset: time for asset, time in stamps.items() if isinstance(asset, str)}


def _symbols(before: State, after: State, open_orders: Iterable[str]) -> tuple[str, ...]:
    """The symbols that an account is known to have to do with: open orders and positions."""
    rows = [*before.positions.values(), *after.positions.values()]
    concerned = [row["symbol"] for row in rows if is_held(row) or _has_orders(row)]
    return tuple(dict.fromkeys([*open_orders, *concerned]))


def _has_orders(row: Row) -> bool:
    return any(decimal(row.get(name)) for name in RESERVED)


def sums(gap_change: GapChange, flows: Iterable[Row]) -> list[AssetSum]:
    """For each asset that moved: by how much, what of it the flows explain, and what not."""
    explained: dict[str, Decimal] = {}
    for row in flows:
        if row["asset"] in gap_change.unknown:
            continue
        explained[row["asset"]] = explained.get(row["asset"], Decimal()) + _number(row["income"])
    found = []
    for asset in sorted(gap_change.before.keys() | gap_change.after.keys() | explained.keys()):
        change = _number(gap_change.after.get(asset)) - _number(gap_change.before.get(asset))
        known = explained.get(asset, Decimal())
        if change or known:
            found.append(AssetSum(asset, *map(_text, (change, known, change - known))))
    return found


def agrees(found: Iterable[AssetSum]) -> bool:
    """Whether sums leave nothing unexplained."""
    return not any(_number(each.unexplained) for each in found)


def report(
    market: Market, gap_change: GapChange, found: HistoryFindings, told: HistoryFindings
) -> GapReport:
    """The account of a gap: each asset's sums, how much was `told` of it, and what cannot be."""
    return GapReport(
        gap_change.gap.number,
        gap_change.gap.from_ms,
        gap_change.gap.to_ms,
        tuple(sums(gap_change, found.flows)),
        flow_count=len(told.flows),
        fill_count=len(told.fills),
        order_count=len(told.orders),
        conditional_count=len(told.conditionals),
        unread=(*found.unread, *_untold(gap_change)),
        not_recoverable=tuple(_not_told(market)),
    )


def _untold(gap_change: GapChange) -> list[Unread]:
    return [Unread(f"balance of {asset}", UNTOLD) for asset in gap_change.unknown]


def _not_told(market: Market) -> Iterator[str]:
    yield from NEVER_TOLD
    if market is Market.COINM:
        yield UNNAMED


def _wallets(state: State, unknown: tuple[str, ...]) -> dict[str, str]:
    """Every asset's wallet balance, but those that cannot be compared."""
    return {
        asset: str(row["walletBalance"])
        for asset, row in state.balances.items()
        if asset not in unknown
    }


def _unknown(before: State, after: State) -> tuple[str, ...]:
    """The assets whose wallet balance one of two states does not tell."""
    assets = sorted(before.balances.keys() | after.balances.keys())
    return tuple(each for each in assets if not (_tells(before, each) and _tells(after, each)))


def _tells(state: State, asset: str) -> bool:
    """Whether an asset's wallet balance can be read; what is not listed is nought."""
    row = state.balances.get(asset)
    return not state.unsure if row is None else decimal(row.get("walletBalance")) is not None


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _number(value: object) -> Decimal:
    return decimal(value) or Decimal()
