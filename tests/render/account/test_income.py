"""Income for people: totals by day and bars whose lengths are to scale."""

from collections.abc import Iterator

import pytest

from binfut_cli.codec import Row
from binfut_cli.render import zone
from binfut_cli.render.account.income import BAR_WIDTH, chart, period, sums, totals
from binfut_cli.render.choice import Choice
from binfut_cli.render.palette import palette
from binfut_cli.resources.income import BY
from binfut_cli.resources.income import totals as added_up

NIGHT_MS = 1_795_735_800_000  # 2026-11-26 23:30 in UTC


@pytest.fixture(autouse=True)
def in_utc() -> Iterator[None]:
    zone.use("UTC")
    yield
    zone.use("local")


def total(day: str, income: str, asset: str = "USDT", kind: str = "FUNDING_FEE") -> Row:
    named = {"day": day, "asset": asset, "incomeType": kind}
    return {**named, "income": income, "transfers": None}


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
        "Totals by day and type\n"
        " Day         Type            Income  Asset\n"
        " 2026-11-01  FUNDING_FEE      +1.50  USDT\n"
        " 2026-11-02  FUNDING_FEE  -1,234.25  USDT\n"
    )
    assert totals([], Choice()) == ""
    assert chart([], Choice()) == ""


def test_bars_are_to_scale_losses_to_the_left() -> None:
    found = bars(chart([total("d1", "100"), total("d2", "-50"), total("d3", "25")], Choice()))
    assert found == {"d1": (0, BAR_WIDTH), "d2": (BAR_WIDTH // 2, 0), "d3": (0, BAR_WIDTH // 4)}


def test_transfers_stand_beside_income_and_have_no_bar() -> None:
    rows: list[Row] = [
        {"day": "d1", "asset": "USDT", "income": None, "transfers": "5000"},
        {"day": "d2", "asset": "USDT", "income": "-0.3", "transfers": "-20"},
    ]
    assert totals(rows, Choice()) == (
        "Totals by day\n"
        " Day  Income  Transfers  Asset\n"
        " d1     –     +5,000.00  USDT\n"
        " d2    -0.30     -20.00  USDT\n"
    )
    assert bars(chart(rows, Choice())) == {"d2": (BAR_WIDTH, 0)}


def test_the_period_is_added_up_an_asset_a_row() -> None:
    rows = [{"asset": "BNB", "income": "1", "transfers": None}]
    assert totals(rows, Choice()) == "Totals of the period\n Income  Asset\n     +1  BNB\n"
    document = {
        "from": 1,
        "to": 1000,
        "flows": [],
        "derived": {"totals": rows, "periodTotals": rows},
    }
    assert sums(document, Choice()) == [totals(rows, Choice())]  # once, with --by asset


def test_the_types_of_a_day_make_one_bar() -> None:
    flows = [
        {"time": 1, "asset": "USDT", "incomeType": kind, "income": income}
        for kind, income in (("A", "0.1"), ("B", "0.2"), ("TRANSFER", "5000"))
    ]
    derived: Row = {"totals": [], "periodTotals": []}
    document = {"from": 1, "to": 1000, "flows": flows, "derived": derived}
    (text,) = sums(document, Choice(chart=True))
    assert "+0.30 " in text
    assert "Day (UTC)" in text
    assert bars(text) == {"1970-01-01": (0, BAR_WIDTH)}


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (1_795_784_400_999, " 2026-11-26 13:33 – 2026-11-27 13:00 UTC"),
        (1_795_700_001_000, " 2026-11-26 13:33:20 – 2026-11-26 13:33:21 UTC"),
    ],
)
def test_the_period_is_told_with_its_zone(last: int, shown: str) -> None:
    document: Row = {"from": 1_795_700_000_000, "to": last}
    assert period(document) == shown
    assert period({**document, "incomplete": ["income"]}) == f"{shown}, incomplete"


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
    assert bnb.startswith("BNB by day, without transfers\n")
    assert bars(bnb) == bars(usdt) == {"d1": (0, BAR_WIDTH)}


def test_the_sign_is_coloured_and_readable_without_colour() -> None:
    rows = [total("d1", "1"), total("d2", "-1")]
    coloured = chart(rows, Choice(palette=palette()))
    assert f"{palette().gain}+1.00" in coloured
    assert f"{palette().loss}-1.00" in coloured
    assert "\x1b" not in chart(rows, Choice())


def test_a_strange_asset_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in chart([total("d1", "1", "A\x1b[2J")], Choice())


def flow(time: int, income: str) -> Row:
    return {"time": time, "asset": "USDT", "incomeType": "FUNDING_FEE", "income": income}


def test_days_and_months_are_those_of_the_zone_in_which_times_are_told() -> None:
    flows = [flow(NIGHT_MS, "1"), flow(NIGHT_MS + 3_600_000, "2")]
    for name, days in (
        ("UTC", {"2026-11-26": "+1.00", "2026-11-27": "+2.00"}),
        ("Europe/Berlin", {"2026-11-27": "+3.00"}),
    ):
        zone.use(name)
        derived = {"totals": added_up(flows, BY["day"]), "periodTotals": []}
        document = {"from": NIGHT_MS, "to": NIGHT_MS + 1, "flows": flows, "derived": derived}
        by_day, _ = sums(document, Choice(chart=True))
        rows = [line.split() for line in by_day.splitlines()[2:]]
        assert {row[0]: row[1] for row in rows} == days
        assert f"Day ({zone.name(NIGHT_MS)})" in by_day


def test_a_period_in_which_summer_time_ends_is_told_in_both() -> None:
    zone.use("Europe/Berlin")
    document: Row = {"from": 1_792_800_000_000, "to": 1_793_000_000_000}
    assert period(document) == " 2026-10-24 02:00 – 2026-10-26 08:33 CEST/CET"


def test_wide_sums_have_every_digit() -> None:
    rows = [{"asset": "USDT", "income": "-0.00312345", "transfers": None}]
    assert "-0.0031 " in totals(rows, Choice())
    assert "-0.00312345 " in totals(rows, Choice(wide=True))
