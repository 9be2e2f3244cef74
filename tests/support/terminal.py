"""The real program on a pseudo-terminal of any size, and what it wrote there."""

import codecs
import fcntl
import os
import pty
import select
import struct
import termios
import time
from types import TracebackType
from typing import Any, Self

from tests.support.process import Process
from tests.support.program import environment


class Terminal:
    """A program whose standard streams are its terminal; leave the block to end it."""

    def __init__(
        self,
        *arguments: str,
        env: dict[str, str] | None = None,
        columns: int = 100,
        rows: int = 40,
        **how: Any,
    ) -> None:
        self._leader, follower = pty.openpty()
        self.resize(columns, rows)
        given = {"TERM": "xterm"} | (environment() if env is None else env)
        self.process = Process(
            *arguments, stdin=follower, stdout=follower, stderr=follower, env=given, terminal=True,
            **how,
        )  # fmt: skip
        os.close(follower)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._written = ""
        self._seen = self._answered = 0

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size; its program is told."""
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._leader)

    @property
    def shown(self) -> str:
        """All that was read."""
        return self._written.replace("\r\n", "\n")

    def until(self, text: str, timeout_s: float = 10.0) -> str:
        """Read on until this text is there; return all that was read since the last call."""
        end = time.monotonic() + timeout_s
        while text not in (found := self.shown[self._seen :]):
            assert self._read(end - time.monotonic()), f"{text!r} did not come; there is {found!r}"
        self._seen += len(found)
        return found

    def answer(self, text: str, timeout_s: float = 10.0) -> None:
        """Wait for a question, and type a line."""
        end = time.monotonic() + timeout_s
        while not self._written[self._answered :].endswith(": "):
            assert self._read(end - time.monotonic()), f"no question; there is {self.shown!r}"
        self._answered = len(self._written)
        os.write(self._leader, text.encode() + b"\n")

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._leader, keys)

    @property
    def is_cooked(self) -> bool:
        """Whether lines are edited and keys send signals, as a shell expects it."""
        flags = termios.tcgetattr(self._leader)[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO and flags & termios.ISIG)

    def rest(self, timeout_s: float = 15.0) -> str:
        """Read to the end of the program; return all that it ever wrote."""
        end = time.monotonic() + timeout_s
        while self._read(end - time.monotonic()):
            pass
        self.process.wait(10)
        return self.shown

    def _read(self, timeout_s: float) -> bool:
        """Read what is there or comes; say whether there was anything before the end."""
        ready, _, _ = select.select([self._leader], [], [], max(timeout_s, 0))
        assert ready, f"nothing more came in time; there is {self.shown!r}"
        try:
            data = os.read(self._leader, 65536)
        except OSError:  # Linux ends a terminal with EIO
            data = b""
        self._written += self._decoder.decode(data, final=not data)
        return bool(data)


def on_a_terminal(*arguments: str, env: dict[str, str] | None = None, columns: int = 100) -> str:
    """What a run of the program writes to a terminal, to its end."""
    with Terminal(*arguments, env=env, columns=columns) as terminal:
        return terminal.rest()
