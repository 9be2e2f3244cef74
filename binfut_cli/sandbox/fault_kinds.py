"""The catalogue of faults: how each is made of the words of `POST /fault`, and where it fits."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.sandbox.bends import (
    Before,
    Duplicate,
    Ending,
    Framed,
    HttpStatus,
    Late,
    Reworded,
    Silent,
    Stall,
    Trickle,
    Truncated,
)
from binfut_cli.sandbox.evil import EVIL
from binfut_cli.sandbox.faults import LAYERS, Armed, Fault, Layer
from binfut_cli.sandbox.rest import dumps
from binfut_cli.sandbox.steps import Close, Fin, Mute, Reset, Steps
from binfut_cli.sandbox.words import BadWords, Words

FIREWALL = "<html>\n<head><title>403 Forbidden</title></head>\n<body>403 Forbidden</body>\n</html>"
RESTRICTED = "Service unavailable from a restricted location according to 'b. Eligibility'."
OVERLOADED = "The service is temporarily unavailable, please try again later."
UNKNOWN = "Unknown error, please check your request or try again later."
MESSAGES: Mapping[int, tuple[int, str]] = {
    401: (-2015, "Invalid API-key, IP, or permissions for action."),
    403: (-1011, "This IP cannot access this route."),
    418: (-1003, "Way too many requests; IP(127.0.0.1) banned until 4102444800000."),
    429: (-1003, "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute."),
    451: (0, RESTRICTED),
    500: (-1000, UNKNOWN),
    503: (-1008, OVERLOADED),
}


def _http_status(words: Words) -> Fault:
    status = words.integer("status", 503)
    code, msg = MESSAGES.get(status, (-1000, UNKNOWN))
    body = words.text("body", FIREWALL if status == 403 else dumps({"code": code, "msg": msg}))
    headers = words.value("headers", {"Retry-After": "1"} if status in (418, 429) else {})
    if not isinstance(headers, dict):
        raise BadWords("headers must be an object")
    if "<html" in body:
        headers = {"Content-Type": "text/html", **headers}
    return HttpStatus(status, body, tuple((str(k), str(v)) for k, v in headers.items()))


def _redirect(words: Words) -> Fault:
    location = words.text("location")
    return HttpStatus(words.integer("status", 302), "", (("Location", location),))


def _ws_error(words: Words) -> Fault:
    status = words.integer("status", 400)
    code, msg = MESSAGES.get(status, (-1000, UNKNOWN))
    error = {"code": words.integer("code", code), "msg": words.text("msg", msg)}
    keep_id = not words.flag("nullId", False)

    def change(text: str) -> str:
        number = json.loads(text).get("id") if keep_id else None
        return dumps({"id": number, "status": status, "error": error})

    return Reworded(change)


def _revoked(words: Words) -> Fault:
    code, msg = MESSAGES[401]
    text = dumps({"id": None, "status": 401, "error": {"code": code, "msg": msg}})
    return Reworded(lambda _: text)


def _no_result(words: Words) -> Fault:
    def change(text: str) -> str:
        value = json.loads(text)
        return dumps({k: v for k, v in value.items() if k not in ("result", "error")})

    return Reworded(change)


def _text(words: Words) -> Fault:
    text = words.text("text", '{"e":"ACCOUNT_UPDATE","E":17')
    return Reworded(lambda _: text, words.integer("status", 200))


def _huge(words: Words) -> Fault:
    size = words.integer("bytes", 4 << 20)

    def change(text: str) -> str:
        value = json.loads(text)
        padded = {**value, "padding": "x" * size} if isinstance(value, dict) else value
        return dumps(padded) if isinstance(value, dict) else dumps([*value, "x" * size])

    return Reworded(change)


def _unknown_event(words: Words) -> Fault:
    event = words.value("event", {"e": "FUTURE_EVENT", "E": 1, "x": {"y": ["z"]}})
    return Before(dumps(event))


def _unknown_field(words: Words) -> Fault:
    name, value = words.text("field", "newField"), words.value("value", "new")
    return Reworded(lambda text: _edited(text, lambda event: {**event, name: value}))


def _field(words: Words) -> Fault:
    """`path` like `a.B.0.wb`: removed, or set to `value` when that is given (null included)."""
    path = words.text("path").split(".")
    given, value = "value" in words.values, words.value("value", None)

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

    return Reworded(lambda text: _edited(text, change))


def _evil(words: Words) -> Fault:
    number = words.integer("number", 0)
    text = words.text("text", EVIL[number % len(EVIL)])
    keys = words.value("keys", ["s", "c", "caid", "symbol", "clientOrderId"])
    return Reworded(lambda said: dumps(_spoilt(json.loads(said), tuple(keys), text)))


def _spoilt(value: Any, keys: tuple[str, ...], text: str) -> Any:
    if isinstance(value, list):
        return [_spoilt(each, keys, text) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        k: text if k in keys and isinstance(v, str) else _spoilt(v, keys, text)
        for k, v in value.items()
    }


def _edited(text: str, change: Callable[[Any], Any]) -> str:
    """Change an event inside its wrapper, or bare."""
    value = json.loads(text)
    if isinstance(value, dict) and set(value) == {"stream", "data"}:
        return dumps({**value, "data": change(value["data"])})
    return dumps(change(value))


def _fragmented(words: Words) -> Fault:
    size = words.integer("size", 16)

    def frames(data: bytes) -> Steps:
        from binfut_cli.sandbox.frames import fragments

        return fragments(data, size)

    return Framed(frames)


def _framed(name: str) -> Callable[[Words], Fault]:
    def made(words: Words) -> Fault:
        def frames(data: bytes) -> Steps:
            from binfut_cli.sandbox.frames import STRANGE

            return (STRANGE[name](data),)

        return Framed(frames)

    return made


def _close(words: Words) -> Fault:
    return Ending((Close(words.integer("code", 1001), words.text("reason", "going away")),))


def _seconds(words: Words, name: str, default: str) -> float:
    return words.share(name, float(default))


MESSAGE_LAYERS: tuple[Layer, ...] = ("stream", "wsApi")
TEXT_LAYERS: tuple[Layer, ...] = ("stream", "wsApi", "rest")
KINDS: Mapping[str, tuple[tuple[Layer, ...], Callable[[Words], Fault]]] = {
    "reset": (("stream", *LAYERS), lambda words: Ending((Reset(),))),
    "fin": (("stream", *LAYERS), lambda words: Ending((Fin(),))),
    "halfOpen": (("stream", *LAYERS), lambda words: Ending((Mute(),))),
    "silent": (("stream", *LAYERS), lambda words: Silent()),
    "late": (("wsApi", *LAYERS), lambda words: Late(_seconds(words, "seconds", "1"))),
    "stall": (("stream", *LAYERS), lambda words: Stall(words.integer("bytes", 10))),
    "trickle": (("stream", *LAYERS), lambda words: Trickle(_seconds(words, "pause", "0.01"))),
    "duplicate": (MESSAGE_LAYERS, lambda words: Duplicate()),
    "close": (MESSAGE_LAYERS, _close),
    "httpStatus": (("rest", "handshake"), _http_status),
    "redirect": (("handshake", "rest"), _redirect),
    "wsError": (("wsApi",), _ws_error),
    "revoked": (("wsApi",), _revoked),
    "noResult": (("wsApi",), _no_result),
    "text": (TEXT_LAYERS, _text),
    "truncated": (TEXT_LAYERS, lambda words: Truncated(words.integer("bytes", 20))),
    "huge": (TEXT_LAYERS, _huge),
    "unknownEvent": (("stream",), _unknown_event),
    "unknownField": (TEXT_LAYERS, _unknown_field),
    "field": (TEXT_LAYERS, _field),
    "evil": (TEXT_LAYERS, _evil),
    "fragmented": (MESSAGE_LAYERS, _fragmented),
    "binary": (MESSAGE_LAYERS, _framed("binary")),
    "badUtf8": (MESSAGE_LAYERS, _framed("badUtf8")),
    "rsv1": (MESSAGE_LAYERS, _framed("rsv1")),
}


def armed(values: Mapping[str, Any]) -> Armed:
    """Read a fault and its conditions; BadWords says what is wrong with them."""
    words = Words(values)
    name = words.text("fault")
    if name not in KINDS:
        raise BadWords(f"no fault {name!r}; there are: {', '.join(KINDS)}")
    layers, make = KINDS[name]
    market = words.choice("market", ("usdm", "coinm", "any"), "any")
    chance = words.share("probability", 1.0)
    if not 0 < chance <= 1:
        raise BadWords("probability must be above 0 and at most 1")
    made = Armed(
        fault=make(words),
        name=name,
        layer=_layer(words, layers),
        market=None if market == "any" else "usdm" if market == "usdm" else "coinm",
        on=words.texts("on"),
        after=words.integer("after", 0),
        count=_count(words),
        probability=chance,
        after_s=words.share("afterSeconds", 0.0),
        for_s=None if words.value("forSeconds", None) is None else words.share("forSeconds"),
        now=words.flag("now", False),
        seed=words.integer("seed", None),
    )
    words.finish()
    return made


def _count(words: Words) -> int | None:
    if words.value("count", 1) is None:
        return None
    count: int = words.integer("count", 1)
    if count < 1:
        raise BadWords("count must be above zero, or null for ever")
    return count


def kinds() -> tuple[str, ...]:
    """Every kind there is, `fault/layer`."""
    return tuple(
        f"{name}/{layer}" for name, (layers, _) in KINDS.items() for layer in dict.fromkeys(layers)
    )


def _layer(words: Words, layers: tuple[Layer, ...]) -> Layer:
    chosen = words.choice("layer", tuple(dict.fromkeys(layers)), layers[0])
    return next(layer for layer in layers if layer == chosen)
