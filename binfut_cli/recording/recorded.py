"""One line of a recording as a value: its envelope, and of its body what the fold asks for.

A body's other fields are skipped, and rows are no mappings, which is most of the speed; `whole`
reads a line in full. Fields are looked for in the order in which they stand here, which is that of
the lines of a watch.
"""

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, Literal

import msgspec

from binfut_cli.codec import Row, Time, Unreadable, dumps, parse
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.stream.records import BODIES, LaneEnd, Record

VERSION = 1
"""The `v` of the records that are understood here; the same as a type is `_Head`'s."""


class _PassedOver(msgspec.Struct):
    """An object of which nothing is read."""


class BalanceRow(msgspec.Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A row of `balances` with all that the exchange is known to tell, in its own words."""

    asset: str
    wallet_balance: str
    cross_wallet_balance: str
    balance_change: str
    previous: _PassedOver | None = None


class PositionRow(msgspec.Struct, rename="camel", gc=False, forbid_unknown_fields=True):
    """A row of an ACCOUNT_UPDATE's `positions`, as complete."""

    symbol: str
    position_amt: str
    entry_price: str
    accumulated_realized: str
    unrealized_profit: str
    margin_type: str
    isolated_wallet: str
    position_side: str
    margin_asset: str
    break_even_price: str
    previous: _PassedOver | None = None


class OrderRow(msgspec.Struct, rename="camel", gc=False):
    """What is asked of the `order` of an ORDER_TRADE_UPDATE, or of a fill of the history.

    It may be anything: whoever asks looks at it.
    """

    symbol: Any = None
    order_id: Any = None
    status: Any = None
    execution_type: Any = None
    trade_id: Any = None
    margin_asset: Any = None
    realized_pnl: Any = None
    commission: Any = None
    commission_asset: Any = None


class AlgoOrderRow(msgspec.Struct, rename="camel", gc=False):
    """The same of the `algoOrder` of an ALGO_UPDATE."""

    symbol: Any = None
    algo_id: Any = None
    algo_status: Any = None


class _Head(msgspec.Struct, gc=False):
    """The envelope: all that is read of a record whose fields are otherwise than ours."""

    v: Literal[1]
    type: str
    market: Market | None
    env: Env
    profile: str | None
    time: Time
    run: str
    seq: int
    source: str


class Recorded(_Head, rename="camel", gc=False):
    """A record. Times are ms by the exchange's clock, as the watch knew it.

    What follows `source` is of the body, and None where the record has none of it, or has it of
    another kind. All types of records share it, so that a line is decoded in one step: that is why
    its fields are many. Not frozen: one is made for every line.
    """

    event: str | None = None
    event_time: Any = None  # of use to nobody here, but it stands between
    transaction_time: Time | None = None
    reason: str | None = None
    balances: list[BalanceRow] | None = None
    positions: list[PositionRow] | None = None
    order: OrderRow | None = None
    algo_order: AlgoOrderRow | None = None
    symbol_config: Row | None = None
    account_config: Row | None = None
    status: str | None = None
    proven_at: int | None = None
    gaps: int | None = None
    from_ms: int | None = msgspec.field(name="from", default=None)
    to_ms: int | None = msgspec.field(name="to", default=None)
    possible_from: int | None = None
    certainty: str | None = None
    lanes: list[LaneEnd] | None = None


class Odd(Recorded):
    """A record whose rows have more, less or other fields than is known: `row` is all of it."""

    row: Row = {}


def told_balances(update: Recorded) -> list[tuple[Any, Any]]:
    """Of each balance that an ACCOUNT_UPDATE tells of: its asset, and what the wallet holds.

    Raises KeyError if there are none, or if one does not say of which asset it is.
    """
    if isinstance(update, Odd):
        return [(row["asset"], row.get("walletBalance")) for row in update.row["balances"]]
    if update.balances is None:
        raise KeyError("balances")
    return [(row.asset, row.wallet_balance) for row in update.balances]


def told_positions(update: Recorded) -> list[tuple[Any, Any]]:
    """Of each of its positions: the symbol, and in which asset that settles. Raises KeyError."""
    if isinstance(update, Odd):
        return [(row["symbol"], row.get("marginAsset")) for row in update.row["positions"]]
    if update.positions is None:
        raise KeyError("positions")
    return [(row.symbol, row.margin_asset) for row in update.positions]


_decoder = msgspec.json.Decoder(Recorded, float_hook=Decimal)
_decode, _decode_lines = _decoder.decode, _decoder.decode_lines
_first, _last = itemgetter(0), itemgetter(-2)  # byte of a line, before its line break
_BRACES = {ord("{")}, {ord("}")}
_HEAD = tuple(field.name for field in msgspec.structs.fields(_Head))
_BODY = tuple(field for field in msgspec.structs.fields(Recorded) if field.name not in _HEAD)
_BODIES = {each.type: each for each in BODIES}

ADDED: dict[str, Row] = {
    "gap_report": {"conditionalCount": 0},
    "heartbeat": {"redacted": 0, "doubts": 0},
    "stop": {"redacted": 0, "provenAt": None, "lanes": ()},
}
"""What later versions of binfut have added to records, and what it means that a file lacks it."""


def recorded(line: bytes) -> Recorded:
    """A line as a record, or as an Odd one.

    Raises Unreadable, with the reason in a few words, if it is none.
    """
    try:
        return _decode(line)
    except msgspec.ValidationError as exc:
        return _odd(line, exc)
    except (msgspec.DecodeError, UnicodeError, ArithmeticError, RecursionError) as exc:
        parse(line)  # which says why
        raise Unreadable("no record") from exc


def all_recorded(lines: Sequence[bytes]) -> list[Recorded] | None:
    """Lines as records, if they are as a watch writes them, with their line breaks.

    None if one of them is not, or is an Odd one: then `recorded` tells of each.
    """
    try:
        if ({*map(_first, lines)}, {*map(_last, lines)}) != _BRACES:  # else two may seem to be one
            return None
        found = _decode_lines(b"".join(lines))
    except (msgspec.DecodeError, UnicodeError, ArithmeticError, LookupError, RecursionError):
        return None
    return found if len(found) == len(lines) else None


def whole(line: bytes) -> Row:
    """A line in full, envelope and all; raise Unreadable if it is not a JSON object."""
    found = parse(line)
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    return found


def body(line: bytes) -> Row:
    """What a line says behind its envelope; raise Unreadable if it is not a JSON object."""
    return {name: each for name, each in whole(line).items() if name not in _HEAD}


def record(found: Recorded, line: bytes) -> Record:
    """A line as a record, with all that it says; `found` is what was read of it.

    Raises Unreadable for one that nobody here knows, or that does not say what it should.
    """
    row, scope = body(line), Scope(found.env, found.profile)
    if found.type in ("event", "snapshot"):
        head = found.type, found.market, found.time, found.source
        return Record(*head, row, scope=scope)
    kind = _BODIES.get(found.type)
    if kind is None:
        raise Unreadable(f"this binfut knows no record {dumps(found.type).decode()}")
    try:
        said = msgspec.convert({**ADDED.get(found.type, {}), **row}, kind)
    except msgspec.ValidationError as exc:
        raise Unreadable(f"no {found.type}: {exc}") from exc
    return Record.of(said, found.time, found.market, scope)


def _odd(line: bytes, why: msgspec.ValidationError) -> Recorded:
    """A record of which something is of another kind than ours, as rows of a snapshot are."""
    row = whole(line)
    version = row.get("v")
    if type(version) is int and version != VERSION:
        raise _of_another_version(version)
    try:
        head = msgspec.convert(row, _Head)
    except msgspec.ValidationError as exc:
        raise Unreadable(f"no record: {exc}") from why
    found = {each.name: _fitting(row.get(each.encode_name), each.type) for each in _BODY}
    return Odd(**msgspec.structs.asdict(head), **found, row=row)


def _fitting(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None


def _of_another_version(version: int) -> Unreadable:
    return Unreadable(f"version {version} of the format; this binfut reads version {VERSION}")
