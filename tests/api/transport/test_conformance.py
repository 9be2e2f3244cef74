"""RFC 6455 as a server may speak it, cases after the Autobahn suite: sections 1 to 5, 7 and 9."""

import os
import socket
from collections.abc import Iterator

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.frames import BINARY, PONG, TEXT
from binfut_cli.api.transport.ws import MAX_MESSAGE, Connection, ConnectionClosed

FIN = 0x80
TEXTS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 300_000]
CUTS = [1, 2, 3, 7, 64, 4096]


def frame(opcode: int, payload: bytes = b"", first: int = FIN) -> bytes:
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 65_536:
        length = bytes([126]) + size.to_bytes(2)
    else:
        length = bytes([127]) + size.to_bytes(8)
    return bytes([first | opcode]) + length + payload


class Talk:
    """A connection, and the server's end of it."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.connection = Connection(ours, "the server", Way.STREAM)
        self.theirs.settimeout(5)

    def hears(self, *data: bytes) -> list[tuple[int, bytes]]:
        """What comes of these bytes, each sent by itself, until the server has no more to say."""
        found = []
        for part in data:
            for start in range(0, len(part), 32_768):
                self.theirs.sendall(part[start : start + 32_768])
                found += self.connection.receive(1.0)
        while more := self.connection.receive(0.01):
            found += more
        return found

    def ends(self, *data: bytes) -> ConnectionClosed:
        """The end that these bytes make."""
        try:
            self.hears(*data)
            self.connection.receive(1.0)
        except ConnectionClosed as exc:
            return exc
        raise AssertionError("the connection did not end")

    def said(self) -> list[tuple[int, bytes]]:
        """The frames that the client has sent."""
        data, found = self.theirs.recv(65_536), []
        while data:
            opcode, size, mask = data[0] & 15, data[1] & 127, data[2:6]
            found.append((opcode, bytes(b ^ mask[i % 4] for i, b in enumerate(data[6 : 6 + size]))))
            data = data[6 + size :]
        return found


@pytest.fixture
def talk() -> Iterator[Talk]:
    found = Talk()
    yield found
    found.connection.close()
    found.theirs.close()


@pytest.mark.parametrize("size", TEXTS)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_1_messages_of_every_size(talk: Talk, opcode: int, size: int) -> None:
    payload = b"x" * size if opcode == TEXT else os.urandom(size)
    assert talk.hears(frame(opcode, payload)) == [(opcode, payload)]


@pytest.mark.parametrize("cut", CUTS)
def test_1_1_8_a_message_in_pieces_of_any_size(talk: Talk, cut: int) -> None:
    data = frame(TEXT, b"x" * 3000)
    parts = [data[i : i + cut] for i in range(0, len(data), cut)]
    assert talk.hears(*parts) == [(TEXT, b"x" * 3000)]


@pytest.mark.parametrize("payload", [b"", b"ping", b"\x00\xff", b"x" * 125])
def test_2_a_ping_is_answered_with_its_payload(talk: Talk, payload: bytes) -> None:
    assert talk.hears(frame(9, payload)) == []
    assert talk.said() == [(PONG, payload)]


def test_2_5_a_ping_that_is_too_long_ends_it(talk: Talk) -> None:
    assert talk.ends(bytes([FIN | 9, 126]) + (126).to_bytes(2) + b"x" * 126).code == 1002


def test_2_7_a_pong_that_nobody_asked_for_is_no_fault(talk: Talk) -> None:
    assert talk.hears(frame(PONG, b"?"), frame(TEXT, b"a")) == [(PONG, b"?"), (TEXT, b"a")]


def test_2_10_ten_pings_are_ten_pongs_in_their_order(talk: Talk) -> None:
    talk.hears(b"".join(frame(9, b"%d" % number) for number in range(10)))
    assert talk.said() == [(PONG, b"%d" % number) for number in range(10)]


@pytest.mark.parametrize("bits", [0x10, 0x20, 0x40, 0x70])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, 9])
def test_3_a_reserved_bit_ends_it(talk: Talk, opcode: int, bits: int) -> None:
    assert talk.ends(frame(opcode, b"x", FIN | bits)).code == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_4_a_reserved_opcode_ends_it(talk: Talk, opcode: int) -> None:
    assert talk.ends(frame(opcode, b"x")).code == 1002


def test_3_and_4_what_came_before_the_fault_is_not_lost(talk: Talk) -> None:
    talk.theirs.sendall(frame(TEXT, b"good") + frame(3, b"bad"))
    assert talk.connection.receive(1.0) == [(TEXT, b"good")]
    with pytest.raises(ConnectionClosed):
        talk.connection.receive(1.0)


@pytest.mark.parametrize("opcode", [8, 9, 10])
def test_5_1_a_control_frame_in_fragments_ends_it(talk: Talk, opcode: int) -> None:
    assert talk.ends(frame(opcode, b"ab", 0)).code == 1002


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_5_3_fragments_are_put_together(talk: Talk, opcode: int) -> None:
    parts = frame(opcode, b"one ", 0), frame(0, b"two ", 0), frame(0, b"three")
    assert talk.hears(*parts) == [(opcode, b"one two three")]


def test_5_6_a_ping_between_fragments_is_answered_at_once(talk: Talk) -> None:
    assert talk.hears(frame(TEXT, b"a", 0), frame(9, b"!"), frame(0, b"b")) == [(TEXT, b"ab")]
    assert talk.said() == [(PONG, b"!")]


def test_5_6_a_pong_between_fragments_waits_for_the_message(talk: Talk) -> None:
    """It proves that all before it has come, and that message had been sent."""
    assert talk.hears(frame(TEXT, b"a", 0), frame(PONG, b"1"), frame(PONG, b"2")) == []
    assert talk.hears(frame(0, b"b")) == [(TEXT, b"ab"), (PONG, b"1"), (PONG, b"2")]


def test_5_6_pongs_without_end_between_fragments_cost_nothing(talk: Talk) -> None:
    pongs = b"".join(frame(PONG, b"%d" % number) for number in range(1000))
    found = talk.hears(frame(TEXT, b"a", 0), pongs, frame(0, b"b"))
    assert found[0] == (TEXT, b"ab")
    assert found[1:] == [(PONG, b"%d" % number) for number in range(968, 1000)]


def test_5_8_empty_fragments_are_allowed(talk: Talk) -> None:
    assert talk.hears(frame(TEXT, b"", 0), frame(0, b"", 0), frame(0, b"")) == [(TEXT, b"")]


@pytest.mark.parametrize("first", [0, FIN])
def test_5_9_a_continuation_of_nothing_ends_it(talk: Talk, first: int) -> None:
    assert talk.ends(frame(0, b"x", first)).code == 1002


def test_5_18_a_message_inside_a_fragmented_one_ends_it(talk: Talk) -> None:
    assert talk.ends(frame(TEXT, b"a", 0), frame(TEXT, b"b")).code == 1002


WORD = "κόσμε".encode()
BAD = [b"\xff", WORD + b"\xed\xa0\x80edited", WORD[:-1], b"\xf4\x90\x80\x80", b"\xc0\xaf"]


@pytest.mark.parametrize("payload", [WORD, b"\xf4\x8f\xbf\xbf", b"\xef\xbb\xbf", b"\x00"])
def test_6_text_is_utf8_wherever_its_fragments_are_cut(talk: Talk, payload: bytes) -> None:
    for cut in range(len(payload) + 1):
        parts = frame(TEXT, payload[:cut], 0), frame(0, payload[cut:])
        assert talk.hears(*parts) == [(TEXT, payload)]


@pytest.mark.parametrize("payload", BAD)
def test_6_text_that_is_not_utf8_ends_it(talk: Talk, payload: bytes) -> None:
    assert talk.ends(frame(TEXT, payload)).code == 1007
    assert talk.said() == [(8, (1007).to_bytes(2))]


@pytest.mark.parametrize("payload", BAD)
def test_6_fragments_that_are_not_utf8_together_end_it(talk: Talk, payload: bytes) -> None:
    assert talk.ends(frame(TEXT, payload, 0), frame(0)).code == 1007


@pytest.mark.parametrize("payload", BAD)
def test_6_what_is_binary_may_be_anything(talk: Talk, payload: bytes) -> None:
    assert talk.hears(frame(BINARY, payload)) == [(BINARY, payload)]


def test_6_what_came_before_the_bad_text_is_not_lost(talk: Talk) -> None:
    parts = frame(TEXT, b"good"), frame(9, b"?"), frame(TEXT, b"\xff"), frame(TEXT, b"late")
    talk.theirs.sendall(b"".join(parts) + frame(3))
    assert talk.connection.receive(1.0) == [(TEXT, b"good")]
    with pytest.raises(ConnectionClosed) as caught:
        talk.connection.receive(1.0)
    assert caught.value.code == 1007
    assert talk.said() == [(PONG, b"?"), (8, (1007).to_bytes(2))]


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
                                  1013, 3000, 3999, 4000, 4999])  # fmt: skip
def test_7_7_a_close_is_answered_and_its_code_told(talk: Talk, code: int) -> None:
    assert talk.ends(frame(8, code.to_bytes(2) + b"because")).code == code
    ((opcode, payload),) = talk.said()
    assert (opcode, payload[:2]) == (8, (1000).to_bytes(2))


def test_7_3_1_a_close_without_a_code(talk: Talk) -> None:
    assert talk.ends(frame(8)).code == 1005


@pytest.mark.parametrize("payload", [b"\x03", *(code.to_bytes(2) for code in (
    0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535))])  # fmt: skip
def test_7_9_a_close_with_a_bad_code_breaks_the_protocol(talk: Talk, payload: bytes) -> None:
    assert talk.ends(frame(8, payload)).code == 1002


def test_7_1_2_nothing_after_a_close_is_heard(talk: Talk) -> None:
    talk.theirs.sendall(frame(8, b"\x03\xe8") + frame(TEXT, b"late"))
    with pytest.raises(ConnectionClosed):
        talk.connection.receive(1.0)


def test_9_a_message_beyond_the_limit_is_refused_before_it_comes(talk: Talk) -> None:
    head = bytes([FIN | TEXT, 127]) + (1 << 40).to_bytes(8)
    assert talk.ends(head).code == 1009


def test_9_fragments_beyond_the_limit_are_refused(talk: Talk) -> None:
    head = bytes([0, 127]) + MAX_MESSAGE.to_bytes(8)
    assert talk.ends(frame(TEXT, b"x", 0), head).code == 1009


def test_a_frame_from_a_server_is_not_masked(talk: Talk) -> None:
    assert talk.ends(b"\x81\x81\x00\x00\x00\x00x").code == 1002


def test_an_end_without_a_close_frame(talk: Talk) -> None:
    talk.theirs.shutdown(socket.SHUT_WR)
    assert talk.ends().code is None


def test_what_comes_with_a_ping_that_cannot_be_answered_is_given_out(talk: Talk) -> None:
    talk.theirs.sendall(frame(TEXT, b"a") + frame(9) + frame(TEXT, b"b"))
    talk.theirs.close()
    assert talk.connection.receive(1.0) == [(TEXT, b"a"), (TEXT, b"b")]
    with pytest.raises(ConnectionClosed):
        talk.connection.receive(1.0)
