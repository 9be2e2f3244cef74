from itertools import product

from binfut_cli.render.watch.live.heights import LEAST_TABLE, shared


def test_every_line_is_somebodys() -> None:
    for room, positions, orders in product(range(60), (0, 1, 5, 500), (None, 0, 1, 100)):
        found = shared(room, positions, orders)
        assert sum(found) == room
        assert min(found) >= 0
        assert room < 9 or min(found.positions, found.told) >= LEAST_TABLE


def test_few_rows_leave_the_rest_to_what_was_told() -> None:
    assert shared(30, 2, None) == (4, 0, 26)
    assert shared(30, 2, 3) == (4, 5, 21)


def test_many_rows_leave_a_third_to_what_was_told_and_a_quarter_to_orders() -> None:
    assert shared(30, 500, None) == (20, 0, 10)
    assert shared(30, 500, 500) == (13, 7, 10)


def test_orders_that_would_have_no_row_are_not_there() -> None:
    assert shared(9, 500, 5) == (6, 0, 3)
