"""The control endpoint, the embedding interface, TLS and the life of the sandbox."""

import http.client
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from binfut_cli.sandbox import Sandbox
from tests.support.exchange_client import Rest, control, heard, named, now_ms, signed_request


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(control=True) as running:
        yield running


def test_an_action_is_in_the_ledger_before_and_after(sandbox: Sandbox) -> None:
    deposit = {"action": "deposit", "asset": "BNB", "amount": "0.01"}
    assert control(sandbox, "POST", "/act", deposit) == (200, {"ledger": 1})
    status, entries = control(sandbox, "GET", "/ledger?since=0")
    assert (status, len(entries)) == (200, 1)
    entry = entries[0]
    assert (entry["account"], entry["market"], entry["event"]) == (
        "one-way",
        "usdm",
        "ACCOUNT_UPDATE",
    )
    assert (entry["before"]["walletBalance"], entry["after"]["walletBalance"]) == ("1.25", "1.26")
    assert control(sandbox, "GET", "/ledger?since=1") == (200, [])


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/act", {}, "action is missing"),
        ("/act", {"action": "dance"}, "no action 'dance'; there are: deposit"),
        ("/act", {"action": "deposit", "asset": "BNB"}, "amount is missing"),
        ("/act", {"action": "deposit", "asset": "BNB", "amount": 0.1}, "decimal in quotes"),
        ("/act", {"action": "deposit", "asset": "BNB", "amount": "-1"}, "above zero"),
        ("/act", {"action": "deposit", "asset": "BNB", "amount": "1e400"}, "below 10^9"),
        ("/act", {"action": "deposit", "asset": "BNB", "amount": "NaN"}, "below 10^9"),
        ("/act", {"action": "deposit", "asset": "BNB", "amount": "1", "x": 1}, "unknown: x"),
        ("/act", {"action": "fill", "symbol": "NOPE", "side": "BUY"}, "Invalid symbol"),
        ("/act", {"action": "deposit", "account": "me"}, "no account 'me'"),
        ("/act", {"action": "mark", "symbol": "BTCUSDT", "price": "0"}, "above zero"),
        ("/act", {"action": "keyPowers"}, "at least one flag"),
        ("/act", {"action": "keyPowers", "enableFutures": 1}, "must be true or false"),
        ("/act", {"action": "keyPowers", "canTrade": True}, "unknown: canTrade"),
        ("/act", "not json", "must be a JSON object"),
        ("/act", "[]", "must be a JSON object"),
        ("/fault", {"fault": "rain"}, "no fault 'rain'; there are: reset"),
        ("/fault", {"fault": "revoked", "layer": "rest"}, "layer must be one of wsApi"),
        ("/fault", {"fault": "reset", "probability": "2"}, "at most 1"),
        ("/fault", {"fault": "fin", "layer": "rest", "now": True}, "now strikes open connections"),
        ("/fault", {"fault": "slice", "bytes": 0}, "bytes must be from 1 to 67108864"),
        ("/fault", {"fault": "fragmented", "size": 0}, "size must be from 1 to 67108864"),
        ("/fault", {"fault": "sameTime", "ms": 0}, "ms must be above zero"),
        ("/fault", {"fault": "pingFlood", "payload": "x" * 126}, "at most 125 bytes"),
        ("/fault", {"fault": "huge", "bytes": (64 << 20) + 1}, "bytes must be from 0 to 67108864"),
        ("/fault", {"fault": "cut", "bytes": -1}, "bytes must be from 0 to 67108864"),
        ("/fault", {"fault": "pingFlood", "number": 100_001}, "number must be from 1 to 100000"),
        ("/fault", {"fault": "evil", "text": "x" * 4097}, "text must have at most 4096"),
        ("/fault", {"fault": "late", "seconds": 1e10}, "seconds must be a number from 0 to 10^9"),
        ("/fault", {"fault": "timeBack", "ms": 2**63}, "ms must be from -9223372036854775807"),
        ("/fault", {"fault": "evil", "keys": "s"}, "keys must be a list"),
        ("/act", {"action": "burst", "actions": [1]}, "actions must be a list of actions"),
        ("/act", {"action": "replaceListenKey"}, "no live listenKey"),
        ("/act", {"action": "rules", "pingInterval": 0}, "above zero"),
        ("/fault", {"fault": "reset", "count": 0}, "count must be above zero"),
        ("/fault", {"fault": "reset", "afterSeconds": "soon"}, "afterSeconds must be a number"),
        ("/fault", {"fault": "reset", "on": [1]}, "on must be a text or a list of texts"),
        ("/keys", {"account": "one-way", "publicKey": "x"}, "not a public key"),
        ("/keys", {"account": "me", "publicKey": "x"}, "must name an account"),
        ("/clock", {"shiftMs": "1"}, "shiftMs must be an integer"),
        ("/clock", {"shiftMs": 10**12 + 1}, "shiftMs must be from -1000000000000"),
        ("/clock", {"shiftMs": 1, "x": 1}, "unknown: x"),
        ("/act", '{"action":' + "[" * 5000 + "]" * 5000 + "}", "nested too deeply"),
    ],
)
def test_bad_input_is_400_and_a_sentence(sandbox: Sandbox, path: str, body: Any, says: str) -> None:
    status, answer = control(sandbox, "POST", path, body)
    assert status == 400
    assert says in answer["error"]
    assert sandbox.ledger() == []


@pytest.mark.parametrize("since", ["-1", "x", "9" * 19])
def test_a_ledger_since_no_entry_is_400(sandbox: Sandbox, since: str) -> None:
    status, answer = control(sandbox, "GET", f"/ledger?since={since}")
    assert (status, answer) == (400, {"error": "since must be the id of an entry"})


def test_an_unknown_path_lists_what_there_is(sandbox: Sandbox) -> None:
    status, answer = control(sandbox, "GET", "/nowhere")
    assert status == 404
    assert "POST /act" in answer["error"]


def test_faults_are_shown_and_cleared(sandbox: Sandbox) -> None:
    armed = control(sandbox, "POST", "/fault", {"fault": "reset", "count": 3})
    assert armed == (200, {"armed": ["reset"], "fired": {}})
    assert control(sandbox, "GET", "/state")[1]["faults"][0]["count"] == 3
    assert control(sandbox, "GET", "/fault")[1]["kinds"] == list(sandbox.fault_kinds())
    assert control(sandbox, "DELETE", "/fault") == (200, {"armed": [], "fired": {}})


def test_the_clock_moves_for_everything(sandbox: Sandbox) -> None:
    control(sandbox, "POST", "/clock", {"shiftMs": 100_000})
    assert Rest(sandbox).ask("GET", "/fapi/v1/time")[1]["serverTime"] > now_ms() + 99_000
    assert Rest(sandbox).signed("/fapi/v3/balance")[1]["code"] == -1021


def test_keys_and_secrets_are_fixed_by_name_and_seed(sandbox: Sandbox) -> None:
    with Sandbox.start() as other, Sandbox.start(seed=2) as third:
        assert other.accounts == sandbox.accounts
        assert third.accounts[0].api_key != sandbox.accounts[0].api_key
    for account in sandbox.accounts:
        assert all(len(text) == 64 and text.isalnum() for text in (account.api_key, account.secret))
        assert account.secret not in repr(account)


def test_the_chosen_account_comes_first() -> None:
    with Sandbox.start("hedge") as sandbox:
        assert sandbox.accounts[0].name == "hedge"
        assert {a.name for a in sandbox.accounts} == {"one-way", "multi-assets", "hedge", "coinm"}
    with pytest.raises(ValueError, match="no account 'rich'"):
        Sandbox.start("rich")


def test_the_announcement(sandbox: Sandbox) -> None:
    said = json.loads(json.dumps(sandbox.announcement()))
    assert list(said) == ["rest", "wsApi", "stream", "control", "controlToken", "accounts"]
    assert said["accounts"][0] == {
        "name": "one-way",
        "apiKey": sandbox.accounts[0].api_key,
        "secret": sandbox.accounts[0].secret,
    }


def test_close_ends_live_connections_and_threads() -> None:
    sandbox = Sandbox.start(story=True, speed=1000.0)
    with connect(sandbox.stream["usdm"] + "/private/ws") as socket:
        sandbox.close()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    assert not [each for each in threading.enumerate() if each.name.startswith("sandbox")]


def test_starting_with_hmac_loads_nothing_heavy() -> None:
    code = "import sys; from binfut_cli.sandbox import Sandbox\n"
    code += "with Sandbox.start(): print(*sys.modules)"
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert "binfut_cli.sandbox.sandbox" in loaded
    assert not {"cryptography", "websockets", "ssl", "asyncio"} & set(loaded)


def test_the_sandbox_shares_no_code_with_the_client() -> None:
    from binfut_cli import sandbox

    folder = Path(sandbox.__file__).parent
    imports = [
        line
        for path in folder.rglob("*.py")
        for line in path.read_text().splitlines()
        if line.lstrip().startswith(("from binfut_cli", "import binfut_cli"))
    ]
    assert imports
    assert not [line for line in imports if "binfut_cli.sandbox" not in line]


def test_tls_is_trusted_through_the_announced_authority() -> None:
    with Sandbox.start(tls=True) as sandbox:
        ca = Path(sandbox.announcement()["ca"])
        assert ca.stat().st_mode & 0o777 == 0o600
        trust = ssl.create_default_context(cafile=ca)
        key = named(sandbox, "one-way")
        with connect(sandbox.ws_api["usdm"], ssl=trust) as socket:
            socket.send(json.dumps(signed_request(key, "v2/account.status")))
            assert heard(socket)["status"] == 200
        https = http.client.HTTPSConnection(urlsplit(sandbox.rest["usdm"]).netloc, context=trust)
        https.request("POST", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": key.api_key})
        listen_key = json.loads(https.getresponse().read())["listenKey"]
        https.close()
        with connect(f"{sandbox.stream['usdm']}/private/ws/{listen_key}", ssl=trust) as socket:
            sandbox.act({"action": "deposit", "asset": "BNB", "amount": "1"})
            assert heard(socket)["e"] == "ACCOUNT_UPDATE"
    assert not ca.exists()


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("expired", "expired"),
        ("wrongHost", "IP address mismatch"),
        ("selfSigned", "self-signed|self signed"),
    ],
)
def test_wrong_certificates_are_wrong(variant: str, says: str) -> None:
    with Sandbox.start(tls=variant) as sandbox:
        trust = ssl.create_default_context(cafile=sandbox.ca)
        with (
            pytest.raises(ssl.SSLCertVerificationError, match=says),
            connect(sandbox.ws_api["usdm"], ssl=trust),
        ):
            pytest.fail("it connected")
