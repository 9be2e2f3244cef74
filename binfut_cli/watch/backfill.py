"""After a gap: what the exchange's own history says of it, and whether that explains the change.

`income` tells every flow of money with its time; an asset's wallet balance must have changed by
their sum. Fills and orders say what caused it. What history does not tell stays lost, and the
report says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from binfut_cli.markets import Market
from binfut_cli.state import State, is_held
from binfut_cli.watch.audit import Stamps, differing
from binfut_cli.watch.orders import Key, Orders, change_key, fill_key
from binfut_cli.wire import Row, decimal

NEVER_TOLD = (
    "settings in between",
    "margin calls",
    "states of an order in between",
    "conditional orders that came and went",
    "cancelled orders placed a week or 1000 orders before, unless this watch saw them open",
)
UNNAMED = "orders placed and cancelled on symbols that nothing else names"
FORGOTTEN = "orders of more than three days ago that were cancelled unfilled"
REMEMBERED_MS = 3 * 86_400_000
RESERVED = ("openOrderInitialMargin", "bidNotional", "askNotional")
"""What a position row has of when there are open orders."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A gap as the fold saw it: wallet balances before and after, and the last time known of each.

    `since` has the moment (ms) of the last change of an asset that was told; flows after it are
    the ones that were missed. Balances are compared as of `read_ms`, when the account was read;
    what happened after `to_ms` was told besides. `symbols` are known to the account, those whose
    position differs are `moved`; `open` are orders that were, `told` what needs no back-fill.
    """

    gap: int
    from_ms: int
    to_ms: int
    read_ms: int
    before: dict[str, str]
    after: dict[str, str]
    since: dict[str, int]
    symbols: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    open: dict[int, str] = field(default_factory=dict)
    told: frozenset[Key] = frozenset()

    @classmethod
    def between(
        cls, before: State, after: State, since: Stamps, orders: Orders, **times: int
    ) -> Self:
        """What was missed between two states, given what the stream had told."""
        found = differing(before, after)
        return cls(
            **times,
            before=_wallets(before),
            after=_wallets(after),
            since={asset: time for asset, time in since.items() if isinstance(asset, str)},
            symbols=_symbols(before, after, orders.open.values()),
            moved=tuple(dict.fromkeys(d.key["symbol"] for d in found if d.kind == "position")),
            open=dict(orders.open),
            told=orders.told,
        )

    def lacks_flow(self, row: Row) -> bool:
        """Whether a flow belongs to what was missed."""
        time: int = row["time"]
        return self.since.get(row["asset"], self.from_ms) < time <= self.read_ms

    def lacks_fill(self, row: Row) -> bool:
        """Whether a fill belongs to what was missed."""
        return self._has(row["time"]) and _fill_key(row) not in self.told

    def lacks_order(self, row: Row) -> bool:
        """Whether an order was placed or last changed in what was missed."""
        is_in = self._has(row["time"]) or self._has(row["updateTime"])
        return is_in and _change_key(row) not in self.told

    def _has(self, time_ms: int) -> bool:
        return self.from_ms <= time_ms <= self.to_ms


@dataclass(slots=True)
class Found:
    """What history gave of a gap; `unread` names what it could not be asked for."""

    flows: list[Row] = field(default_factory=list)
    fills: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def note(self, is_whole: bool, what: str) -> None:
        """Take note of what could not be read whole."""
        if not is_whole:
            self.unread.append(what)

    def without(self, told: frozenset[Key]) -> "Found":
        """The same, less the fills and orders that were told."""
        fills = [row for row in self.fills if _fill_key(row) not in told]
        orders = [row for row in self.orders if _change_key(row) not in told]
        return replace(self, fills=fills, orders=orders)

    def keys(self) -> list[Key]:
        """What the fills and orders are known by."""
        return [*map(_fill_key, self.fills), *map(_change_key, self.orders)]

    def rows(self) -> list[tuple[str, Row]]:
        """Every row with its kind, by time."""
        kinds = {"order": self.orders, "fill": self.fills, "flow": self.flows}
        rows = [(kind, row) for kind, found in kinds.items() for row in found]
        return sorted(rows, key=lambda each: _moment(each[1]))


def _fill_key(row: Row) -> Key:
    return fill_key(row["symbol"], row["id"])


def _change_key(row: Row) -> Key:
    return change_key(row["orderId"], row["updateTime"])


def _moment(row: Row) -> int:
    return int(row["updateTime"] if "updateTime" in row else row["time"])


def _symbols(before: State, after: State, open_orders: Iterable[str]) -> tuple[str, ...]:
    """The symbols that an account is known to have to do with: positions and open orders."""
    rows = [*before.positions.values(), *after.positions.values()]
    concerned = [row["symbol"] for row in rows if is_held(row) or _has_orders(row)]
    return tuple(dict.fromkeys([*open_orders, *concerned]))


def _has_orders(row: Row) -> bool:
    return any(decimal(row.get(name)) for name in RESERVED)


def sums(missed: Missed, flows: Iterable[Row]) -> Row:
    """For each asset that moved: by how much, what of it the flows explain, and what not."""
    explained: dict[str, Decimal] = {}
    for row in flows:
        explained[row["asset"]] = explained.get(row["asset"], Decimal()) + _number(row["income"])
    assets: Row = {}
    for asset in sorted(missed.before.keys() | missed.after.keys() | explained.keys()):
        change = _number(missed.after.get(asset)) - _number(missed.before.get(asset))
        known = explained.get(asset, Decimal())
        if change or known:
            assets[asset] = {
                "change": _text(change),
                "explained": _text(known),
                "unexplained": _text(change - known),
            }
    return assets


def agrees(assets: Row) -> bool:
    """Whether sums leave nothing unexplained."""
    return not any(_number(each["unexplained"]) for each in assets.values())


def report(market: Market, missed: Missed, found: Found, now_ms: int) -> Row:
    """The account of a gap: the sums of each asset, what was found, and what cannot be."""
    return {
        "gap": missed.gap,
        "from": missed.from_ms,
        "to": missed.to_ms,
        "assets": sums(missed, found.flows),
        "flows": len(found.flows),
        "fills": len(found.fills),
        "orders": len(found.orders),
        "unread": found.unread,
        "notRecoverable": list(_not_told(market, now_ms - missed.from_ms)),
    }


def _not_told(market: Market, age_ms: int) -> Iterator[str]:
    yield from NEVER_TOLD
    if market is Market.COINM:
        yield UNNAMED
    if age_ms > REMEMBERED_MS:
        yield FORGOTTEN


def _wallets(state: State) -> dict[str, str]:
    """Every asset's wallet balance."""
    return {asset: str(row.get("walletBalance", "0")) for asset, row in state.balances.items()}


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _number(value: object) -> Decimal:
    return decimal(value) or Decimal()
