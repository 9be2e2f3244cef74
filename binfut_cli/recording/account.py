"""An account as a recording tells it: a snapshot, and what events said of its rows since. Pure.

Values inside an event's row are absolute, so of many events for a row only the last counts: they
are laid on each other as they come, and folded in at once, by `State`, when somebody looks.
"""

from collections.abc import Callable, Hashable, Iterable

import msgspec

from binfut_cli.codec import Amount, Row, same
from binfut_cli.endpoints import Market
from binfut_cli.recording.recorded import BalanceRow, Odd, PositionRow, Recorded
from binfut_cli.resources.figures.account_document import rederived
from binfut_cli.resources.figures.models import AccountStatus, leg
from binfut_cli.resources.result.lenient import names_asset, names_leg
from binfut_cli.stream import events
from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.audit import Stamps, kept, stamps
from binfut_cli.stream.state import BALANCE_FIELDS, POSITION_FIELDS, Rows, State

_OF_ONE_EVENT = frozenset(("previous", "balanceChange"))
_LASTING = frozenset(("asset", "marginAvailable", "leverage", "updateTime"))
_OF_BALANCES = _LASTING | (frozenset(events.BALANCE.values()) - _OF_ONE_EVENT)
_OF_POSITIONS = _LASTING | (frozenset(events.POSITION.values()) - {"markPrice", "maintMargin"})
_TOTALS = frozenset(
    field.encode_name
    for field in msgspec.structs.fields(AccountStatus)
    if field.type == Amount | None
)


class RecordedAccount:
    """One account on one market: `read` and `apply` take what a recording has of it, in order.

    `document` is then the account as `account status` would print it, and `state` the same as the
    fold of a watch has it. `read_ms` is when the last snapshot was taken, None before the first.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self.read_ms: int | None = None
        self._document: Row = {}  # as it was read
        self._base = State({"assets": (), "positions": ()})
        self._stamps: Stamps = {}
        # Told since, by asset or leg, and when.
        self._rows: dict[Hashable, tuple[BalanceRow | PositionRow, int | None]] = {}
        self._odd: dict[Hashable, Row] = {}  # told before those
        self._settings: dict[str | None, Row] = {}  # by symbol; None for the account's own

    def apply(self, record: Recorded) -> None:
        """Take an event in. Raises KeyError if a row does not say what it is of."""
        if isinstance(record, Odd):
            self._apply_odd(record)
        elif record.event == "ACCOUNT_UPDATE":
            self.update([record])
        elif record.event == "ACCOUNT_CONFIG_UPDATE":
            self._configure(record.symbol_config, record.account_config)

    def update(self, told: Iterable[Recorded]) -> None:
        """Take ACCOUNT_UPDATEs in, none of which is Odd."""
        rows = self._rows
        for each in told:
            time = each.transaction_time
            for row in each.balances or ():
                rows[row.asset] = row, time
            for held in each.positions or ():
                rows[held.symbol, held.position_side] = held, time

    def _apply_odd(self, record: Odd) -> None:
        """The same of an event whose rows have other fields than usual: laid on those before."""
        if record.event == "ACCOUNT_UPDATE":
            time = record.transaction_time
            _check(record.row["balances"], names_asset)
            _check(record.row["positions"], names_leg)
            for row in record.row["balances"]:
                self._lay(row["asset"], {**row, "updateTime": time})
            for row in record.row["positions"]:
                self._lay(
                    (row["symbol"], row.get("positionSide", "BOTH")), {**row, "updateTime": time}
                )
        elif record.event == "ACCOUNT_CONFIG_UPDATE":
            self._configure(record.row.get("symbolConfig"), record.row.get("accountConfig"))

    def _lay(self, key: Hashable, row: Row) -> None:
        self._odd[key] = {**self._told(key), **row}
        self._rows.pop(key, None)

    def _configure(self, symbol: Row | None, account: Row | None) -> None:
        if symbol is not None:
            self._settings[symbol["symbol"]] = {"symbolConfig": symbol}
        if account is not None:
            self._settings[None] = {"accountConfig": account}

    def _told(self, key: Hashable) -> Row:
        """What events told of a row since the snapshot, for longer than one of them."""
        told = dict(self._odd.get(key, {}))
        if (latest := self._rows.get(key)) is not None:
            row, time = latest
            told |= {**msgspec.to_builtins(row), "updateTime": time}
        if told.get("updateTime") is None:
            told.pop("updateTime", None)
        return {name: each for name, each in told.items() if name not in _OF_ONE_EVENT}

    def read(self, document: Row, time_ms: int) -> None:
        """Take a snapshot for the truth, but for rows of which the stream told later.

        One that was carried over into another file says itself when it was read (`readAt`).
        Raises KeyError if a row does not say what it is of.
        """
        _check(document["assets"], names_asset)
        _check(document["positions"], names_leg)
        known, found, read = self.state(), State(document), stamps(document)
        last = self.stamps()
        found.keep_unread(known)
        self._stamps = last | kept(known, last, found, read, time_ms)
        document = dict(document)
        read_ms = document.pop("readAt", None)
        self.read_ms = read_ms if type(read_ms) is int else time_ms
        self._document, self._base = document, found
        self._rows, self._odd, self._settings = {}, {}, {}

    def stamps(self) -> Stamps:
        """When each row last changed, as far as that was told."""
        told = {key: self._told(key).get("updateTime") for key in self._keys()}
        return self._stamps | {key: time for key, time in told.items() if time is not None}

    def state(self) -> State:
        """The account as a watch would know it by now."""
        found, keys = self._base.copy(), self._keys()
        body: Row = {
            "balances": [self._told(key) for key in keys if isinstance(key, str)],
            "positions": [self._told(key) for key in keys if not isinstance(key, str)],
        }
        found.apply(Event("ACCOUNT_UPDATE", None, None, body))
        for change in self._settings.values():
            body = {kind: dict(config) for kind, config in change.items()}
            found.apply(Event("ACCOUNT_CONFIG_UPDATE", None, None, body))
        return found

    def _keys(self) -> list[Hashable]:
        return list(dict.fromkeys([*self._odd, *self._rows]))

    def document(self) -> Row | None:
        """The account as one document, as `current`; None before the first snapshot."""
        if self.read_ms is None:
            return None
        return current(self._market, self._document, self.state(), self.stamps())


def current(market: Market, read: Row, now: State, stamps: Stamps) -> Row:
    """An account as one document, in the exchange's words: as it was read, and as it is known now.

    A row that has changed since it was read has only what the stream told of it, because all else
    of it (margins, liquidation price) has changed with it; so has the whole, without its totals, if
    one of its rows has. The other rows stand as they were read.
    """
    assets = {row["asset"]: row for row in read["assets"]}
    held = {leg(row): row for row in read["positions"]}
    moved = _moved(assets, now.balances, BALANCE_FIELDS)
    changed = _moved(held, now.positions, POSITION_FIELDS)
    document, mode = dict(read), now.multi_assets_margin
    if moved or changed or mode != document.get("multiAssetsMargin", mode):
        document = {name: each for name, each in document.items() if name not in _TOTALS}
    if mode is not None:
        document["multiAssetsMargin"] = mode
    bare = _bare(moved, now.balances, assets, _OF_BALANCES)
    document["assets"] = list((now.balances | _stamped(bare, stamps)).values())
    bare = _bare(changed, now.positions, held, _OF_POSITIONS)
    document["positions"] = list((now.positions | _stamped(bare, stamps)).values())
    for kind in ("positions", "symbols"):
        if kind in document:
            document[kind] = [_with_leverage(row, now) for row in document[kind]]
    return rederived(market, document)


def _check(rows: Iterable[Row], known: Callable[[Row], bool]) -> None:
    """Raise KeyError if a row does not say what it is of."""
    if not all(map(known, rows)):
        raise KeyError("a row that does not say what it is of")


def _moved(read: Rows, now: Rows, fields: tuple[str, ...]) -> set[Hashable]:
    """What the rows are known by that have changed since they were read."""
    return {key for key, row in now.items() if _has_moved(read.get(key), row, fields)}


def _bare(moved: set[Hashable], now: Rows, read: Rows, told: frozenset[str]) -> Rows:
    """The rows that have moved: what the stream tells of such, and what of the reading lasts."""
    return {
        key: {name: each for name, each in read.get(key, {}).items() if name in _LASTING}
        | {name: each for name, each in now[key].items() if name in told}
        for key in now.keys() & moved
    }


def _stamped(rows: Rows, stamps: Stamps) -> Rows:
    """The rows with the time of their last change, where that was told."""
    known = {key: {"updateTime": stamps[key]} for key in rows if key in stamps}
    return {key: row | known.get(key, {}) for key, row in rows.items()}


def _has_moved(read: Row | None, now: Row, fields: tuple[str, ...]) -> bool:
    return read is None or any(
        not same(now[name], read.get(name, now[name])) for name in fields if name in now
    )


def _with_leverage(row: Row, state: State) -> Row:
    known = state.leverage.get(row.get("symbol", ""))
    return row if known is None else {**row, "leverage": known}
