"""The program on a real terminal: what it leaves there, and how it ends."""

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.program import environment
from tests.support.terminal import Terminal

ENV = {"TERM": "xterm-256color", **environment(LANG="C.UTF-8", TZ="UTC")}
LIVE = ("watch", "--env", "sandbox", "--live", "--speed", "100")
LINES = tuple(word for word in LIVE if word != "--live")
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"


def after(screen: str) -> str:
    """What stands on the terminal once the screen is gone."""
    assert screen.count(ENTERED) == 1
    return screen.rpartition(LEFT)[2]


def test_a_bound_ends_it_and_the_stop_is_on_the_terminal() -> None:
    with Terminal(*LIVE, "--limit", "3", env=ENV, columns=80) as terminal:
        left = after(terminal.rest())
        assert terminal.process.poll() == 0
    assert "STOP\x1b[0m limit: 3 events, 0 gaps" in left


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "status", "reason"), [(b"q", 0, "quit"), (b"\x03", 130, "SIGINT")]
)
def test_keys_end_it(keys: bytes, status: int, reason: str) -> None:
    with Terminal(*LIVE, env=ENV, columns=80) as terminal:
        terminal.until("LIVE")
        terminal.type(keys)
        left = after(terminal.rest())
        assert terminal.process.poll() == status
        assert terminal.is_cooked
    assert f"STOP\x1b[0m {reason}" in left


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_end_it_and_give_the_terminal_back(
    number: signal.Signals, status: int, times: int
) -> None:
    with Terminal(*LIVE, env=ENV, columns=80) as terminal:
        terminal.until("LIVE")
        for _ in range(times):
            os.kill(terminal.process.pid, number)
        left = after(terminal.rest())
        assert terminal.process.poll() == status
        assert terminal.is_cooked
    assert "\x1b[?25h" in left
    assert f"STOP\x1b[0m {number.name}" in left


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux for the terminal's name")
@pytest.mark.parametrize("program", [LIVE, LINES], ids=["screen", "lines"])
def test_a_terminal_that_takes_nothing_holds_up_no_end(
    program: tuple[str, ...], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.ndjson"
    with Terminal(*program, "--record", str(kept), env=ENV, columns=200, rows=50) as terminal:
        terminal.until("LIVE")
        fill(f"/proc/{terminal.process.pid}/fd/1")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.process.wait(15) == 143
        assert terminal.is_cooked
    assert '"type":"stop"' in kept.read_text().splitlines()[-1]


def fill(terminal: str) -> None:
    """Write to a terminal that nobody reads until it takes nothing more."""
    end = os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    while select.select([], [end], [], 0.5)[1]:
        with suppress(BlockingIOError):  # the program writes just now
            os.write(end, b"x" * 4096)
    os.close(end)


@pytest.mark.slow
def test_what_fails_is_told_when_the_screen_is_gone(tmp_path: Path) -> None:
    nowhere = ("--rest-url", "http://127.0.0.1:9", "--stream-url", "ws://127.0.0.1:9")
    arguments = ("watch", "--env", "sandbox", "--live", *nowhere)
    env = {
        **ENV,
        "BINFUT_API_KEY": "k" * 20,
        "BINFUT_API_SECRET": "s" * 20,
        "BINFUT_ENV": "sandbox",
    }
    with Terminal(*arguments, env=env, columns=80) as terminal:
        left = after(terminal.rest())
        assert terminal.process.poll() == 6
        assert terminal.is_cooked
    assert "binfut:" in left
    assert "hint:" in left


@pytest.mark.slow
def test_a_recording_is_shown_until_one_leaves(tmp_path: Path) -> None:
    name = str(tmp_path / "day.ndjson")
    with Terminal(*LIVE, "--limit", "9", "--record", name, env=ENV) as terminal:
        terminal.rest()
    with Terminal("replay", name, "--live", "--speed", "1000", env=ENV) as terminal:
        terminal.until("ENDED")
        terminal.type(b"q")
        after(terminal.rest())
        assert terminal.process.poll() == 0
