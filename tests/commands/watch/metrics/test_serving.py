"""`watch --metrics`: the real program, asked over real sockets, and what it does not tell."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from wsgiref.handlers import BaseHandler

import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.metrics import serving
from binfut_cli.commands.watch.metrics.address import CONSENT, Address
from binfut_cli.commands.watch.metrics.observing import Observed
from binfut_cli.commands.watch.metrics.wanted import exposition
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import ConfigError, UsageError
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.records import Verdict
from tests.commands.watch.metrics.test_figures import COUNTED, HELD, seen
from tests.support.program import Watching, at, binfut, environment

HERE = Address("127.0.0.1", 0)


def asked(port: int, request: str, host: str = "127.0.0.1") -> tuple[str, str]:
    """The head and the body that a request is answered with, over a socket of its own."""
    with socket.create_connection((host, port), timeout=10) as sock:
        sock.sendall(request.encode())
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = answer.decode().partition("\r\n\r\n")
    return head, body


def got(port: int, host: str = "localhost") -> tuple[str, str]:
    return asked(port, f"GET /metrics HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n")


@contextmanager
def served(
    capfd: pytest.CaptureFixture[str], of: Observed | None = None, where: Address = HERE,
    context: Context | None = None,
) -> Iterator[int]:  # fmt: skip
    """The port of a server that shows this."""
    with serving.served(context or Context(), where) as shown:
        if of is not None:
            shown.show(replace(of, at_s=time.monotonic()))
        told = re.search(r"metrics are at http://\S+:(\d+)/metrics", capfd.readouterr().err)
        assert told
        yield int(told[1])


@contextmanager
def metered(sandbox: Sandbox) -> Iterator[tuple[Watching, int]]:
    """A watch of the real program, and the port where its metrics are."""
    line = ["--json", *at(sandbox), "--stream-url", sandbox.stream["usdm"]]
    with Watching(*line, "--metrics", "127.0.0.1:0", env=environment(sandbox)) as watching:
        assert watching.process.stderr is not None
        told = watching.process.stderr.readline().decode()
        yield watching, int(told.rpartition(":")[2].partition("/")[0])


def test_a_watch_serves_its_account_and_a_fill_moves_it(sandbox: Sandbox) -> None:
    with metered(sandbox) as (_, port):
        size = 'binfut_position_size{env="sandbox",market="usdm",profile="",side="BOTH"'
        body = until(port, f'{size},symbol="BTCUSDT"}} 1.5')
        assert 'binfut_covered{env="sandbox",market="usdm",profile=""} 1.0' in body
        for held in (sandbox.accounts[0].api_key, sandbox.accounts[0].secret):
            assert held not in body
        sandbox.act({"action": "fill", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1"})
        body = until(port, f'{size},symbol="BTCUSDT"}} 2.5')
    of = {each.name: each.samples[0].value for each in families(body)}
    assert (of["binfut_events"] > 1, of["binfut_reconnects"]) == (True, 0)
    assert 0 <= of["binfut_proof_age_seconds"] < 60
    assert of["binfut_asset_wallet_balance"] > 12_000


def test_a_stream_that_breaks_is_a_reconnect_and_a_gap(sandbox: Sandbox) -> None:
    with metered(sandbox) as (watching, port):
        lane = 'env="sandbox",market="usdm",profile=""'
        body = until(port, f"binfut_covered{{{lane}}} 1.0")  # before that, nothing can break
        assert f"binfut_reconnects_total{{{lane}}} 0.0" in body
        sandbox.fault({"fault": "reset", "now": True})
        body = until(port, f"binfut_reconnects_total{{{lane}}} 1.0")
        record: dict[str, Any] = {}
        while record.get("type") != "gap":
            record = json.loads(watching.line())
        body = until(port, f'certainty="{record["certainty"]}",{lane}}} 1.0')
    lasted_s = (record["to"] - record.get("possibleFrom", record["from"])) / 1000
    of = {each.labels["certainty"]: each.value for one in families(body) for each in one.samples
          if each.name == "binfut_gap_seconds_total"}  # fmt: skip
    assert of[record["certainty"]] == lasted_s
    assert sum(of.values()) == lasted_s


def test_no_copy_of_the_environment_is_kept() -> None:
    assert serving.__name__ in sys.modules
    assert not BaseHandler.os_environ


def until(port: int, line: str) -> str:
    """What is served once it has this line; on a busy machine one question may come too slowly."""
    end_s, body = time.monotonic() + 15, ""
    while time.monotonic() < end_s:
        with suppress(ConnectionResetError):
            if line in (body := got(port)[1]):
                return body
        time.sleep(0.05)
    raise AssertionError(body)


def test_before_the_first_look_there_is_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with served(capfd) as port:
        assert got(port)[1] == ""


def test_promtool_finds_nothing_to_say(capfd: pytest.CaptureFixture[str]) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool (Debian's prometheus) is missing")
    with served(capfd, seen(HELD)) as port:
        body = got(port)[1]
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=body, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_who_calls_this_computer_by_another_name_is_refused(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """That is how a web page, whose name was led here, would read the account."""
    with served(capfd, seen(HELD)) as port:
        for name in ("evil.example", "127.0.0.1.evil.example", "", "[", "192.0.2.1"):
            head, body = got(port, name)
            assert head.startswith("HTTP/1.0 403"), name
            assert "binfut_" not in body
        for name in ("localhost", "127.0.0.1", "[::1]"):
            assert "binfut_covered" in got(port, name)[1]
        head, body = asked(port, "GET /metrics HTTP/1.0\r\n\r\n")
        assert (head[:12], "binfut_" in body) == ("HTTP/1.0 403", False)


def test_no_page_of_another_host_may_read_an_answer(capfd: pytest.CaptureFixture[str]) -> None:
    with served(capfd, seen(HELD)) as port:
        origin = "Origin: http://evil.example\r\n"
        head, _ = asked(port, f"GET / HTTP/1.0\r\nHost: localhost\r\n{origin}\r\n")
    assert "access-control" not in head.lower()


def test_it_takes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with served(capfd, seen(HELD)) as port:
        for method in ("POST", "PUT", "DELETE", "HEAD", "PATCH"):
            line = f"{method} /metrics HTTP/1.0\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}"
            assert asked(port, line)[0].startswith("HTTP/1.0 405")


def test_a_secret_and_what_steers_a_terminal_are_in_no_label(
    capfd: pytest.CaptureFixture[str],
) -> None:
    context, secret = Context(), "k" * 20 + "Secret0123456789" * 3
    context.redactor.learn(secret)
    row = {**HELD, "symbol": f"A{secret}"}, {**HELD, "symbol": 'B\x1b[2J"\n\ud800\\'}
    with served(capfd, seen(*row), context=context) as port:
        body = got(port)[1]
    assert secret not in body
    assert 'symbol="A***"' in body
    assert "\x1b" not in body
    found = {each.labels["symbol"] for one in families(body) for each in one.samples
             if "symbol" in each.labels}  # fmt: skip
    assert found == {"A***", 'B\\u{1b}[2J"\\u{a}\\u{d800}\\'}


def test_one_that_asks_and_says_no_more_holds_up_nobody_for_long(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving._Handler, "timeout", 0.2)
    with (
        served(capfd, seen(HELD)) as port,
        socket.create_connection(("127.0.0.1", port)) as silent,
        socket.create_connection(("127.0.0.1", port)) as gone,
    ):
        silent.sendall(b"GET /metr")
        gone.close()
        assert "binfut_covered" in got(port)[1]
    assert capfd.readouterr().err == ""


def test_a_bug_is_told_and_the_next_is_answered(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("threading.excepthook", told.append)
    broken = seen({**HELD, "symbol": "no moments are known of it"})
    broken.views[next(iter(broken.views))].moments.clear()  # type: ignore[attr-defined]
    with served(capfd, broken) as port:
        assert got(port)[0].startswith("HTTP/1.0 500")
        assert got(port)[0].startswith("HTTP/1.0 500")
    assert len(told) == 2


def test_the_other_kind_of_address(capfd: pytest.CaptureFixture[str]) -> None:
    with suppress(ConfigError), served(capfd, seen(HELD), Address("::1", 0)) as port:
        _, body = asked(port, f"GET / HTTP/1.0\r\nHost: [::1]:{port}\r\n\r\n", "::1")
        assert "binfut_covered" in body


def test_many_accounts_are_one_family_each(capfd: pytest.CaptureFixture[str]) -> None:
    lanes = [Lane(market, Scope(Env.PROD, f"p{n}")) for market in Market for n in range(3)]
    standings = {lane: Standing(lane, 1_000, Verdict.LIVE, "") for lane in lanes}
    counted = dict.fromkeys(lanes, COUNTED)
    with served(capfd, Observed(0.0, standings, {}, counted, 0)) as port:
        body = got(port)[1]
    assert body.count("# TYPE binfut_events_total counter") == 1
    assert len(re.findall(r"^binfut_events_total\{", body, re.M)) == len(lanes)


# -- what is wrong is said before anything is watched ---------------------------------------


def test_a_port_in_use_is_one_sentence(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = binfut("watch", *at(sandbox), "--metrics", f"127.0.0.1:{port}",
                       env=environment(sandbox))  # fmt: skip
    assert (ended.status, ended.out) == (3, "")
    said = f"--metrics: 127.0.0.1:{port} cannot be listened on: Address already in use."
    assert ended.err.splitlines()[0] == f"binfut: {said}"
    assert "choose another port" in ended.err


def test_consent_without_an_address_has_nothing_to_do() -> None:
    with pytest.raises(UsageError, match=f"^{CONSENT} is of --metrics"):
        exposition(Context(), None, others_may_read=True)


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, serving.__name__)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delattr("binfut_cli.commands.watch.metrics.serving")
    with pytest.raises(ConfigError, match="needs a package that is not installed") as caught:
        exposition(Context(), "127.0.0.1:0", others_may_read=False)
    assert caught.value.hint == "Type: pip install 'binfut[metrics]'"
