from collections.abc import Sequence
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.render.account import columns
from binfut_cli.render.watch.live.grid import Grid, Order
from binfut_cli.resources.positions import POSITIONS
from tests.support.screens import position

WIDE = 200


def grid(rows: Sequence[Row], width: int = WIDE) -> Grid:
    shown = columns.columns(POSITIONS, Market.USDM, rows)
    found = Grid(shown, POSITIONS.key, columns_wide=width)
    found.take(rows)
    found.measure(0, len(rows))
    return found


def lines(found: Grid) -> list[str]:
    return ["".join(span.text for span in found.line(place)) for place in range(len(found))]


def symbols(found: Grid) -> list[str]:
    return [line.split()[0] for line in lines(found)]


ROWS = [
    position("SAFE", None, "-9"),
    position("NEAR", "0.01", "5", notional="-900"),
    position("FAR", "0.5", "-2", notional="20"),
]


def test_the_nearest_to_liquidation_comes_first() -> None:
    assert symbols(grid(ROWS)) == ["NEAR", "FAR", "SAFE"]


def test_of_those_without_a_distance_the_higher_ratio_comes_first() -> None:
    rows: list[Row] = [position(name, None) for name in ("LOW", "HIGH", "NONE", "WORST")]
    for row, ratio in zip(rows, ("0.1", "0.2", None, "Infinity"), strict=True):
        row["derived"]["marginRatio"] = ratio
    assert symbols(grid(rows)) == ["WORST", "HIGH", "LOW", "NONE"]


def test_rows_are_sorted_by_loss_and_by_size() -> None:
    found = grid(ROWS)
    found.sort(Order.PNL)
    assert symbols(found) == ["SAFE", "FAR", "NEAR"]
    found.sort(Order.SIZE)
    assert symbols(found) == ["NEAR", "SAFE", "FAR"]
    assert [order.next() for order in Order] == [Order.PNL, Order.SIZE, Order.RISK]


def test_nothing_is_drawn_anew_that_has_not_changed() -> None:
    found = grid(ROWS)
    assert found.changed(0, 3) == [0, 1, 2]
    found.take([dict(row) for row in ROWS])  # the same, told again
    assert found.changed(0, 3) == []


def test_only_the_changed_rows_that_are_seen_are_drawn() -> None:
    found = grid(ROWS)
    found.changed(0, 2)
    found.take([{**ROWS[0], "markPrice": "7"}, ROWS[1], {**ROWS[2], "markPrice": "102.5"}])
    assert found.changed(0, 2) == [1]  # FAR; SAFE is further down


def test_a_row_that_moves_is_drawn_where_it_was_and_where_it_is() -> None:
    found = grid(ROWS)
    found.changed(0, 3)
    found.take([ROWS[0], ROWS[1], {**ROWS[2], "derived": {"liquidationDistance": "0.001"}}])
    assert symbols(found) == ["FAR", "NEAR", "SAFE"]
    assert found.changed(0, 3) == [0, 1]


def test_a_row_that_goes_is_drawn_over() -> None:
    found = grid(ROWS)
    found.changed(0, 3)
    found.take(ROWS[1:])
    assert found.changed(0, 3) == [2]


def test_a_wider_number_makes_its_column_wider_for_all() -> None:
    found = grid(ROWS)
    found.changed(0, 3)
    before = lines(found)
    found.take([{**ROWS[0], "markPrice": "123456.789"}, *ROWS[1:]])
    assert found.changed(0, 3) == [0, 1, 2]
    assert len(lines(found)[0]) > len(before[0])
    points = {line.index(".", line.index("100")) for line in lines(found)}
    assert len(points) == 1  # marks line up


def test_the_age_of_old_figures_stands_behind_their_row() -> None:
    found = grid(ROWS)
    found.changed(0, 3)
    found.take(ROWS, lambda key: "20 s old" if key[0] == "FAR" else "")
    assert found.changed(0, 3) == [0, 1, 2]  # all have less room now
    assert [line.endswith("20 s old") for line in lines(found)] == [False, True, False]
    assert {span.style for span in found.line(1) if span.text.strip()} == {"faint"}


def test_an_age_takes_the_room_of_a_column_while_there_is_one() -> None:
    width = sum(len(span.text) for span in grid(ROWS).head())
    found = grid(ROWS, width)
    whole = found.head()
    found.take(ROWS, lambda key: "20 s old")
    assert all(line.endswith("  20 s old") and len(line) <= width for line in lines(found))
    assert len(found.head()) < len(whole)
    found.take(ROWS)
    assert found.head() == whole


def test_columns_go_by_rank_when_there_is_no_room() -> None:
    found, narrow = grid(ROWS), grid(ROWS, 60)
    assert len(narrow.head()) < len(found.head())
    assert all(len(line) <= 60 for line in lines(narrow))
    narrow.resize(WIDE)
    assert narrow.head() == found.head()


def test_text_from_the_wire_is_escaped() -> None:
    found: Any = grid([position("BTC\x1b[2J[red]", "0.1")])
    assert lines(found)[0].split()[0] == "BTC\\u{1b}[2J[red]"
