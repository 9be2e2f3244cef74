"""What the times of a gap mean: both clocks, the last proof, and what was told."""

from dataclasses import replace

from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import NetworkError
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.fold.gap_clock import REACH_MS, GapClock
from binfut_cli.stream.messages import CoverageLost, MessagesDropped
from binfut_cli.stream.records import Cause, Gap

LANE = Lane(Market.USDM)
AHEAD = ClockOffset(1000, 1010)


def opened(offset: ClockOffset = AHEAD) -> GapClock:
    """A clock of a watch whose first stream was opened at 100."""
    clock = GapClock()
    clock.opened(100, offset, first=True)
    return clock


def lost(covered_ms: int, possible_ms: int | None = None) -> CoverageLost:
    error = NetworkError("It ended.", hint="")
    return CoverageLost(LANE, covered_ms, covered_ms, error, 1.0, possible_ms=possible_ms)


def span(gap: Gap) -> tuple[int, int, int]:
    """Since when possibly, since when surely, and until when."""
    return gap.possible_ms, gap.from_ms, gap.to_ms


def test_moments_are_told_by_the_best_guess_of_the_exchanges_clock() -> None:
    clock = GapClock()
    assert clock.at(7) == 7
    clock.measured(AHEAD)
    assert clock.at(7) == 1012


def test_a_stream_was_surely_subscribed_at_the_earliest_moment_of_its_opening() -> None:
    assert opened().subscribed_ms == 1100


def test_a_proof_is_as_old_as_an_event_may_be_late() -> None:
    clock = opened()
    clock.agreed(50_000)
    assert clock.proven_ms == 50_000 - LATENCY_MS
    assert clock.read_ms == clock.at(50_000)


def test_a_listen_key_lives_an_hour() -> None:
    assert REACH_MS == 3_600_000


def test_the_next_gap_begins_no_earlier_than_a_listen_keys_life_before_the_proof() -> None:
    clock = opened()
    clock.measured(ClockOffset(900, 1200))
    assert clock.agreed(REACH_MS + LATENCY_MS) == 900
    assert clock.agreed(REACH_MS + LATENCY_MS) == 900  # as last measured
    clock.measured(AHEAD)
    clock.agreed(REACH_MS)
    assert clock.agreed(REACH_MS + LATENCY_MS) == 1000  # what was before a proof is of no use


def test_a_gap_is_as_wide_as_the_offset_has_moved_since_the_last_proof() -> None:
    clock = opened()
    clock.measured(ClockOffset(1100, 1110))
    clock.lost()
    clock.opened(300, ClockOffset(1300, 1310), first=False)
    assert span(clock.gap(1, lost(200))) == (1200, 1200, 1610)


def test_what_was_measured_in_an_open_loss_is_not_forgotten_at_a_second() -> None:
    clock = opened()
    for time_ms, offset in ((300, ClockOffset(1500, 1500)), (400, ClockOffset(700, 700))):
        clock.lost()
        clock.opened(time_ms, offset, first=False)
    assert span(clock.gap(1, lost(900))) == (1600, 1600, 1900)


def test_a_gap_reaches_into_none_that_was_told_nor_before_the_watch() -> None:
    clock = opened()
    clock.lost()
    clock.opened(300, AHEAD, first=False)
    assert span(clock.gap(1, lost(0))) == (1100, 1100, 1310)
    assert span(clock.gap(2, lost(250, possible_ms=200))) == (1310, 1310, 1310)


def test_a_gap_says_what_its_loss_said() -> None:
    clock, one = opened(), lost(200)
    clock.lost()
    gap = clock.gap(7, replace(one, certain=True, cause=Cause.KEY))
    assert (gap.number, gap.reason, gap.certainty, gap.cause) == (
        7, "It ended.", "certain", Cause.KEY,
    )  # fmt: skip
    assert gap.possible_from_ms is None


def test_what_was_only_possibly_lost_begins_earlier_but_not_before_what_was_told() -> None:
    for possible_ms, told in ((150, 1150), (50, 1100), (250, 1200)):
        clock = opened()
        clock.lost()
        clock.opened(300, AHEAD, first=False)
        assert span(clock.gap(1, lost(200, possible_ms))) == (told, 1200, 1310)


def test_messages_were_dropped_between_the_least_and_the_most_the_offset_may_have_been() -> None:
    clock = opened()
    clock.measured(ClockOffset(900, 950))
    found = clock.dropped(3, MessagesDropped(LANE, 5, 200, 400))
    assert found == Gap(
        3,
        1100,
        1410,
        "The reader of this output was too slow, and there was no room left.",
        "certain",
        Cause.CONSUMER,
        messages=5,
    )


def test_what_was_not_printed_as_the_watch_ended_has_no_slow_reader_for_a_reason() -> None:
    found = opened().dropped(3, MessagesDropped(LANE, 5, 200, 400), 500)
    assert (found.reason, found.is_open) == ("The watch ended before it could be printed.", True)


def test_what_was_not_written_had_come_before_its_records_were_made() -> None:
    """Its moment is by the exchange's clock, and that may have been nearer or further ahead."""
    clock = opened()
    clock.measured(ClockOffset(900, 950))
    gap = clock.unwritten(3, 5000, 7000, "The disk is full.")
    made_ms = 5000 - 925  # by the watch's clock
    assert (gap.from_ms, gap.to_ms) == (made_ms - LATENCY_MS + 900, 7000 + 1010)
    assert (gap.number, gap.cause, gap.certainty) == (3, Cause.RECORDING, "certain")


def test_nothing_is_proven_before_anything_agreed() -> None:
    assert GapClock().proven_ms == 0
