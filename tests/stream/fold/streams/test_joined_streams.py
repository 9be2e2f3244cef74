"""Several streams as one: what cannot be read is never taken for a copy."""

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.fold.streams.joined_streams import HELD_BYTES, JoinedStreams
from binfut_cli.stream.messages import Batch

EVENT = b'{"e":"GRID_UPDATE","E":1,"T":1,"gu":{"s":"BTCUSDT"}}'


def rotating() -> JoinedStreams:
    """The second stream has joined the first."""
    joined = JoinedStreams(Market.USDM)
    joined.joining(2)
    joined.joined(2)
    return joined


def test_an_event_of_two_streams_is_new_once() -> None:
    joined = rotating()
    assert joined.new(1, [EVENT], 0) == [EVENT]
    assert joined.new(2, [EVENT, EVENT], 1) == [EVENT]


@pytest.mark.parametrize("text", [b"", b"{", b'{"e":"ACCOUNT_UPDATE","a":null}', b'{"result":1}'])
def test_two_messages_that_are_unreadable_alike_may_be_two(text: bytes) -> None:
    joined = rotating()
    assert joined.new(1, [text], 0) == [text]  # broken on the first stream only
    joined.left(1, 5)
    assert joined.new(2, [text], 10) == [text]  # another one, broken on the second


def test_what_waits_is_bounded_and_beyond_that_all_is_given_up() -> None:
    joined = JoinedStreams(Market.USDM)
    large = Batch(Lane(Market.USDM), 1, [(1, bytes(HELD_BYTES // 4))])
    for _ in range(3):
        assert joined.holds(large)
    assert (joined.is_flooded, len(joined.waiting)) == (False, 3)
    for _ in range(3):
        assert joined.holds(large)
        assert len(joined.waiting) < 4
    assert (joined.is_flooded, joined.waiting) == (True, [])


@pytest.mark.parametrize("depth", range(900, 1000))
def test_a_message_of_any_depth_is_new_or_no_copy(depth: int) -> None:
    message = b'{"e":"X","previous":%b}' % (b"[" * depth + b"]" * depth)
    assert rotating().new(1, [message], 0) == [message]
