"""Six secrets go through the real program, in success and failure, and none comes out."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.faults.kinds.payload import MOST_EVIL
from tests.security.tap import Tap
from tests.support.program import Ended, Watching, binfut, environment
from tests.support.spellings import in_json, spellings

pytestmark = pytest.mark.slow  # many runs of the whole program

PASSPHRASE = "canary passphrase & 7f3a"
ROOT = Path(__file__).parent.parent.parent


@dataclass
class Field:
    """The sandbox behind a tap, the secrets, and all that the program has ever written."""

    sandbox: Sandbox
    tap: Tap
    home: Path
    written: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        ).decode()
        self.pem_key = self.sandbox.add_key(self.sandbox.accounts[0].name, public.decode())
        self.key, self.secret = self.sandbox.accounts[0].api_key, self.sandbox.accounts[0].secret
        self.pem_file = self.home / "key.pem"
        self.pem_file.touch(mode=0o600)
        self.pem_file.write_text(self.pem)

    def env(self, **more: str) -> dict[str, str]:
        places = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": str(ROOT),
        }
        return environment() | places | more

    def hmac(self) -> dict[str, str]:
        return {"BINFUT_API_KEY": self.key, "BINFUT_API_SECRET": self.secret}

    def signing_file(self) -> dict[str, str]:
        return {
            "BINFUT_API_KEY": self.pem_key,
            "BINFUT_PRIVATE_KEY_FILE": str(self.pem_file),
            "BINFUT_PRIVATE_KEY_PASSPHRASE": PASSPHRASE,
        }

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Ended:
        done = binfut(
            *arguments, env=self.env(**(env or self.hmac())), cwd=str(self.home), fresh=True
        )
        return self.note(done)

    def note(self, done: Ended) -> Ended:
        self.written += [done.out, done.err]
        return done

    def connections(self) -> str:
        return str(self.sandbox.connections())

    def listen_key(self, market: Any) -> str:
        live = self.sandbox.exchange.listen_keys.live(self.sandbox.accounts[0].name, market)
        assert live is not None
        self.keys.add(live.key)
        return live.key

    def canaries(self) -> dict[str, str]:
        secrets = {
            "API key": self.key,
            "API key of the private key": self.pem_key,
            "HMAC secret": self.secret,
            "private key": self.pem.splitlines()[1],
            "passphrase": PASSPHRASE,
        }
        secrets |= {f"listenKey {i}": key for i, key in enumerate(self.keys)}
        return secrets | {f"signature {i}": s for i, s in enumerate(self.tap.seen.signatures())}

    def known(self, *, private_key: bool) -> tuple[str, ...]:
        """What a run knows to be secret: its own key, and the signatures that it makes."""
        if private_key:
            return self.pem_key, self.pem.splitlines()[1], PASSPHRASE
        return self.key, self.secret

    def leaks(self, text: str) -> list[str]:
        return [name for name, secret in self.canaries().items() if _is_in(secret, text)]


def _is_in(secret: str, text: str) -> bool:
    """Whether a text has it in any spelling; upper and lower case are not told apart."""
    folded = text.lower()
    return any(form.lower() in folded for form in spellings(secret).values())


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with Sandbox.start() as sandbox, Tap(sandbox) as tap:
        yield Field(sandbox, tap, tmp_path_factory.mktemp("home"))


@pytest.fixture
def field_(ground: Field) -> Iterator[Field]:
    """The ground; whatever a test made the program write is searched at the end of it."""
    ground.written.clear()
    yield ground
    ground.sandbox.clear_faults()
    assert len(ground.canaries()) >= 5
    assert [leak for text in ground.written for leak in ground.leaks(text)] == []


def test_the_search_finds_what_it_looks_for(ground: Field) -> None:
    for name, secret in ground.canaries().items():
        for text in spellings(secret).values():
            assert name in ground.leaks(f"see {text} here")


def test_answers(field_: Field) -> None:
    for options in ([], ["--json"], ["--market", "all", "-o", "wide"]):
        done = field_.run("account", "status", *options, *field_.tap.options())
        assert done.status == 0
    done = field_.run("account", "status", *field_.tap.options(), env=field_.signing_file())
    assert done.status == 0
    assert len(field_.tap.seen.signatures()) >= 6


@pytest.mark.parametrize("options", [["--raw"], ["--json"], []])
@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_a_stream_that_tells_its_own_key(field_: Field, market: str, options: list[str]) -> None:
    """The listenKey comes back in a wrapper, in the list of subscriptions, and when it expires."""
    tap, account = field_.tap, field_.sandbox.accounts[0].name
    arguments = ["--market", market, *options, *tap.options(), *tap.stream()]
    arguments += ["--limit", "5", "--duration", "10s"]
    with Watching(*arguments, env=field_.env(**field_.hmac()), fresh=True) as watching:
        while "stream" not in field_.connections():
            assert watching.process.poll() is None
        key = field_.listen_key(market)
        for text in (
            json.dumps({"stream": key, "data": {"e": "NEWS", "E": 1, "of": f"{key}@X"}}),
            json.dumps({"result": [f"{key}@ACCOUNT_UPDATE", key], "id": 3}),
            json.dumps({"e": "SOMETHING", "E": 1, "listenKey": key}),
            f"not JSON {key}",
        ):
            field_.sandbox.act(
                {"action": "raw", "account": account, "market": market, "text": text}
            )
        field_.sandbox.act({"action": "expireListenKey", "account": account, "market": market})
        done = field_.note(watching.rest())
    assert done.status == 0
    assert "NEWS" in done.out
    assert "***@ACCOUNT_UPDATE" in done.out


@pytest.mark.parametrize("options", [[], ["--json"], ["--debug"]])
def test_refusals_that_repeat_what_they_were_told(field_: Field, options: list[str]) -> None:
    told = f"bad {field_.key} and {field_.secret}: signature=0123456789abcdef0123456789abcdef"
    for key in ({**field_.hmac(), "BINFUT_API_SECRET": field_.secret[::-1]}, field_.hmac()):
        reply = {"id": 1, "status": 400, "error": {"code": -1100, "msg": told}}
        field_.sandbox.fault({"fault": "text", "layer": "wsApi", "text": json.dumps(reply)})
        done = field_.run("account", "status", *options, *field_.tap.options(), env=key)
        assert done.status != 0
        assert "Traceback" not in done.err
    field_.sandbox.fault({"fault": "text", "layer": "wsApi", "text": f"<html>{told}"})
    assert field_.run("account", "status", *options, *field_.tap.options()).status == 8


def test_a_watch_whose_records_quote_a_refusal(field_: Field) -> None:
    field_.run("account", "status", *field_.tap.options())
    signatures = field_.tap.seen.signatures()
    told = f"bad {field_.key}: {' '.join(f'signature={each}' for each in signatures)}"
    fault = {"fault": "wsError", "layer": "wsApi", "code": -1100, "msg": told, "count": None}
    field_.sandbox.fault(fault)
    options = ["--market", "all", "--json", "--duration", "2s"]
    done = field_.run("watch", *options, *field_.tap.options(), *field_.tap.stream())
    assert "bad ***: signature=***" in done.out


def test_an_answer_that_repeats_the_key(field_: Field) -> None:
    field_.sandbox.fault(
        {"fault": "field", "layer": "wsApi", "path": "result.alias", "value": field_.key}
    )
    done = field_.run("account", "status", "--json", *field_.tap.options())
    assert '"alias":"***"' in done.out


OUTPUTS = [["--json"], ["-o", "ndjson"], ["-o", "csv"], ["-o", "wide"], ["--debug"]]


@pytest.mark.parametrize("options", OUTPUTS, ids=lambda options: options[-1])
@pytest.mark.parametrize("private_key", [False, True])
def test_an_answer_that_spells_every_secret(
    field_: Field, options: list[str], private_key: bool
) -> None:
    """In a field that nobody knows, and in the names that tables and sheets show."""
    env = field_.signing_file() if private_key else field_.hmac()
    field_.run("account", "status", *field_.tap.options(), env=env)
    known = field_.known(private_key=private_key)
    told = [text for secret in known for text in spellings(secret).values()]
    value = {"fault": "field", "layer": "wsApi", "path": "result.x", "value": told}
    for text in texts(told):
        evil = {"fault": "evil", "layer": "wsApi", "text": text, "keys": ["asset", "symbol"]}
        field_.sandbox.fault(evil)
        field_.sandbox.fault(value)
        done = field_.run("account", "status", *options, *field_.tap.options(), env=env)
        assert done.status in (0, 11)
        assert "***" in done.out
        assert "a secret stood in the data" in done.err


def texts(words: Iterable[str]) -> Iterator[str]:
    """The words, as many in a text as the sandbox says at once."""
    text = ""
    for word in words:
        if text and len(text) + len(word) >= MOST_EVIL:
            yield text
            text = ""
        text = f"{text} {word}"
    yield text


@pytest.mark.parametrize("options", [["--raw"], ["--json"], []])
def test_a_stream_that_spells_every_secret(
    field_: Field, options: list[str], tmp_path: Path
) -> None:
    tap, account, day = field_.tap, field_.sandbox.accounts[0].name, tmp_path / "day.ndjson"
    arguments = [*options, *tap.options(), *tap.stream(), "--limit", "3", "--duration", "10s"]
    arguments += ["--record", str(day)]
    with Watching(*arguments, env=field_.env(**field_.hmac()), fresh=True) as watching:
        while "stream" not in field_.connections():
            assert watching.process.poll() is None
        secrets = (*field_.known(private_key=False), field_.listen_key("usdm"))
        texts = {text for each in secrets for text in spellings(each).values()}
        told = [text for text in texts if text.isprintable() and '"' not in text]
        for text in (
            '{"e":"NEWS","E":1,"of":["' + '","'.join(told) + '"]}',
            f"not JSON {' '.join(told)}",
            f'{{"e":"NEWS","E":1,"listenKey":"{in_json(64 * "x")}"}}',
        ):
            message = {"action": "raw", "account": account, "market": "usdm", "text": text}
            field_.sandbox.act(message)
        done = field_.note(watching.rest())
    assert done.status == 0
    assert done.out.count("***") >= 2 * len(told)
    recorded = field_.note(replace(done, out=day.read_text()))
    assert recorded.out.count("***") >= 2 * len(told)
    hidden = json.loads(recorded.out.splitlines()[-1])["redacted"]  # once, though written twice
    assert 2 * len(told) <= hidden <= recorded.out.count("***")
    assert "a secret stood in the data" in done.err


@pytest.mark.parametrize("options", [["doctor"], ["doctor", "--json"], ["watch", "--json"]])
def test_a_refusal_that_repeats_the_signature(field_: Field, options: list[str]) -> None:
    """Of the very question that it refuses, which nobody could have learned before."""
    more = ["--duration", "2s"] if options[0] == "watch" else []
    more += field_.tap.stream()
    for env, length in ((field_.hmac(), 64), (field_.signing_file(), 88)):
        told = f"no {'@' * length}, signature={'@' * length}"
        error = {"fault": "wsError", "layer": "wsApi", "code": -1100, "msg": told, "count": None}
        field_.sandbox.fault({**error, "on": "v2/account.status"})
        done = field_.run(*options, *more, *field_.tap.options(), env=env)
        assert "no ***, signature=***" in done.out + done.err
        field_.sandbox.clear_faults()


@pytest.mark.parametrize("options", OUTPUTS, ids=lambda options: options[-1])
def test_an_answer_that_repeats_the_signature_of_its_question(
    field_: Field, options: list[str]
) -> None:
    for env, length in ((field_.hmac(), 64), (field_.signing_file(), 88)):
        told = {"fault": "evil", "layer": "wsApi", "text": "@" * length, "keys": ["asset", "x"]}
        field_.sandbox.fault({**told, "count": None})
        field_.sandbox.fault(
            {"fault": "field", "layer": "wsApi", "path": "result.x", "value": "@" * length}
        )
        done = field_.run("account", "status", *options, *field_.tap.options(), env=env)
        assert done.status in (0, 11)
        assert "***" in done.out
        assert "a secret stood in the data" in done.err
        field_.sandbox.clear_faults()


def test_a_command_line_with_a_secret_in_the_wrong_place(field_: Field) -> None:
    told = [field_.key, field_.secret, field_.pem, field_.pem.splitlines()[1], PASSPHRASE]
    for secret in told:
        for arguments in (
            [secret],
            ["account", secret],
            ["account", "status", secret],
            ["account", "status", "--env", secret],
            ["account", "status", f"--timeout={secret}"],
            ["account", "status", "--json", "--market", secret],
            ["account", "status", f"--{secret}"],
            ["watch", "--limit", secret],
            ["completion", secret],
            ["schema", "event", secret],
        ):
            done = field_.run(*arguments, env={"A": "b"})
            assert done.status == 2
            assert done.err
    for secret in told[:2]:
        for arguments in (
            ["account", "status", "-p", secret],
            ["account", "status", "--rest-url", f"https://u:{secret}@h/"],
            ["account", "status", "--rest-url", f"https://{secret}@h/"],
            ["account", "status", "--rest-url", f"https://h/?a={secret}"],
            ["account", "status", "--rest-url", f"https://[h/?a={secret}"],
            ["account", "status", "--fields", secret],
            ["account", "status", "--fail-if", f"{secret}>1"],
            ["watch", "--events", secret],
            ["watch", "--duration", secret],
            ["profile", "show", secret],
            ["schema", secret],
        ):
            done = field_.run(*arguments)
            assert done.status in (2, 3)
    for variable in ("BINFUT_ENV", "BINFUT_MARKET", "BINFUT_OUTPUT"):
        assert field_.run("account", "status", env={variable: field_.secret}).status == 2
    done = field_.run("schema", env={"_BINFUT_COMPLETE": f"complete_{field_.secret}"})
    assert (done.status, done.err) == (0, "")


def test_a_profile_whose_addresses_hold_a_password(field_: Field) -> None:
    directory = field_.home / "config" / "binfut"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / "config.toml").touch(mode=0o600)
    (directory / "config.toml").write_text(
        '[profiles.odd]\nenv = "prod"\nkey_type = "hmac"\napi_key = "…"\n'
        f'rest_url = "https://u:{field_.secret}@h/?token={field_.secret}"\n'
    )
    for options in ([], ["--json"]):
        shown = field_.run("profile", "show", "odd", *options)
        assert "***@h" in shown.out
    field_.run("account", "status", "-p", "odd")
    (directory / "config.toml").unlink()


def test_keys_that_cannot_be_used(field_: Field) -> None:
    cases = [
        {"BINFUT_API_KEY": field_.key},
        {"BINFUT_API_KEY": f'"{field_.key}"', "BINFUT_API_SECRET": field_.secret},
        {"BINFUT_API_KEY": field_.key, "BINFUT_API_SECRET": f"{field_.secret}\n"},
        {"BINFUT_API_KEY": field_.key, "BINFUT_API_SECRET": field_.pem},
        {**field_.signing_file(), "BINFUT_PRIVATE_KEY_PASSPHRASE": PASSPHRASE + "x"},
        {**field_.signing_file(), "BINFUT_PRIVATE_KEY_FILE": field_.secret},
        {**field_.hmac(), "BINFUT_API_KEY": field_.key[::-1]},
    ]
    for env in cases:
        done = field_.run("account", "status", *field_.tap.options(), env=env)
        assert done.status in (3, 5)
        assert "Traceback" not in done.err
    field_.written.remove(done.err)  # the last key is nobody's: its text says nothing


def test_a_profile_from_the_cradle_to_the_grave(field_: Field) -> None:
    given = field_.home / "given"
    given.touch(mode=0o600)
    given.write_text(f"{field_.pem_key}\n{PASSPHRASE}\n")
    added = field_.run(
        "profile", "add", "canary", "--secret-file", str(given), *field_.tap.options(),
        "--private-key-file", str(field_.pem_file), env={"A": "b"},
    )  # fmt: skip
    assert added.status == 0
    for arguments in (
        ["profile", "show"],
        ["profile", "show", "canary", "--json"],
        ["profile", "list"],
        ["profile", "list", "--json"],
        ["profile", "add", "canary", "--secret-file", str(given)],
        ["account", "status", "-p", "canary"],
        ["account", "status", "-p", "canary", "--env", "demo"],
        ["profile", "default", "canary"],
    ):
        field_.run(*arguments, env={"A": "b"})
    for path in field_.home.rglob("*"):
        if path.is_file() and path not in (given, field_.pem_file) and path.parent.name != "keys":
            field_.written.append(path.read_text())
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
    assert field_.run("profile", "remove", "canary", env={"A": "b"}).status == 0
    assert not (field_.home / "config/binfut/keys/canary.toml").exists()


BUG = """
import subprocess, sys, threading, warnings
from binfut_cli.api import client
from binfut_cli.auth import credentials
from binfut_cli.__main__ import main

load, loaded = credentials.load, []

def loading(*given):
    loaded.append(load(*given))
    return loaded[0]

def broken(self, *_, **__):
    import os
    child = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    with open(f"/proc/{os.getpid()}/cmdline") as file:
        print(child, file.read(), sorted(os.environ.items()), flush=True)
    key, signer = loaded[0].api_key, loaded[0].signer
    text = f"{key} {signer} {key.reveal()} signature={signer.sign(b'x')} " + HELD
    class Late:
        def __del__(self): raise ValueError(text)
    Late()
    def fall(): raise LookupError(text)
    thread = threading.Thread(target=fall)
    thread.start(); thread.join()
    raise RuntimeError(text)

credentials.load = loading
client.AccountClient.ask_each = broken
main()
"""


@pytest.mark.parametrize("kind", ["hmac", "pem"])
def test_a_bug_on_any_thread(field_: Field, kind: str) -> None:
    env = field_.env(**(field_.hmac() if kind == "hmac" else field_.signing_file()))
    held = field_.secret if kind == "hmac" else f"{PASSPHRASE} {field_.pem}"
    path = field_.home / "bug.py"
    path.write_text(BUG.replace("HELD", repr(held)))
    done = subprocess.run(
        [sys.executable, str(path), "account", "status", "--no-key-check", *field_.tap.options()],
        env=env, capture_output=True, timeout=30, check=False, cwd=field_.home,
    )  # fmt: skip
    path.unlink()
    ended = field_.note(Ended(done.returncode, done.stdout.decode(), done.stderr.decode()))
    assert ended.status == 1
    for shown in ("RuntimeError", "LookupError", "ValueError", "***"):
        assert shown in ended.err
    signed = ended.err.split("signature=")[1:]
    assert signed
    assert all(each.startswith("***") for each in signed)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_other_processes_cannot_look_inside(field_: Field) -> None:
    arguments = [*field_.tap.options(), *field_.tap.stream(), "--json", "--duration", "20s"]
    with Watching(*arguments, env=field_.env(**field_.hmac()), fresh=True) as watching:
        watching.line()
        place = Path("/proc", str(watching.process.pid))
        field_.written.append((place / "cmdline").read_text())
        limits = (place / "limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4] == "0"
        field_.note(watching.end())
