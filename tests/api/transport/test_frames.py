"""Frames against RFC 6455's examples and against the encoder of another library."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Close as PeerClose
from websockets.frames import CloseCode, Frame, Opcode
from websockets.streams import StreamReader

from binfut_cli.api.transport.frames import (
    BAD_TEXT,
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_STATUS,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    FrameError,
    Message,
    Splitter,
    close_status,
    encode,
)

MEBIBYTE = 1 << 20

# RFC 6455, section 5.7
HELLO = bytes.fromhex("810548656c6c6f")
MASKED_HELLO = bytes.fromhex("818537fa213d7f9f4d5158")
MASK_KEY = bytes.fromhex("37fa213d")
FRAGMENTED_HELLO = bytes.fromhex("010348656c 80026c6f")
PING_HELLO = bytes.fromhex("890548656c6c6f")
MASKED_PONG_HELLO = bytes.fromhex("8a8537fa213d7f9f4d5158")


def peer(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A server's frame, encoded by the websockets library."""
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=False)


def split(chunks: Iterable[bytes], max_message: int = MEBIBYTE) -> list[Message]:
    splitter = Splitter(max_message)
    return [message for chunk in chunks for message in splitter.feed(chunk)]


def fault(data: bytes, max_message: int = MEBIBYTE) -> FrameError:
    with pytest.raises(FrameError) as caught:
        Splitter(max_message).feed(data)
    return caught.value


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (HELLO, (TEXT, b"Hello")),
        (FRAGMENTED_HELLO, (TEXT, b"Hello")),
        (PING_HELLO, (PING, b"Hello")),
        (bytes.fromhex("827e0100") + bytes(256), (BINARY, bytes(256))),
        (bytes.fromhex("827f0000000000010000") + bytes(65536), (BINARY, bytes(65536))),
    ],
)
def test_the_rfc_examples_are_read(wire: bytes, message: Message) -> None:
    assert split([wire]) == [message]


def test_the_rfc_examples_are_written() -> None:
    assert encode(TEXT, b"Hello", MASK_KEY) == MASKED_HELLO
    assert encode(PONG, b"Hello", MASK_KEY) == MASKED_PONG_HELLO


EVERYTHING = (
    HELLO
    + PING_HELLO
    + peer(TEXT, b"")
    + peer(BINARY, b"\x00\xff")
    + peer(TEXT, b"one ", fin=False)
    + peer(PONG, b"")
    + peer(CONTINUATION, b"", fin=False)
    + peer(PING, b"!")
    + peer(CONTINUATION, b"message")
    + peer(TEXT, b"l" * 300)
    + peer(CLOSE, PeerClose(CloseCode.NORMAL_CLOSURE, "bye").serialize())
)
ALL_MESSAGES = [
    (TEXT, b"Hello"),
    (PING, b"Hello"),
    (TEXT, b""),
    (BINARY, b"\x00\xff"),
    (PING, b"!"),
    (TEXT, b"one message"),
    (PONG, b""),  # it waits for the message in which it came
    (TEXT, b"l" * 300),
    (CLOSE, b"\x03\xe8bye"),
]


def test_a_split_anywhere_changes_nothing() -> None:
    for at in range(len(EVERYTHING) + 1):
        assert split([EVERYTHING[:at], EVERYTHING[at:]]) == ALL_MESSAGES, at


def test_single_bytes_change_nothing() -> None:
    assert split(bytes([byte]) for byte in EVERYTHING) == ALL_MESSAGES


lengths = st.integers(0, 70_000).map(lambda n: b"x" * n)
payloads = st.binary(max_size=200) | lengths
texts = st.text(max_size=100).map(str.encode) | lengths
data_messages = st.tuples(st.just(BINARY), st.lists(payloads, min_size=1, max_size=4)) | st.tuples(
    st.just(TEXT), st.lists(texts, min_size=1, max_size=4)
)
control_messages = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))


@given(
    sent=st.lists(st.tuples(data_messages, st.lists(control_messages, max_size=3)), max_size=6),
    cuts=st.lists(st.floats(0, 1), max_size=12),
    shuffle=st.randoms(use_true_random=False),
)
def test_any_messages_come_back_however_they_are_cut(
    sent: list[tuple[tuple[int, list[bytes]], list[Message]]],
    cuts: list[float],
    shuffle: random.Random,
) -> None:
    wire = b""
    expected: list[Message] = []
    for (opcode, fragments), controls in sent:
        late: list[Message] = []  # pongs inside a message come after it
        places = sorted(shuffle.randrange(len(fragments)) for _ in controls)
        for number, fragment in enumerate(fragments):
            for place, control in zip(places, controls, strict=True):
                if place == number:
                    wire += peer(*control)
                    (late if number and control[0] == PONG else expected).append(control)
            last = number == len(fragments) - 1
            wire += peer(CONTINUATION if number else opcode, fragment, fin=last)
        expected += [(opcode, b"".join(fragments)), *late]
    marks = [0, *sorted(int(cut * len(wire)) for cut in cuts), len(wire)]
    chunks = [wire[start:end] for start, end in pairwise(marks)]
    assert split(chunks) == expected


def parse_as_a_server(data: bytes) -> Frame:
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert reader.buffer == b""
    assert isinstance(parsed.value.value, Frame)
    return parsed.value.value


@given(st.sampled_from([TEXT, BINARY]), payloads, st.binary(min_size=4, max_size=4))
def test_a_server_reads_what_we_write(opcode: int, payload: bytes, mask_key: bytes) -> None:
    wire = encode(opcode, payload, mask_key)
    assert parse_as_a_server(wire) == Frame(Opcode(opcode), payload, fin=True)
    header = len(wire) - len(payload)
    assert wire[header - 4 : header] == mask_key


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
def test_lengths_at_the_edges(size: int) -> None:
    payload = bytes(size)
    assert split([peer(TEXT, payload)]) == [(TEXT, payload)]
    assert parse_as_a_server(encode(TEXT, payload, MASK_KEY)).data == payload


@pytest.mark.parametrize(
    ("wire", "code", "sentence"),
    [
        (MASKED_HELLO, PROTOCOL_ERROR, "a frame from the server is masked"),
        (b"\xc1\x00", PROTOCOL_ERROR, "a frame has a reserved bit set"),
        (b"\xa1\x00", PROTOCOL_ERROR, "a frame has a reserved bit set"),
        (b"\x91\x00", PROTOCOL_ERROR, "a frame has a reserved bit set"),
        (b"\x83\x00", PROTOCOL_ERROR, "a frame has the reserved opcode 3"),
        (b"\x8b\x00", PROTOCOL_ERROR, "a frame has the reserved opcode 11"),
        (b"\x09\x00", PROTOCOL_ERROR, "a control frame is fragmented"),
        (b"\x89\x7e\x00\x7e", PROTOCOL_ERROR, "a control frame is longer than 125 bytes"),
        (b"\x80\x00", PROTOCOL_ERROR, "a continuation frame continues nothing"),
        (b"\x01\x00\x81\x00", PROTOCOL_ERROR, "a message begins inside a fragmented one"),
        (
            b"\x81\x7f\x80" + bytes(7),
            PROTOCOL_ERROR,
            "a frame's 64-bit length has its top bit set",
        ),
        (b"\x88\x01\x03", PROTOCOL_ERROR, "a close frame has no valid code: 03"),
        (b"\x88\x02\x03\xed", PROTOCOL_ERROR, "a close frame has no valid code: 03ed"),
        (b"\x88\x03\x03\xe8\xff", BAD_TEXT, "a close frame's reason is not UTF-8"),
    ],
)
def test_a_fault_has_a_code_and_a_sentence(wire: bytes, code: int, sentence: str) -> None:
    caught = fault(wire)
    assert (caught.code, str(caught)) == (code, sentence)


def test_a_fault_keeps_the_messages_before_it_and_ends_the_splitter() -> None:
    splitter = Splitter(MEBIBYTE)
    with pytest.raises(FrameError) as caught:
        splitter.feed(HELLO + PING_HELLO + MASKED_HELLO)
    assert caught.value.messages == [(TEXT, b"Hello"), (PING, b"Hello")]
    assert splitter.feed(HELLO) == []
    assert splitter.pending == 0


@pytest.mark.parametrize(
    "header", [b"\x81\x05", b"\x81\x7e\x01\x00", b"\x81\x7f" + bytes(6) + b"\x01\x00"]
)
def test_a_message_over_the_limit_is_refused_from_its_header(header: bytes) -> None:
    caught = fault(header, max_message=4)
    length = 5 if len(header) == 2 else 256
    assert caught.code == TOO_BIG
    assert str(caught) == f"a message of {length} bytes is over the limit of 4"


@pytest.mark.parametrize("wire", [HELLO, peer(BINARY, b"Hello"), peer(TEXT, bytes(300))])
def test_a_whole_message_over_the_limit_is_refused(wire: bytes) -> None:
    assert fault(wire, max_message=4).code == TOO_BIG


def test_the_limit_counts_all_the_fragments() -> None:
    assert split([FRAGMENTED_HELLO], max_message=5) == [(TEXT, b"Hello")]
    assert fault(FRAGMENTED_HELLO[:-2], max_message=4).code == TOO_BIG


def test_the_limit_spares_control_frames_and_whole_messages_of_its_size() -> None:
    wire = peer(PING, bytes(125)) + HELLO
    assert split([wire], max_message=5) == [(PING, bytes(125)), (TEXT, b"Hello")]


def test_pending_counts_what_is_unfinished() -> None:
    splitter = Splitter(MEBIBYTE)
    counts = []
    for piece in (HELLO[:3], HELLO[3:], b"\x01\x00", PING_HELLO, b"\x80", b"\x02o", b"k", b""):
        splitter.feed(piece)
        counts.append(splitter.pending)
    assert counts == [3, 0, 2, 2, 3, 5, 0, 0]


def test_nothing_is_read_after_a_close() -> None:
    splitter = Splitter(MEBIBYTE)
    assert splitter.feed(peer(CLOSE, b"\x03\xe8") + HELLO + b"\x81") == [(CLOSE, b"\x03\xe8")]
    assert splitter.feed(HELLO) == []
    assert splitter.pending == 0


def test_a_close_is_read() -> None:
    assert close_status(b"") == (NO_STATUS, "")
    assert close_status(b"\x03\xe8") == (1000, "")
    assert close_status(b"\x0f\xa1" + "bye ✓".encode()) == (4001, "bye ✓")


def accepts(code: int) -> bool:
    try:
        return close_status(code.to_bytes(2)) == (code, "")
    except FrameError:
        return False


def peer_accepts(code: int) -> bool:
    try:
        PeerClose(code, "").check()
    except ProtocolError:
        return False
    return True


def test_the_close_codes_are_those_that_websockets_takes() -> None:
    codes = range(1 << 16)
    assert [c for c in codes if accepts(c)] == [c for c in codes if peer_accepts(c)]


def test_a_frame_that_may_not_be_sent_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="at most 125 bytes"):
        encode(PING, bytes(126), MASK_KEY)
    with pytest.raises(ValueError, match="four bytes"):
        encode(TEXT, b"", b"123")
