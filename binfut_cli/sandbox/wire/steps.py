"""What a connection does with its wire, as values: bytes, pauses, silence, endings.

Everything that leaves a socket is a list of steps, so a fault is only another list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; nothing else leaves this connection meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Mute:
    """Send nothing ever again, pongs and closes included, but keep the connection open."""


@dataclass(frozen=True, slots=True)
class Fin:
    """End the connection in order, without a close frame."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End the connection with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close a WebSocket with a code and a reason, and wait a little for the answer."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Do the steps after some seconds; others may overtake them."""

    seconds: float
    steps: tuple["Step", ...]


Step = bytes | Pause | Mute | Fin | Reset | Close | Later
Steps = tuple[Step, ...]


def pieces(data: bytes, size: int, pause_s: float) -> Steps:
    """Send data in pieces, with a pause after each."""
    steps: list[Step] = []
    for start in range(0, len(data), size):
        steps += [data[start : start + size], Pause(pause_s)]
    return tuple(steps)
