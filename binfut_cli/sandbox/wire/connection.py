"""One accepted socket: it plays steps, and can be ended from another thread."""

import contextlib
import socket
import struct
import threading

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


class Connection:
    """A socket with its manners. One thread reads and plays; any thread may `end` it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.muted = False
        self.over = threading.Event()

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
                    self.end()

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

    def end(self) -> None:
        """End in order; a thread waiting in `receive` wakes up."""
        self.over.set()
        with contextlib.suppress(OSError):
            # The plain shutdown: a TLS socket's own would wait for, or race with, its reader.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back."""
        self.over.set()
        with contextlib.suppress(OSError):
            self.sock.close()
