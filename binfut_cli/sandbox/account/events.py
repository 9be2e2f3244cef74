"""Stream events as the exchange words them: which key means what stands here and nowhere else."""

from decimal import Decimal

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ZERO, places, plain, rounded
from binfut_cli.sandbox.account.margin import Risk, notional
from binfut_cli.sandbox.account.rows import JSON, AlgoOrder, Balance, Order


def balance_row(balance: Balance, change: Decimal) -> JSON:
    """A row of `a.B`; `bc` leaves out profit and commission."""
    return {
        "a": balance.asset,
        "wb": plain(balance.wallet),
        "cw": plain(balance.cross),
        "bc": plain(change),
    }


def position_row(risk: Risk) -> JSON:
    """A row of `a.P`; `ma` is undocumented but on the wire."""
    position = risk.position
    return {
        "s": position.symbol,
        "pa": plain(position.amt),
        "ep": plain(position.entry_price),
        "cr": plain(position.accumulated_realized),
        "up": plain(risk.profit.quantize(Decimal("1e-8"))),
        "mt": "isolated" if risk.isolated else "cross",
        "iw": plain(position.isolated_wallet),
        "ps": position.side,
        "ma": risk.contract.margin_asset,
        "bep": plain(position.break_even_price),
    }


def account_update(reason: str, balances: list[JSON], positions: list[JSON], at_ms: int) -> JSON:
    """ACCOUNT_UPDATE."""
    changed = {"B": balances, "P": positions, "m": reason}
    return {"e": "ACCOUNT_UPDATE", "T": at_ms, "E": at_ms, "a": changed}


def margin_call(cross_wallet: Decimal | None, risks: list[Risk], at_ms: int) -> JSON:
    """MARGIN_CALL: no `T`; `cw` only beside a cross position; margin types in capitals."""
    wallet = {} if cross_wallet is None else {"cw": plain(cross_wallet)}
    return {"e": "MARGIN_CALL", "E": at_ms, **wallet, "p": [_called(risk) for risk in risks]}


def _called(risk: Risk) -> JSON:
    position = risk.position
    return {
        "s": position.symbol,
        "ps": position.side,
        "pa": plain(position.amt),
        "mt": "ISOLATED" if risk.isolated else "CROSSED",
        "iw": plain(position.isolated_wallet),
        "mp": plain(risk.mark_price),
        "up": plain(risk.profit.quantize(Decimal("1e-8"))),
        "mm": plain(risk.maint_margin.quantize(Decimal("1e-8"))),
    }


def leverage_changed(symbol: str, leverage: int, at_ms: int) -> JSON:
    """ACCOUNT_CONFIG_UPDATE of a symbol."""
    return {
        "e": "ACCOUNT_CONFIG_UPDATE",
        "E": at_ms,
        "T": at_ms,
        "ac": {"s": symbol, "l": leverage},
    }


def multi_assets_changed(multi_assets: bool, at_ms: int) -> JSON:
    """ACCOUNT_CONFIG_UPDATE of the account (usdm)."""
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": at_ms, "T": at_ms, "ai": {"j": multi_assets}}


def trade_lite(contract: Contract, order: Order, fill: JSON, at_ms: int) -> JSON:
    """TRADE_LITE: flat, and its quantities keep their padding."""
    return {
        "e": "TRADE_LITE",
        "E": at_ms,
        "T": at_ms,
        "s": order.symbol,
        "q": places(order.orig_qty, contract.quantity_digits),
        "p": places(order.price, contract.price_digits),
        "m": fill["m"],
        "c": order.client_order_id,
        "S": order.side,
        "L": places(Decimal(fill["L"]), contract.price_digits),
        "l": places(Decimal(fill["l"]), contract.quantity_digits),
        "t": fill["t"],
        "i": order.order_id,
    }


NO_FILL: JSON = {"l": "0", "L": "0", "n": "0", "t": 0, "m": False, "rp": "0"}


def order_update(
    contract: Contract,
    order: Order,
    execution: str,
    at_ms: int,
    *,
    fill: JSON | None = None,
    expiry_reason: int = 0,
    modify_id: str | None = None,
) -> JSON:
    """ORDER_TRADE_UPDATE; `fill` has `l L n N t m rp` of a trade."""
    row: JSON = {
        "s": order.symbol,
        "c": order.client_order_id,
        "S": order.side,
        "o": order.type,
        "f": order.time_in_force,
        "q": plain(order.orig_qty),
        "p": plain(order.price),
        "ap": plain(order.avg_price),
        "sp": plain(order.stop_price),
        "x": execution,
        "X": order.status,
        "i": order.order_id,
        "z": plain(order.executed_qty),
        "N": contract.margin_asset,
        "T": at_ms,
        **_exposure(contract, order),
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": order.type,
        "ps": order.position_side,
        "cp": False,
        "pP": False,
        **NO_FILL,
        **(fill or {}),
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "er": str(expiry_reason),
    }
    row |= {"ma": contract.margin_asset} if contract.inverse else {**_source(order), "gtd": 0}
    if modify_id is not None:
        row["M"] = modify_id
    return {"e": "ORDER_TRADE_UPDATE", "T": at_ms, "E": at_ms, "o": row}


def _source(order: Order) -> JSON:
    """What an order came from, as recorded in March 2026; the documentation says: ignore."""
    if not order.algo_id:
        return {"si": 0, "ss": 0}
    return {"si": order.algo_id, "ss": -1, "st": "ALGO_CONDITION"}


def _exposure(contract: Contract, order: Order) -> JSON:
    """What rests: its value on usdm, its quantity of the base asset on coinm."""
    rests = order.open and order.price
    resting = rounded(notional(contract, order.remaining, order.price)) if rests else ZERO
    bids = resting if order.side == "BUY" else ZERO
    return {"b": plain(bids), "a": plain(resting - bids)}


def algo_update(order: AlgoOrder, at_ms: int) -> JSON:
    """ALGO_UPDATE; `ai` is a string and empty before the engine has the order."""
    row: JSON = {
        "caid": order.client_algo_id,
        "aid": order.algo_id,
        "at": "CONDITIONAL",
        "o": order.type,
        "s": order.symbol,
        "S": order.side,
        "ps": order.position_side,
        "f": "GTC",
        "q": plain(order.quantity),
        "X": order.status,
        "ai": str(order.order_id) if order.order_id else "",
        "ap": plain(order.avg_price),
        "aq": plain(order.filled),
        "act": ("LIMIT" if order.price else "MARKET") if order.order_id else "0",
        "tp": plain(order.trigger_price),
        "p": plain(order.price),
        "V": "EXPIRE_MAKER",
        "wt": "CONTRACT_PRICE",
        "pm": "NONE",
        "cp": order.close_position,
        "pP": False,
        "R": order.reduce_only,
        "tt": order.trigger_time,
        "gtd": 0,
    }
    if order.reject_reason:
        row["rm"] = order.reject_reason
    if order.activated is not None:
        row["ia"] = order.activated
    return {"e": "ALGO_UPDATE", "T": at_ms, "E": at_ms, "o": row}


def trigger_reject(symbol: str, order_id: int, reason: str, at_ms: int) -> JSON:
    """CONDITIONAL_ORDER_TRIGGER_REJECT (usdm, deprecated)."""
    row = {"s": symbol, "i": order_id, "r": reason}
    return {"e": "CONDITIONAL_ORDER_TRIGGER_REJECT", "E": at_ms, "T": at_ms, "or": row}


def strategy_update(strategy_id: int, symbol: str, status: str, op_code: int, at_ms: int) -> JSON:
    """STRATEGY_UPDATE of a grid."""
    row = {
        "si": strategy_id,
        "st": "GRID",
        "ss": status,
        "s": symbol,
        "ut": at_ms,
        "c": op_code,
    }
    return {"e": "STRATEGY_UPDATE", "T": at_ms, "E": at_ms, "su": row}


def grid_update(strategy_id: int, symbol: str, status: str, figures: JSON, at_ms: int) -> JSON:
    """GRID_UPDATE; `figures` has `r up uq uf mp`."""
    row = {"si": strategy_id, "st": "GRID", "ss": status, "s": symbol, **figures, "ut": at_ms}
    return {"e": "GRID_UPDATE", "T": at_ms, "E": at_ms, "gu": row}
