"""Prove that a user data stream would deliver: subscribed, answering, and alive.

A handshake proves nothing here: a made-up listenKey connects as well, and so do the addresses that
were retired in 2026-04, which then stay silent for ever. So the connection is asked what it is
subscribed to. Source: the stream change notice of 2026-03; sources disagree on the forms.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from binfut_cli import protocol, wire
from binfut_cli.doctor.findings import Judged, Verdict
from binfut_cli.doctor.times import texts
from binfut_cli.errors import AnswerError, BinfutError, ConfigError, ExchangeError, NetworkError
from binfut_cli.events import NAMES
from binfut_cli.markets import DIALECTS, USDM_STREAM_PATH, Market, stream_url
from binfut_cli.refusals import refused_by_status
from binfut_cli.transport import ws
from binfut_cli.transport.deadline import Deadline
from binfut_cli.transport.frames import PONG
from binfut_cli.transport.parallel import in_parallel

PATH_FORM = "/private/ws/{listenKey}"
SUBSCRIBE_FORM = "/private/stream"
_SILENT = "It would look quiet whatever happens; try the other form with --stream-url."


@dataclass(frozen=True, slots=True)
class Form:
    """A way to ask for the stream: an address, and perhaps a SUBSCRIBE on it."""

    name: str
    template: str
    subscribes: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a form delivers: None, or why it is not proven."""

    form: Form
    fault: BinfutError | None
    ping_ms: int | None = None


def forms(market: Market, template: str) -> list[Form]:
    """The forms worth trying, the one in use first; an address of the user's own stands alone."""
    if market is Market.COINM:
        return [Form("path form", template)]
    if not template.endswith(USDM_STREAM_PATH):
        return [Form("given form", template)]
    base = template.removesuffix(USDM_STREAM_PATH)
    return [
        Form("query form", template),
        Form("SUBSCRIBE", base + SUBSCRIBE_FORM, subscribes=True),
        Form("path form", base + PATH_FORM),
    ]


def proofs(market: Market, template: str, key: str, timeout_s: float) -> list[Proof]:
    """Try every form side by side."""
    _check_route(market, template)
    return in_parallel(
        [partial(_proof, market, form, key, timeout_s) for form in forms(market, template)]
    )


def judged(found: Sequence[Proof]) -> Judged:
    """Judge the proofs; the first is of the form in use. Raise its fault if no form delivers."""
    used, *others = found
    working = [proof for proof in found if proof.fault is None]
    if not working and used.fault is not None:
        raise used.fault
    if used.fault is None:
        beside = "".join(
            f"; {p.form.name}: {'proven too' if p.fault is None else 'not proven'}" for p in others
        )
        return Judged(f"{used.form.name}: subscribed, answers pings in {used.ping_ms} ms{beside}")
    names = " and ".join(proof.form.name for proof in working)
    return Judged(
        f"{used.fault.message} Proven: {names}",
        Verdict.WARN,
        _instead(working),
    )


def shows(answer: Any, key: str) -> bool:
    """Whether a LIST_SUBSCRIPTIONS result names the listenKey, alone or with an event."""
    if not isinstance(answer, list):
        return False
    return any(isinstance(name, str) and name.partition("@")[0] == key for name in answer)


def _check_route(market: Market, template: str) -> None:
    if market is Market.USDM and "/private/" not in template:
        raise ConfigError(
            "This usdm stream address lacks /private: it opens, and then stays silent for ever.",
            hint=f"Leave --stream-url out, or give …{PATH_FORM}.",
        )


def _instead(working: Sequence[Proof]) -> str:
    """What to type so that a form is used that delivers."""
    templates = [proof.form.template for proof in working if not proof.form.subscribes]
    return f"Use --stream-url '{templates[0]}'." if templates else _SILENT


def _proof(market: Market, form: Form, key: str, timeout_s: float) -> Proof:
    what = f"The {DIALECTS[market].title} stream ({form.name})"
    try:
        return Proof(form, None, _prove(market, form, key, Deadline(timeout_s, what), what))
    except BinfutError as exc:
        return Proof(form, exc)


def _prove(market: Market, form: Form, key: str, deadline: Deadline, what: str) -> int:
    """Connect, subscribe if the form asks for it, list, ping; return the ping's time in ms."""
    with closing(_connected(market, form, key, deadline, what)) as connection:
        if form.subscribes:
            _asked(connection, 1, "SUBSCRIBE", [key], deadline, what)
        listed = _asked(connection, 2, "LIST_SUBSCRIPTIONS", [], deadline, what)
        if not shows(listed, key):
            raise AnswerError(f"{what} is open, but not subscribed to the account.", hint=_SILENT)
        return _pinged(connection, deadline)


def _connected(
    market: Market, form: Form, key: str, deadline: Deadline, what: str
) -> ws.Connection:
    try:
        return ws.connect(stream_url(form.template, key, NAMES), deadline)
    except ws.HandshakeRefused as exc:
        raise refused_by_status(
            market, what, exc.status, exc.headers, exc.body, time.time_ns() // 1_000_000
        ) from exc


def _asked(
    connection: ws.Connection,
    number: int,
    method: str,
    params: list[str],
    deadline: Deadline,
    what: str,
) -> Any:
    """The result of a control message; events that come between are passed over."""
    if method not in protocol.ALLOWED_STREAM_METHODS:
        raise PermissionError(f"binfut does not send {method}")
    body = {"method": method, "params": params, "id": number}
    connection.send(wire.dumps(body if params else {"method": method, "id": number}))
    try:
        return _result(connection, number, method, deadline, what)
    except ws.ConnectionClosed:
        raise
    except NetworkError as exc:
        raise NetworkError(f"{what} is open, but does not answer {method}.", hint=_SILENT) from exc


def _result(
    connection: ws.Connection, number: int, method: str, deadline: Deadline, what: str
) -> Any:
    for payload in texts(connection, deadline):
        answer = wire.loads(payload, f"{method} on the stream")
        if not isinstance(answer, dict):
            continue
        fault = answer.get("error", answer)
        if isinstance(fault, dict) and isinstance(fault.get("code"), int):
            raise ExchangeError(
                f"{what} refused {method} ({fault['code']}).",
                hint=_SILENT,
                exchange_code=fault["code"],
            )
        if answer.get("id") == number:
            return answer.get("result")
    raise AssertionError("texts ends with an error")


def _pinged(connection: ws.Connection, deadline: Deadline) -> int:
    begun = time.monotonic()
    connection.ping(b"binfut")
    while not any(opcode == PONG for opcode, _ in connection.receive(deadline.left())):
        pass
    return round((time.monotonic() - begun) * 1000)
