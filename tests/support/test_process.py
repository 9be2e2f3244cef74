"""A forked run finds what a started one finds, and ends as it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.fork_server import READ_AT_START
from tests.support.process import PROJECT, Process, plain
from tests.support.program import binfut, environment
from tests.support.terminal import Terminal

LOOKING = "tests.support.looking"


def run(
    *arguments: str, fresh: bool, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> tuple[int, bytes, bytes]:
    with Process(
        *arguments, env=environment() if env is None else env, cwd=cwd, fresh=fresh, module=LOOKING,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        out, err = process.communicate(timeout=20)
    return process.wait(), out, err


def seen(*arguments: str, **options: Any) -> dict[str, Any]:
    status, out, err = run(*arguments, **options)
    assert (status, err) == (0, b"")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"TZ": "Asia/Tokyo", "HOME": "/nowhere", "ODD": "\udcff"},
        {"PYTHONPATH": f"/nowhere{os.pathsep}{PROJECT}"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda more: "-".join(more),
)
def test_a_forked_run_finds_what_a_started_one_finds(more: dict[str, str], tmp_path: Path) -> None:
    env = environment(None, **{"PYTHONPATH": str(PROJECT)} | more)
    assert seen(fresh=False, env=env, cwd=tmp_path) == seen(fresh=True, env=env, cwd=tmp_path)


def test_a_started_run_finds_what_a_subprocess_finds() -> None:
    line = [sys.executable, "-m", LOOKING]
    done = subprocess.run(
        line, env=environment(), cwd=PROJECT, capture_output=True, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert seen(fresh=True, cwd=PROJECT) == json.loads(done.stdout)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_terminal_is_the_runs_own(fresh: bool) -> None:
    with Terminal(module=LOOKING, fresh=fresh) as terminal:
        found = json.loads(terminal.rest())
    assert found["group"] == [True, True, True]
    assert [stream[8] for stream in found["streams"].values()] == [True, True, True]
    assert found["open"] == [0, 1, 2]


@pytest.mark.parametrize("how", ["0", "7", "words", "raise", "kill"])
def test_it_ends_as_a_started_one_ends(how: str) -> None:
    status, out, err = run(how, fresh=False)
    begun, printed, said = run(how, fresh=True)
    expected = {"0": 0, "7": 7, "words": 1, "raise": 1, "kill": -signal.SIGKILL}
    assert (status, out) == (begun, printed) == (expected[how], b"printed\n")
    assert err.splitlines()[-1:] == said.splitlines()[-1:]


def test_a_run_is_forked_in_whatever_locale_the_tests_are_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REAL_STARTS", raising=False)
    before = plain()
    for name in ("LANG", "LC_ALL", "LC_CTYPE"):
        monkeypatch.setenv(name, "de_DE.ISO-8859-1")
    assert plain() == before
    with Process("--version", env=environment(), stdout=subprocess.DEVNULL) as process:
        assert not process.fresh


def test_no_two_runs_draw_the_same_numbers() -> None:
    assert run("draw", fresh=False)[1] != run("draw", fresh=False)[1]


def test_what_a_module_reads_as_it_loads_makes_a_start_of_its_own() -> None:
    """A name that some module begins to read at its top must go into the list."""
    code = """
import os, sys
read = set()
class Noting(type(os.environ)):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)
    def __iter__(self):
        read.add("*")
        return super().__iter__()
os.environ.__class__ = Noting
from tests.support import fork_server
fork_server.load()
print(*read)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    read = done.stdout.split()
    assert read
    assert [name for name in read if not name.startswith(READ_AT_START)] == []


def test_a_signal_reaches_the_run_and_a_wait_has_an_end() -> None:
    with Process("sandbox", "serve", "--no-story", env=environment(), stdout=subprocess.PIPE) as it:
        assert it.stdout is not None
        assert it.stdout.readline()
        assert it.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            it.wait(0.01)
        it.terminate()
        assert it.wait(10) == 143
        it.kill()  # nobody's any more: it is not sent


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_a_run_leaves_nothing_behind() -> None:
    binfut("--version")
    before = len(os.listdir("/proc/self/fd"))
    with Process("--version", env=environment(), stdout=subprocess.DEVNULL) as process:
        assert process.wait(10) == 0
    deadline = time.monotonic() + 5
    while os.path.exists(f"/proc/{process.pid}") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not os.path.exists(f"/proc/{process.pid}")
    assert len(os.listdir("/proc/self/fd")) == before
