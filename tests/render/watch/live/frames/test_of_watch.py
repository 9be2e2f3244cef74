from dataclasses import replace

from binfut_cli.render.watch.live.frames.of_watch import accounts
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView, Moments
from binfut_cli.stream.records import Verdict
from tests.support.screens import COINM, NOW_MS, USDM, account, position

LIVE = Standing(USDM, NOW_MS, Verdict.LIVE, "", NOW_MS - 3_000)


def view(told_ms: int, marked_ms: int) -> LiveView:
    """An account of which one position's mark, and the totals, are of other moments."""
    fresh = Moments(NOW_MS, NOW_MS, NOW_MS, NOW_MS, NOW_MS)
    moments = {
        ("positions", "OLD", "BOTH"): replace(fresh, valued=marked_ms),
        ("positions", "NEW", "BOTH"): fresh,
        ("totals",): replace(fresh, told=told_ms),
    }
    answer = account(position("OLD", "0.1"), position("NEW", "0.2")).answer
    assert answer is not None
    return LiveView(USDM, NOW_MS, answer, moments, LIVE)


def test_a_row_is_as_old_as_its_oldest_figure() -> None:
    (found,) = accounts([LIVE], {USDM: view(NOW_MS, NOW_MS - 20_000)}, {})
    assert (found.age, dict(found.ages)) == ("", {("OLD", "BOTH"): "20 s old"})
    (found,) = accounts([LIVE], {USDM: view(NOW_MS - 16_000, NOW_MS - 14_999)}, {})
    assert (found.age, dict(found.ages)) == ("16 s old", {})


def test_a_lane_that_was_never_read_stands_in_a_word() -> None:
    unread = Standing(COINM, NOW_MS, Verdict.CONNECTED, "")
    known, unknown = accounts([LIVE, unread], {USDM: view(NOW_MS, NOW_MS)}, {})
    assert (known.standing, known.why) == ("LIVE", "(proven 3 s ago)")
    assert (unknown.answer, unknown.standing) == (None, "CONNECTING")


def test_what_is_wrong_with_a_stream_is_said_behind_the_word() -> None:
    broken = replace(LIVE, verdict=Verdict.DRIFT, reason="a wallet differs")
    (found,) = accounts([broken], {}, {})
    assert (found.standing, found.why) == ("DRIFT", "a wallet differs")
    (found,) = accounts([replace(LIVE, gap_ms=NOW_MS - 60_000)], {}, {})
    assert found.standing == "LIVE"
    assert ", GAP since " in found.why
