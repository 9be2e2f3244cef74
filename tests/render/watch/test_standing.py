"""How a watch stands, in words, and the line at the bottom of a terminal that says so."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.output import Output
from binfut_cli.render.palette import PLAIN, palette
from binfut_cli.render.watch.standing import age, clock, of_view, worded
from binfut_cli.render.watch.state_line import StateLine, cut, named
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Counts, Fault, Record, Status, Verdict

NOW = 1_795_000_000_000
LANE = Lane(Market.USDM)


def standing(verdict: Verdict, reason: str = "", **how: Any) -> Standing:
    return Standing(LANE, NOW, verdict, reason, **how)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (standing(Verdict.LIVE, proven_ms=NOW - 12_400), "LIVE (proven 12 s ago)"),
        (standing(Verdict.QUIET, proven_ms=NOW - 130_000), "QUIET (proven 2 min ago)"),
        (standing(Verdict.LIVE), "LIVE (not proven yet)"),
        (standing(Verdict.CONNECTED, "reading"), "CONNECTING (reading the account)"),
        (standing(Verdict.GAP), "CONNECTING"),
        (standing(Verdict.STALE, "Why.", proven_ms=NOW), "STALE (proven 0 s ago): Why."),
        (
            standing(Verdict.GAP, "Cut.", retry_ms=NOW + 2000, gap_ms=NOW - 1000),
            f"RECONNECTING (next try {clock(NOW + 2000)}), GAP since {clock(NOW - 1000)}",
        ),
        (standing(Verdict.GAP, "Cut.", retry_ms=NOW - 1), "RECONNECTING (trying now)"),
        (standing(Verdict.DRIFT, "Not as told."), "DRIFT: Not as told."),
        (standing(Verdict.FAILED, "No\x1b key."), "FAILED: No\\u{1b} key."),
        (
            standing(Verdict.LIVE, banned_until_ms=NOW + 60_000),
            f"BANNED until {clock(NOW + 60_000)}",
        ),
    ],
)
def test_a_standing_is_a_few_words(found: Standing, words: str) -> None:
    assert worded(found, PLAIN) == words


@pytest.mark.parametrize(
    ("silent", "words"),
    [
        ((), ""),
        (("BTCUSDT",), ", no marks of BTCUSDT"),
        (("A", "B", "C\x1b", "D", "E"), ", no marks of A, B, C\\u{1b} and 2 more"),
    ],
)
def test_symbols_without_marks_are_named(silent: tuple[str, ...], words: str) -> None:
    live = standing(Verdict.LIVE, proven_ms=NOW)
    answer = Result("accountStatus", Market.USDM, NOW, {"positions": []}, KINDS)
    view = LiveView(LANE, NOW, answer, {}, live, silent=silent)
    assert of_view(view, PLAIN) == f"LIVE (proven 0 s ago){words}"


def test_only_what_is_covered_is_green() -> None:
    assert worded(standing(Verdict.LIVE), palette()).startswith(str(palette().gain))
    assert worded(standing(Verdict.STALE), palette()).startswith(str(palette().loss))
    banned = standing(Verdict.LIVE, banned_until_ms=NOW)
    assert worded(banned, palette()).startswith(str(palette().loss))


@pytest.mark.parametrize(
    ("ms", "words"),
    [(-5, "0 s"), (119_999, "119 s"), (120_000, "2 min"), (7_200_000, "2 h"), (10**9, "11 days")],
)
def test_an_age_is_in_the_unit_that_matters(ms: int, words: str) -> None:
    assert age(ms) == words


def test_a_moment_of_another_day_has_its_date() -> None:
    now_ms = int(datetime.now(UTC).timestamp()) * 1000
    assert len(clock(now_ms)) == len("02:02:51")
    assert clock(now_ms - 3 * 86_400_000).startswith("20")


def test_a_standing_follows_from_what_a_lane_said_last() -> None:
    said = Record.of(Status(Verdict.GAP, "Cut.", 1500), NOW - 500, *LANE)
    found = Standing.of(LANE, NOW, Counts(gaps=2, verdict=Verdict.GAP, proven_ms=7), said, None, 5)
    assert found == Standing(LANE, NOW, Verdict.GAP, "Cut.", 7, NOW + 1000, None, 5, 2)
    assert not found.is_covered
    fault = Status(Verdict.FAILED, "Refused.", error=Fault("auth", "", "", False, None, 3))
    refused = Standing.of(LANE, NOW, Counts(), Record.of(fault, NOW, *LANE))
    assert (refused.reason, refused.retry_ms, refused.proven_ms) == ("Refused.", None, None)
    assert Standing.of(LANE, NOW, Counts(), None).reason == ""


# -- the line -------------------------------------------------------------------------------


class Line:
    """A state line that writes into a pipe."""

    def __init__(self, *lanes: Lane) -> None:
        self._read, self._write = os.pipe()
        self.now = {lane: standing(Verdict.LIVE, proven_ms=NOW) for lane in lanes or (LANE,)}
        out = Output(self._write, is_terminal=True, colour=False, width=60)
        self.line = StateLine(out, lambda: self.now)

    def written(self) -> str:
        os.set_blocking(self._read, False)
        try:
            return os.read(self._read, 4096).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.close()


def test_the_line_is_drawn_in_place_where_it_says_something_else(line: Line) -> None:
    line.line.draw(0.0)
    assert line.written() == "\r\x1b[Kwatching LIVE (proven 0 s ago)"
    line.line.draw(1.0)
    assert line.written() == ""
    line.now[LANE] = standing(Verdict.STALE, "Why.", proven_ms=NOW)
    line.line.draw(1.1)
    assert line.written() == ""  # no more than four times a second
    line.line.draw(1.3)
    assert line.written() == "\r\x1b[Kwatching STALE (proven 0 s ago): Why."


def test_it_is_taken_away_once_and_drawn_again(line: Line) -> None:
    line.line.clear()
    assert line.written() == ""
    line.line.draw(0.0)
    line.written()
    line.line.clear()
    line.line.clear()
    assert line.written() == "\r\x1b[K"
    line.line.draw(1.0)
    assert "LIVE" in line.written()


def test_several_lanes_are_told_apart_and_what_is_too_long_is_cut() -> None:
    one, two = (Lane(market, Scope(Env.PROD, "a")) for market in Market)
    found = Line(one, two)
    found.line.draw(0.0)
    text = found.written().removeprefix("\r\x1b[K")
    found.close()
    assert text == "watching usdm LIVE (proven 0 s ago) · coinm LIVE (proven 0…"
    assert len(text) < 60
    other = Lane(Market.USDM, Scope(Env.PROD, "b"))
    assert [named(each, (one, two, other)) for each in (one, two, other)] == [
        "a usdm", "a coinm", "b usdm",
    ]  # fmt: skip
    assert named(one, (one,)) == ""
    assert named(one, (one, other)) == "a"


def test_a_cut_leaves_colours_whole_and_counts_wide_signs_twice() -> None:
    assert cut("\x1b[32mLIVE\x1b[0m now", 6) == "\x1b[32mLIVE\x1b[0m …"
    assert cut("测试测试", 5) == "测试…"
    assert cut("\x1b[32mLIVE\x1b[0m", 2) == "\x1b[32mL…\x1b[0m"
