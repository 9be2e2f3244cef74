"""Which fields the rows of each answer have: what `--fields`, `--fail-if` and the schema go by."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from binfut_cli.codec import Row
from binfut_cli.errors import UsageError

# Where the model of each kind of rows is: only those that are asked for are loaded.
_MODELS = {
    "balances": ("binfut_cli.resources.balances", "Balance"),
    "positions": ("binfut_cli.resources.models", "Position"),
    "symbols": ("binfut_cli.resources.config", "SymbolConfig"),
    "orders": ("binfut_cli.resources.orders", "Order"),
    "flows": ("binfut_cli.resources.income", "Income"),
    "assets": ("binfut_cli.resources.models", "Asset"),
    "totals": ("binfut_cli.resources.models", "AccountStatus"),
}
DERIVED: dict[str, tuple[str, ...]] = {
    "positions": (
        "liquidationDistance",
        "marginRatio",
        "roe",
        "contractSize",
        "sizeCoin",
        "sizeUsd",
    ),
    "orders": ("markPrice", "distance"),
    "assets": ("marginRatio",),
    "balances": ("marginRatio",),
    "totals": ("totalsUnit", "marginRatio"),
}

ROW_NAMES: dict[str, dict[str, str]] = {
    "orders": {"type": "orderType", "time": "createTime"},
    "flows": {"time": "incomeTime"},
}
"""What a row that is a record of its own calls fields named as the envelope's are.

An order's are those that conditional orders have for the same things.
"""


def model(kind: str) -> type[msgspec.Struct]:
    """The model of a kind of rows."""
    module, name = _MODELS[kind]
    found: type[msgspec.Struct] = getattr(import_module(module), name)
    return found


@cache
def fields(kind: str) -> tuple[str, ...]:
    """The names that a row of this kind can have: the exchange's, then what binfut computes."""
    own = tuple(
        field.encode_name
        for field in msgspec.structs.fields(model(kind))
        if not _holds_rows(field.type)
    )
    return own + tuple(name for name in DERIVED.get(kind, ()) if name not in own)


def checked(names: str | None, kinds: Iterable[str]) -> tuple[str, ...] | None:
    """The fields that `--fields` names, in its order; raise UsageError for one that no row has."""
    if names is None:
        return None
    valid = tuple(dict.fromkeys(name for kind in kinds for name in fields(kind)))
    chosen = tuple(name.strip() for name in names.split(","))
    for name in chosen:
        if name not in valid:
            raise UsageError(
                f"There is no field {name!r}." if name else "--fields names no field.",
                hint=f"Fields: {', '.join(valid)}.",
            )
    return chosen


def value(row: Row, name: str) -> Any:
    """A row's field by its name: what binfut computes is looked up last."""
    if name in row:
        return row[name]
    return (row.get("derived") or {}).get(name)


def key(row: Row) -> str:
    """What a row is known by: its symbol and side, or its asset; "" for the totals."""
    if "symbol" in row:
        return f"{row['symbol']} {row.get('positionSide', '')}".strip()
    return str(row.get("asset", ""))


def _holds_rows(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is tuple
