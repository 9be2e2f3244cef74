"""The proof that a stream would deliver, and what is no proof."""

from contextlib import closing

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import system_ms
from binfut_cli.api.envelope import subscribes
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Transport
from binfut_cli.doctor import stream
from binfut_cli.doctor.findings import Verdict
from binfut_cli.doctor.stream import Form, Proof
from binfut_cli.endpoints import Market, stream_url
from binfut_cli.errors import ConfigError, NetworkError
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.events import NAMES
from tests.support.program import account, place

USDM, COINM = (Transport(market, system_ms) for market in Market)
QUERY, SUBSCRIBE, PATH = (Form(name, f"wss://x/{name}") for name in ("query", "subscribe", "path"))
DEAF = NetworkError("It is deaf.", hint="Try another.")


def proven(
    sandbox: Sandbox, market: Market = Market.USDM, timeout_s: float = 5.0
) -> dict[str, bool]:
    with account(sandbox, market) as asked:
        key = asked.start_listen_key()
    found = stream.proofs(asked.transport, place(sandbox, market).stream, key, timeout_s)
    return {proof.form.name: proof.fault is None for proof in found}


def test_every_form_is_proven_on_a_healthy_exchange(sandbox: Sandbox) -> None:
    assert proven(sandbox) == {"query form": True, "SUBSCRIBE": True, "path form": True}
    assert proven(sandbox, Market.COINM) == {"path form": True}


def test_an_open_stream_that_says_nothing_is_no_proof(sandbox: Sandbox) -> None:
    stall = {"fault": "stall", "layer": "handshake", "bytes": 5000, "count": None}
    sandbox.fault({**stall, "on": "/private/ws"})
    assert proven(sandbox, timeout_s=0.4) == {
        "query form": False, "SUBSCRIBE": True, "path form": False,
    }  # fmt: skip


def test_the_fault_says_what_was_not_answered(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "stall", "layer": "handshake", "bytes": 5000, "count": None})
    faults = [p.fault for p in stream.proofs(USDM, place(sandbox, Market.USDM).stream, "k", 0.3)]
    said = [str(fault) for fault in faults]
    assert ["LIST_SUBSCRIPTIONS" in text for text in said] == [True, False, True]
    assert "does not answer SUBSCRIBE" in said[1]


def test_a_stream_without_our_key_is_no_proof(sandbox: Sandbox) -> None:
    """As on an address of another route: it opens, answers, and has nothing for us."""
    bare = place(sandbox, Market.USDM).stream.replace("?listenKey={listenKey}&events={events}", "")
    (found,) = stream.proofs(USDM, bare, "k", 2.0)
    assert "not subscribed to the account" in str(found.fault)


def test_a_refused_upgrade_is_told(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 403, "count": None})
    (found,) = stream.proofs(COINM, place(sandbox, Market.COINM).stream, "k", 2.0)
    assert "firewall" in str(found.fault)


def test_events_that_come_in_between_do_not_disturb(sandbox: Sandbox) -> None:
    with account(sandbox) as asked:
        key = asked.start_listen_key()
    url = stream_url(place(sandbox, Market.USDM).stream, key, NAMES)
    deadline = Deadline(5.0, "The stream")
    with closing(USDM.open_ws(Way.STREAM, url, deadline)) as connection:
        sandbox.act({"action": "deposit", "market": "usdm", "asset": "USDT", "amount": "1"})
        listed = stream._asked(connection, 7, "LIST_SUBSCRIPTIONS", [], deadline, "The stream")
    assert subscribes(listed, key)


def test_the_retired_address_is_refused_before_it_can_look_fine(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match="lacks /private"):
        stream.proofs(USDM, sandbox.stream["usdm"] + "/ws/{listenKey}", "k", 2.0)


def test_an_address_of_the_users_own_stands_alone() -> None:
    own = "wss://relay.example/private/ws/{listenKey}"
    assert [(f.name, f.template) for f in stream.forms(Market.USDM, own)] == [("given form", own)]


def test_when_the_form_in_use_delivers_all_is_well() -> None:
    found = stream.judged([Proof(QUERY, None, 31), Proof(SUBSCRIBE, DEAF), Proof(PATH, None, 30)])
    assert found.verdict is Verdict.OK
    assert found.detail == (
        "query: subscribed, answers pings in 31 ms; subscribe: not proven; path: proven too"
    )


def test_when_only_another_form_delivers_it_is_named_with_what_to_type() -> None:
    found = stream.judged([Proof(QUERY, DEAF), Proof(SUBSCRIBE, DEAF), Proof(PATH, None, 30)])
    assert found.verdict is Verdict.WARN
    assert found.detail == "It is deaf. Proven: path"
    assert found.hint == "Use --stream-url 'wss://x/path'."


def test_when_none_delivers_the_fault_of_the_form_in_use_is_the_failure() -> None:
    with pytest.raises(NetworkError, match="It is deaf"):
        stream.judged([Proof(QUERY, DEAF), Proof(PATH, DEAF)])
