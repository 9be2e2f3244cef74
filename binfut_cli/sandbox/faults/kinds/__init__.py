"""The catalogue of faults: all kinds by name, and the parameters of `POST /fault`.

Knows one kind of fault a function.

Imports sandbox, sandbox.account, sandbox.api, sandbox.exchange, sandbox.faults, sandbox.wire.
"""

from collections.abc import Mapping
from typing import Any

from binfut_cli.sandbox.faults.armed import CONVERSATIONS, Armed, Layer
from binfut_cli.sandbox.faults.kinds import (
    http,
    meaning,
    payload,
    session,
    transport,
    websocket,
)
from binfut_cli.sandbox.faults.kinds.kind import Kind, Kinds
from binfut_cli.sandbox.params import BadParams, Params

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
    """Read a fault and its conditions; BadParams says what is wrong with them."""
    params = Params(values)
    name = params.text("fault")
    if name not in KINDS:
        raise BadParams(f"no fault {name!r}; there are: {', '.join(KINDS)}")
    made = _made(name, KINDS[name], params)
    params.finish()
    if made.now and made.layer not in CONVERSATIONS:
        raise BadParams(f"now strikes open connections: {' or '.join(CONVERSATIONS)}")
    return made


def _made(name: str, kind: Kind, params: Params) -> Armed:
    market = params.choice("market", ("usdm", "coinm", "any"), "any")
    chance = params.share("probability", 1.0)
    if not 0 < chance <= 1:
        raise BadParams("probability must be above 0 and at most 1")
    return Armed(
        effect=kind.make(params),
        name=name,
        layer=_layer(params, kind.layers),
        market=None if market == "any" else "usdm" if market == "usdm" else "coinm",
        on=params.texts("on") or kind.on,
        after=params.integer("after", 0),
        count=_count(params),
        probability=chance,
        after_s=params.share("afterSeconds", 0.0),
        for_s=None if params.value("forSeconds", None) is None else params.share("forSeconds"),
        now=params.flag("now", False),
        seed=params.integer("seed", None),
    )


def _count(params: Params) -> int | None:
    if params.value("count", 1) is None:
        return None
    count: int = params.integer("count", 1)
    if count < 1:
        raise BadParams("count must be above zero, or null for ever")
    return count


def _layer(params: Params, layers: tuple[Layer, ...]) -> Layer:
    chosen = params.choice("layer", layers, layers[0])
    return next(layer for layer in layers if layer == chosen)
