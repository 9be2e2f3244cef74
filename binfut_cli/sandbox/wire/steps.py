"""What a connection does with its wire, as values: bytes, pauses, silence, endings.

Everything that leaves a socket is a list of steps, so a fault is only another list.
"""

import msgspec


class Pause(msgspec.Struct, frozen=True):
    """Wait; nothing else leaves this connection meanwhile."""

    seconds: float


class Mute(msgspec.Struct, frozen=True):
    """Send nothing ever again, pongs and closes included, but keep the connection open."""


class Fin(msgspec.Struct, frozen=True):
    """End the connection in order, without a close frame."""


class Reset(msgspec.Struct, frozen=True):
    """End the connection with a TCP reset."""


class Close(msgspec.Struct, frozen=True):
    """Close a WebSocket with a code and a reason, and wait a little for the answer."""

    code: int
    reason: str


class Later(msgspec.Struct, frozen=True):
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
