"""What the control endpoint does, by request: one function each, told in JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.sandbox.params import FARTHEST_MS, BadParams, Params
from binfut_cli.sandbox.steering import Steering

Body = dict[str, Any]
Query = dict[str, list[str]]
Handler = Callable[[Steering, Body, Query], Any]
LEDGER_DIGITS = 18


def _act(steering: Steering, body: Body, query: Query) -> Any:
    return {"ledger": steering.act(body)}


def _fault(steering: Steering, body: Body, query: Query) -> Any:
    steering.fault(body)
    return _faults_told(steering)


def _faults(steering: Steering, body: Body, query: Query) -> Any:
    return {**_faults_told(steering), "kinds": steering.fault_kinds()}


def _no_faults(steering: Steering, body: Body, query: Query) -> Any:
    steering.clear_faults()
    return _faults_told(steering)


def _faults_told(steering: Steering) -> dict[str, Any]:
    return {"armed": steering.armed_faults(), "fired": steering.fired()}


def _ledger(steering: Steering, body: Body, query: Query) -> Any:
    text = query.get("since", ["0"])[0]
    if not (text.isascii() and text.isdigit() and len(text) <= LEDGER_DIGITS):
        raise BadParams("since must be the id of an entry")
    return steering.ledger(int(text))


def _state(steering: Steering, body: Body, query: Query) -> Any:
    return steering.state()


def _keys(steering: Steering, body: Body, query: Query) -> Any:
    name, pem = body.get("account"), body.get("publicKey")
    if name not in steering.exchange.accounts or not isinstance(pem, str):
        raise BadParams("account must name an account and publicKey be a PEM text")
    try:
        return {"account": name, "apiKey": steering.add_key(name, pem)}
    except ValueError as exc:
        raise BadParams(str(exc)) from exc


def _clock(steering: Steering, body: Body, query: Query) -> Any:
    params = Params(body)
    shift = params.integer("shiftMs", least=-FARTHEST_MS, most=FARTHEST_MS)
    params.finish()
    steering.shift_clock(shift)
    return {"now": steering.exchange.now_ms()}


HANDLERS: Mapping[str, Handler] = {
    "POST /act": _act,
    "POST /fault": _fault,
    "GET /fault": _faults,
    "DELETE /fault": _no_faults,
    "GET /ledger": _ledger,
    "GET /state": _state,
    "POST /keys": _keys,
    "POST /clock": _clock,
}
