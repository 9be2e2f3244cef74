"""WebSocket frames as bytes, correct ones and (for faults) others. Pure.

Written by hand from RFC 6455, section 5.2, because a library refuses to make the wrong ones.
"""

from collections.abc import Callable, Mapping

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, MASKED = 0x80, 0x40, 0x80
MASK = b"\x01\x02\x03\x04"


def frame(opcode: int, data: bytes, *, fin: bool = True) -> bytes:
    """Serialize one unmasked frame, as a server sends it."""
    return bytes([(FIN if fin else 0) | opcode]) + _length(len(data)) + data


def _length(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    return b"\x7e" + size.to_bytes(2) if size < 1 << 16 else b"\x7f" + size.to_bytes(8)


def text_frame(text: str) -> bytes:
    """One text message in one frame."""
    return frame(TEXT, text.encode())


def ping_frame(payload: bytes) -> bytes:
    """A ping."""
    return frame(PING, payload)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A close frame; the code may be one that must not be sent."""
    return frame(CLOSE, code.to_bytes(2) + reason)


def fragments(data: bytes, size: int) -> tuple[bytes, ...]:
    """One text message in several frames."""
    parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    last = len(parts) - 1
    return tuple(
        frame(CONTINUATION if number else TEXT, part, fin=number == last)
        for number, part in enumerate(parts)
    )


def _reserved(data: bytes) -> bytes:
    """Set RSV1, which means a compression that nobody agreed on."""
    plain = frame(TEXT, data)
    return bytes([plain[0] | RSV1]) + plain[1:]


def _masked(data: bytes) -> bytes:
    """Mask as only a client may."""
    hidden = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(data))
    first, second, *rest = frame(TEXT, data)[: -len(data) or None]
    return bytes([first, second | MASKED, *rest]) + MASK + hidden


def _halves(data: bytes, between: bytes) -> bytes:
    half = len(data) // 2
    first, last = frame(TEXT, data[:half], fin=False), frame(CONTINUATION, data[half:])
    return first + between + last


STRANGE: Mapping[str, Callable[[bytes], bytes]] = {
    # allowed, though the exchange does not do it
    "binary": lambda data: frame(BINARY, data),
    "pingInside": lambda data: _halves(data, ping_frame(b"inside")),
    "emptyFragments": lambda data: _halves(data, frame(CONTINUATION, b"", fin=False) * 50),
    "pongUnasked": lambda data: frame(PONG, b"unasked") + frame(TEXT, data),
    # against the protocol
    "badUtf8": lambda data: frame(TEXT, data[:-1] + b"\xff\xfe" + data[-1:]),
    "rsv1": _reserved,
    "masked": _masked,
    "badOpcode": lambda data: frame(0x3, data),
    "badControl": lambda data: frame(0xB, b"") + frame(TEXT, data),
    "fragmentedPing": lambda data: frame(PING, b"half", fin=False) + frame(TEXT, data),
    "longPing": lambda data: ping_frame(b"x" * 126) + frame(TEXT, data),
    "looseContinuation": lambda data: frame(CONTINUATION, data),
    "textInside": lambda data: _halves(data, frame(TEXT, data)),
    "badLength": lambda data: bytes([FIN | TEXT, 127, 0x80]) + bytes(7) + data,
    "longLength": lambda data: bytes([FIN | TEXT, 127]) + len(data).to_bytes(8) + data,
}
"""Frames by name, each made of the message that they spoil or carry."""
