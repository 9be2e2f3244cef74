"""Where things stand on a line, and how one is broken that is too long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.palette import PLAIN, palette
from binfut_cli.render.watch.events.fragments import Told
from binfut_cli.render.watch.layout import Layout, filled
from binfut_cli.stream.records import Record, Status, Verdict

NOON = 1_700_049_600_123  # 2023-11-15 12:00:00.123 UTC
RECORD = Record.of(Status(Verdict.LIVE, ""), NOON, Market.USDM, Scope(Env.PROD, "desk"))
FILL = Told(
    "FILL", "BTCUSDT",
    ["SELL LIMIT 0.04 @ 82,829.77", "position 1.5 → 1.46", "wallet 12,543.02 USDT (+62.51)"],
)  # fmt: skip


def lines(told: Told, width: int | None, several: bool = False, names: int = 0) -> list[str]:
    return Layout(PLAIN, several, names, lambda: width).lines(RECORD, [told])


def test_a_line_without_end_is_one_line() -> None:
    assert lines(FILL, None) == [
        "12:00:00.123 FILL     BTCUSDT         SELL LIMIT 0.04 @ 82,829.77  position 1.5 → 1.46  "
        "wallet 12,543.02 USDT (+62.51)"
    ]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (
            80,
            [
                "12:00:00 FILL     BTCUSDT      SELL LIMIT 0.04 @ 82,829.77  position 1.5 → 1.46",
                "                  wallet 12,543.02 USDT (+62.51)",
            ],
        ),
        (
            40,
            [
                "12:00:00 FILL     BTCUSDT      SELL",
                "                  LIMIT 0.04 @ 82,829.77",
                "                  position 1.5 → 1.46",
                "                  wallet 12,543.02 USDT",
                "                  (+62.51)",
            ],
        ),
        (
            100,
            [
                "12:00:00.123 FILL     BTCUSDT         SELL LIMIT 0.04 @ 82,829.77  "
                "position 1.5 → 1.46",
                "                      wallet 12,543.02 USDT (+62.51)",
            ],
        ),
    ],
)
def test_what_goes_on_stands_below_the_name(width: int, expected: list[str]) -> None:
    assert lines(FILL, width) == expected


def test_where_there_is_hardly_room_what_goes_on_begins_at_the_left() -> None:
    first, *rest = lines(FILL, 25, several=True, names=6)
    assert first == "12:00:00 desk   usdm  FILL     BTCUSDT"
    assert all(re.match(r"  \S", line) and len(line) <= 25 for line in rest)


def test_what_is_nobodys_stands_where_names_do() -> None:
    assert lines(Told("RESYNC", "", ["nothing had changed"]), None) == [
        "12:00:00.123 RESYNC   nothing had changed"
    ]


def test_a_long_word_for_what_happened_leaves_the_text_in_line() -> None:
    (short,), (long,) = (lines(replace(FILL, kind=kind), None) for kind in ("FILL", "LIQUIDATED"))
    assert short.index("SELL") == long.index("SELL")


def test_colours_take_no_room() -> None:
    coloured = Told("FILL", "BTCUSDT", [palette().by_sign(f"+{n}") for n in range(30)], "bad")
    plain = Told("FILL", "BTCUSDT", [f"+{n}" for n in range(30)])
    found = Layout(palette(), False, 0, lambda: 60).lines(RECORD, [coloured])
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in found] == lines(plain, 60)


def test_talk_goes_on_a_little_to_the_right() -> None:
    found = Layout(PLAIN, False, 0, lambda: 32).talk(
        RECORD, "RECONNECTING It broke: reset by peer."
    )
    assert found == ["12:00:00 RECONNECTING It broke:", "           reset by peer."]


WORD = st.from_regex(
    r"[-+]?[0-9,]{1,12}(\.[0-9]{1,9})?|[a-z@→]{1,9}|[币安人生]{1,4}", fullmatch=True
)
PARTS = st.lists(st.lists(WORD, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=8)


@given(PARTS, st.integers(0, 60), st.integers(24, 60))
def test_no_word_is_broken_none_is_lost_and_no_line_is_too_long(
    parts: list[str], first: int, width: int
) -> None:
    found = filled("  ".join(parts), first, width)
    assert " ".join(found).split() == "  ".join(parts).split()
    wide = [len(re.sub("[币安人生]", "..", line)) for line in found]
    assert wide[0] <= first
    assert all(each <= width for each in wide[1:])


def test_the_name_of_a_profile_that_a_file_tells_steers_no_terminal() -> None:
    scope = Scope(Env.PROD, "\x1b[2Jd")
    layout = Layout(PLAIN, several=True, names=10, width=lambda: None)
    record = Record.of(Status(Verdict.LIVE, ""), NOON, Market.USDM, scope)
    for line in (*layout.lines(record, [FILL]), *layout.talk(record, "LIVE")):
        assert line.startswith(r"12:00:00.123 \u{1b}[2Jd usdm")
