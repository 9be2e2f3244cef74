"""Which questions are asked to find the orders of a gap, and what those are called."""

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.resources.history import past
from binfut_cli.stream.coverage.history import order_search
from binfut_cli.stream.coverage.history.order_search import (
    CONDITIONAL,
    FORGOTTEN,
    ORDER,
    Kind,
    OrderSearch,
)
from binfut_cli.stream.coverage.history.questions import Questions
from binfut_cli.stream.gap_report import HistoryFindings
from binfut_cli.stream.records import Unread
from tests.stream.coverage.history.test_history_worker import HELD, limit, stop
from tests.support.archive import Archive

MOST = 3  # in one answer, here


def searched(archive: Archive, kind: Kind, symbol: str, *numbers: str) -> OrderSearch:
    """What was found of a symbol's orders in the last ten seconds, and of those of before."""
    before = tuple((symbol, number) for number in numbers)
    questions, found = Questions(archive.context), HistoryFindings()
    search = OrderSearch(questions, kind, archive.gap(0), found, [], set(), before)
    for wait_s in search.steps([symbol]):
        archive.sim.now_s += wait_s
    return search


@pytest.mark.parametrize(
    ("market", "kind", "is_old", "asked"),
    [
        (Market.USDM, ORDER, False, 1),  # all of any symbol were asked for before
        (Market.COINM, ORDER, False, 3),
        (Market.COINM, ORDER, True, 1),
        (Market.USDM, CONDITIONAL, False, 3),
        (Market.USDM, CONDITIONAL, True, 1),
    ],
)
def test_orders_are_asked_for_by_time_only_if_the_latest_do_not_reach_back_to_the_gap(
    monkeypatch: pytest.MonkeyPatch, market: Market, kind: Kind, is_old: bool, asked: int
) -> None:
    monkeypatch.setitem(past.ORDERS, market, MOST)
    monkeypatch.setattr(order_search, "PAGE", MOST)
    archive, symbol = Archive(market), HELD[market]
    place = limit if kind is ORDER else stop
    for number in range(MOST):
        archive.act(**place(market, symbol, f"o{number}"))
        archive.sim.now_s += 60 if is_old and not number else 0.01
    search = searched(archive, kind, symbol)
    assert len(search.rows) == MOST - is_old
    assert not search.found.unread
    assert archive.asked("allOrders" if kind is ORDER else "allAlgoOrders") == asked


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [(ORDER, "order", "allOrders"), (CONDITIONAL, "conditional order", "allAlgoOrders")],
)
def test_what_could_not_be_looked_up_is_named_by_its_kind(kind: Kind, name: str, path: str) -> None:
    archive = Archive()
    search = searched(archive, kind, "BTCUSDT", "7")
    assert search.found.unread == [Unread(f"{name} 7 of BTCUSDT", FORGOTTEN)]
    archive.sim.refused = f"/fapi/v1/{path}"
    search = searched(archive, kind, "BTCUSDT", "7")
    named = [f"{name}s of BTCUSDT", f"{name} 7 of BTCUSDT"]
    assert search.found.unread == [Unread(what, f"/fapi/v1/{path} is refused.") for what in named]
