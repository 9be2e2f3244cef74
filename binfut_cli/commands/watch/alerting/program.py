"""A program of the user's that is run for each alert: beside the watch, and never in its way.

One after the other, on a thread of its own. A program that fails, hangs, floods or is gone costs
its own alerts and nothing else; that is told once, until one has succeeded again.
"""

import os
import queue
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

LIMIT_S = 10.0
"""How long a run may take, and the end of the watch may be held up by those that wait."""
MOST_WAITING = 16
MOST_OUTPUT = 1 << 20
"""Bytes that a run may write; what it writes is not shown."""
QUOTED = 200  # bytes of it that a failure quotes
LOOK_S = 0.1


class Run(NamedTuple):
    """One run: the program with its arguments, and what stands on its standard input."""

    command: tuple[str, ...]
    given: bytes = b""


class Failed(Exception):
    """A run did not do what it should; says why in a few words."""


class Program:
    """Runs what it is handed; `complaints` are sentences for whoever tells them."""

    def __init__(self, option: str, environ: Mapping[str, str], limit_s: float = LIMIT_S) -> None:
        self._option, self._environ, self._limit_s = option, dict(environ), limit_s
        self.complaints: deque[str] = deque()
        self._waiting: queue.Queue[Run | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._has_failed = False  # the last run, and that was told
        self._ending = threading.Event()
        self._ended = threading.Event()  # a join that a signal interrupts takes a thread for dead
        threading.Thread(target=self._work, name=f"binfut {option}", daemon=True).start()

    def hand(self, run: Run) -> None:
        """Have it run soon; if too many wait already, it is not run."""
        try:
            self._waiting.put_nowait(run)
        except queue.Full:
            if not self._left_out:
                self._complain("is slower than alerts come, and some are left out")
            self._left_out += 1

    def close(self) -> None:
        """Let what waits be run, for as long as one run may take; then end what is left."""
        end_s = time.monotonic() + self._limit_s
        try:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=self._limit_s)
            self._ended.wait(max(0.0, end_s - time.monotonic()))
        finally:  # a signal may have had enough of it
            self.end()
        left = self._left_out + sum(run is not None for run in self._waiting.queue)
        if left:
            self._complain(f"was not run for {left} alert{'' if left == 1 else 's'}")

    def end(self) -> None:
        """End what runs, and run nothing more."""
        self._ending.set()
        self._ended.wait(LOOK_S * 3)

    def _work(self) -> None:
        try:
            while (run := self._waiting.get()) is not None and not self._ending.is_set():
                self._try(run)
        finally:  # a bug is told by the thread's traceback, and the end does not wait for it
            self._ended.set()

    def _try(self, run: Run) -> None:
        try:
            self._run(run)
        except Failed as exc:
            self._fail(str(exc))
        except (OSError, ValueError, subprocess.SubprocessError) as exc:
            self._fail(f"cannot be run: {getattr(exc, 'strerror', None) or exc}")
        else:
            self._has_failed = False

    def _fail(self, why: str) -> None:
        if not self._has_failed:
            self._complain(why)
        self._has_failed = True

    def _complain(self, why: str) -> None:
        self.complaints.append(f"{self._option} {why}.")

    def _run(self, run: Run) -> None:
        """Run it to its end; raise Failed or OSError if that is none."""
        with subprocess.Popen(
            run.command, env=self._environ, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                said = self._heard(process, run.given)
            finally:
                _kill(process)
        if process.returncode:
            raise Failed(f"left with status {process.returncode}{_quoted(said)}")

    def _heard(self, process: "subprocess.Popen[bytes]", given: bytes) -> bytes:
        """What it writes until it ends; raise Failed if that is too much, or too late."""
        end_s, heard = time.monotonic() + self._limit_s, _Heard(process)
        with heard.selector:
            _give(process, given)
            while process.poll() is None:
                heard.listen(LOOK_S)
                if heard.size > MOST_OUTPUT:
                    raise Failed(f"wrote more than {MOST_OUTPUT >> 20} MiB, and was ended")
                if time.monotonic() > end_s:
                    raise Failed(f"took longer than {self._limit_s:g} s, and was ended")
                if self._ending.is_set():
                    raise Failed("was ended with the watch")
            heard.listen(0)
        return heard.said


class _Heard:
    """What a process writes: how much, and how it begins."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.said, self.size = b"", 0
        self.selector = selectors.DefaultSelector()
        if process.stdout is not None:
            self.selector.register(process.stdout, selectors.EVENT_READ)

    def listen(self, timeout_s: float) -> None:
        """Take what comes within a time."""
        for key, _ in self.selector.select(timeout_s):
            data = os.read(key.fd, 1 << 16)
            self.said, self.size = (self.said + data)[:QUOTED], self.size + len(data)
            if not data:
                self.selector.unregister(key.fileobj)


def _give(process: "subprocess.Popen[bytes]", given: bytes) -> None:
    """Write what it is given: a record is shorter than a pipe is long, so nobody is waited for."""
    if process.stdin is not None:
        with suppress(OSError), process.stdin:
            process.stdin.write(given)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a run that goes on, and all that it started."""
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)


def _quoted(said: bytes) -> str:
    """The first line of what it wrote."""
    first = next(iter(said.decode("utf-8", "replace").strip().splitlines()), "")
    return f": {first.rstrip('.')}" if first else ""
