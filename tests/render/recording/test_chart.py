"""Curves of a terminal."""

from decimal import Decimal

import pytest

from binfut_cli.render.recording.chart import HEIGHT, LABEL, chart


def drawn(*values: int, width: int = 38) -> list[str]:
    points = [(number * 1000, Decimal(value)) for number, value in enumerate(values)]
    return chart(points, width, "high", "low")


def rows(lines: list[str]) -> list[str]:
    return [line[LABEL + 2 :] for line in lines]


def test_the_highest_is_above_and_the_lowest_below() -> None:
    lines = drawn(0, 0, 9, 9)
    assert len(lines) == HEIGHT
    assert lines[0].split()[0] == "high"
    assert lines[-1].split()[0] == "low"
    top = rows(lines)[0].strip("\u2800")
    assert (top[0], top[1:]) == ("\u284f", "\u2809" * 6)  # risen, and then the top dots
    assert rows(lines)[-1].startswith("\u28c0" * 12)


def test_a_level_curve_lies_at_the_bottom() -> None:
    assert rows(drawn(5, 5))[-1] == "\u28c0" * 20
    assert not any(row.strip("\u2800") for row in rows(drawn(5, 5))[:-1])


@pytest.mark.parametrize("width", [1, 40, 100])
def test_it_is_as_wide_as_there_is_room(width: int) -> None:
    assert {len(line) for line in drawn(1, 2, 3, width=width)} <= {max(width, LABEL + 22)}
