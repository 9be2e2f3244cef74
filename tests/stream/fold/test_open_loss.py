"""The loss under way: as wide as all that were, and wider if a reading shows it."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.clock_offset import AGREED, ClockOffset
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.open_loss import OpenLoss
from binfut_cli.stream.records import Cause
from tests.stream.fold.test_folded_account import read
from tests.stream.fold.test_reducer import lost

SAME = read("10", 5)
PROVEN_MS = 2000
LANE = Lane(Market.USDM)


def open_loss(account: FoldedAccount | None = None) -> OpenLoss:
    """Of an account that was read, and last agreed at 2000."""
    clock, account = GapClock(), account or FoldedAccount()
    clock.agreed(PROVEN_MS + 1000)
    account.read(SAME)
    return OpenLoss(LANE, clock, account)


def since(loss: OpenLoss, document: Row = SAME) -> tuple[int, bool] | None:
    """From when on, and whether certainly."""
    closed = loss.close(document)
    return None if closed is None else (closed.covered_ms, closed.certain)


def test_several_losses_are_one_from_the_earliest_and_as_certain_as_any() -> None:
    loss = open_loss()
    loss.add(lost(covered_ms=4000))
    loss.add(lost(covered_ms=3000, certain=True))
    loss.add(lost(covered_ms=5000))
    assert since(loss) == (3000, True)
    assert since(loss) is None


def test_since_when_changes_may_have_been_missed_is_by_the_exchanges_clock() -> None:
    account, clock = FoldedAccount(), GapClock()
    clock.measured(ClockOffset(-1000, 1000))
    clock.agreed(PROVEN_MS)
    account.read(SAME)
    loss = OpenLoss(LANE, clock, account)
    assert loss.since_ms is None
    loss.add(lost(covered_ms=4000))
    assert loss.since_ms == 3000


@pytest.mark.parametrize("left", [Cause.HANDOVER, Cause.RESTART])
def test_what_another_watch_left_is_lost_since_its_last_proof(left: Cause) -> None:
    account = FoldedAccount()
    account.read(SAME)
    found = OpenLoss(LANE, GapClock(), account, left).close(SAME)
    assert found is not None
    assert (found.lane, found.covered_ms, found.time_ms, found.cause) == (LANE, 0, 0, left)


def test_the_first_says_why() -> None:
    loss, first = open_loss(), lost(covered_ms=4000, cause=Cause.KEY)
    loss.add(first)
    loss.add(lost(covered_ms=4000))
    assert loss.close(SAME) == first


def test_before_the_account_was_ever_read_nothing_is_lost() -> None:
    loss = OpenLoss(LANE, GapClock(), FoldedAccount())
    loss.add(lost(covered_ms=4000))
    loss.widen(1)
    assert since(loss) is None


def test_only_what_is_open_is_made_wider() -> None:
    loss = open_loss()
    loss.widen(3000)
    assert since(loss) is None
    loss.add(lost(covered_ms=4000))
    loss.widen(3000)
    loss.widen(3500)
    assert since(loss) == (3000, False)


def test_a_stream_that_was_found_deaf_was_so_since_all_last_agreed() -> None:
    account = FoldedAccount()
    loss = open_loss(account)
    account.has_drifted = True
    loss.add(lost(covered_ms=4000))
    assert since(loss) == (PROVEN_MS, True)


def test_a_row_that_changed_while_all_seemed_covered_widens_it() -> None:
    for changed_ms, found in ((4000, (PROVEN_MS, True)), (4001, (4000, False))):
        loss = open_loss()
        loss.add(lost(covered_ms=4000))
        assert since(loss, read("11", changed_ms)) == found


def test_of_an_account_that_was_never_read_all_is_lost_since_its_stream_was_opened() -> None:
    clock = GapClock()
    loss = OpenLoss(LANE, clock, FoldedAccount())
    assert loss.left(9000) is None  # no stream was opened
    clock.opened(1000, AGREED, first=True)
    left = loss.left(9000)
    assert left is not None
    assert left.error.message == "The account had not been read when the watch ended."
    assert (left.lane, left.time_ms, left.covered_ms) == (LANE, 9000, 1000)
    assert (left.certain, left.cause, left.retry_s) == (False, Cause.TRANSPORT, None)


def test_a_stream_that_was_found_deaf_as_the_watch_ends_was_so_since_all_last_agreed() -> None:
    account = FoldedAccount()
    loss = open_loss(account)
    assert loss.left(9000) is None
    account.has_drifted = True
    left = loss.left(9000)
    assert left is not None
    assert left.error.message == "The account changed without a word on the stream."
    assert (left.lane, left.time_ms, left.covered_ms) == (LANE, 9000, PROVEN_MS)
    assert (left.certain, left.cause, left.retry_s) == (True, Cause.AUDIT, None)
