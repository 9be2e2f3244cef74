"""What many tests need: a sandbox's account as the client sees it, and the real program."""

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binfut_cli.api.client import AccountClient
from binfut_cli.auth import credentials
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Market
from binfut_cli.sandbox import Sandbox
from tests.support.process import PROJECT as PROJECT
from tests.support.process import Process, Stream, plain


def place(sandbox: Sandbox, market: Market) -> Endpoints:
    """Where a market of the sandbox is."""
    stream = sandbox.stream[market] + MARKET_APIS[market].stream_path
    return Endpoints(sandbox.rest[market], sandbox.ws_api[market], stream)


def account(sandbox: Sandbox, market: Market = Market.USDM, **options: Any) -> AccountClient:
    """The sandbox's first account, as a client that holds its key."""
    key = credentials.sandbox(sandbox.accounts[0].api_key, sandbox.accounts[0].secret)
    options.setdefault("timeout_s", 5.0)
    return AccountClient(market, place(sandbox, market), key, **options)


_HOME = tempfile.TemporaryDirectory(prefix="binfut-tests-")
"""An empty place for configuration, caches and state: a developer's own must not be found."""


def program_on_path(directory: Path) -> dict[str, str]:
    """A PATH that begins with a `binfut` that is the one under test."""
    script = directory / "binfut"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m binfut_cli "$@"\n')
    script.chmod(0o755)
    return {"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}


@contextlib.contextmanager
def no_room(size: int = 0) -> Iterator[None]:
    """Let every write into a file beyond a size fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    status: int
    out: str
    err: str


def environment(sandbox: Sandbox | None = None, **more: str) -> dict[str, str]:
    """A clean environment, with the key of a sandbox's first account if one is given.

    That key is the sandbox's, unless `BINFUT_ENV` says that it is to stand for another's.
    """
    kept = {k: v for k, v in plain().items() if not k.startswith(("BINFUT_", "BINANCE_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        kept.pop(name, None)
    kept |= {f"XDG_{kind}_HOME": _HOME.name for kind in ("CONFIG", "CACHE", "STATE")}
    if sandbox is not None:
        key = sandbox.accounts[0]
        kept |= {"BINFUT_API_KEY": key.api_key, "BINFUT_API_SECRET": key.secret}
        kept |= {"BINFUT_ENV": "sandbox"}
    return kept | more


def command(*arguments: str) -> list[str]:
    """The program's command line, for who starts it otherwise than as a `Process`."""
    return [sys.executable, "-m", "binfut_cli", *arguments]


def binfut(
    *arguments: str,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
    given: bytes | None = None,
    stdout: Stream = subprocess.PIPE,
    fresh: bool = False,
) -> Ended:
    """Run the real program to its end, with this on its standard input; `fresh` as in `Process`."""
    env = environment() if env is None else env
    stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
    with Process(
        *arguments, env=env, cwd=cwd, fresh=fresh,
        stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(given, timeout=30)
        finally:
            process.kill()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def at(sandbox: Sandbox, market: Market = Market.USDM) -> list[str]:
    """The options that lead the program to a running sandbox."""
    return ["--env", "sandbox", "--market", market.value, "--rest-url", sandbox.rest[market],
            "--ws-api-url", sandbox.ws_api[market]]  # fmt: skip


class Watching:
    """A `binfut watch` that runs; leave the block to end it."""

    def __init__(self, *arguments: str, env: dict[str, str], fresh: bool = False) -> None:
        self.process = Process(
            "watch", *arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            fresh=fresh,
        )  # fmt: skip
        self._read = b""

    def __enter__(self) -> "Watching":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)

    def line(self, timeout_s: float = 10.0) -> str:
        """The next line of standard output; "" at its end."""
        assert self.process.stdout is not None
        fd = self.process.stdout.fileno()
        while b"\n" not in self._read:
            ready, _, _ = select.select([fd], [], [], timeout_s)
            assert ready, f"no line within {timeout_s} s"
            data = os.read(fd, 65536)
            if not data:
                break
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> Ended:
        """Send a signal, and read what is left."""
        self.process.send_signal(with_signal)
        return self.rest()

    def rest(self) -> Ended:
        """Wait for the end, and read what is left."""
        out, err = self.process.communicate(timeout=10)
        return Ended(self.process.wait(), (self._read + out).decode(), err.decode())
