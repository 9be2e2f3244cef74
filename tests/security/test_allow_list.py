"""All that ever goes out, read off the wire: nothing beyond the lists in allowed.py."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from binfut_cli.api.allowed import ALLOWED, Way
from binfut_cli.sandbox import Sandbox
from tests.security.tap import Seen, Tap
from tests.support.exchange_client import WAIT_S
from tests.support.process import Process
from tests.support.program import Watching, binfut, environment

pytestmark = pytest.mark.slow  # many runs of the whole program

PACKAGE = Path(__file__).parent.parent.parent / "binfut_cli"
SENDING = {
    "Question", "Get", "Request", "_listen_key", "send", "send_rest", "_asked",
}  # fmt: skip
EVERYTHING = frozenset().union(*ALLOWED.values())


@pytest.fixture
def tap(sandbox: Sandbox) -> Iterator[Tap]:
    with Tap(sandbox) as found:
        yield found


def check(seen: Seen) -> None:
    assert {f"{method} {path}" for method, path in seen.rest} <= ALLOWED[Way.REST]
    assert {frame["method"] for frame in seen.frames} <= EVERYTHING - ALLOWED[Way.REST]
    for frame in seen.frames:
        assert set(frame) <= {"id", "method", "params"}


@pytest.mark.parametrize(
    "question", ["status", "balances", "positions", "config", "orders", "income"]
)
def test_every_question_asks_only_what_is_allowed(
    sandbox: Sandbox, tap: Tap, question: str, tmp_path: Path
) -> None:
    env = environment(sandbox, BINFUT_ENV="prod") | {"XDG_CACHE_HOME": str(tmp_path)}
    done = binfut("account", question, "--market", "all", *tap.options(), env=env)
    assert done.status == 0, done.err
    assert ("GET", "/sapi/v1/account/apiRestrictions") in tap.seen.rest
    assert len(tap.seen.rest) + len(tap.seen.frames) >= 3
    check(tap.seen)


def test_a_watch_asks_only_what_is_allowed_even_when_the_ws_api_fails_it(
    sandbox: Sandbox, tap: Tap, tmp_path: Path
) -> None:
    sandbox.fault({"fault": "wsError", "code": -1020, "on": "userDataStream", "count": None})
    env = environment(sandbox, BINFUT_ENV="prod") | {"XDG_CACHE_HOME": str(tmp_path)}
    options = ["--market", "all", *tap.options(), *tap.stream(), "--json", "--duration", "2s"]
    with Watching(*options, env=env) as watching:
        assert watching.rest().status == 0
    assert {("POST", "/fapi/v1/listenKey"), ("POST", "/dapi/v1/listenKey")} <= set(tap.seen.rest)
    assert any("/ws-" not in path for path in tap.seen.upgrades)
    check(tap.seen)


def test_no_secret_goes_to_a_market_stream(sandbox: Sandbox, tap: Tap, tmp_path: Path) -> None:
    env = environment(sandbox, BINFUT_ENV="prod") | {"XDG_CACHE_HOME": str(tmp_path)}
    options = ["--market", "all", *tap.options(), *tap.stream()]
    with Process("account", "positions", "-w", *options, env=env, stdout=PIPE) as process:
        end = time.monotonic() + WAIT_S
        while sum("markPrice" in str(each) for each in tap.seen.frames) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.terminate()
        process.communicate(timeout=10)
    market = [path for path in tap.seen.upgrades if path.endswith("/stream")]
    assert set(market) == {"/market/stream", "/stream"}
    asked = [frame for frame in tap.seen.frames if "markPrice" in str(frame)]
    assert {frame["method"] for frame in asked} <= ALLOWED[Way.MARKET]
    for frame in asked:
        assert all(re.fullmatch(r"[a-z0-9_]+@markPrice@1s", name) for name in frame["params"])
    key = sandbox.accounts[0]
    for head in tap.seen.heads:
        if b"/stream HTTP" in head.split(b"\r\n")[0]:
            assert key.api_key.encode() not in head
            assert b"x-mbx-apikey" not in head.lower()
    check(tap.seen)


def test_no_request_carries_cookies_or_a_word_about_this_machine(
    sandbox: Sandbox, tap: Tap, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / ".netrc").chmod(0o600)
    env = environment(sandbox, BINFUT_ENV="prod") | {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    assert binfut("account", "config", *tap.options(), env=env).status == 0
    assert len(tap.seen.heads) >= 2
    for head in tap.seen.heads:
        names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line}
        assert names <= {
            b"host", b"user-agent", b"accept", b"accept-encoding", b"connection", b"upgrade",
            b"sec-websocket-key", b"sec-websocket-version", b"x-mbx-apikey", b"content-length",
        }  # fmt: skip
        assert b"\r\nuser-agent: binfut/" in head.lower()


def literals(path: Path) -> Iterator[str]:
    """The texts that a file hands to whatever sends."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            if called in SENDING:
                for given in node.args:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value


def test_every_literal_that_is_sent_is_in_the_lists() -> None:
    words = {word for request in ALLOWED[Way.REST] for word in request.split()}
    found = {
        text
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "sandbox" not in path.parents
        for text in literals(path)
    }
    assert {"time", "userDataStream.start", "GET", "LIST_SUBSCRIPTIONS"} <= found
    assert found <= EVERYTHING | words | {""}
