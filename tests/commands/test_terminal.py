"""The program among pipes, full disks, odd terminals, odd locales and signals."""

import fcntl
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import termios
import time
from functools import partial
from urllib.parse import urlsplit

import pytest
from rich.cells import cell_len

from binfut_cli.sandbox import Sandbox
from tests.support.process import Process
from tests.support.program import at, binfut, environment
from tests.support.terminal import Terminal, on_a_terminal

pytestmark = pytest.mark.slow  # many runs of the whole program

COMMANDS = [
    *(("account", "status"), ("schema",), ("watch",), ("sandbox", "serve")),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            *(("account", name) for name in ("balances", "positions", "config", "orders")),
            *(("account", "income"), ("doctor",), ("completion", "bash")),
        )
    ),
]
LIVE = {"watch", "account", "doctor"}


def line(name: tuple[str, ...]) -> list[str]:
    env = ["-e", "sandbox"] if name[0] in LIVE else []
    return [*name, *env]


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed")
def test_a_watch_ends_within_a_second_of_the_pager() -> None:
    """`binfut watch | less`, and `q`: less hears of it once its first page is full."""
    leader, follower = pty.openpty()
    env = {"TERM": "xterm", "LESS": "", "PATH": os.defpath}
    watch = ("watch", "--env", "sandbox", "--json", "--speed", "0.1")  # quiet after its first page
    with Process(*watch, stdout=subprocess.PIPE, stderr=follower, env=environment()) as process:
        assert process.stdout is not None
        with subprocess.Popen(
            ["less"], stdin=process.stdout, stdout=follower, stderr=follower, env=env,
            preexec_fn=partial(_on_terminal, follower),
        ) as less:  # fmt: skip
            process.stdout.close()
            said = b""
            while b":\x1b[K" not in said:
                said += os.read(leader, 65536)
            os.write(leader, b"q")
            began = time.monotonic()
            assert less.wait(5) == 0
        assert process.wait(5) == 0
        assert time.monotonic() - began < 1
    os.close(follower)
    os.close(leader)


def _on_terminal(follower: int) -> None:
    """Give the child a terminal to read keys from, and leave its streams as they are."""
    os.setsid()
    fcntl.ioctl(follower, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_reader_that_has_seen_enough_is_a_success(name: tuple[str, ...]) -> None:
    """As `binfut … | head -1`: the reader takes one line, and leaves."""
    with Process(
        *line(name), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline().endswith(b"\n")
            process.stdout.close()
            assert process.wait(timeout=15) == 0
            assert b"Traceback" not in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize("name", [("account", "status"), ("watch",)], ids=" ".join)
def test_a_reader_that_never_was_is_a_success(name: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = binfut(*line(name), stdout=writing)
    finally:
        os.close(writing)
    assert done.status == 0
    assert "Traceback" not in done.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_a_full_disk_is_a_sentence(output: str) -> None:
    with open("/dev/full", "wb") as full:
        done = binfut("account", "status", "-e", "sandbox", "-o", output, stdout=full)
    assert done.status == 3
    assert "Traceback" not in done.err
    assert "No space left on device" in done.err
    assert len(done.err.splitlines()) <= 2


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=lambda value: "-".join(value.values()),
)
def test_a_poor_locale_changes_no_byte(locale: dict[str, str]) -> None:
    options = ("account", "config", "-e", "sandbox")
    poor = binfut(*options, env=environment(None, **locale), fresh=True)
    assert (poor.status, poor.err) == (0, "")
    assert "USD-M · sandbox" in poor.out
    assert "测试USDT" in poor.out


def test_a_narrow_terminal_loses_columns_and_never_a_digit() -> None:
    options = ("account", "positions", "-e", "sandbox")
    whole = set(binfut(*options).out.split())
    for columns, longest in ((20, 36), (80, 80)):  # what is never dropped needs 36 columns
        shown = _uncoloured(on_a_terminal(*options, columns=columns))
        (row,) = (text for text in shown.splitlines() if " BTCUSDT " in text)
        assert set(row.split()) <= whole
        assert cell_len(row) <= longest
        assert "too narrow for: " in " ".join(shown.split())


POSITIONS = ("account", "positions", "-e", "sandbox")


@pytest.mark.parametrize(
    ("variables", "flags", "coloured"),
    [
        ({}, (), True),
        ({"TERM": "dumb"}, (), False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
    ],
)
def test_colour_on_a_terminal(
    variables: dict[str, str], flags: tuple[str, ...], coloured: bool
) -> None:
    shown = on_a_terminal(*POSITIONS, *flags, env=environment(None, **variables))
    assert ("\x1b" in shown) is coloured


@pytest.mark.parametrize(
    ("variables", "flags", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({}, ("-o", "csv", "--color", "always"), False),
        ({}, ("--json", "--color", "always"), False),
    ],
)
def test_colour_off_a_terminal(
    variables: dict[str, str], flags: tuple[str, ...], coloured: bool
) -> None:
    shown = binfut(*POSITIONS, *flags, env=environment(None, **variables)).out
    assert ("\x1b" in shown) is coloured


def test_json_on_a_terminal_is_indented_and_the_same() -> None:
    shown = on_a_terminal("account", "orders", "-e", "sandbox", "--json")
    assert shown.startswith('{\n  "v": 1,\n')


def test_chinese_symbols_line_up() -> None:
    out = binfut("account", "positions", "-e", "sandbox", "-p", "multi-assets").out
    rows = [text for text in out.splitlines() if text.startswith(" ") and "USDT " in text]
    assert any("测试USDT" in text for text in rows)
    assert len(rows) > 1
    assert len({cell_len(text[: _after_name(text)]) for text in rows}) == 1


def _after_name(row: str) -> int:
    """Where the second column begins."""
    name = row.split()[0]
    rest = row[row.index(name) + len(name) :]
    return len(row) - len(rest.lstrip())


def _uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_help_fits_any_terminal() -> None:
    for columns in (20, 200):
        shown = on_a_terminal("account", "income", "--help", columns=columns)
        assert "--fail-if" in shown
        assert "Traceback" not in shown


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize("sent", SIGNALS, ids=lambda one: one.name)
@pytest.mark.parametrize("moment", ["connecting", "asking", "waiting"])
def test_a_signal_at_any_moment_ends_it_quietly(
    sandbox: Sandbox, sent: signal.Signals, moment: str
) -> None:
    """Once it talks to the exchange; the handshake stays open, or the question unanswered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        with Process(
            "account",
            "status",
            *at(sandbox),
            "--ws-api-url",
            url,
            env=environment(sandbox),
            fresh=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    _bring_to(moment, connection, sandbox)
                    process.send_signal(sent)
                    out, err = process.communicate(timeout=10)
            finally:
                process.kill()
    assert (process.returncode, out, err) == (SIGNALS[sent], b"", b"")


def _bring_to(moment: str, connection: socket.socket, sandbox: Sandbox) -> None:
    """Play as much of an exchange as the moment needs, with a real one behind."""
    connection.settimeout(10)
    if moment == "connecting":
        return
    upgrade = connection.recv(65536)
    assert upgrade.endswith(b"\r\n\r\n")
    if moment == "asking":
        return
    host = urlsplit(sandbox.ws_api["usdm"])
    with socket.create_connection((host.hostname or "", host.port or 0), 10) as exchange:
        exchange.settimeout(10)
        exchange.sendall(upgrade)
        connection.sendall(exchange.recv(65536))
        assert connection.recv(65536)  # the question; it is never answered


def test_a_hang_up_ends_it(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "silent", "layer": "wsApi", "count": None})
    with Terminal(
        "account", "status", *at(sandbox), "--timeout", "30", env=environment(sandbox)
    ) as found:
        time.sleep(0.5)
        found.process.send_signal(signal.SIGHUP)
        found.process.wait(timeout=5)
    assert found.process.returncode in (-signal.SIGHUP, 129)
    assert "Traceback" not in found.shown
