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

from binfut_cli import codec
from binfut_cli.api.allowed import Way
from binfut_cli.api.envelope import subscribes
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import PONG
from binfut_cli.api.transport.threads import in_parallel
from binfut_cli.api.transport.transport import Transport, Wire
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.api.ws_api import texts
from binfut_cli.doctor.findings import Judged, Verdict
from binfut_cli.endpoints import MARKET_APIS, USDM_STREAM_PATH, Market, stream_url
from binfut_cli.errors import AnswerError, BinfutError, ConfigError, ExchangeError, NetworkError
from binfut_cli.stream.events import NAMES

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


def proofs(transport: Transport, template: str, key: str, timeout_s: float) -> list[Proof]:
    """Try every form side by side."""
    market = transport.market
    _check_route(market, template)
    return in_parallel(
        [partial(_proof, transport, form, key, timeout_s) for form in forms(market, template)]
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


def _proof(transport: Transport, form: Form, key: str, timeout_s: float) -> Proof:
    what = f"The {MARKET_APIS[transport.market].title} stream ({form.name})"
    try:
        return Proof(form, None, _prove(transport, form, key, Deadline(timeout_s, what), what))
    except BinfutError as exc:
        return Proof(form, exc)


def _prove(transport: Transport, form: Form, key: str, deadline: Deadline, what: str) -> int:
    """Connect, subscribe if the form asks for it, list, ping; return the ping's time in ms."""
    url = stream_url(form.template, key, NAMES)
    with closing(transport.open_ws(Way.STREAM, url, deadline, f" ({form.name})")) as connection:
        if form.subscribes:
            _asked(connection, 1, "SUBSCRIBE", [key], deadline, what)
        listed = _asked(connection, 2, "LIST_SUBSCRIPTIONS", [], deadline, what)
        if not subscribes(listed, key):
            raise AnswerError(f"{what} is open, but not subscribed to the account.", hint=_SILENT)
        return _pinged(connection, deadline)


def _asked(
    connection: Wire,
    number: int,
    method: str,
    params: list[str],
    deadline: Deadline,
    what: str,
) -> Any:
    """The result of a control message; events that come between are passed over."""
    connection.send(number, method, params)
    try:
        return _result(connection, number, method, deadline, what)
    except ConnectionClosed:
        raise
    except NetworkError as exc:
        raise NetworkError(f"{what} is open, but does not answer {method}.", hint=_SILENT) from exc


def _result(connection: Wire, number: int, method: str, deadline: Deadline, what: str) -> Any:
    while True:
        for payload in texts(connection, deadline):
            answer = codec.loads(payload, f"{method} on the stream")
            if isinstance(answer, dict):
                _check_code(answer.get("error", answer), method, what)
                if answer.get("id") == number:
                    return answer.get("result")


def _check_code(fault: Any, method: str, what: str) -> None:
    if isinstance(fault, dict) and isinstance(code := fault.get("code"), int):
        said = f"{what} refused {method} ({code})."
        raise ExchangeError(said, hint=_SILENT, exchange_code=code)


def _pinged(connection: Wire, deadline: Deadline) -> int:
    begun = time.monotonic()
    connection.ping(b"binfut")
    while not any(opcode == PONG for opcode, _ in connection.receive(deadline.left())):
        pass
    return round((time.monotonic() - begun) * 1000)
