"""One accepted socket: it plays steps, and can be ended from another thread."""

import contextlib
import socket
import struct
import threading
import time

from binfut_cli.sandbox.wire.steps import (
    Close,
    Fin,
    Later,
    Mute,
    Pause,
    Reset,
    Step,
    Steps,
)

LINGER_NONE = struct.pack("ii", 1, 0)
SEND_TIMEOUT_S = 10.0
LINGER_S = 1.0  # how long a client may take to go after an end in order


class Connection:
    """A socket with its manners. One thread reads and plays; any thread may `end` it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.muted = False
        self.over = threading.Event()
        self._lingers = False

    def receive(self) -> bytes:
        """Wait for bytes; none means the connection ended."""
        while not self.over.is_set():
            try:
                return self.sock.recv(65_536)
            except TimeoutError:
                continue  # the timeout is for sending
            except (OSError, ValueError):
                break
        return b""

    def drain(self) -> None:
        """Read and forget until the client goes or the connection is ended."""
        while self.receive():
            pass
        self.over.set()

    def play(self, steps: Steps) -> None:
        """Do one step after another until one ends the connection."""
        for step in steps:
            if self.over.is_set():
                return
            self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case bytes():
                self._send(step)
            case Pause():
                self.over.wait(step.seconds)
            case Later():  # only a peer can overtake; elsewhere later means after a pause
                self.over.wait(step.seconds)
                self.play(step.steps)
            case Mute():
                self.muted = True
            case Reset():
                self.reset()
            case Fin() | Close():  # a close frame needs a peer; without one it is the end
                if not self.muted:
                    self._finish()

    def _send(self, data: bytes) -> None:
        if self.muted:
            return
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            self.end()

    def reset(self) -> None:
        """End with a TCP reset."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self.over.set()
        self.close()

    def _finish(self) -> None:
        """Say that nothing follows, from the connection's own thread."""
        self.over.set()
        self._lingers = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def end(self) -> None:
        """End at once, whatever the client still says; a thread waiting in `receive` wakes up."""
        self.over.set()
        with contextlib.suppress(OSError):
            # The plain shutdown: a TLS socket's own would wait for, or race with, its reader.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back."""
        self.over.set()
        with contextlib.suppress(OSError):
            if self._lingers:
                self._linger()
        with contextlib.suppress(OSError):
            self.sock.close()

    def _linger(self) -> None:
        """Take what still comes until the client goes: unread, it would make a reset of the end."""
        until = time.monotonic() + LINGER_S
        while (left_s := until - time.monotonic()) > 0:
            self.sock.settimeout(left_s)
            if not socket.socket.recv(self.sock, 65_536):
                return
