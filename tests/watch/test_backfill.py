"""What history says of a gap, and whether the sums agree."""

from decimal import Decimal

import pytest

from binfut_cli.markets import Market
from binfut_cli.watch.backfill import Missed, is_closed, report
from binfut_cli.wire import Row
from tests.watch.test_covering import ASSET, BEFORE_S, Watched

MISSED = Missed(
    3, 100, 200, {"USDT": "10", "BNB": "1"}, {"USDT": "12.5", "BNB": "1"}, {"USDT": 120}
)


def flow(income: str, time: int, asset: str = "USDT") -> Row:
    return {"asset": asset, "income": income, "time": time, "incomeType": "TRANSFER"}


def test_flows_that_explain_the_change_close_the_report() -> None:
    found = report(MISSED, [flow("3", 130), flow("-0.5", 140)])
    assert found["assets"] == {"USDT": {"change": "2.5", "explained": "2.5", "unexplained": "0"}}
    assert is_closed(found)


def test_what_no_flow_explains_stays_open() -> None:
    found = report(MISSED, [flow("3", 130), flow("1", 150, "BNB")])
    assert found["assets"]["USDT"]["unexplained"] == "-0.5"
    assert found["assets"]["BNB"] == {"change": "0", "explained": "1", "unexplained": "-1"}
    assert not is_closed(found)


@pytest.mark.parametrize(
    ("time", "asset", "concerns"),
    [(120, "USDT", False), (121, "USDT", True), (200, "USDT", True), (201, "USDT", False),
     (100, "BNB", False), (101, "BNB", True)],
)  # fmt: skip
def test_flows_that_were_told_are_not_counted_again(time: int, asset: str, concerns: bool) -> None:
    assert MISSED.concerns(flow("1", time, asset)) is concerns


@pytest.mark.parametrize("market", list(Market))
def test_a_gap_is_filled_from_the_exchanges_history(market: Market) -> None:
    watched = Watched(market, every_s=20.0)

    def cut() -> None:
        watched.sim.cut = True
        watched.sim.at(BEFORE_S + 100, lambda: setattr(watched.sim, "cut", False))
        watched.sim.at(BEFORE_S + 50, watched.deposit)

    watched.when(cut)
    reports = [record.body for record in watched.all("gap_report")]
    assert all(map(is_closed, reports))
    (found,) = [r.body for r in watched.all("backfill") if r.body["row"]["income"] == "1.00000000"]
    told = next(r for r in reports if r["gap"] == found["gap"])
    assert Decimal(told["assets"][ASSET[market]]["change"]) != 0
    gap = next(r.body for r in watched.all("gap") if r.body["gap"] == found["gap"])
    assert gap["from"] <= found["row"]["time"] <= gap["to"]
