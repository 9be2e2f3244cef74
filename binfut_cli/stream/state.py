"""The account as the stream tells it: a snapshot, folded with every event since. Pure.

What a row holds is the exchange's own words. Values inside an event's row are absolute, and a row
that is missing is unchanged (source: the exchange's ACCOUNT_UPDATE upgrade of 2020-11).
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from binfut_cli.codec import Row, are_other, decimal, dumps, same
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.figures.shared import slim
from binfut_cli.stream.events import (
    AccountUpdate,
    BalanceUpdate,
    Event,
    PositionUpdate,
    as_fields,
    as_row,
    in_order,
)
from binfut_cli.stream.records import RowKind

Rows = dict[Any, Row]

# What only changes when the exchange sends an event. All else (unrealised profit, margins,
# available balance, notional, liquidation price) moves with the mark price.
BALANCE_FIELDS = ("walletBalance", "crossWalletBalance")
POSITION_FIELDS = ("positionAmt", "entryPrice", "isolatedWallet", "marginType")
MARGIN_TYPES = ("cross", "isolated")
_FLAT: Row = {"positionAmt": "0", "entryPrice": "0", "isolatedWallet": "0"}
MOST_ROWS = 5_000  # of a kind; an account that holds every symbol both ways has two thousand
MOST_FIELDS = 64  # of a row
MOST_BYTES = 8 * 1024 * 1024
"""What may be kept, about; such an account has half of it."""
_ROW, _FIELD = 400, 100  # bytes that each costs, beside the texts
_ZERO_WHEN_ABSENT = frozenset(("walletBalance", "crossWalletBalance", "positionAmt", "entryPrice"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that a new snapshot has otherwise than the state had it."""

    kind: RowKind
    key: Row  # {"asset": …} or {"symbol": …, "positionSide": …} …
    field: str
    before: Any
    after: Any


class State:
    """Balances by asset, positions by symbol and side, leverage by symbol, and the mode.

    What was last told of a row is laid on it when somebody looks. Rows and settings are replaced,
    never changed: a state shares them with what was read, and with its copies. Typed events are
    folded in their own way, for each of two askers: that is why it has so many methods.
    """

    __slots__ = (
        "_balances", "_keys", "_last", "_positions", "_symbols", "_told", "is_full", "leverage",
        "multi_assets_margin", "settings", "unsure",
    )  # fmt: skip

    def __init__(self, document: Row) -> None:
        lacking = document.get("incomplete", ())
        self.unsure = "assets" in lacking or "positions" in lacking  # rows were refused
        self._balances: dict[str, Row] = {row["asset"]: row for row in document["assets"]}
        self._positions = {leg(row): _position(row) for row in document["positions"]}
        self._told: dict[Hashable, BalanceUpdate | PositionUpdate] = {}
        self._last: AccountUpdate | None = None  # whose rows are later than these
        self._keys: list[Hashable] = []  # what those are known by
        self._symbols: Sequence[Row] = document.get("symbols", ())
        self.leverage: dict[str, Any] = {
            row["symbol"]: row["leverage"]
            for row in [*document.get("symbols", ()), *document["positions"]]
            if "leverage" in row
        }
        mode = document.get("multiAssetsMargin")
        self.multi_assets_margin: bool | None = mode if isinstance(mode, bool) else None
        told = {"leverage": self.leverage, "multiAssetsMargin": isinstance(mode, bool)}
        self.settings = frozenset(name for name, is_told in told.items() if is_told)
        self.is_full = False  # whether more was told than may be kept: it is to be read anew

    @property
    def balances(self) -> dict[str, Row]:
        """All that is known of each asset."""
        self._lay_all()
        return self._balances

    @property
    def positions(self) -> dict[tuple[str, str], Row]:
        """All that is known of each position, by its `leg`."""
        self._lay_all()
        return self._positions

    def copy(self) -> "State":
        """The same as it is now."""
        copied = State({"assets": (), "positions": ()})
        copied._balances, copied._positions = dict(self.balances), dict(self.positions)
        copied.unsure, copied.settings = self.unsure, self.settings
        copied._symbols, copied.leverage = self._symbols, self.leverage
        copied.multi_assets_margin = self.multi_assets_margin
        return copied

    def apply(self, event: Event) -> list[Hashable]:
        """Fold an event in, and put into each of its changed rows the fields' `previous` values.

        `previous` holds the fields that differ. It is null for an asset that was not known before;
        a position that was not was flat, because the snapshot lists all that are not, unless rows
        of it could not be read. Returns what the rows are known by: an asset, or a position's
        `leg`. A state that is full takes no more, and says nothing.
        """
        keys: list[Hashable] = []
        if self.is_full:
            return keys
        self._settle()
        if event.name == "ACCOUNT_UPDATE":
            for row in event.body["balances"]:
                keys.append(row["asset"])
                self._fold(self._balances, row["asset"], row)
            for row in event.body["positions"]:
                keys.append(key := leg(row))
                self._fold_position(key, row)
        elif event.name == "ACCOUNT_CONFIG_UPDATE":
            self._configure(event.body)
        return keys

    def update(
        self, event: AccountUpdate, *, mapped: bool = False
    ) -> tuple[list[Hashable], list[Any], list[Any]]:
        """The same of an ACCOUNT_UPDATE that is typed, if it is not full: keys, and the rows.

        The hot path: a row that is told again as before is compared with what was told then, and
        given as it is written, unless all are to be `mapped`: any other row is given as the mapping
        that it is in other events.
        """
        last = self._last
        said = None if last is None else _again(event, last, mapped)
        if said is None:
            return self._update(event, mapped)
        self._last = event
        return self._keys, *said

    def _update(
        self, event: AccountUpdate, mapped: bool
    ) -> tuple[list[Hashable], list[Any], list[Any]]:
        """The same of one whose rows are others than those of the one before."""
        self._settle()
        told = self._told
        keys: list[Hashable] = []
        balances: list[Any] = []
        positions: list[Any] = []
        for row in event.told.balances:
            keys.append(asset := row.asset)
            if type(was := told.get(asset)) is type(row):
                said = row.written(*as_fields(row))
                said.previous = _balance_before(row, was)
                balances.append(as_row(said) if mapped else said)
            else:
                balances.append(mapping := as_row(row))
                self._fold(self._balances, asset, mapping)
            told[asset] = row
        for held in event.told.positions:
            keys.append(place := (held.symbol, held.positionSide))
            if type(was := told.get(place)) is type(held):
                said = held.written(*as_fields(held))
                said.previous = _position_before(held, was)
                positions.append(as_row(said) if mapped else said)
            else:
                positions.append(mapping := as_row(held))
                self._fold_position(place, mapping)
            told[place] = held
        self._note(event, keys)
        return keys, balances, positions

    def follow(self, event: AccountUpdate) -> list[Hashable]:
        """The same for whom nobody asks what its rows were before: only the keys."""
        if self._last is not None and _is_again(event, self._last):
            self._last = event
            return self._keys
        self._settle()
        told = self._told
        keys: list[Hashable] = []
        for row in event.told.balances:
            keys.append(asset := row.asset)
            if type(told.get(asset)) is not type(row):
                self._fold(self._balances, asset, as_row(row))
            told[asset] = row
        for held in event.told.positions:
            keys.append(place := (held.symbol, held.positionSide))
            if type(told.get(place)) is not type(held):
                self._fold_position(place, as_row(held))
            told[place] = held
        self._note(event, keys)
        return keys

    def _note(self, event: AccountUpdate, keys: list[Hashable]) -> None:
        """The next event may have the same rows, unless one of this is told twice."""
        if len({*keys}) == len(keys):
            self._last, self._keys = event, keys

    def _settle(self) -> None:
        """Put what was told last to what was told before."""
        if self._last is not None:
            told = self._last.told
            self._told |= zip(self._keys, (*told.balances, *told.positions), strict=True)
            self._last = None

    def _lay_all(self) -> None:
        self._settle()
        self._lay(self._told)

    def _lay(self, keys: Iterable[Any]) -> None:
        """Lay what was last told of rows on them."""
        for key in [*keys]:
            rows: Rows = self._balances if isinstance(key, str) else self._positions
            told = as_row(self._told.pop(key))
            if key in rows:
                rows[key] = rows[key] | told

    def weigh(self) -> None:
        """See whether it is full; that takes too long to be done with every event."""
        rows = (*self.balances.values(), *self.positions.values(), self.leverage)
        self.is_full = sum(map(_weight, rows)) > MOST_BYTES

    def keep_unread(self, before: "State") -> None:
        """Take over what a reading that lacks rows, fields or settings does not tell."""
        self.settings |= before.settings
        self.leverage = {**before.leverage, **self.leverage}
        self._symbols = _with_untold(self._symbols, before._symbols)
        if self.multi_assets_margin is None:
            self.multi_assets_margin = before.multi_assets_margin
        if self.unsure:
            self._balances = {**before.balances, **self.balances}
            self._positions = {**before.positions, **self.positions}
        _keep_fields(BALANCE_FIELDS, before.balances, self.balances)
        _keep_fields(POSITION_FIELDS, before.positions, self.positions)

    def _flat(self, symbol: str) -> Row:
        """A position that the snapshot did not list: nothing held, its margin type if known."""
        told = [_margin_type(row["isolated"]) for row in self._symbols
                if _tells_margin(row) and row["symbol"] == symbol]  # fmt: skip
        return {**_FLAT, **({"marginType": told[-1]} if told else {})}

    def _has_room(self, rows: Collection[Any], fields: int = 0) -> bool:
        """Whether another row may be kept, or one of so many fields."""
        self.is_full = self.is_full or len(rows) >= MOST_ROWS or fields > MOST_FIELDS
        return not self.is_full

    def _fold_position(self, key: tuple[str, str], row: Row) -> None:
        is_flat = key not in self._positions and not self.unsure
        if is_flat and self._has_room(self._positions):
            self._positions[key] = self._flat(row["symbol"])
        self._fold(self._positions, key, row)

    def _fold(self, rows: dict[Any, Row], key: Any, row: Row) -> None:
        if key in self._told:
            self._lay([key])
        known = rows.get(key)
        if known is None:
            if self._has_room(rows, len(row)):
                rows[key] = dict(row)
            row["previous"] = None
            return
        previous = _previous(known, row)
        if "balanceChange" in previous:  # of one event, not of the account
            del previous["balanceChange"]
        if len(known) + len(row) <= MOST_FIELDS or self._has_room((), len(known.keys() | row)):
            rows[key] = known | row
        row["previous"] = previous

    def _configure(self, body: Row) -> None:
        if "symbolConfig" in body:
            config = body["symbolConfig"]
            before = self.leverage.get(symbol := config["symbol"])
            if symbol in self.leverage or self._has_room(self.leverage):
                self.leverage = self.leverage | {symbol: config.get("leverage")}
            config["previous"] = None if before is None else {"leverage": before}
        if "accountConfig" in body:
            config = body["accountConfig"]
            was = self.multi_assets_margin
            self.multi_assets_margin = config.get("multiAssetsMargin")
            config["previous"] = None if was is None else {"multiAssetsMargin": was}


def _previous(known: Row, row: Row) -> Row:
    """What is known of the fields that a row has otherwise.

    Nearly all are numbers that are known; a row with another is looked at as `same` does.
    """
    previous: Row = {}
    try:
        for field, value in row.items():  # this and `spelled` are what a watch does most
            before = known[field]
            if before != value and Decimal(before) != Decimal(value):
                previous[field] = before
    except (KeyError, ArithmeticError, TypeError, ValueError):
        both = {field: known[field] for field in row if field in known}
        return {field: before for field, before in both.items() if not same(before, row[field])}
    return previous


def _is_again(event: AccountUpdate, last: AccountUpdate) -> bool:
    """Whether it is of the last one's type, and has rows of the same, in the same order."""
    now, then = event.told, last.told
    if type(event) is not type(last) or not _are_as_many(now, then):
        return False
    for row, was in zip(now.balances, then.balances):  # noqa: B905
        if row.asset != was.asset:
            return False
    for held, known in zip(now.positions, then.positions):  # noqa: B905
        if held.symbol != known.symbol or held.positionSide != known.positionSide:
            return False
    return True


def _are_as_many(now: Any, then: Any) -> bool:
    is_so = len(now.balances) == len(then.balances)
    return is_so and len(now.positions) == len(then.positions)


def _again(
    event: AccountUpdate, last: AccountUpdate, mapped: bool
) -> tuple[list[Any], list[Any]] | None:
    """The rows of such an event, as they are to be given; None of any other.

    Written out, because this is what a watch does most.
    """
    now, then = event.told, last.told
    if type(event) is not type(last) or not _are_as_many(now, then):
        return None
    balances: list[Any] = []
    positions: list[Any] = []
    for row, was in zip(now.balances, then.balances):  # noqa: B905
        if row.asset != was.asset:
            return None
        balances.append(said := row.written(*as_fields(row)))
        said.previous = _balance_before(row, was)
    for held, known in zip(now.positions, then.positions):  # noqa: B905
        if held.symbol != known.symbol or held.positionSide != known.positionSide:
            return None
        positions.append(said := held.written(*as_fields(held)))
        said.previous = _position_before(held, known)
    if mapped:
        return [*map(as_row, balances)], [*map(as_row, positions)]
    return balances, positions


def _balance_before(row: BalanceUpdate, was: BalanceUpdate) -> Row:
    """What was told before of the fields that a balance of the same type has otherwise.

    All but its change, which is of one event.
    """
    before: Row = {}
    try:
        now, then = row.walletBalance, was.walletBalance
        if now != then and are_other(now, then):
            before["walletBalance"] = then
        now, then = row.crossWalletBalance, was.crossWalletBalance
        if now != then and are_other(now, then):
            before["crossWalletBalance"] = then
    except (ArithmeticError, ValueError):
        return _otherwise(row, was)
    return before if len(before) < 2 or row.isInOrder else in_order(before, row)


def _position_before(row: PositionUpdate, was: PositionUpdate) -> Row:
    """The same of a position. Written out, because this is what a watch does most."""
    before: Row = {}
    try:
        now, then = row.positionAmt, was.positionAmt
        if now != then and are_other(now, then):
            before["positionAmt"] = then
        now, then = row.entryPrice, was.entryPrice
        if now != then and are_other(now, then):
            before["entryPrice"] = then
        now, then = row.breakEvenPrice, was.breakEvenPrice
        if now != then and are_other(now, then):
            before["breakEvenPrice"] = then
        now, then = row.accumulatedRealized, was.accumulatedRealized
        if now != then and are_other(now, then):
            before["accumulatedRealized"] = then
        now, then = row.unrealizedProfit, was.unrealizedProfit
        if now != then and are_other(now, then):
            before["unrealizedProfit"] = then
        now, then = row.isolatedWallet, was.isolatedWallet
        if now != then and are_other(now, then):
            before["isolatedWallet"] = then
    except (ArithmeticError, ValueError):
        return _otherwise(row, was)
    if row.marginType != was.marginType or row.marginAsset != was.marginAsset:
        return _otherwise(row, was)
    return before if len(before) < 2 or row.isInOrder else in_order(before, row)


def _otherwise(row: Any, was: Any) -> Row:
    """The same of fields that may be any texts."""
    both = as_row(was), as_row(row)
    return {
        field: before
        for field, before in both[0].items()
        if field != "balanceChange" and not same(before, both[1][field])
    }


def differences(old: State, new: State) -> Iterator[Difference]:
    """What changed between two states, of the fields that only events change.

    What one of them does not tell, or tells so that it cannot be read, is no difference.
    """
    for asset in sorted(old.balances.keys() | new.balances.keys()):
        rows = old.balances.get(asset), new.balances.get(asset)
        if all(rows) or not (old.unsure or new.unsure):
            yield from _compared("balance", {"asset": asset}, BALANCE_FIELDS, *rows)
    for symbol, side in sorted(old.positions.keys() | new.positions.keys()):
        key = {"symbol": symbol, "positionSide": side}
        rows = old.positions.get((symbol, side)), new.positions.get((symbol, side))
        if all(rows) or not (old.unsure or new.unsure):
            yield from _compared("position", key, POSITION_FIELDS, *rows)
    for symbol in sorted(old.leverage.keys() & new.leverage.keys()):
        before, after = old.leverage[symbol], new.leverage[symbol]
        if type(before) is type(after) is int and before != after:
            yield Difference("symbolConfig", {"symbol": symbol}, "leverage", before, after)
    modes = old.multi_assets_margin, new.multi_assets_margin
    if None not in modes and modes[0] != modes[1]:
        yield Difference("accountConfig", {}, "multiAssetsMargin", *modes)


def untold(known: State, read: State, now: State) -> list[str]:
    """What one reading tells and another does not, of the fields that only events change.

    Of rows that were refused only those count that hold something `now`.
    """
    found = sorted(known.settings - read.settings)
    found += ["rows"] if read.unsure and not known.unsure else []
    for symbol in known.leverage.keys() & read.leverage.keys():
        if type(known.leverage[symbol]) is int and type(read.leverage[symbol]) is not int:
            found.append(f"leverage of {symbol}")
    found += _untold_fields(known, BALANCE_FIELDS, known.balances, read.balances)
    found += _untold_fields(known, POSITION_FIELDS, known.positions, read.positions)
    if read.unsure:
        found += _untold_rows("walletBalance", known.balances, read.balances, now.balances)
        found += _untold_rows("positionAmt", known.positions, read.positions, now.positions)
    return found


def _untold_fields(
    known: State, fields: tuple[str, ...], before: Rows, after: Rows
) -> Iterator[str]:
    """The fields that rows told before; a row that was not listed stands for nothing held."""
    for key, row in after.items():
        if key in before or not known.unsure:
            for field in fields:
                was = _value(before.get(key), field)
                if was is not None and _value(row, field) is None:
                    yield f"{field} of {key}"


def _untold_rows(amount: str, before: Rows, after: Rows, now: Rows) -> Iterator[str]:
    """The rows that were there before, and whose amount is not nought now, as far as is known."""
    for key in before.keys() - after.keys():
        if decimal(now.get(key, {}).get(amount, "0")) != 0:
            yield str(key)


def _keep_fields(fields: tuple[str, ...], before: Rows, after: Rows) -> None:
    """Put into rows what cannot be read there and could before."""
    for key in before.keys() & after.keys():
        for field in fields:
            if _value(after[key], field) is None and _value(before[key], field) is not None:
                after[key] = after[key] | {field: before[key][field]}


def _compared(
    kind: RowKind, key: Row, fields: tuple[str, ...], old: Row | None, new: Row | None
) -> Iterator[Difference]:
    for field in fields:
        before, after = _value(old, field), _value(new, field)
        if before is not None and after is not None and not same(before, after):
            yield Difference(kind, key, field, before, after)


def _value(row: Row | None, field: str) -> Any:
    """A field's value; None where it cannot be read.

    A row that the exchange does not list stands for nothing held.
    """
    if not row:
        return "0" if field in _ZERO_WHEN_ABSENT else None
    value = row.get(field)
    is_told = value in MARGIN_TYPES if field == "marginType" else decimal(value) is not None
    return value if is_told else None


def _weight(row: Row) -> int:
    """The bytes that a row takes, about."""
    return _ROW + sum(_FIELD + len(field) + _size(value) for field, value in row.items())


def _size(value: object) -> int:
    """The length of a text; of what is nested, what it may take."""
    if isinstance(value, str):
        return len(value)
    return _FIELD * len(dumps(value)) if isinstance(value, dict | list) else 0


def _position(row: Row) -> Row:
    """A position row with its margin type in the stream's words, where the snapshot tells it."""
    if "marginType" not in row and _tells_margin(row):
        return slim(row | {"marginType": _margin_type(row["isolated"])})
    return row


def _with_untold(symbols: Sequence[Row], before: Sequence[Row]) -> Sequence[Row]:
    """Settings of symbols, and those before of the symbols whose margin they do not tell."""
    if not symbols:
        return before
    told = {row["symbol"] for row in symbols if _tells_margin(row)}
    untold = [row for row in before if _tells_margin(row) and row["symbol"] not in told]
    return [*untold, *symbols] if untold else symbols


def _tells_margin(row: Row) -> bool:
    return isinstance(row.get("isolated"), bool)


def _margin_type(isolated: bool) -> str:
    return "isolated" if isolated else "cross"


def is_held(row: Row) -> bool:
    """Whether a position row has an amount that is not zero."""
    return bool(decimal(row.get("positionAmt")))
