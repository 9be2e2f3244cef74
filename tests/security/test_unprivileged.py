"""What root never meets: files and directories that may not be read, a user without a name."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import PROJECT

NOBODY = 54_321  # no user of this computer
CODE = f"{PROJECT}{os.pathsep}{os.pathsep.join(each for each in sys.path if 'packages' in each)}"


@functools.cache
def interpreter() -> str | None:
    """One that another user may run with the code under test; None if there is none."""
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    for each in (sys.executable, system):
        try:
            found = as_nobody([each, "-c", "import binfut_cli.commands.app, dotenv"], {}, "/")
        except OSError:
            continue
        if found.returncode == 0:
            return each
    return None


def as_nobody(
    command: list[str], env: dict[str, str], cwd: str
) -> "subprocess.CompletedProcess[str]":
    given = {
        "PATH": os.environ["PATH"], "PYTHONPATH": CODE,
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
    } | env  # fmt: skip
    return subprocess.run(
        command, env=given, cwd=cwd, user=NOBODY, group=NOBODY, extra_groups=[], timeout=60,
        capture_output=True, text=True, errors="surrogateescape", stdin=subprocess.DEVNULL,
    )  # fmt: skip


def binfut(
    *arguments: str, env: dict[str, str] | None = None, cwd: str = "/"
) -> "subprocess.CompletedProcess[str]":
    found = interpreter()
    assert found is not None
    return as_nobody([found, "-m", "binfut_cli", *arguments], env or {}, cwd)


@pytest.fixture(autouse=True)
def _unprivileged() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if interpreter() is None:
        pytest.skip("another user cannot run this interpreter with these files")


@pytest.fixture
def closed() -> Iterator[Path]:
    """A directory of another's that may not be entered, in one that may."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        (Path(place) / "closed").mkdir(mode=0o700)
        yield Path(place) / "closed"


def homes(closed: Path) -> dict[str, dict[str, str]]:
    """Every state of HOME, and of the places that are named beside it."""
    long = f"/{'x' * 300}/{'y' * 5000}"
    states = {name: {"HOME": home} for name, home in (
        ("closed", str(closed)), ("relative", "relative"), ("long", long),
        ("a file", "/etc/passwd"), ("no text", "/nowhere/\udcff"), ("tilde", "~"),
        ("empty", ""), ("gone", "/nowhere"),
    )}  # fmt: skip
    xdg = {f"XDG_{kind}_HOME": long for kind in ("CONFIG", "CACHE", "STATE")}
    return states | {"missing": {}, "long places": xdg}


@pytest.mark.slow
@pytest.mark.parametrize("command", [
    ("account", "status", "--env", "sandbox"),
    ("watch", "--env", "sandbox", "--limit", "1", "--speed", "1000"),
    ("doctor", "--env", "sandbox"),
], ids=lambda command: command[0])  # fmt: skip
def test_no_state_of_home_keeps_the_sandbox_from_running(
    closed: Path, command: tuple[str, ...]
) -> None:
    for name, env in homes(closed).items():
        done = binfut(*command, env=env)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), (name, done)


@pytest.mark.slow
@pytest.mark.parametrize("command", [
    ("account", "status"), ("profile", "list"), ("profile", "add", "x"),
    ("profile", "default", "x"),
], ids=" ".join)  # fmt: skip
def test_no_state_of_home_is_a_bug(closed: Path, command: tuple[str, ...]) -> None:
    for name, env in homes(closed).items():
        done = binfut(*command, env=env)
        assert done.returncode in (0, 2, 3), (name, done)
        assert len(done.stderr.splitlines()) <= 2, (name, done)


def test_what_may_not_be_looked_at_is_told(closed: Path) -> None:
    done = binfut("profile", "list", env={"HOME": str(closed)})
    assert (done.returncode, "cannot be read: permission denied" in done.stderr) == (3, True)


def test_a_working_directory_below_a_closed_one_does_no_harm(closed: Path) -> None:
    (closed / "below").mkdir()
    done = binfut("account", "status", env={"HOME": "/nowhere"}, cwd=str(closed / "below"))
    assert (done.returncode, "No API key is set" in done.stderr) == (3, True)


@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "SSL_CERT_FILE"])
def test_certificates_that_may_not_be_read_are_told(closed: Path, name: str) -> None:
    key = {"BINFUT_API_KEY": "k" * 64, "BINFUT_API_SECRET": "s" * 64}
    there = ("--ws-api-url", "wss://127.0.0.1:9", "--no-key-check", "--json")
    done = binfut("account", "status", *there, env=key | {name: str(closed / "x"), "HOME": "/"})
    assert done.returncode == 3
    said = json.loads(done.stderr)["error"]["message"]
    assert said == f"The certificates that {name} names cannot be read: permission denied."
