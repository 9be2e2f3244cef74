"""WebSocket frames as bytes, correct ones and (for faults) others. Pure."""

from collections.abc import Callable, Mapping

from websockets.frames import Frame, Opcode


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """Serialize one unmasked frame, as a server sends it."""
    return Frame(opcode, data, fin=fin).serialize(mask=False)


def text_frame(text: str) -> bytes:
    """One text message in one frame."""
    return frame(Opcode.TEXT, text.encode())


def ping_frame(payload: bytes) -> bytes:
    """A ping."""
    return frame(Opcode.PING, payload)


def fragments(data: bytes, size: int) -> tuple[bytes, ...]:
    """One text message in several frames."""
    parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    last = len(parts) - 1
    return tuple(
        frame(Opcode.CONT if number else Opcode.TEXT, part, fin=number == last)
        for number, part in enumerate(parts)
    )


def _reserved(data: bytes) -> bytes:
    """Set RSV1, which means a compression that nobody agreed on."""
    return bytes([data[0] | 0x40]) + data[1:]


STRANGE: Mapping[str, Callable[[bytes], bytes]] = {
    "binary": lambda data: frame(Opcode.BINARY, data),
    "badUtf8": lambda data: frame(Opcode.TEXT, data[:-1] + b"\xff\xfe" + data[-1:]),
    "rsv1": lambda data: _reserved(frame(Opcode.TEXT, data)),
}
