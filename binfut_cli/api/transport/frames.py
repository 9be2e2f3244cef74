"""WebSocket frames (RFC 6455, section 5) from bytes and to bytes, the client's side.

Pure: no socket, no clock, no randomness. Text is checked to be UTF-8 once it is whole, all of a
read at once: what is ASCII, as nearly all is, costs next to nothing.
"""

from __future__ import annotations

from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

Message = tuple[int, bytes]
"""An opcode (TEXT, BINARY, CLOSE, PING or PONG) and the whole payload."""

NO_STATUS: Final = 1005
PROTOCOL_ERROR: Final = 1002
BAD_TEXT: Final = 1007
TOO_BIG: Final = 1009

_FIN: Final = 0x80
_RESERVED_BITS: Final = 0x70
_MASKED: Final = 0x80
_CONTROL: Final = 0x8
_MAX_CONTROL: Final = 125
_MAX_HELD: Final = 32
_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
_HEADER_SIZE: Final = {126: 4, 127: 10}  # by the 7-bit length; 2 for all others
_FIN_TEXT: Final = _FIN | TEXT


class FrameError(Exception):
    """The peer broke the protocol: fail the connection with the close code `code`.

    `messages` are the good ones of the same `feed`, before the fault.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.messages: list[Message] = []


class Splitter:
    """Split what a server sends into messages; `max_message` bytes is the longest allowed.

    It is finished, and returns no more messages, after a CLOSE and after a FrameError. A PONG that
    comes inside a fragmented message is given out after it, because a pong is to prove that all
    before it has come; of more than a few, the last.
    """

    __slots__ = (
        "_finished", "_fragments", "_fragments_on_wire", "_held", "_max_message", "_need",
        "_opcode", "_rest",
    )  # fmt: skip

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._rest = bytearray()  # the beginning of a frame
        self._need = 0  # len(_rest) worth another look at it
        self._opcode = CONTINUATION  # of the fragmented message under way, if any
        self._fragments = bytearray()
        self._fragments_on_wire = 0  # with their headers
        self._held: list[bytes] = []  # pongs inside the message under way
        self._finished = False

    @property
    def pending(self) -> int:
        """The bytes received of a frame or fragmented message that is not complete."""
        return len(self._rest) + self._fragments_on_wire

    def feed(self, data: bytes) -> list[Message]:
        """Take the bytes of one receive; return the messages they complete, in order."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._need:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        messages: list[Message] = []
        try:
            position = self._split_checked(data, messages)
        except FrameError as fault:
            self._finish()
            fault.messages = messages
            raise
        if not self._finished:
            self._rest += data[position:]
        return messages

    def _split_checked(self, data: bytes, messages: list[Message]) -> int:
        try:
            return self._split(data, messages)
        finally:
            for _, payload in messages:
                if not payload.isascii():
                    _check_texts(messages)
                    break

    def _split(self, data: bytes, messages: list[Message]) -> int:
        position, before = 0, -1
        while position != before and not self._finished:
            if not self._opcode:
                position = _take_texts(data, position, self._max_message, messages)
                if position == len(data):
                    break
            before = position
            position = self._take_frame(data, position, messages)
        return position

    def _take_frame(self, data: bytes, position: int, messages: list[Message]) -> int:
        """Take one frame of any kind; return where it ends, or `position` if it is not whole."""
        available = len(data) - position
        self._need = 2
        if available < self._need:
            return position
        first, second = data[position], data[position + 1]
        self._check_header(first, second)
        header_size = self._need = _HEADER_SIZE.get(second, 2)
        if available < self._need:
            return position
        start = position + header_size
        length = int.from_bytes(data[position + 2 : start]) if header_size > 2 else second
        self._check_length(first & 0x0F, length)
        self._need += length
        if available < self._need:
            return position
        end = start + length
        self._take_payload(first, data[start:end], end - position, messages)
        return end

    def _take_payload(self, first: int, payload: bytes, on_wire: int, out: list[Message]) -> None:
        opcode, fin = first & 0x0F, first & _FIN
        if opcode == CLOSE:
            close_status(payload)
            self._finish()
        if opcode == PONG and self._opcode:
            self._held = [*self._held, payload][-_MAX_HELD:]
            return
        if opcode & _CONTROL or (opcode and fin):
            out.append((opcode, payload))
            return
        self._opcode |= opcode
        self._fragments += payload
        self._fragments_on_wire += on_wire
        if fin:
            out.append((self._opcode, bytes(self._fragments)))
            out += [(PONG, each) for each in self._held]
            self._drop_fragments()

    def _check_header(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & _RESERVED_BITS:
            raise FrameError(PROTOCOL_ERROR, "a frame has a reserved bit set")
        if second & _MASKED:
            raise FrameError(PROTOCOL_ERROR, "a frame from the server is masked")
        if opcode not in _OPCODES:
            raise FrameError(PROTOCOL_ERROR, f"a frame has the reserved opcode {opcode}")
        if opcode & _CONTROL:
            _check_control(first, second)
        elif opcode and self._opcode:
            raise FrameError(PROTOCOL_ERROR, "a message begins inside a fragmented one")
        elif not opcode and not self._opcode:
            raise FrameError(PROTOCOL_ERROR, "a continuation frame continues nothing")

    def _check_length(self, opcode: int, length: int) -> None:
        if length >> 63:
            raise FrameError(PROTOCOL_ERROR, "a frame's 64-bit length has its top bit set")
        total = len(self._fragments) + length
        if not opcode & _CONTROL and total > self._max_message:
            limit = self._max_message
            raise FrameError(TOO_BIG, f"a message of {total} bytes is over the limit of {limit}")

    def _finish(self) -> None:
        self._finished = True
        self._rest.clear()
        self._drop_fragments()

    def _drop_fragments(self) -> None:
        self._opcode = CONTINUATION
        self._fragments.clear()
        self._held.clear()
        self._fragments_on_wire = 0


def close_status(payload: bytes) -> tuple[int, str]:
    """Read a CLOSE payload: the close code (1005 when there is none) and the reason."""
    if not payload:
        return NO_STATUS, ""
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or not _may_be_sent(code):
        raise FrameError(PROTOCOL_ERROR, f"a close frame has no valid code: {payload[:2].hex()}")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(BAD_TEXT, "a close frame's reason is not UTF-8") from None


def encode(opcode: int, payload: bytes, mask_key: bytes) -> bytes:
    """Return one whole client frame, masked with four bytes that no one can predict."""
    if len(mask_key) != 4:
        raise ValueError("a mask key has four bytes")
    if opcode & _CONTROL and len(payload) > _MAX_CONTROL:
        raise ValueError("a control frame carries at most 125 bytes")
    return (
        bytes([_FIN | opcode]) + _masked_length(len(payload)) + mask_key + _mask(payload, mask_key)
    )


def _take_texts(data: bytes, position: int, max_message: int, messages: list[Message]) -> int:
    """Take the whole short text frames at `position`: the hot path, nothing else in it."""
    size = len(data)
    last = size - 3
    append = messages.append
    while position < last and data[position] == _FIN_TEXT:
        length = data[position + 1]
        if length < 126:
            start = position + 2
        elif length == 126:
            start = position + 4
            length = data[position + 2] << 8 | data[position + 3]
        else:
            break
        end = start + length
        if end > size or length > max_message:
            break
        append((TEXT, data[start:end]))
        position = end
    return position


def _check_texts(messages: list[Message]) -> None:
    """Raise FrameError for the first text that is not UTF-8, taking it out and all behind it."""
    for place, (opcode, payload) in enumerate(messages):
        try:
            _ = opcode == TEXT and payload.decode()
        except UnicodeDecodeError:
            del messages[place:]
            raise FrameError(BAD_TEXT, "a text is not UTF-8") from None


def _check_control(first: int, second: int) -> None:
    if not first & _FIN:
        raise FrameError(PROTOCOL_ERROR, "a control frame is fragmented")
    if second > _MAX_CONTROL:
        raise FrameError(PROTOCOL_ERROR, "a control frame is longer than 125 bytes")


def _may_be_sent(code: int) -> bool:
    # RFC 6455, section 7.4, and the IANA registry: the others never travel in a frame.
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def _masked_length(length: int) -> bytes:
    if length < 126:
        return bytes([_MASKED | length])
    if length < 0x10000:
        return bytes([_MASKED | 126]) + length.to_bytes(2)
    return bytes([_MASKED | 127]) + length.to_bytes(8)


def _mask(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(keys)).to_bytes(size)
