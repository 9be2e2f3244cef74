"""The real program on a pseudo-terminal of any size, and what it wrote there."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from types import TracebackType
from typing import Self

from tests.support import command, environment


class Terminal:
    """A program whose standard streams are one terminal; leave the block to end it."""

    def __init__(
        self, *arguments: str, env: dict[str, str] | None = None, columns: int = 100
    ) -> None:
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        given = {"TERM": "xterm"} | (environment() if env is None else env)
        self.process = subprocess.Popen(
            command(*arguments), stdin=follower, stdout=follower, stderr=follower, env=given
        )
        os.close(follower)
        self.shown = ""

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

    def until(self, text: str, timeout_s: float = 10.0) -> str:
        """Read on until this text is there; return all that was read since the last call."""
        found, end = "", time.monotonic() + timeout_s
        while text not in found:
            more = self._read(end - time.monotonic())
            assert more, f"{text!r} did not come; there is {found!r}"
            found += more
        return found

    def rest(self, timeout_s: float = 15.0) -> str:
        """Read to the end of the program; return all that it ever wrote."""
        end = time.monotonic() + timeout_s
        while self._read(end - time.monotonic()):
            pass
        self.process.wait(10)
        return self.shown

    def _read(self, timeout_s: float) -> str:
        ready, _, _ = select.select([self._leader], [], [], max(timeout_s, 0))
        assert ready, f"nothing more came in time; there is {self.shown!r}"
        try:
            data = os.read(self._leader, 65536)
        except OSError:  # Linux ends a terminal with EIO
            return ""
        text = data.decode(errors="replace").replace("\r\n", "\n")
        self.shown += text
        return text


def on_a_terminal(*arguments: str, env: dict[str, str] | None = None, columns: int = 100) -> str:
    """What a run of the program writes to a terminal, to its end."""
    with Terminal(*arguments, env=env, columns=columns) as terminal:
        return terminal.rest()
