"""Whatever interrupts the opening of a stream, neither a connection nor a reader is left behind."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Wire
from binfut_cli.api.transport.waiting.here import Running
from binfut_cli.api.transport.waiting.readers import Reader
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import AuthError
from binfut_cli.sandbox.actions import perform
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.context import LaneContext, Stopped
from binfut_cli.stream.coverage.errors import NotSubscribed
from binfut_cli.stream.coverage.subscription.subscription import Subscription
from binfut_cli.stream.messages import LaneMessage, StreamJoined, StreamJoining, StreamLeft
from tests.support.simulation import EPOCH_MS, Ended, Simulation
from tests.support.subscribed import Opened


def context(sim: Simulation) -> LaneContext:
    return sim.engine.supervisors[Lane(Market.USDM)]._context


def opened(sim: Simulation) -> Subscription:
    return Subscription.opened(context(sim), itertools.count(1))


def when_read(sim: Simulation, do: Callable[[], object]) -> None:
    """Do it when a stream is connected, before its reader turns."""
    lane = context(sim)
    read = lane.runtime.read

    def began(reader: Reader) -> Running:
        do()
        return read(reader)

    lane.runtime = replace(lane.runtime, read=began)


def open_wires(sim: Simulation) -> int:
    return sum(not wire.is_over for wire in sim.wires)


def test_a_stream_that_is_not_listed_is_closed_again() -> None:
    sim = Simulation(Market.USDM, 1)
    lane = context(sim)
    lane.runtime = replace(lane.runtime, read=lambda reader: Ended())  # reads no answer
    with pytest.raises(NotSubscribed):
        opened(sim)
    assert len(sim.wires) == 1
    assert not open_wires(sim)


def test_one_whose_end_is_asked_for_while_it_is_opened_is_closed_again() -> None:
    sim = Simulation(Market.USDM, 1)
    when_read(sim, sim.stop)
    with pytest.raises(Stopped):
        opened(sim)
    assert len(sim.wires) == 1
    assert not open_wires(sim)
    assert not [turn for turn in sim._turns if turn()]


def test_one_that_no_thread_can_read_is_closed_again() -> None:
    sim = Simulation(Market.USDM, 1)

    def no_thread() -> None:
        raise RuntimeError("can't start new thread")

    when_read(sim, no_thread)
    with pytest.raises(RuntimeError):
        opened(sim)
    assert len(sim.wires) == 1
    assert not open_wires(sim)


def test_one_that_is_to_join_is_closed_and_told_if_the_end_is_asked_for_meanwhile() -> None:
    """It waits until the others have brought what was on its way to them, and is none of them."""
    sim, put = Simulation(Market.USDM, 1), list[LaneMessage]()
    lane = context(sim)
    hand_over = lane.put

    def noted(message: LaneMessage) -> None:
        put.append(message)
        hand_over(message)

    def second() -> None:
        if len(sim.wires) == 2:
            sim.wires[0].is_mute = True  # so that there is something to wait for
            sim.at(sim.now_s + 3, sim.stop)

    lane.put = noted
    when_read(sim, second)
    account = next(iter(sim.exchange.accounts))
    text = '{"event":{"e":"serverShutdown","E":1}}'
    words = {"account": account, "market": "usdm", "action": "raw", "text": text}
    sim.at(100, lambda: perform(sim.exchange, words))
    sim.run(200)
    assert sim.now_s < 120
    assert len(sim.wires) == 2
    assert not open_wires(sim)
    told = [each for each in put if isinstance(each, StreamJoining | StreamJoined | StreamLeft)]
    assert [type(each) for each in told] == [StreamJoining, StreamLeft]
    assert told[0].stream == told[1].stream


def test_an_account_that_cannot_be_read_leaves_no_stream_open() -> None:
    """What was opened for it has proven something all the same, and the gap is to begin there."""
    sim = Simulation(Market.USDM, 1)
    when_read(sim, sim.exchange.keys.clear)
    stretch = sim.engine.supervisors[Lane(Market.USDM)]._cover(None)
    assert isinstance(stretch.end, AuthError)
    assert stretch.key is not None
    assert stretch.proven_ms >= EPOCH_MS
    assert stretch.checked_ms is None
    assert not open_wires(sim)


def test_one_that_breaks_before_it_is_listed_is_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sim, cut = Simulation(Market.USDM, 1), ConnectionClosed("x")

    def fails(*_: object) -> None:
        raise cut

    when_read(sim, lambda: monkeypatch.setattr(sim.wires[-1], "send", fails))
    with pytest.raises(ConnectionClosed) as raised:
        opened(sim)
    assert raised.value is cut
    assert sim.now_s < 2  # what it took to ask for the key and the time
    assert not open_wires(sim)


def test_it_is_opened_by_the_way_of_streams_and_within_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sim, asked = Simulation(Market.USDM, 1), list[tuple[Way, str]]()
    transport = context(sim).account.transport
    open_ws = transport.open_ws

    def noted(way: Way, url: str, deadline: Deadline) -> Wire:
        asked.append((way, deadline.passed().message))
        return open_ws(way, url, deadline)

    monkeypatch.setattr(transport, "open_ws", noted)
    opened(sim)
    assert asked[-1][0] is Way.STREAM
    assert "stream" in asked[-1][1]


def test_it_goes_by_the_clock_as_it_was_compared_last() -> None:
    found = Opened()
    found.subscription.clock.offset = ClockOffset(5, 9)
    assert found.another().stream.offset == ClockOffset(5, 9)
