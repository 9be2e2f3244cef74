"""Faults of the payload: JSON that is broken, or right and not what anyone expects."""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.faults.armed import Effect
from binfut_cli.sandbox.faults.effects import preceded, reworded
from binfut_cli.sandbox.faults.hostile_text import HOSTILE_TEXTS
from binfut_cli.sandbox.faults.kinds.kind import TEXTS, Kind, Kinds, plain
from binfut_cli.sandbox.params import BadParams, Params
from binfut_cli.sandbox.wire.frames import text_frame

NUMERIC = re.compile(r"-?\d+(\.\d+)?")
IN_QUOTES = re.compile(r'"([^"\\]*)"')
DEEP = 100_000
MOST_EVIL = 4096  # it is said again in each of a thousand rows
DIGITS = 5_000  # above Python's own limit for an integer in decimal


def edited(change: Callable[[Any], Any]) -> Effect:
    """Change a document, or an event inside its wrapper."""

    def reword(text: str) -> str:
        value = json.loads(text)
        if isinstance(value, dict) and set(value) == {"stream", "data"}:
            return dumps({**value, "data": change(value["data"])})
        return dumps(change(value))

    return reworded(reword)


def carried(change: Callable[[Any], Any]) -> Effect:
    """Change what a message carries: a reply's result, or all of an answer or event."""

    def inside(value: Any) -> Any:
        if isinstance(value, dict) and "result" in value:
            return {**value, "result": change(value["result"])}
        return change(value)

    return edited(inside)


def _text(params: Params) -> Effect:
    text = params.text("text", '{"e":"ACCOUNT_UPDATE","E":17')
    return reworded(lambda _: text, params.integer("status", 200))


def _huge(params: Params) -> Effect:
    padding = "x" * params.size("bytes", 4 << 20)
    return reworded(lambda text: _with(text, f'"padding":"{padding}"'))


def _unknown_event(params: Params) -> Effect:
    event = params.value("event", {"e": "FUTURE_EVENT", "E": 1, "x": {"y": ["z"]}})
    return preceded(text_frame(dumps(event)))


def _unknown_field(params: Params) -> Effect:
    new = {params.text("field", "newField"): params.value("value", "new")}
    return edited(lambda value: {**value, **new} if isinstance(value, dict) else [*value, new])


def _field(params: Params) -> Effect:
    """`path` like `a.B.0.wb`: removed, or set to `value` when that is given (null included)."""
    path = params.text("path").split(".")
    given, value = "value" in params.values, params.value("value", None)

    def change(event: Any) -> Any:
        place = event
        try:
            for step in path[:-1]:
                place = place[int(step)] if isinstance(place, list) else place[step]
            if given:
                place[path[-1]] = value
            else:
                del place[path[-1]]
        except (KeyError, IndexError, ValueError, TypeError):
            return event  # this event has no such field
        return event

    return edited(change)


def _evil(params: Params) -> Effect:
    number = params.integer("number", 0)
    text = params.text("text", HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)])
    if len(text) > MOST_EVIL:
        raise BadParams(f"text must have at most {MOST_EVIL} characters")
    keys = params.value("keys", ["s", "c", "caid", "symbol", "clientOrderId"])
    if not isinstance(keys, list):
        raise BadParams("keys must be a list of texts")
    return edited(lambda said: _spoilt(said, tuple(keys), text))


def _spoilt(value: Any, keys: tuple[str, ...], text: str) -> Any:
    if isinstance(value, list):
        return [_spoilt(each, keys, text) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        k: text if k in keys and isinstance(v, str) else _spoilt(v, keys, text)
        for k, v in value.items()
    }


def _with(text: str, member: str) -> str:
    """Add a member, as text, to an object or, as an object of its own, to a list."""
    body, end = text[:-1], text[-1:]
    comma = "" if len(body) == 1 else ","
    return f"{body}{comma}{member}{end}" if end == "}" else f"{body}{comma}{{{member}}}{end}"


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change every scalar."""
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    if isinstance(value, dict):
        return {name: _mapped(each, change) for name, each in value.items()}
    return change(value)


def _scalars(change: Callable[[Any], Any]) -> Effect:
    return carried(lambda value: _mapped(value, change))


def _amounts(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Change what is a number in quotes."""
    return lambda value: (
        change(value) if isinstance(value, str) and NUMERIC.fullmatch(value) else value
    )


def _integers(change: Callable[[int], Any]) -> Callable[[Any], Any]:
    return lambda value: change(value) if type(value) is int else value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member there is, as its holder and its name or number."""
    names = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in names:
        if isinstance(value, dict):
            yield value, name
        if isinstance(each, dict | list):
            yield from _places(each)


def _somewhere(strike: Callable[[Any, Any], None]) -> Effect:
    """Strike one member; which one follows from the message itself."""

    def change(value: Any) -> Any:
        places = list(_places(value)) if isinstance(value, dict | list) else []
        if places:
            strike(*places[zlib.crc32(dumps(value).encode()) % len(places)])
        return value

    return carried(change)


def _escaped(text: str) -> str:
    def escape(found: re.Match[str]) -> str:
        return '"' + "".join(f"\\u{ord(each):04x}" for each in found[1]) + '"'

    return IN_QUOTES.sub(escape, text) if text.isascii() else text


def _first_again(text: str) -> str:
    """Say the first member of an object again, as null: the last one counts."""
    name = text[1:].partition(":")[0]
    return f"{text[:-1]},{name}:null}}" if text.startswith('{"') else text


def _shuffled(value: Any) -> Any:
    """Turn the order of all members around."""
    if isinstance(value, list):
        return [_shuffled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _shuffled(value[name]) for name in reversed(value)}


SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "textNumber": _integers(str),
    "numberText": _amounts(json.loads),
    "nan": _amounts(lambda text: "NaN"),
    "emptyText": _amounts(lambda text: ""),
    "exponent": _amounts(lambda text: f"{Decimal(text):E}"),
    "bigInteger": _integers(lambda number: number + 10**30),
    "negative": _integers(lambda number: -number),
}
SOMEWHERE: Mapping[str, Callable[[Any, Any], None]] = {
    "missingField": lambda holder, name: holder.pop(name),
    "nullField": lambda holder, name: holder.update({name: None}),
    "wrongType": lambda holder, name: holder.update({name: [{"unexpected": True}]}),
}
WORDINGS: Mapping[str, Callable[[str], str]] = {
    # JSON all right
    "pretty": lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent=2),
    "escaped": _escaped,
    "shuffled": lambda text: dumps(_shuffled(json.loads(text))),
    "twiceNamed": _first_again,
    "deep": lambda text: _with(text, f'"deep":{"[" * DEEP}{"]" * DEEP}'),
    "longNumber": lambda text: _with(text, f'"number":{"9" * DIGITS}'),
    "outOfRange": lambda text: _with(text, '"number":1e400'),
    "surrogate": lambda text: _with(text, '"text":"\\ud800"'),
    "inList": lambda text: f"[{text}]",
    # no JSON
    "nanLiteral": lambda text: _with(text, '"number":NaN'),
    "badEscape": lambda text: _with(text, '"text":"\\x41"'),
    "byteOrderMark": lambda text: f"\ufeff{text}",
    "nulByte": lambda text: f"{text}\x00",
    "twoDocuments": lambda text: text + text,
    "empty": lambda text: "",
}

KINDS: Kinds = {
    "text": Kind(TEXTS, _text),
    "huge": Kind(TEXTS, _huge),
    "unknownEvent": Kind(("stream",), _unknown_event),
    "unknownField": Kind(TEXTS, _unknown_field),
    "field": Kind(TEXTS, _field),
    "evil": Kind(TEXTS, _evil),
    **{name: Kind(TEXTS, plain(_scalars(change))) for name, change in SCALARS.items()},
    **{name: Kind(TEXTS, plain(_somewhere(strike))) for name, strike in SOMEWHERE.items()},
    **{name: Kind(TEXTS, plain(reworded(change))) for name, change in WORDINGS.items()},
}
