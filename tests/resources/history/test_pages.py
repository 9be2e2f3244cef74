"""History page by page: without loss or duplicates, whatever shares a millisecond or fails."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row, dumps
from binfut_cli.errors import AnswerError, NetworkError
from binfut_cli.resources.history.pages import PAGE, Pages, moment

NOW = 1_790_000_000_000


def row(time: int, id_: int) -> Row:
    return {"time": time, "tranId": id_}


def exchange(rows: list[Row], asked: list[int]) -> Callable[[int], list[Row]]:
    """What the exchange answers: at most a page, oldest first, the start included."""
    ordered = sorted(rows, key=lambda one: int(one["time"]))

    def ask(start: int) -> list[Row]:
        asked.append(start)
        return [dict(one) for one in ordered if one["time"] >= start][:PAGE]

    return ask


def counted(rows: list[Row]) -> Counter[bytes]:
    return Counter(map(dumps, rows))


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Bursts of rows that share a millisecond, twins among them, of up to several pages in all."""
    bursts = draw(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(1, 999), st.integers(1, 400)), max_size=12
        )
    )
    found = [row(NOW + at, id_ % twins) for at, many, twins in bursts for id_ in range(many)]
    most = Counter(one["time"] for one in found)
    return [one for one in found if most[one["time"]] < PAGE]


def read(found: Pages) -> list[list[Row]]:
    """The pages, up to the last."""
    given = []
    while not found.is_over:
        given.append(found.turn())
    return given


@given(histories())
def test_every_row_comes_once_whatever_shares_a_millisecond(rows: list[Row]) -> None:
    asked: list[int] = []
    found = read(Pages(exchange(rows, asked), NOW))
    flat = [one for page in found for one in page]
    assert counted(flat) == counted(rows)
    assert [one["time"] for one in flat] == sorted(one["time"] for one in rows)
    assert len(asked) <= len(rows) // (PAGE // 2) + 3


def test_a_page_that_ends_inside_a_millisecond() -> None:
    rows = [row(NOW + i // 130, i) for i in range(1300)]
    asked: list[int] = []
    found = [one for page in read(Pages(exchange(rows, asked), NOW)) for one in page]
    assert counted(found) == counted(rows)
    assert asked == [NOW, NOW + 7]


def test_equal_rows_on_both_sides_of_a_page_are_two_rows() -> None:
    rows = [row(NOW, i) for i in range(PAGE - 1)] + [row(NOW + 1, 7)] * 3
    found = [one for page in read(Pages(exchange(rows, []), NOW)) for one in page]
    assert counted(found)[dumps(row(NOW + 1, 7))] == 3


def test_rows_that_end_with_a_page_need_one_more_question() -> None:
    asked: list[int] = []
    found = read(Pages(exchange([row(NOW + i, i) for i in range(PAGE)], asked), NOW))
    assert [len(page) for page in found] == [PAGE, 0]
    assert asked == [NOW, NOW + PAGE - 1]


def test_more_of_one_millisecond_than_a_page_holds_is_told() -> None:
    rows = [row(NOW + 5, i) for i in range(PAGE + 1)]
    with pytest.raises(AnswerError, match=f"share the millisecond {NOW + 5}"):
        read(Pages(exchange(rows, []), NOW))


def test_a_turn_that_failed_may_be_taken_again() -> None:
    rows = [row(NOW + i // 130, i) for i in range(2500)]
    answers, calls = exchange(rows, []), []

    def ask(start: int) -> list[Row]:
        calls.append(start)
        if len(calls) % 2:
            raise NetworkError("cut off", hint="")
        return answers(start)

    found, given = Pages(ask, NOW), []
    while not found.is_over:
        try:
            given += found.turn()
        except NetworkError:
            continue
    assert counted(given) == counted(rows)
    assert len(calls) == 6


def test_an_answer_that_ignores_when_it_should_begin_is_refused() -> None:
    """Or it would be given again and again."""
    old = [row(NOW + i, i) for i in range(PAGE)]
    with pytest.raises(AnswerError, match="before the time"):
        read(Pages(lambda start: old, NOW))


@pytest.mark.parametrize("size", [2, 3, 7])
def test_a_page_may_be_of_any_size(size: int) -> None:
    rows = [row(NOW + i, i) for i in range(20)]
    found = read(Pages(lambda start: [r for r in rows if r["time"] >= start][:size], NOW, size))
    assert counted([one for page in found for one in page]) == counted(rows)


def test_a_row_without_a_time_stays_where_the_exchange_put_it_and_comes_once() -> None:
    """Also where a page begins or ends with it."""
    rows = [row(NOW + i, i) for i in range(20)]
    for odd in (0, 1, 6, 7, 13, 19):
        rows[odd] = {"time": None, "tranId": odd}
    places = {id(one): NOW + at for at, one in enumerate(rows)}

    def ask(start: int) -> list[Row]:
        return [one for one in rows if places[id(one)] >= start][:7]

    pages, given = Pages(ask, NOW, 7), []
    while not pages.is_over:
        given += pages.turn()
    assert given == rows


def test_what_is_read_is_whole_up_to_where_the_next_page_begins() -> None:
    rows = [row(NOW + i // 130, i) for i in range(2500)]
    pages, given = Pages(exchange(rows, []), NOW), list[Row]()
    while not pages.is_over:
        given += pages.turn()
        if not pages.is_over:
            whole = given[: len(given) - pages.unsure]
            assert counted(whole) == counted([r for r in rows if r["time"] < pages.start_ms])


@pytest.mark.parametrize(
    ("time", "read"),
    [(17, 17), ("17", 17), (None, None), (True, None), (-1, None), (10**30, None), ("x", None)],
)
def test_a_moment_is_one_that_a_calendar_has(time: object, read: int | None) -> None:
    assert moment({"time": time}) == read
