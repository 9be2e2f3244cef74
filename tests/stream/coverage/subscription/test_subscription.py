"""A subscription: what it leaves to the next one, what it tends, and how it ends."""

import itertools

import pytest

from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.errors import BinfutError
from binfut_cli.stream.clock_offset import AGREED
from binfut_cli.stream.coverage.context import Stopped
from binfut_cli.stream.coverage.errors import Suspended
from binfut_cli.stream.coverage.subscription.subscription import Stretch, Subscription
from tests.support.simulation import EPOCH_MS
from tests.support.subscribed import Opened


def test_a_stretch_that_never_began_has_proven_nothing() -> None:
    end = ConnectionClosed("x")
    assert Stretch(end) == Stretch(
        end, key=None, proven_ms=0, checked_ms=None, was_live=False, doubt=None
    )


@pytest.mark.parametrize("is_another", [False, True])
def test_a_key_that_took_the_place_of_another_tells_since_when_that_may_have_been_dead(
    is_another: bool,
) -> None:
    opened = Opened()
    before = opened.subscription.key
    assert opened.subscription.unproven_ms is None
    if is_another:
        before.text = "another"
    opened.pass_time(5)
    after = Subscription.opened(opened.context, itertools.count(2), before)
    assert after.unproven_ms == (before.proven_ms if is_another else None)
    assert before.proven_ms < EPOCH_MS + 5000


def test_a_clock_that_was_compared_anew_is_what_the_streams_go_by() -> None:
    opened = Opened()
    opened.sim.skew_ms = -60_000
    opened.pass_time(1800)
    opened.only.stream.offset = AGREED
    opened.subscription.tend()
    offset = opened.subscription.clock.offset
    assert offset.likely_ms == pytest.approx(60_000, abs=1000)
    assert opened.only.stream.offset.high_ms == offset.high_ms


def test_sleep_ends_it() -> None:
    opened = Opened()
    opened.sim.asleep_s = 60.0
    with pytest.raises(Suspended):
        opened.subscription.tend()


@pytest.mark.parametrize(
    ("end", "joined"), [(Stopped(), [1.0, 2.0]), (ConnectionClosed("x"), [2.0])]
)
def test_what_is_on_its_way_is_waited_for_only_if_nothing_failed(
    end: BinfutError | Stopped, joined: list[float]
) -> None:
    opened = Opened()
    opened.pass_time(20)
    stretch = opened.subscription.ended(end)
    assert stretch == Stretch(end, opened.subscription.key, opened.streams.proven_ms)
    assert stretch.proven_ms > EPOCH_MS
    assert opened.joined == joined
    assert all(wire.is_over for wire in opened.sim.wires)
