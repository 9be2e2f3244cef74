"""Faults of meaning: right JSON that tells something wrong, of events' times and of snapshots."""

import json
from collections.abc import Callable
from typing import Any

from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.faults.armed import Effect
from binfut_cli.sandbox.faults.effects import reworded
from binfut_cli.sandbox.faults.kinds.kind import REPLIES, Kind, Kinds, plain
from binfut_cli.sandbox.faults.kinds.payload import carried, edited
from binfut_cli.sandbox.params import BadParams, Params

TIMES = ("E", "T")  # of an event: when it was sent, and when it happened
NAMES = ("symbol", "asset")


def _retimed(change: Callable[[int], int]) -> Effect:
    def retime(event: Any) -> Any:
        if not isinstance(event, dict):
            return event
        return {k: change(v) if k in TIMES and type(v) is int else v for k, v in event.items()}

    return edited(retime)


def _time_back(params: Params) -> Effect:
    by: int = params.integer("ms", 60_000)
    return _retimed(lambda at: at - by)


def _same_time(params: Params) -> Effect:
    grain: int = params.integer("ms", 1000)
    if grain < 1:
        raise BadParams("ms must be above zero")
    return _retimed(lambda at: at - at % grain)


def _rewrapped(text: str) -> str:
    """Wrap a bare event, and unwrap a wrapped one."""
    value = json.loads(text)
    if isinstance(value, dict) and set(value) == {"stream", "data"}:
        return dumps(value["data"])
    return dumps({"stream": "unasked", "data": value})


def _lists(value: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """Change every list of rows."""
    if isinstance(value, dict):
        return {name: _lists(each, change) for name, each in value.items()}
    return change(value) if isinstance(value, list) else value


def _absent(params: Params) -> Effect:
    name = params.text("name", "BTCUSDT")

    def kept(rows: list[Any]) -> list[Any]:
        return [
            row
            for row in rows
            if not isinstance(row, dict) or all(row.get(key) != name for key in NAMES)
        ]

    return carried(lambda value: _lists(value, kept))


def _half(value: Any) -> Any:
    return _lists(value, lambda rows: rows[: len(rows) // 2])


def _none(value: Any) -> Any:
    return _lists(value, lambda rows: [])


def _doubled(value: Any) -> Any:
    return _lists(value, lambda rows: rows * 2)


def _time_zero(value: Any) -> Any:
    """Let all rows look as if nothing had ever happened to them."""
    if isinstance(value, list):
        return [_time_zero(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {k: 0 if k == "updateTime" else _time_zero(v) for k, v in value.items()}


KINDS: Kinds = {
    "timeBack": Kind(("stream",), _time_back),
    "sameTime": Kind(("stream",), _same_time),
    "rewrapped": Kind(("stream",), plain(reworded(_rewrapped))),
    "absent": Kind(REPLIES, _absent),
    "partial": Kind(REPLIES, plain(carried(_half))),
    "noRows": Kind(REPLIES, plain(carried(_none))),
    "doubled": Kind(REPLIES, plain(carried(_doubled))),
    "timeZero": Kind(REPLIES, plain(carried(_time_zero))),
}
