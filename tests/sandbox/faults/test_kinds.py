"""Every kind of fault, on a bare socket: what it is that a client meets."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.kinds import KINDS
from tests.sandbox.faults.fault_cases import (
    ALONE,
    CASES,
    LATE_S,
    PATHS,
    PIECES,
    SIGNS,
    Case,
)
from tests.support.bare_sockets import (
    Client,
    Met,
    ask,
    ask_last,
    client,
    marker,
    prepared,
)
from tests.support.exchange_client import WAIT_S, Rest

APART = (("silent", "ping"), ("reset", "accept"))  # seen in tests of their own


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """One sandbox for all kinds: opening one takes longer than most faults."""
    with Sandbox.start(past=False, rules=Rules(weight_limit=1_000_000)) as running:
        Rest(running).listen_key()
        running.act(
            {"action": "deposit", "asset": "BNB", "amount": "1000"}
        )  # so that none of the next adds a digit
        yield running


@pytest.fixture(scope="module")
def usual(shared: Sandbox) -> dict[tuple[str, str], Met]:
    """What comes without a fault, by layer and question, as far as anyone wanted to know."""
    return {}


def case_of(name: str, layer: str) -> Case:
    """The fault's case, with what is special to the layer."""
    case = CASES[name]
    if name == "field":
        return replace(case, words={"path": PATHS[layer]})
    if name == "late" and layer not in ALONE:
        return replace(case, words={"seconds": LATE_S})
    if name == "silent" and layer in ("accept", "handshake", "closing"):
        return replace(case, until="quiet")
    if name == "truncated" and layer == "rest":
        return replace(case, until="end")
    return case


def finish(case: Case, wanted: Client) -> None:
    """Read as far as the case says."""
    layer, until = wanted.met.layer, case.until
    if until == "end" or (layer == "handshake" and isinstance(until, bytes)):
        wanted.read(lambda data: False)
    elif until == "quiet":
        wanted.read(lambda data: len(data) >= case.words.get("bytes", 0))
        wanted.listen()
    elif isinstance(until, bytes):
        wanted.read(lambda data: until in data)
    else:
        ask_last(wanted)
        last, sign = marker(layer), SIGNS.get(layer, b"")
        wanted.read(lambda data: last in data and (until != "both" or sign in data))


def left(sandbox: Sandbox) -> None:
    """Wait until nobody is connected: the fault would strike the last test's connection."""
    deadline = time.monotonic() + WAIT_S
    while connected := sandbox.connections():
        assert time.monotonic() < deadline, connected
        time.sleep(0.001)


def struck(sandbox: Sandbox, kind: str) -> None:
    """Wait until the fault has struck."""
    deadline = time.monotonic() + WAIT_S
    while not sandbox.fired().get(kind):
        assert time.monotonic() < deadline, f"{kind} did not fire"
        time.sleep(0.001)


def met_with(sandbox: Sandbox, case: Case, name: str, layer: str) -> Met:
    """Arm the fault, cause the output that it strikes, and see what comes."""
    words = {"fault": name, "layer": layer, **case.words}
    left(sandbox)
    early = layer == "accept"  # it strikes before anything can be asked
    if early:
        sandbox.fault(words)
    with client(sandbox, layer) as wanted:
        prepared(sandbox, wanted)
        if not early:
            sandbox.fault(words)
        if not early or case.until != "end":
            ask(sandbox, wanted, case.asks.get(layer, ""))
        struck(sandbox, f"{name}/{layer}")
        finish(case, wanted)
        return wanted.met


def met_without(sandbox: Sandbox, layer: str, question: str) -> Met:
    """Cause the same output, and see what comes when nothing is wrong."""
    if layer == "closing":
        return Met(layer)
    with client(sandbox, layer) as wanted:
        prepared(sandbox, wanted)
        ask(sandbox, wanted, question)
        finish(Case(lambda met, plain: True, "both" if layer == "pong" else "marker"), wanted)
        return wanted.met


@pytest.mark.parametrize(
    ("name", "layer"),
    [(n, layer) for n, kind in KINDS.items() for layer in kind.layers if (n, layer) not in APART],
)
def test_a_kind_on_the_wire(
    shared: Sandbox, usual: dict[tuple[str, str], Met], name: str, layer: str
) -> None:
    shared.clear_faults()
    case = case_of(name, layer)
    met = met_with(shared, case, name, layer)
    question = case.asks.get(layer, "")
    if (layer, question) not in usual:
        usual[layer, question] = met_without(shared, layer, question)
    assert case.check(met, usual[layer, question]), (met.end, met.reads, met.data[:400])
    assert shared.fired()[f"{name}/{layer}"] == 1


@pytest.mark.parametrize("layer", KINDS["slice"].layers)
@pytest.mark.parametrize("name", PIECES)
def test_a_piece_comes_alone(sandbox: Sandbox, name: str, layer: str) -> None:
    met = met_with(sandbox, PIECES[name], name, layer)
    assert (len(met.data), met.end) == (3 if name == "slice" else 1, "quiet")


@pytest.mark.parametrize("layer", ["wsApi", "rest"])
def test_an_end_in_order_is_one_whatever_else_was_asked(sandbox: Sandbox, layer: str) -> None:
    sandbox.fault({"fault": "fin", "layer": layer})
    with client(sandbox, layer) as wanted:
        prepared(sandbox, wanted)
        ask(sandbox, wanted, "")
        struck(sandbox, f"fin/{layer}")
        ask_last(wanted)
        ask_last(wanted)
        wanted.read(lambda data: False)
        assert (wanted.met.end, wanted.met.data) == ("end", b"")


def test_a_connection_reset_before_its_first_byte(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "reset", "layer": "accept"})
    with pytest.raises(ConnectionResetError), client(sandbox, "accept") as wanted:
        wanted.socket.recv(1)  # the system may tell while connecting, or here
    assert sandbox.fired() == {"reset/accept": 1}


def test_a_ping_that_never_comes(sandbox: Sandbox) -> None:
    sandbox.act({"action": "rules", "pingInterval": 0.02})
    sandbox.fault({"fault": "silent", "layer": "ping", "count": None})
    with client(sandbox, "ping") as wanted:
        prepared(sandbox, wanted)
        struck(sandbox, "silent/ping")
        wanted.listen()
        assert (wanted.met.end, wanted.met.data) == ("quiet", b"")
        sandbox.clear_faults()
        wanted.socket.settimeout(WAIT_S)
        wanted.read(lambda data: data[:1] == b"\x89")


def test_every_fault_has_its_case() -> None:
    assert set(CASES) == set(KINDS)
