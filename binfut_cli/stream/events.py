"""What the exchange's streams tell, with every one-letter key spelled out. Pure and total.

The long names are the ones that account.status, symbolConfig and the REST order calls use for the
same thing, so one `jq` filter reads all of them. Ids are text: they exceed what a reader whose
numbers are floats can hold. A key or an event that is not known here passes under its own name.
Source: the user-data-stream and Mark-Price-Stream pages of both markets, usdm's page on the asset
index, and recorded frames.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Literal, Protocol

import msgspec

from binfut_cli.codec import (
    LATEST_MS,
    NUMERIC,
    Parser,
    Row,
    Time,
    Unreadable,
    Why,
    apart,
    beside,
    is_count,
    is_plain_number,
    parse,
    parser_of,
)
from binfut_cli.endpoints import Market

Names = Mapping[str, str]
"""One-letter keys and what they are called, no two the same."""

BALANCE: Names = {
    "a": "asset",
    "wb": "walletBalance",
    "cw": "crossWalletBalance",
    "bc": "balanceChange",  # without realised profit and commission
}
POSITION: Names = {
    "s": "symbol",
    "ps": "positionSide",
    "pa": "positionAmt",  # base asset on usdm, contracts on coinm
    "ep": "entryPrice",
    "bep": "breakEvenPrice",
    "cr": "accumulatedRealized",  # before fees
    "up": "unrealizedProfit",
    "mt": "marginType",
    "iw": "isolatedWallet",
    "ma": "marginAsset",  # undocumented, on the wire since 2026
    "mp": "markPrice",  # this one and the next: MARGIN_CALL only
    "mm": "maintMargin",
}
MARGIN_CALL: Names = {"cw": "crossWalletBalance"}
ORDER: Names = {
    "s": "symbol",
    "c": "clientOrderId",
    "S": "side",
    "o": "type",
    "f": "timeInForce",
    "q": "origQty",
    "p": "price",
    "ap": "avgPrice",
    "sp": "stopPrice",
    "x": "executionType",
    "X": "status",
    "i": "orderId",
    "l": "lastFilledQty",
    "z": "executedQty",
    "L": "lastFilledPrice",
    "N": "commissionAsset",
    "n": "commission",
    "T": "tradeTime",
    "t": "tradeId",
    "b": "bidsNotional",
    "a": "asksNotional",
    "m": "maker",
    "R": "reduceOnly",
    "wt": "workingType",
    "ot": "origType",
    "ps": "positionSide",
    "cp": "closePosition",
    "AP": "activatePrice",
    "cr": "priceRate",
    "pP": "priceProtect",
    "rp": "realizedPnl",
    "V": "selfTradePreventionMode",
    "pm": "priceMatch",
    "gtd": "goodTillDate",
    "er": "expiryReason",
    "ma": "marginAsset",
    "M": "modifyId",
    # Of what an order came from: for sourceType ALGO_CONDITION, sourceId is a conditional order's
    # algoId. Undocumented (`si` and `ss`: "ignore"); recorded on usdm in March 2026.
    "si": "sourceId",
    "ss": "sourceStatus",
    "st": "sourceType",
}
COINM_ORDER: Names = {**ORDER, "b": "bidsQty", "a": "asksQty"}
TRADE: Names = {
    "s": "symbol",
    "q": "origQty",
    "p": "price",
    "m": "maker",
    "c": "clientOrderId",
    "S": "side",
    "L": "lastFilledPrice",
    "l": "lastFilledQty",
    "t": "tradeId",
    "i": "orderId",
}
ALGO_ORDER: Names = {
    "caid": "clientAlgoId",
    "aid": "algoId",
    "at": "algoType",
    "o": "orderType",
    "s": "symbol",
    "S": "side",
    "ps": "positionSide",
    "f": "timeInForce",
    "q": "quantity",
    "X": "algoStatus",
    "ai": "actualOrderId",
    "ap": "avgPrice",
    "aq": "executedQty",
    "act": "actualType",
    "tp": "triggerPrice",
    "p": "price",
    "V": "selfTradePreventionMode",
    "wt": "workingType",
    "pm": "priceMatch",
    "cp": "closePosition",
    "pP": "priceProtect",
    "AP": "activatePrice",  # this and the next: as in an order, if they are sent
    "cr": "priceRate",
    "R": "reduceOnly",
    "tt": "triggerTime",
    "gtd": "goodTillDate",
    "rm": "rejectReason",
    "ia": "isActivated",
}
STRATEGY: Names = {
    "si": "strategyId",
    "st": "strategyType",
    "ss": "strategyStatus",
    "s": "symbol",
    "ut": "updateTime",
    "c": "opCode",
}
GRID: Names = {
    "si": "strategyId",
    "st": "strategyType",
    "ss": "strategyStatus",
    "s": "symbol",
    "r": "realizedPnl",
    "up": "unmatchedAvgPrice",
    "uq": "unmatchedQty",
    "uf": "unmatchedFee",
    "mp": "matchedPnl",
    "ut": "updateTime",
}
REJECTED: Names = {"s": "symbol", "i": "orderId", "r": "rejectReason"}
SYMBOL_CONFIG: Names = {"s": "symbol", "l": "leverage"}
ACCOUNT_CONFIG: Names = {"j": "multiAssetsMargin"}
IDS = ("orderId", "tradeId", "modifyId", "sourceId", "algoId", "actualOrderId", "strategyId")
"""The ids among these names that the exchange writes as integers, or once did."""


class Event(msgspec.Struct):
    """One event: its documented name, its times (ms, None if absent), and the rest spelled out."""

    name: str
    event_time: int | None
    transaction_time: int | None
    body: Row


@dataclass(frozen=True, slots=True)
class Control:
    """An answer to a SUBSCRIBE or LIST_SUBSCRIPTIONS of ours."""

    id: int | str | None
    body: Row


def spelled(row: Row, names: Names) -> Row:
    """A row with its known keys spelled out.

    A key that comes under a long name of its own is not known: where it would take another's place
    it goes under `exchange`.
    """
    found: Row = {}
    try:
        for key, value in row.items():  # not a comprehension: this is what a watch does most
            found[names[key]] = value
    except KeyError:
        unknown = {key: value for key, value in row.items() if key not in names}
        known = {names[key]: value for key, value in row.items() if key in names}
        return {**known, **apart(unknown, {"previous", *names.values()})}
    return found


def _identified(row: Row, names: Names) -> Row:
    """A row spelled out, with its ids as text."""
    found = spelled(row, names)
    for name in IDS:
        if type(found.get(name)) is int:
            found[name] = str(found[name])
    return found


def _rows(value: list[Row] | None, names: Names, key: str) -> list[Row]:
    """Spell rows out; each must be known by the text under `key`."""
    rows: list[Row] = []
    for row in () if value is None else value:
        rows.append(found := spelled(row, names))
        if type(found[key]) is not str:
            raise TypeError(f"{key} is not text")
    return rows


def _account_update(message: Row, _market: Market) -> Row:
    update = message.pop("a").copy()
    body: Row = {"reason": update.pop("m", None)}
    if "S" in update:  # the symbol of a funding fee
        body["symbol"] = update.pop("S")
    body["balances"] = _rows(update.pop("B", None), BALANCE, "asset")
    body["positions"] = _rows(update.pop("P", None), POSITION, "symbol")
    return beside(body, beside(update, message))


def _margin_call(message: Row, _market: Market) -> Row:
    positions = _rows(message.pop("p", None), POSITION, "symbol")
    return beside({"positions": positions}, spelled(message, MARGIN_CALL))


def _order_trade_update(message: Row, market: Market) -> Row:
    names = COINM_ORDER if market is Market.COINM else ORDER
    return beside({"order": _identified(message.pop("o"), names)}, message)


def _config_update(message: Row, _market: Market) -> Row:
    body: Row = {}
    if "ac" in message:
        (config,) = _rows([message.pop("ac")], SYMBOL_CONFIG, "symbol")
        if is_count(config.get("leverage")):
            config["leverage"] = int(config["leverage"])
        body["symbolConfig"] = config
    if "ai" in message:
        body["accountConfig"] = spelled(message.pop("ai"), ACCOUNT_CONFIG)
    return beside(body, message)


def _nested(key: str, name: str, names: Names) -> Callable[[Row, Market], Row]:
    """A decoder of events that carry one object under one key."""

    def decode(message: Row, _market: Market) -> Row:
        return beside({name: _identified(message.pop(key), names)}, message)

    return decode


def _trade_lite(message: Row, _market: Market) -> Row:
    return _identified(message, TRADE)


def _as_it_is(message: Row, _market: Market) -> Row:
    return message


DECODERS: dict[str, Callable[[Row, Market], Row]] = {
    "ACCOUNT_UPDATE": _account_update,
    "MARGIN_CALL": _margin_call,
    "ORDER_TRADE_UPDATE": _order_trade_update,
    "TRADE_LITE": _trade_lite,
    "ACCOUNT_CONFIG_UPDATE": _config_update,
    "ALGO_UPDATE": _nested("o", "algoOrder", ALGO_ORDER),
    "STRATEGY_UPDATE": _nested("su", "strategy", STRATEGY),
    "GRID_UPDATE": _nested("gu", "grid", GRID),
    "CONDITIONAL_ORDER_TRIGGER_REJECT": _nested("or", "order", REJECTED),
    "listenKeyExpired": _as_it_is,
}
NAMES = tuple(DECODERS)
"""Every documented event; also what is asked for in the stream's address, where a name left out
or misspelt is silence."""


_TABLES = (
    *(BALANCE, POSITION, MARGIN_CALL, COINM_ORDER, ORDER, TRADE, ALGO_ORDER, STRATEGY, GRID),
    *(REJECTED, SYMBOL_CONFIG, ACCOUNT_CONFIG),
)
SPELLED = frozenset(
    {"reason", "balances", "positions", "order", "algoOrder", "symbolConfig", "accountConfig"}
    | {"strategy", "grid", "listenKey"}.union(*(names.values() for names in _TABLES))
)
"""Every key of their bodies that is documented, or known all the same."""


# -- the hot path: an ACCOUNT_UPDATE as it nearly always is ----------------------------------


class Rows(Enum):
    """How the rows of an ACCOUNT_UPDATE's record are wanted."""

    MAPPED = auto()
    """For whoever looks into them."""
    WRITTEN = auto()
    """To be written, and nothing else: that costs half."""
    NONE = auto()


class _Row(Protocol):
    """What its rows know; a field that is not told is None."""

    written: Callable[..., Any]  # of its fields; what was `previous` is put to it
    isInOrder: bool
    __struct_fields__: tuple[str, ...]


class BalanceUpdate(_Row, Protocol):
    """A row of its balances."""

    asset: str
    walletBalance: str
    crossWalletBalance: str
    balanceChange: str


class PositionUpdate(_Row, Protocol):
    """A row of its positions."""

    symbol: str
    positionSide: str
    positionAmt: str
    entryPrice: str
    breakEvenPrice: str
    accumulatedRealized: str
    unrealizedProfit: str
    marginType: str
    isolatedWallet: str
    marginAsset: str


class Told(Protocol):
    """What it says of the account."""

    balances: list[BalanceUpdate]
    positions: list[PositionUpdate]
    reason: str
    symbol: str | None


class AccountUpdate(Protocol):
    """An ACCOUNT_UPDATE that holds nothing but what is documented, and only texts in its rows.

    Their amounts are plain, or no numbers. Its rows are structs: read and compared in half of the
    time that mappings take. Two are of the same type if they have the same keys in the same order.
    """

    eventTime: int
    transactionTime: int
    accountAlias: str | None
    told: Told


class Written(msgspec.Struct, gc=False, omit_defaults=True):
    """What a record says of such an event, to be written: its rows are structs, too."""

    event: str
    eventTime: int
    transactionTime: int
    reason: str
    symbol: str | None = None
    balances: Any = ()
    positions: Any = ()
    accountAlias: str | None = None
    i: str | None = None

    @property
    def row(self) -> Row:
        """The same as a mapping."""
        found: Row = msgspec.to_builtins(self, builtin_types=(Decimal,))
        return found


as_row: Callable[[Any], Row] = msgspec.structs.asdict
"""A row of such an event as the mapping that it is in any other."""
as_fields: Callable[[Any], tuple[Any, ...]] = msgspec.structs.astuple
"""What it says, in its own order."""
Keys = tuple[str, ...]
_MOST_LAYOUTS = 16
_layouts: dict[object, Parser[Any]] = {}  # by their keys' order
_NAME = b'"ACCOUNT_UPDATE"'


def account_updates(payloads: Sequence[bytes]) -> list[AccountUpdate] | None:
    """Some messages, if all are ACCOUNT_UPDATEs that are written as one of those before.

    None for all else: that is for `decode`, one by one, from which the order is learned in which
    the exchange writes its keys. The messages of one read are looked at together, which is cheaper.
    """
    if not payloads or payloads[0].find(_NAME) < 0 or payloads[-1].find(_NAME) < 0:
        return None
    lines, count = b"\n".join([*payloads, b""]), len(payloads)
    form = lines.translate(None, _NUMERIC)
    first = form[: form.find(b"\n") + 1]
    if (known := _forms.get(first)) is not None and form == first * count:
        return known(lines, count, known=True)
    return _of_many_forms(lines, count, [each + b"\n" for each in form.split(b"\n")[:-1]])


def _of_many_forms(lines: bytes, count: int, forms: Sequence[bytes]) -> list[Any] | None:
    """The same of some that are not all of one form that is known."""
    parsers = {*map(_forms.get, forms)}
    if len(parsers) == 1 and (known := parsers.pop()) is not None:
        return known(lines, count, known=len(forms) == count)
    for parsed in _layouts.values():
        if (found := parsed(lines, count)) is not None:
            if not all(map(_are_plain, found)):
                return None
            _note(forms, parsed)
            return found
    return None


_PAID = "walletBalance", "crossWalletBalance", "balanceChange"
_OWNED = (
    "positionAmt", "entryPrice", "breakEvenPrice", "accumulatedRealized", "unrealizedProfit",
    "isolatedWallet",
)  # fmt: skip
_NUMERIC = NUMERIC.encode()
_MOST_FORMS, _MOST_FORM = 256, 16 * 1024
_forms: dict[bytes, Parser[Any]] = {}
"""Of messages what is left of them without the signs of numbers, and what has parsed them. Another
that leaves the same differs in numbers only: its amounts are plain, too, and its keys in order."""


def _note(forms: Sequence[bytes], parsed: Parser[Any]) -> None:
    """Take note of the forms of messages that were looked at."""
    for form in forms:
        if len(form) <= _MOST_FORM and b"\\" not in form:  # an escape may have digits
            if len(_forms) >= _MOST_FORMS:
                _forms.clear()
            _forms[form] = parsed


def _are_plain(update: AccountUpdate) -> bool:
    """Whether all amounts of a message are plain."""
    each = (update.told.balances, _PAID), (update.told.positions, _OWNED)
    amounts = (getattr(row, name) or "" for rows, names in each for row in rows for name in names)
    return all(map(is_plain_number, amounts))


def in_order(fields: Row, row: BalanceUpdate | PositionUpdate) -> Row:
    """Some fields of such a row, in its own order."""
    return {name: fields[name] for name in row.__struct_fields__ if name in fields}


def as_record(
    event: AccountUpdate, balances: Sequence[Any], positions: Sequence[Any], market: Market
) -> Written:
    """What a record of it says, with these rows: as `decode` has it, behind its name and times."""
    told, alias = event.told, event.accountAlias
    said = Written(
        "ACCOUNT_UPDATE", event.eventTime, event.transactionTime,
        told.reason, told.symbol, balances, positions,
    )  # fmt: skip
    if alias is None:
        return said
    if market is Market.COINM:
        said.accountAlias = alias
    else:
        said.i = alias
    return said


def as_mapping(
    event: AccountUpdate, balances: Sequence[Row], positions: Sequence[Row], market: Market
) -> Row:
    """The same for whoever looks into it."""
    told, alias = event.told, event.accountAlias
    found: Row = {
        "event": "ACCOUNT_UPDATE",
        "eventTime": event.eventTime,
        "transactionTime": event.transactionTime,
        "reason": told.reason,
    }
    if told.symbol is not None:
        found["symbol"] = told.symbol
    found["balances"], found["positions"] = balances, positions
    if alias is not None:
        found["accountAlias" if market is Market.COINM else "i"] = alias
    return found


def _learn(message: Row) -> None:
    """Learn the order of an ACCOUNT_UPDATE's keys, if there are none but the documented.

    Not without its time and what its rows are known by, which whoever folds it counts on.
    """
    with suppress(AttributeError, KeyError, TypeError):
        update = message["a"]
        rows = [*update["B"], BALANCE][0], [*update["P"], _POSITION][0]
        order = tuple(map(tuple, (message, update, *rows)))
        is_whole = "T" in message and "a" in rows[0] and "s" in rows[1]
        if is_whole and order not in _layouts and len(_layouts) < _MOST_LAYOUTS:
            _layouts[order] = parser_of(_layout(*order))


def _layout(message: Keys, update: Keys, balance: Keys, position: Keys) -> type[msgspec.Struct]:
    """The type of an ACCOUNT_UPDATE that has its keys, and those of its rows, in this order."""
    balances: Any = list[_row_shape(balance, BALANCE)]  # type: ignore[misc]
    positions: Any = list[_row_shape(position, _HELD)]  # type: ignore[misc]
    rows = {"B": ("balances", balances), "P": ("positions", positions)}
    told = _shape(update, {**rows, "m": ("reason", str), "S": ("symbol", str)})
    head = {"e": ("event", Literal["ACCOUNT_UPDATE"]), "E": ("eventTime", Time)}
    rest = {"T": ("transactionTime", Time), "i": ("accountAlias", str), "a": ("told", told)}
    return _shape(message, {**head, **rest})


_POSITION: Keys = ("s", "pa", "ep", "bep", "cr", "up", "mt", "iw", "ps")  # as documented
_HELD: Names = {key: name for key, name in POSITION.items() if key in (*_POSITION, "ma")}


def _row_shape(keys: Keys, names: Names) -> type[msgspec.Struct]:
    """The type of a row: its fields are texts, and it knows how it is written in a record."""
    order = [key for key in names if key in keys and key != "ps"]
    lacking: Row = {name: None for key, name in names.items() if key not in keys}
    if "ps" in names and "ps" not in keys:
        lacking["positionSide"] = "BOTH"
    fields: list[Any] = [*(names[key] for key in keys), ("previous", Any, None)]
    written = msgspec.defstruct("Row", fields, gc=False)
    is_in_order = order == [key for key in keys if key != "ps"]
    known = {key: (name, str) for key, name in names.items()}
    return _shape(keys, known, {**lacking, "isInOrder": is_in_order, "written": written})


def _shape(
    keys: Keys, known: dict[str, tuple[str, Any]], namespace: Row | None = None
) -> type[msgspec.Struct]:
    """A type of what has these keys in this order. Raises KeyError for a key that is not known."""
    fields = [(*known[key], msgspec.field(name=key)) for key in keys]
    lacking = {name: None for key, (name, _) in known.items() if key not in keys}
    return msgspec.defstruct(
        "Told",
        fields,
        namespace=lacking if namespace is None else namespace,
        forbid_unknown_fields=True,
        gc=False,
    )


def decode(payload: bytes, market: Market) -> Event | Control:
    """Decode one message; raise Unreadable for what is neither an event nor an answer.

    Accepts the raw object, the combined wrapper `{"stream", "data"}` and the `{"event": {…}}` of
    the exchange's notices, on any connection.
    """
    if updates := account_updates([payload]):
        return _event_of(updates[0], market)
    return decode_other(payload, market)


def decode_other(payload: bytes, market: Market) -> Event | Control:
    """The same of what is no typed ACCOUNT_UPDATE, as was seen already."""
    message = parse(payload)
    if not isinstance(message, dict):
        raise Unreadable(Why.NO_OBJECT)
    name = message.get("e")
    if name == "ACCOUNT_UPDATE":
        _learn(message)
    if name is None:
        message = _unwrapped(message)
        name = message.get("e")
        if name is None:
            return _control(message)
    return _event(str(name), message, market)


def _event_of(update: AccountUpdate, market: Market) -> Event:
    """The same as any other event is."""
    told = update.told
    rows = [*map(as_row, told.balances)], [*map(as_row, told.positions)]
    body = as_mapping(update, *rows, market)
    return Event(body.pop("event"), body.pop("eventTime"), body.pop("transactionTime"), body)


def _unwrapped(message: Row) -> Row:
    for key in ("data", "event"):
        if isinstance(message.get(key), dict):
            return dict(message[key])
    return message


def _control(message: Row) -> Control:
    if not {"result", "error", "code"} & message.keys():
        raise Unreadable(Why.NO_EVENT)
    return Control(message.get("id"), message)


def _event(name: str, message: Row, market: Market) -> Event:
    del message["e"]
    event_time = _time(message, "E")
    transaction_time = _time(message, "T")
    if market is Market.COINM and "i" in message and name != "TRADE_LITE":
        message["accountAlias"] = message.pop("i")
    decoder = DECODERS.get(name)
    try:
        body = decoder(message, market) if decoder else message
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise Unreadable(f"{Why.NO_SUCH_SHAPE}: {name}") from exc
    return Event(name, event_time, transaction_time, body)


def _time(message: Row, key: str) -> int | None:
    """A time of the message, taken out of it; some events write it as a string."""
    value: Any = message.pop(key, None)
    is_text = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    time = int(value) if is_text else value
    if type(time) is int and 0 <= time <= LATEST_MS:
        return time
    if value is not None:
        message[key] = value  # kept as it came, rather than lost
    return None


# -- what a public stream tells ---------------------------------------------------------------


class MarkPrice(
    msgspec.Struct,
    gc=False,
    tag_field="e",
    tag="markPriceUpdate",
    rename={"eventTime": "E", "symbol": "s", "markPrice": "p"},
):
    """What a `markPriceUpdate` says of a symbol's mark; the rest of it is not kept."""

    eventTime: Time
    symbol: str
    markPrice: str


class AssetIndex(
    msgspec.Struct,
    gc=False,
    tag_field="e",
    tag="assetIndexUpdate",
    rename={"eventTime": "E", "symbol": "s", "bidRate": "B", "askRate": "A"},
):
    """What an `assetIndexUpdate` says an asset counts in USD; the rest of it is not kept."""

    eventTime: Time
    symbol: str
    bidRate: str
    askRate: str


PublicUpdate = MarkPrice | AssetIndex


class _Wrapped(msgspec.Struct, gc=False):
    data: PublicUpdate


_public: msgspec.json.Decoder[PublicUpdate] = msgspec.json.Decoder(PublicUpdate)
_wrapped = msgspec.json.Decoder(_Wrapped)
_NO_SUCH = msgspec.DecodeError, UnicodeError, RecursionError


def public_update(payload: bytes) -> PublicUpdate | None:
    """What a message of a public stream has in its wrapper, or is; None for any other."""
    with suppress(*_NO_SUCH):
        return _wrapped.decode(payload).data
    with suppress(*_NO_SUCH):
        return _public.decode(payload)
    return None
