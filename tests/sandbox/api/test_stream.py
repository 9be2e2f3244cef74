"""User data streams of the sandbox over real sockets, in every documented URL form."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.listen_keys import LIFETIME_MS
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.exchange_client import WAIT_S, Rest, heard, question, silent

DEPOSIT = {"action": "deposit", "asset": "BNB", "amount": "1"}
COIN = {"action": "deposit", "market": "coinm", "asset": "BTC", "amount": "1"}


@pytest.mark.parametrize(
    ("path", "combined"),
    [
        ("/private/ws/{key}", False),
        ("/private/ws?listenKey={key}", False),
        ("/private/ws?listenKey={key}&events=MARGIN_CALL/ACCOUNT_UPDATE", False),
        ("/private/ws?listenKey={key}&events=MARGIN_CALL%2FACCOUNT_UPDATE", False),
        ("/private/stream?listenKey={key}&events=ACCOUNT_UPDATE", True),
        ("/private/stream?listenKey=other&events=A&listenKey={key}&events=ACCOUNT_UPDATE", True),
    ],
)
def test_usdm_speaks_on_private_urls(sandbox: Sandbox, path: str, combined: bool) -> None:
    key = Rest(sandbox).listen_key()
    with connect(sandbox.stream["usdm"] + path.format(key=key)) as socket:
        sandbox.act(DEPOSIT)
        said = heard(socket)
    event = said["data"] if combined else said
    assert (event["e"], event["a"]["B"][0]["a"]) == ("ACCOUNT_UPDATE", "BNB")
    assert not combined or said["stream"].startswith(key)


@pytest.mark.parametrize("path", ["/ws/{key}", "/stream?streams={key}", "/market/ws/{key}"])
def test_the_retired_usdm_urls_connect_and_stay_silent(sandbox: Sandbox, path: str) -> None:
    key = Rest(sandbox).listen_key()
    with connect(sandbox.stream["usdm"] + path.format(key=key)) as socket:
        sandbox.act(DEPOSIT)
        assert silent(socket)


@pytest.mark.parametrize("path", ["/ws/{key}", "/stream?streams={key}"])
def test_coinm_speaks_on_plain_urls(sandbox: Sandbox, path: str) -> None:
    key = Rest(sandbox).listen_key("coinm")
    with connect(sandbox.stream["coinm"] + path.format(key=key)) as socket:
        sandbox.act(COIN)
        said = heard(socket)
    assert said.get("data", said)["a"]["B"][0]["a"] == "BTC"
    assert ("stream" in said) == ("streams" in path)


@pytest.mark.parametrize(
    "path",
    ["/private/ws/{coinm}", "/private/ws/made-up", "/private/ws?listenKey={usdm}&events=ACOUNT"],
    ids=["coinm key", "bogus key", "misspelt event"],
)
def test_what_is_wrong_is_silent_not_refused(sandbox: Sandbox, path: str) -> None:
    rest = Rest(sandbox)
    keys = {"usdm": rest.listen_key(), "coinm": rest.listen_key("coinm")}
    with connect(sandbox.stream["usdm"] + path.format(**keys)) as socket:
        sandbox.act(DEPOSIT)
        sandbox.act(COIN)
        assert silent(socket)


def test_subscribe_list_and_unsubscribe(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(sandbox.stream["usdm"] + "/private/stream") as socket:
        names = [f"{key}@ACCOUNT_UPDATE", f"{key}@MARGIN_CALL"]
        done = question(socket, {"method": "SUBSCRIBE", "params": names, "id": 1})
        assert done == {"result": None, "id": 1}
        assert question(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 2})["result"] == names
        sandbox.act(DEPOSIT)
        assert heard(socket)["stream"] == names[0]
        question(socket, {"method": "UNSUBSCRIBE", "params": names, "id": 3})
        sandbox.act(DEPOSIT)
        assert silent(socket)


def test_the_coinm_list_is_the_bare_key(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key("coinm")
    with connect(f"{sandbox.stream['coinm']}/ws/{key}") as socket:
        listed = question(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 2})
    assert listed == {"result": [key], "id": 2}


def test_bad_control_messages_are_answered(sandbox: Sandbox) -> None:
    with connect(sandbox.stream["usdm"] + "/private/ws") as socket:
        assert question(socket, "nonsense")["code"] == 2
        assert question(socket, {"method": "REQUEST", "id": 5})["error"]["code"] == 2


def test_two_clients_share_a_key_and_one_delete_silences_both(sandbox: Sandbox) -> None:
    rest = Rest(sandbox)
    url = f"{sandbox.stream['usdm']}/private/ws/{rest.listen_key()}"
    with connect(url) as one, connect(url) as two:
        sandbox.act(DEPOSIT)
        assert heard(one) == heard(two)
        rest.listen_key(method="DELETE")
        rest.listen_key()
        sandbox.act(DEPOSIT)
        assert silent(one)
        assert silent(two)


def test_an_expired_key_is_told_and_then_silence(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        sandbox.shift_clock(LIFETIME_MS)
        event = heard(socket)
        assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
        assert isinstance(event["E"], int)
        Rest(sandbox).ask("POST", "/fapi/v1/listenKey", Rest(sandbox).key)
        sandbox.act(DEPOSIT)
        assert silent(socket)
    assert sandbox.ledger()[0]["event"] == "listenKeyExpired"


def test_the_words_of_an_expiry_can_be_chosen(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        sandbox.act({"action": "expireListenKey", "stringTime": True, "wrapped": True})
        said = heard(socket)
    assert said["stream"] == key
    assert isinstance(said["data"]["E"], str)


def test_raw_text_goes_out_as_it_is(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        sandbox.act({"action": "raw", "text": "no { json"})
        assert socket.recv(timeout=WAIT_S) == "no { json"
        sandbox.act({"action": "raw", "event": {"e": "NEW_THING", "E": 1}})
        assert heard(socket) == {"e": "NEW_THING", "E": 1}


def test_events_while_nobody_listens_are_lost(sandbox: Sandbox) -> None:
    key = Rest(sandbox).listen_key()
    sandbox.act(DEPOSIT)
    with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
        assert silent(socket)


def test_ten_messages_a_second_and_no_more(sandbox: Sandbox) -> None:
    with connect(sandbox.stream["usdm"] + "/private/ws") as socket:
        request = {"method": "LIST_SUBSCRIPTIONS", "id": 1}
        answers = [question(socket, request) for _ in range(10)]
        assert len(answers) == 10
        socket.send(json.dumps(request))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_a_connection_ends_with_its_age() -> None:
    with (
        Sandbox.start(rules=Rules(connection_age_s=0.05)) as sandbox,
        connect(sandbox.stream["usdm"] + "/private/ws") as socket,
    ):
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=WAIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


def test_pings_come_and_a_client_that_answers_stays() -> None:
    rules = Rules(ping_interval_s=0.02, pong_timeout_s=0.5, incoming_limit=1000)
    with Sandbox.start(rules=rules) as sandbox:
        key = Rest(sandbox).listen_key()
        with connect(f"{sandbox.stream['usdm']}/private/ws/{key}") as socket:
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.7)
            sandbox.act(DEPOSIT)
            assert heard(socket)["e"] == "ACCOUNT_UPDATE"


def test_no_such_path(sandbox: Sandbox) -> None:
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus, match="404"), connect(sandbox.stream["usdm"] + "/nowhere"):
        pytest.fail("it connected")
