"""Income for people: totals by day and bars whose lengths are to scale."""

import pytest

from binfut_cli.render.choice import Choice
from binfut_cli.render.income import BAR_WIDTH, chart, totals
from binfut_cli.wire import Row


def total(day: str, income: str, asset: str = "USDT", kind: str = "FUNDING_FEE") -> Row:
    return {"day": day, "asset": asset, "incomeType": kind, "income": income}


def bars(text: str) -> dict[str, tuple[int, int]]:
    """By day: how long its bar is to the left, and to the right."""
    lines = [line for line in text.splitlines() if "│" in line]
    return {
        line.split()[0]: (line.partition("│")[0].count("█"), line.partition("│")[2].count("█"))
        for line in lines
    }


def test_totals_are_a_table() -> None:
    rows = [total("2026-11-01", "1.5"), total("2026-11-02", "-1234.25")]
    assert totals(rows, Choice()) == (
        "Totals by day\n"
        " Day         Type             Total  Asset\n"
        " 2026-11-01  FUNDING_FEE      +1.5   USDT\n"
        " 2026-11-02  FUNDING_FEE  -1,234.25  USDT\n"
    )
    assert totals([], Choice()) == ""
    assert chart([], Choice()) == ""


def test_bars_are_to_scale_losses_to_the_left() -> None:
    found = bars(chart([total("d1", "100"), total("d2", "-50"), total("d3", "25")], Choice()))
    assert found == {"d1": (0, BAR_WIDTH), "d2": (BAR_WIDTH // 2, 0), "d3": (0, BAR_WIDTH // 4)}


def test_the_types_of_a_day_are_added_up_exactly() -> None:
    rows = [total("d1", "0.1", kind="A"), total("d1", "0.2", kind="B"), total("d2", "-0.3")]
    text = chart(rows, Choice())
    assert "+0.3 " in text
    assert bars(text) == {"d1": (0, BAR_WIDTH), "d2": (BAR_WIDTH, 0)}


@pytest.mark.parametrize(("income", "length"), [("0.0000001", 1), ("0", 0), ("-0", 0)])
def test_a_day_with_anything_at_all_has_a_bar(income: str, length: int) -> None:
    found = bars(chart([total("d1", "1000"), total("d2", income)], Choice()))
    assert found["d2"] == (0, length)


def test_days_of_nothing_but_zeros_have_no_bar_and_no_fault() -> None:
    assert bars(chart([total("d1", "0"), total("d2", "0")], Choice())) == {
        "d1": (0, 0),
        "d2": (0, 0),
    }


def test_each_asset_has_a_chart_of_its_own_scale() -> None:
    text = chart([total("d1", "9000"), total("d1", "0.5", "BNB")], Choice())
    bnb, usdt = text.split("USDT by day")
    assert bnb.startswith("BNB by day\n")
    assert bars(bnb) == bars(usdt) == {"d1": (0, BAR_WIDTH)}


def test_the_sign_is_coloured_and_readable_without_colour() -> None:
    rows = [total("d1", "1"), total("d2", "-1")]
    coloured = chart(rows, Choice(colour=True))
    assert "\x1b[32m" in coloured
    assert "\x1b[31m" in coloured
    assert "\x1b" not in chart(rows, Choice())


def test_a_strange_asset_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in chart([total("d1", "1", "A\x1b[2J")], Choice())
