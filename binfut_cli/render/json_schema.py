"""JSON Schema (2020-12) of everything printed as JSON, made from the models and the key tables.

Fields that binfut does not know pass through, so no schema forbids further properties.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from binfut_cli.codec import AMOUNT
from binfut_cli.endpoints import Env, Market
from binfut_cli.recording.moments.differences import DIFFERENCES
from binfut_cli.recording.proof import Proof
from binfut_cli.recording.summary import declared as summary
from binfut_cli.resources.config import SYMBOLS, AccountConfig
from binfut_cli.resources.history.past import Fill, PastConditional, PastOrder
from binfut_cli.resources.income import BY, FLOWS, Income
from binfut_cli.resources.result.resource import Resource, every
from binfut_cli.resources.status import KINDS, TOTALS
from binfut_cli.stream import events
from binfut_cli.stream.events import Names
from binfut_cli.stream.records import BODIES, Backfill, Body, Error, LaneFault, PastKind

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTEGER: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
_FIGURE: Schema = {"type": ["string", "null"], "pattern": f"{AMOUNT}|^Infinity$"}
_BOOLEANS = {
    *("maker", "reduceOnly", "closePosition", "priceProtect"),
    *("multiAssetsMargin", "isActivated"),
}
_INTEGERS = {
    *("tradeTime", "goodTillDate", "triggerTime", "updateTime"),
    *("opCode", "leverage", "sourceStatus"),
}
_AMOUNTS = frozenset(
    name
    for table in (events.BALANCE, events.POSITION, events.ORDER, events.COINM_ORDER)
    for name in table.values()
    if name.endswith(("Balance", "Amt", "Price", "Qty", "Notional", "Pnl", "Profit", "Change"))
    or name in ("price", "isolatedWallet", "accumulatedRealized", "maintMargin", "commission")
)


def schema(record: str) -> Schema:
    """The schema of one record, by its name in `RECORDS`."""
    return {"$schema": DIALECT, "title": f"binfut {record}", **RECORDS[record]()}


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _model(model: type[msgspec.Struct], *derived: str) -> Schema:
    """A model's schema, with the figures that binfut adds to such a row."""
    (whole,), parts = msgspec.json.schema_components([model], ref_template="{name}")
    found: Schema = _inlined(whole, parts)
    if derived:
        figures = {name: _FIGURE if name != "totalsUnit" else _UNIT for name in derived}
        found["properties"] = {**found["properties"], "derived": _object(figures)}
    return found


def _inlined(schema: Any, parts: Schema) -> Any:
    """A schema with what it refers to in its place."""
    match schema:
        case {"$ref": name}:
            return _inlined(parts[name], parts)
        case dict():
            left = ((key, each) for key, each in schema.items() if key not in _SAID_ELSEWHERE)
            return {key: _inlined(each, parts) for key, each in left}
        case list():
            return [_inlined(each, parts) for each in schema]
    return schema


_SAID_ELSEWHERE = ("title", "description")
_MARKET_OR_NONE: Schema = {"enum": [*(market.value for market in Market), None]}
_UNIT: Schema = {"enum": ["USDT", "USD", None]}


def _envelope(type_: str, body: Schema) -> Schema:
    """An answer's record: what every record begins with, then the body."""
    head: Schema = {
        "v": {"const": 1},
        "type": {"const": type_},
        "market": {"enum": [market.value for market in Market]},
        "env": {"enum": [env.value for env in Env]},
        "profile": {"type": ["string", "null"]},
        "time": _INTEGER,
    }
    whole = _object({**head, **body["properties"]}, *head, *body.get("required", ()))
    return {**{key: value for key, value in body.items() if key not in whole}, **whole}


def _streamed(type_: str, body: Schema) -> Schema:
    """A watch's record: numbered, and of a run."""
    more: Schema = {
        "run": _TEXT,
        "seq": {"type": "integer", "minimum": 1},
        "source": {"enum": ["stream", "snapshot", "history", "watch"]},
    }
    found = _envelope(type_, _object({**more, **body["properties"]}, *more, *body["required"]))
    found["properties"]["market"] = _MARKET_OR_NONE
    return found


def _snapshot() -> Schema:
    """An account as a watch reads it, or as it knows it at the beginning of a recording's file."""
    found = _streamed("snapshot", _account())
    found["properties"]["readAt"] = _INTEGER  # only of the second
    return found


def _account() -> Schema:
    """The totals, and beside them the rows of the other kinds."""
    body = _rows_of(TOTALS)
    body["properties"] |= {each.kind: _list(_rows_of(each)) for each in KINDS[1:]}
    return body


def _status() -> Schema:
    body = _account()
    body["properties"]["proof"] = _model(Proof)
    return _envelope("accountStatus", body)


def _rows_of(resource: Resource) -> Schema:
    return _model(resource.model, *resource.derived)


def _listing(resource: Resource) -> Schema:
    """An answer that is one list of rows."""
    rows = {resource.kind: _list(_rows_of(resource)), "hidden": _INTEGER}
    if resource.streamed:
        rows["proof"] = _model(Proof)  # where a recording was asked
    return _envelope(resource.answer, _object(rows, resource.kind))


def _diff() -> Schema:
    """What differs between two moments, with what was proven of both."""
    proofs = _list({"anyOf": [_model(Proof), {"type": "null"}]})
    rows = _list(_rows_of(DIFFERENCES))
    body = _object({"from": _INTEGER, "to": _INTEGER, "differences": rows, "proofs": proofs})
    return _envelope(DIFFERENCES.answer, {**body, "required": list(body["properties"])})


def _summary() -> Schema:
    """A recording added up."""
    body = _object({"from": _INTEGER, "to": _INTEGER, "snapshotCount": _INTEGER})
    body["properties"] |= {each.kind: _list(_rows_of(each)) for each in summary.KINDS}
    required = list(body["properties"])
    body["properties"]["derived"] = _object({"coverage": _FIGURE})
    return _envelope(summary.ANSWER, {**body, "required": required})


def _config() -> Schema:
    body = _model(AccountConfig)
    powers = _object({"permissions": _list(_TEXT), "anyAddress": {"type": "boolean"}})
    body["properties"] |= {
        "apiKeyPermissions": {**powers, "type": ["object", "null"]},
        "symbols": _list(_rows_of(SYMBOLS)),
    }
    return _envelope("config", body)


def _income() -> Schema:
    sums = {"income": _FIGURE, "transfers": _FIGURE}
    groups = {name: {"type": ["string", "null"]} for by in BY.values() for name in by}
    body = _object(
        {
            "from": _INTEGER,
            "to": _INTEGER,
            "incomplete": _list(_TEXT),
            "flows": _list(_rows_of(FLOWS)),
            "derived": _object(
                {
                    "totals": _list(_object({**groups, **sums}, "asset", *sums)),
                    "periodTotals": _list(
                        _object({"asset": groups["asset"], **sums}, "asset", *sums)
                    ),
                }
            ),
        },
        "from",
        "to",
        "flows",
    )
    return _envelope("income", body)


def _spelled(names: Names, *, previous: bool = False) -> Schema:
    """The schema of a row whose keys a table spells out."""
    properties = {name: _field(name) for name in dict.fromkeys(names.values())}
    if previous:
        properties["previous"] = {"type": ["object", "null"]}
    return _object(properties)


def _field(name: str) -> Schema:
    if name in _BOOLEANS:
        return {"type": "boolean"}
    if name in _INTEGERS:
        return _INTEGER
    if name in _AMOUNTS:
        return {"type": "string", "pattern": AMOUNT}
    return {"type": ["string", "null"]}  # the exchange writes null for an asset that is not told


def _event_bodies() -> dict[str, Schema]:
    balances = _list(_spelled(events.BALANCE, previous=True))
    return {
        "ACCOUNT_UPDATE": _object(
            {
                "reason": {"type": ["string", "null"]},
                "balances": balances,
                "positions": _list(_spelled(events.POSITION, previous=True)),
            },
            "reason",
            "balances",
            "positions",
        ),
        "MARGIN_CALL": _object({"positions": _list(_spelled(events.POSITION))}, "positions"),
        "ORDER_TRADE_UPDATE": _object(
            {"order": _spelled({**events.ORDER, **events.COINM_ORDER})}, "order"
        ),
        "TRADE_LITE": _spelled(events.TRADE),
        "ACCOUNT_CONFIG_UPDATE": _object(
            {
                "symbolConfig": _spelled(events.SYMBOL_CONFIG, previous=True),
                "accountConfig": _spelled(events.ACCOUNT_CONFIG, previous=True),
            }
        ),
        "ALGO_UPDATE": _object({"algoOrder": _spelled(events.ALGO_ORDER)}, "algoOrder"),
        "STRATEGY_UPDATE": _object({"strategy": _spelled(events.STRATEGY)}, "strategy"),
        "GRID_UPDATE": _object({"grid": _spelled(events.GRID)}, "grid"),
        "CONDITIONAL_ORDER_TRIGGER_REJECT": _object({"order": _spelled(events.REJECTED)}, "order"),
        "listenKeyExpired": _object({"listenKey": {"const": "***"}}),
    }


def _event() -> Schema:
    """Every event; one that is not documented has the common fields alone."""
    moment: Schema = {"type": ["integer", "null"]}
    common = _object(
        {"event": _TEXT, "eventTime": moment, "transactionTime": moment},
        "event",
        "eventTime",
        "transactionTime",
    )
    bodies = [
        {"if": {"properties": {"event": {"const": name}}}, "then": body}
        for name, body in _event_bodies().items()
    ]
    return {**_streamed("event", common), "allOf": bodies}


def _body(body: type[Body]) -> Schema:
    """A watch's own record; what is None by default is left out instead, and never null."""
    found = _model(body)
    fields = {k: _given(v) if "default" in v else v for k, v in found["properties"].items()}
    return _streamed(body.type, {**found, "properties": fields})


def _given(field: Schema) -> Any:
    """What a field that may be lacking is when it is there."""
    return next(each for each in field["anyOf"] if each != {"type": "null"})


def _backfill() -> Schema:
    models: dict[PastKind, type[msgspec.Struct]] = {
        "flow": Income,
        "fill": Fill,
        "order": PastOrder,
        "conditional": PastConditional,
    }
    rows = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": _object({"row": _past(model)})}
        for kind, model in models.items()
    ]
    return {**_body(Backfill), "allOf": rows}


def _past(model: type[msgspec.Struct]) -> Schema:
    """The schema of a row of history, whose ids are text."""
    found = _model(model)
    ids = {name: _TEXT for name in found["properties"] if name == "id" or name.endswith("Id")}
    return {**found, "properties": {**found["properties"], **ids}}


def _error() -> Schema:
    """An error; where several accounts are watched, it says whose it is."""
    found = _model(Error)
    found["properties"]["error"]["properties"] = _model(LaneFault)["properties"]
    return found


def _row(resource: Resource) -> Schema:
    """One row as a record of its own; it carries no lists."""
    body, names = _rows_of(resource), resource.renamed
    lists = {name for name, field in body["properties"].items() if field.get("type") == "array"}
    own = {k: v for k, v in body["properties"].items() if k not in lists and k not in names}
    body["properties"] = own | {named: body["properties"][name] for name, named in names.items()}
    kept = [name for name in body.get("required", ()) if name not in lists]
    body["required"] = [names.get(name, name) for name in kept]
    return _envelope(resource.record, body)


RECORDS: dict[str, Callable[[], Schema]] = {
    **{each.answer: partial(_listing, each) for each in every()},
    "accountStatus": _status,
    "config": _config,
    "income": _income,
    **{each.record: partial(_row, each) for each in every()},
    DIFFERENCES.answer: _diff,
    DIFFERENCES.record: partial(_row, DIFFERENCES),
    summary.ANSWER: _summary,
    **{each.record: partial(_row, each) for each in summary.KINDS},
    "snapshot": _snapshot,
    "event": _event,
    **{body.type: partial(_body, body) for body in BODIES},
    "backfill": _backfill,
    "error": _error,
}
"""What each record is called, and what makes its schema."""
