"""A watch for people: one line for each thing that changed, old → new, the reason in words.

No library draws these: rich would cost more than all the rest of an event together.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from binfut_cli.codec import Row, decimal, dumps, same
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, difference, percent, signed
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch import labels
from binfut_cli.render.watch.fragments import (
    ARROW,
    KIND_WIDTH,
    TRAILING,
    alarm,
    at,
    fields,
    filled,
    leg,
    origin,
    proceeds,
    terms,
)
from binfut_cli.render.watch.gaps import Gaps, left
from binfut_cli.render.zone import clock
from binfut_cli.stream.fold.reported_orders import OPEN, is_fill
from binfut_cli.stream.records import Raw, Record, Rotate, Status, Stop
from binfut_cli.stream.state import is_held

NAME_WIDTH = 15

Tell = Callable[["Lines", Row], Iterator[tuple[str, str, str]]]
"""From an event's body to (kind, name, text) of each of its lines."""


class Lines:
    """Turns records into aligned lines.

    A method for each kind of record and of event, found by its name: that is why there are many.
    """

    def __init__(self, palette: Palette, several: bool = False, names: int = 0) -> None:
        self._palette = palette
        self._gaps = Gaps(palette)
        self._several = several  # markets: one alone needs no column of its own
        self._names = names  # the width of the profiles' column; 0 if there is only one

    def lines(self, record: Record) -> list[str]:
        """The lines of one record; none for what only programs need."""
        head = self._head(record)
        return [
            f"{head}{kind:<{KIND_WIDTH}} {_padded(name)} {text}".rstrip()
            for kind, name, text in self._tell(record)
        ]

    def status(self, record: Record) -> str:
        """A status, stop or rotate record as one line of talk, for standard error."""
        body = record.body
        assert isinstance(body, Status | Stop | Rotate)
        verdict, text = body.type.upper(), plain(body.reason)
        match body:
            case Rotate(overlap_ms=overlap_ms):
                text += f" Another took its place after {overlap_ms / 1000:.1f} s side by side."
            case Stop():
                text += f": {body.events} events, {body.gaps} gaps{left(body)}"
            case Status():
                verdict = body.verdict
                if body.retry_in_ms is not None:
                    text += f" Next attempt in {body.retry_in_ms / 1000:.1f} s."
        return f"{self._head(record)}{self._palette.bold}{verdict}{self._palette.off} {text}"

    def _tell(self, record: Record) -> Iterator[tuple[str, str, str]]:
        match record.body:
            case dict() as row:
                return self._event(row) if record.type == "event" else self._snapshot(row)
            case Raw() as body:
                return self._raw(body)
            case body:
                return self._gaps.lines(body)

    def _head(self, record: Record) -> str:
        head = f"{self._palette.faint}{clock(record.time_ms)}{self._palette.off} "
        if self._names and record.scope is not None:
            head += f"{record.scope.profile or '':<{self._names}} "
        return f"{head}{record.market or 'all':<5} " if self._several else head

    # -- what each event says ---------------------------------------------------------------

    def _event(self, body: Row) -> Iterator[tuple[str, str, str]]:
        tell = _EVENTS.get(body["event"], Lines._unknown)
        told = list(tell(self, body))
        yield from told or self._unknown(body)

    def _account_update(self, body: Row) -> Iterator[tuple[str, str, str]]:
        why = self._why(body)
        told = False
        for row in body["balances"]:
            for text in self._balance(row):
                told = True
                yield "BALANCE", row["asset"], f"{text}{why}"
        for row in body["positions"]:
            for text in self._position(row):
                told = True
                yield "POSITION", leg(row), f"{text}{why}"
        if not told:
            yield "ACCOUNT", "", f"nothing changed{why}"

    def _why(self, body: Row) -> str:
        reason = body.get("reason")
        said = labels.REASONS.get(str(reason), str(reason))
        if "symbol" in body:
            said = f"{said} {body['symbol']}"
        return f"  {self._palette.faint}{plain(said)}{self._palette.off}"

    def _balance(self, row: Row) -> Iterator[str]:
        before = row.get("previous") or {}
        if row.get("previous") is None:
            before = {"walletBalance": "0"}
        if "walletBalance" in before:
            yield self._change(before["walletBalance"], row.get("walletBalance"))
        elif "crossWalletBalance" in before:
            yield "cross " + self._change(
                before["crossWalletBalance"], row.get("crossWalletBalance")
            )

    def _position(self, row: Row) -> Iterator[str]:
        before = row.get("previous")
        if before is None:
            if is_held(row):
                yield self._sized("0", row)
            return
        if "positionAmt" in before:
            yield self._sized(before["positionAmt"], row)
        if "marginType" in before:
            yield f"margin {plain(before['marginType'])} {ARROW} {plain(row['marginType'])}"
        if "isolatedWallet" in before:
            yield "isolated " + self._change(before["isolatedWallet"], row["isolatedWallet"])
        elif before.keys() & {"entryPrice"} and "positionAmt" not in before:
            yield f"entry {amount(before['entryPrice'])} {ARROW} {amount(row['entryPrice'])}"
        elif "unrealizedProfit" in before and len(before) == 1:
            change = self._change(before["unrealizedProfit"], row["unrealizedProfit"])
            yield f"unrealized PnL {change}"
        elif before and not before.keys() & {"positionAmt", "marginType"}:
            yield "  ".join(
                f"{field} {amount(old)} {ARROW} {amount(row[field])}"
                for field, old in before.items()
            )

    def _sized(self, before: Any, row: Row) -> str:
        size = f"{amount(before)} {ARROW} {amount(row.get('positionAmt'))}"
        if not is_held(row):
            return f"{size}  closed"
        profit = self._palette.by_sign(signed(row.get("unrealizedProfit")))
        return f"{size} @ {amount(row.get('entryPrice'))}  PnL {profit}"

    def _change(self, before: Any, after: Any) -> str:
        added = self._palette.by_sign(signed(difference(before, after)))
        return f"{amount(before)} {ARROW} {amount(after)}  {added}"

    def _config(self, body: Row) -> Iterator[tuple[str, str, str]]:
        if config := body.get("symbolConfig"):
            before = (config.get("previous") or {}).get("leverage", "?")
            text = f"leverage {plain(before)} {ARROW} {plain(config.get('leverage'))}"
            yield "SETTING", config["symbol"], text
        if config := body.get("accountConfig"):
            before = _on_off((config.get("previous") or {}).get("multiAssetsMargin"))
            after = _on_off(config.get("multiAssetsMargin"))
            yield "SETTING", "account", f"multi-assets mode {before} {ARROW} {after}"

    def _margin_call(self, body: Row) -> Iterator[tuple[str, str, str]]:
        for row in body["positions"]:
            profit = self._palette.by_sign(signed(row.get("unrealizedProfit")))
            text = (
                f"{amount(row.get('positionAmt'))} mark {amount(row.get('markPrice'))}  "
                f"needs {amount(row.get('maintMargin'))}  PnL {profit}"
            )
            yield alarm(self._palette, "MARGIN!"), leg(row), text

    def _order(self, body: Row) -> Iterator[tuple[str, str, str]]:
        order = body["order"]
        whole = is_fill(order) and same(order.get("lastFilledQty"), order.get("origQty"))
        price = order.get("lastFilledPrice" if whole else "price")
        parts = [f"{terms(order, price)} {plain(order.get('status'))}"]
        if is_fill(order):
            parts += self._fill(order, whole)
        elif order.get("executionType") == "AMENDMENT":
            parts.append("amended")
        elif order.get("status") not in OPEN:
            parts.append(filled(order))
        parts.append(labels.EXPIRY_REASONS.get(str(order.get("expiryReason", "0")), ""))
        forced = labels.forced(order)
        kind = alarm(self._palette, "ORDER!") if forced else "ORDER"
        yield kind, order.get("symbol", ""), _spaced([*parts, origin(order), forced])

    def _fill(self, order: Row, whole: bool) -> Iterator[str]:
        if not whole:
            yield f"{amount(order.get('lastFilledQty'))}{at(order.get('lastFilledPrice'))}"
        yield from proceeds(order, self._palette)

    def _trade(self, body: Row) -> Iterator[tuple[str, str, str]]:
        part = f"{amount(body.get('lastFilledQty'))}{at(body.get('lastFilledPrice'))}"
        text = f"{plain(body.get('side'))} {part}  of {amount(body.get('origQty'))}"
        yield "TRADE", body.get("symbol", ""), text

    def _algo(self, body: Row) -> Iterator[tuple[str, str, str]]:
        row = body["algoOrder"]
        order = {**row, "type": row.get("orderType"), "origQty": row.get("quantity")}
        parts = [f"{terms(order, order.get('price'))} {plain(order.get('algoStatus'))}"]
        if order["type"] == TRAILING and isinstance(order.get("isActivated"), bool):
            parts.append("activated" if order["isActivated"] else "not activated")
        parts.append(filled(order) or _unfilled(order))
        if order.get("rejectReason"):
            parts.append(plain(order["rejectReason"]))
        if order.get("algoId") is not None:
            parts.append(f"conditional order {plain(order['algoId'])}")
        yield "ALGO", order.get("symbol", ""), _spaced(parts)

    def _strategy(self, body: Row) -> Iterator[tuple[str, str, str]]:
        row = body["strategy"]
        code = row.get("opCode")
        known = labels.OP_CODES.get(code) if isinstance(code, int) else None
        why = known or ("" if code is None else f"code {plain(code)}")
        text = f"{fields(row, 'strategyType', 'strategyId', 'strategyStatus')}  {why}"
        yield "STRATEGY", row.get("symbol", ""), text

    def _grid(self, body: Row) -> Iterator[tuple[str, str, str]]:
        row = body["grid"]
        matched = self._palette.by_sign(signed(row.get("matchedPnl")))
        realized = self._palette.by_sign(signed(row.get("realizedPnl")))
        text = f"{fields(row, 'strategyType', 'strategyId', 'strategyStatus')}"
        yield "GRID", row.get("symbol", ""), f"{text}  matched {matched}  realized {realized}"

    def _rejected(self, body: Row) -> Iterator[tuple[str, str, str]]:
        row = body["order"]
        text = f"order {plain(row.get('orderId'))}: {plain(row.get('rejectReason'))}"
        yield "REJECTED", row.get("symbol", ""), text

    def _key_expired(self, _body: Row) -> Iterator[tuple[str, str, str]]:
        yield alarm(self._palette, "KEY"), "listenKey", "expired; a new one is being made"

    def _unknown(self, body: Row) -> Iterator[tuple[str, str, str]]:
        rest = {key: value for key, value in body.items() if key != "event"}
        yield "EVENT", str(body.get("event", "")), plain(dumps(rest).decode())

    # -- what else a watch says -------------------------------------------------------------

    def _snapshot(self, body: Row) -> Iterator[tuple[str, str, str]]:
        for row in body["assets"]:
            if decimal(row.get("walletBalance")):
                yield "HOLDS", row["asset"], amount(row["walletBalance"])
        for row in body["positions"]:
            if is_held(row):
                yield "HOLDS", leg(row), self._held(row)

    def _held(self, row: Row) -> str:
        profit = self._palette.by_sign(signed(row.get("unrealizedProfit")))
        text = f"{amount(row['positionAmt'])} @ {amount(row.get('entryPrice'))}  PnL {profit}"
        distance = decimal(row["derived"]["liquidationDistance"])
        return text if distance is None else f"{text}  {_ahead(distance)}"

    def _raw(self, body: Raw) -> Iterator[tuple[str, str, str]]:
        yield alarm(self._palette, "RAW"), "", f"{plain(body.reason)}: {plain(body.text)}"


_EVENTS: dict[str, Tell] = {
    "ACCOUNT_UPDATE": Lines._account_update,
    "ACCOUNT_CONFIG_UPDATE": Lines._config,
    "MARGIN_CALL": Lines._margin_call,
    "ORDER_TRADE_UPDATE": Lines._order,
    "TRADE_LITE": Lines._trade,
    "ALGO_UPDATE": Lines._algo,
    "STRATEGY_UPDATE": Lines._strategy,
    "GRID_UPDATE": Lines._grid,
    "CONDITIONAL_ORDER_TRIGGER_REJECT": Lines._rejected,
    "listenKeyExpired": Lines._key_expired,
}


def _padded(name: Any) -> str:
    """A name padded to its column by what it takes on the screen: a Chinese sign takes two."""
    shown = plain(name)
    width = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in shown)
    return shown + " " * (NAME_WIDTH - width)


def _spaced(parts: list[str]) -> str:
    return "  ".join(filter(None, parts))


def _unfilled(order: Row) -> str:
    """FINISHED is said of a conditional order that was filled, and of one that was cancelled."""
    is_finished = order.get("algoStatus") == "FINISHED"
    return "nothing filled" if is_finished and decimal(order.get("executedQty")) == 0 else ""


def _ahead(distance: Decimal) -> str:
    """How far the liquidation price is ahead of the mark price, or behind it."""
    if distance < 0:
        return f"beyond liquidation by {percent(-distance)}"
    return f"liquidation {percent(distance)} away"


def _on_off(mode: Any) -> str:
    if isinstance(mode, bool):
        return "on" if mode else "off"
    return "?" if mode is None else plain(mode)
