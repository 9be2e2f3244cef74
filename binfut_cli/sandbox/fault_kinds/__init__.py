"""The catalogue of faults: all kinds by name, and the words of `POST /fault`."""

from collections.abc import Mapping
from typing import Any

from binfut_cli.sandbox.fault_kinds import http, meaning, payload, session, transport, websocket
from binfut_cli.sandbox.fault_kinds.kind import Kind, Kinds
from binfut_cli.sandbox.faults import CONVERSATIONS, Armed, Layer
from binfut_cli.sandbox.words import BadWords, Words

KINDS: Kinds = {
    **transport.KINDS,
    **websocket.KINDS,
    **http.KINDS,
    **session.KINDS,
    **payload.KINDS,
    **meaning.KINDS,
}


def kinds() -> tuple[str, ...]:
    """Every kind there is, `fault/layer`."""
    return tuple(f"{name}/{layer}" for name, kind in KINDS.items() for layer in kind.layers)


def armed(values: Mapping[str, Any]) -> Armed:
    """Read a fault and its conditions; BadWords says what is wrong with them."""
    words = Words(values)
    name = words.text("fault")
    if name not in KINDS:
        raise BadWords(f"no fault {name!r}; there are: {', '.join(KINDS)}")
    made = _made(name, KINDS[name], words)
    words.finish()
    if made.now and made.layer not in CONVERSATIONS:
        raise BadWords(f"now strikes open connections: {' or '.join(CONVERSATIONS)}")
    return made


def _made(name: str, kind: Kind, words: Words) -> Armed:
    market = words.choice("market", ("usdm", "coinm", "any"), "any")
    chance = words.share("probability", 1.0)
    if not 0 < chance <= 1:
        raise BadWords("probability must be above 0 and at most 1")
    return Armed(
        bend=kind.make(words),
        name=name,
        layer=_layer(words, kind.layers),
        market=None if market == "any" else "usdm" if market == "usdm" else "coinm",
        on=words.texts("on") or kind.on,
        after=words.integer("after", 0),
        count=_count(words),
        probability=chance,
        after_s=words.share("afterSeconds", 0.0),
        for_s=None if words.value("forSeconds", None) is None else words.share("forSeconds"),
        now=words.flag("now", False),
        seed=words.integer("seed", None),
    )


def _count(words: Words) -> int | None:
    if words.value("count", 1) is None:
        return None
    count: int = words.integer("count", 1)
    if count < 1:
        raise BadWords("count must be above zero, or null for ever")
    return count


def _layer(words: Words, layers: tuple[Layer, ...]) -> Layer:
    chosen = words.choice("layer", layers, layers[0])
    return next(layer for layer in layers if layer == chosen)
