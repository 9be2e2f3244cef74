"""Several streams as one: what cannot be read is never taken for a copy."""

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.fold.streams.dedup import WINDOW_MS
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


def test_events_of_one_moment_are_two_if_they_tell_something_else() -> None:
    joined, other = rotating(), EVENT.replace(b"BTCUSDT", b"ETHUSDT")
    assert joined.new(1, [EVENT], 0) == [EVENT]
    assert joined.new(2, [other], 1) == [other]


def test_an_event_that_a_third_stream_alone_brings_is_new_though_one_like_it_was_told() -> None:
    joined = rotating()
    joined.new(1, [EVENT], 0)
    joined.new(2, [EVENT], 1)
    joined.joining(3)
    joined.joined(3)
    assert joined.new(3, [EVENT], 5) == [EVENT]


UPDATE = b'{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"B":[{"a":"USDT","wb":"%d","bc":"1"}],"P":[]}}'


def test_what_one_stream_tells_twice_behind_the_others_is_no_other_change() -> None:
    joined, first, second = rotating(), UPDATE % 11, UPDATE % 12
    assert joined.new(1, [first, second], 0) == [first, second]
    assert joined.new(2, [first, first, second], 1) == []
    assert joined.removed == 3
    assert joined.new(1, [UPDATE % 10, first], 2) == [UPDATE % 10, first]  # it was told again


def test_nothing_stays_of_streams_that_are_long_gone() -> None:
    joined, now_ms = JoinedStreams(Market.USDM), 0
    for stream in range(2, 9):
        joined.joining(stream)
        joined.joined(stream)
        joined.new(stream, [UPDATE % 10], now_ms)
        joined.left(stream, now_ms)
        now_ms += WINDOW_MS + 1
        joined.new(1, [], now_ms)
        assert not joined._last


def test_what_one_stream_tells_twice_is_no_other_change_also_if_another_tells_between() -> None:
    joined, first, second = rotating(), UPDATE % 11, UPDATE % 12
    assert joined.new(1, [first], 0) == [first]
    assert joined.new(2, [second], 1) == [second]
    assert joined.new(1, [first], 2) == []


def test_what_a_stream_told_last_is_forgotten_with_the_copies() -> None:
    joined, timeless, other = rotating(), UPDATE.replace(b'"T":1,', b"") % 11, UPDATE % 12
    joined.left(2, 0)
    assert joined.new(1, [timeless], WINDOW_MS + 1) == [timeless]
    assert joined.new(1, [other], WINDOW_MS + 2) == [other]  # copies are looked for no longer
    joined.joining(3)
    assert joined.new(1, [timeless], WINDOW_MS + 3) == [timeless]


def test_of_all_else_two_that_are_equal_are_two() -> None:
    joined, order = rotating(), EVENT.replace(b"GRID", b"STRATEGY")
    assert joined.new(1, [EVENT, EVENT, order, order], 0) == [EVENT, EVENT, order, order]


def test_before_the_account_is_read_the_first_stream_waits_also_while_another_joins() -> None:
    joined = JoinedStreams(Market.USDM)
    joined.joining(2)
    batches = [Batch(Lane(Market.USDM), 1, [], stream) for stream in (1, 2)]
    assert all(joined.holds(batch) for batch in batches)
    assert joined.read() == batches[:1]
    assert joined.joined(2) == batches[1:]


def test_copies_are_looked_for_until_one_stream_was_alone_for_as_long_as_one_may_come() -> None:
    joined = JoinedStreams(Market.USDM)
    assert joined.removed is None
    joined.joining(2)
    joined.left(1, 1000)
    for now_ms in (1000 + WINDOW_MS, 1001 + WINDOW_MS):
        assert joined.removed == 0
        joined.new(2, [EVENT], now_ms)
    assert joined.removed is None


def test_copies_are_looked_for_as_long_as_there_are_two_streams() -> None:
    joined = rotating()
    joined.joining(3)
    joined.left(1, 0)
    joined.new(2, [EVENT], 2 * WINDOW_MS)
    assert joined.removed == 0
    joined.left(2, 2 * WINDOW_MS)
    joined.joining(4)
    joined.new(3, [EVENT], 4 * WINDOW_MS)
    assert joined.removed == 0


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


def test_what_waits_no_longer_leaves_room_for_the_next() -> None:
    joined = JoinedStreams(Market.USDM)
    assert joined.holds(Batch(Lane(Market.USDM), 1, [(1, bytes(HELD_BYTES // 2))]))
    joined.read()
    for stream in range(2, 6):
        joined.joining(stream)
        assert joined.holds(Batch(Lane(Market.USDM), 1, [(1, bytes(HELD_BYTES // 2))], stream))
        assert not joined.is_flooded
        joined.joined(stream)


def test_eight_mebibytes_may_wait_and_no_byte_more() -> None:
    room = 8 * 1024 * 1024 - Batch(Lane(Market.USDM), 1, [(1, b"")]).size
    for size, is_flooded in ((room, False), (room + 1, True)):
        joined = JoinedStreams(Market.USDM)
        joined.holds(Batch(Lane(Market.USDM), 1, [(1, bytes(size))]))
        assert joined.is_flooded is is_flooded


@pytest.mark.parametrize("depth", range(900, 1000))
def test_a_message_of_any_depth_is_new_or_no_copy(depth: int) -> None:
    message = b'{"e":"X","previous":%b}' % (b"[" * depth + b"]" * depth)
    assert rotating().new(1, [message], 0) == [message]
