"""The real program as a process: forked from a warm parent, or started as a user starts it."""

import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.support.fork_server import MESSAGE, READ_AT_START, Start

PROJECT = Path(__file__).resolve().parents[2]
REAL_STARTS = "REAL_STARTS"
"""Set it, and nothing is forked: every run is a start of its own."""
Stream = int | IO[bytes] | None
"""As `subprocess` takes them: None is the test's own, then PIPE, DEVNULL, a file, or its number."""


class Process:
    """A run of the program; what `subprocess.Popen` has of the same name does the same.

    A run whose environment has what an interpreter reads only once (`READ_AT_START`) different
    from the parent's is a start of its own. So is one with `fresh`: where the start is the matter,
    or memory, or what is loaded. With `terminal`, the standard input becomes the controlling
    terminal of a session of its own.
    """

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str],
        cwd: str | os.PathLike[str] | None = None,
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        terminal: bool = False,
        fresh: bool = False,
        module: str = "binfut_cli",
    ) -> None:
        self.returncode: int | None = None
        self.fresh = (
            fresh or REAL_STARTS in os.environ or _at_start(env) != _at_start(_parent().env)
        )
        where = os.fspath(cwd) if cwd is not None else os.getcwd()
        start = Start(arguments, dict(env), where, terminal, self.fresh, module)
        with contextlib.ExitStack() as theirs:
            given, self.stdin = _reading(stdin, theirs)
            out, self.stdout = _writing(1, stdout, theirs)
            err, self.stderr = _writing(2, stderr, theirs)
            err = out if stderr == subprocess.STDOUT else err
            self._channel = _parent().fork(start, given, out, err)
        self.pid = self._number()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.wait()

    def _number(self) -> int:
        data = self._channel.recv(MESSAGE.size, socket.MSG_WAITALL)
        assert data, "the parent of all runs has died"
        return int(MESSAGE.unpack(data)[0])

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end: the exit status, or the signal that killed it, negative."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._channel, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("binfut", timeout or 0)
            self.returncode = self._number()
            self._channel.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def communicate(
        self, given: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        """Write what is given, read all that it writes, and wait for its end."""
        end = None if timeout is None else time.monotonic() + timeout
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self.stdin:
                self.stdin.write(given or b"")
        pipes = [pipe for pipe in (self.stdout, self.stderr) if pipe and not pipe.closed]
        read = _read_all(pipes, end)
        self.wait(None if end is None else max(end - time.monotonic(), 0))
        for pipe in pipes:
            pipe.close()
        out, err = (read.get(pipe, b"") if pipe else b"" for pipe in (self.stdout, self.stderr))
        return out, err


def _read_all(pipes: list[IO[bytes]], end: float | None) -> dict[IO[bytes], bytes]:
    read: dict[IO[bytes], bytes] = dict.fromkeys(pipes, b"")
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ, pipe)
        while selector.get_map():
            left = None if end is None else max(end - time.monotonic(), 0)
            ready = selector.select(left)
            if not ready:
                raise subprocess.TimeoutExpired("binfut", left or 0)
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                read[key.data] += data
                if not data:
                    selector.unregister(key.fileobj)
    return read


def plain() -> dict[str, str]:
    """This process's environment, in the locale of all runs that ask for no other."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LC_")}
    return kept | {"LANG": "C.UTF-8"}


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    """What of an environment an interpreter reads only once; PYTHONPATH can be read again."""
    return {k: v for k, v in env.items() if k.startswith(READ_AT_START) and k != "PYTHONPATH"}


def _reading(wanted: Stream, theirs: contextlib.ExitStack) -> tuple[int, IO[bytes] | None]:
    if wanted != subprocess.PIPE:
        return _number_of(0, wanted, theirs), None
    read, write = os.pipe()
    theirs.callback(os.close, read)
    return read, open(write, "wb")


def _writing(
    number: int, wanted: Stream, theirs: contextlib.ExitStack
) -> tuple[int, IO[bytes] | None]:
    if wanted != subprocess.PIPE:
        return _number_of(number, wanted, theirs), None
    read, write = os.pipe()
    theirs.callback(os.close, write)
    return write, open(read, "rb")


def _number_of(own: int, wanted: Stream, theirs: contextlib.ExitStack) -> int:
    if wanted is None or wanted == subprocess.STDOUT:
        return own
    if wanted == subprocess.DEVNULL:
        nothing = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, nothing)
        return nothing
    return wanted if isinstance(wanted, int) else wanted.fileno()


class Parent:
    """The fork server, seen from the test's side."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            line = [sys.executable, "-m", "tests.support.fork_server", str(number)]
            self.env = {name: text for name, text in plain().items() if name != "PYTHONPATH"}
            self._process = subprocess.Popen(
                line, cwd=PROJECT, env=self.env, pass_fds=[number], stdin=subprocess.DEVNULL
            )
        atexit.register(self._end)

    def fork(self, start: Start, *streams: int) -> socket.socket:
        """Fork a run with these as its standard streams; the way on which it is told of."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"+"], [*streams, theirs.fileno()])
        ours.sendall(json.dumps(asdict(start)).encode() + b"\n")
        return ours

    def _end(self) -> None:
        self._control.close()
        self._process.wait(5)


@cache
def _parent() -> Parent:
    return Parent()
