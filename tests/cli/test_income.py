"""`account income`, the real program: spans, types, pages, sums, the chart and the bar."""

import csv
import io
import json
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from binfut_cli.cli.context import Context
from binfut_cli.cli.incoming import income_question
from binfut_cli.errors import UsageError
from binfut_cli.markets import Market
from binfut_cli.sandbox import Sandbox
from tests.support import Ended, at, binfut, environment
from tests.terminal import on_a_terminal

pytestmark = pytest.mark.slow  # many runs of the whole program

DAY_MS = 86_400_000


def income(*more: str) -> Ended:
    return binfut("account", "income", "-e", "sandbox", *more)


def day(ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%d}"


def test_thirteen_hundred_flows_of_ten_milliseconds_come_once_each() -> None:
    done = income("-p", "hedge", "--since", "7d", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    seen = Counter((row["incomeType"], row["tranId"]) for row in rows)
    assert (done.status, done.err) == (0, "")
    assert set(seen.values()) == {1}
    at_once = Counter(row["time"] for row in rows)
    assert sum(many for many in at_once.values() if many >= 130) >= 1300
    assert len(rows) > 1300
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


def test_the_totals_are_the_sums_of_the_rows() -> None:
    done = income("-p", "hedge", "-m", "all", "--json")
    for line in done.out.splitlines():
        found = json.loads(line)
        sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for row in found["income"]:
            moment = datetime.fromtimestamp(row["time"] / 1000, UTC)
            sums[f"{moment:%Y-%m-%d}", row["asset"], row["incomeType"]] += Decimal(row["income"])
        told = {
            (total["day"], total["asset"], total["incomeType"]): Decimal(total["income"])
            for total in found["derived"]["totals"]
        }
        assert told == dict(sums)
        assert list(told) == sorted(told)


def test_a_type_and_a_symbol_narrow_it() -> None:
    done = income("--since", "30d", "--type", "FUNDING_FEE", "--symbol", "ETHUSDT", "-o", "ndjson")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert len(rows) == 90  # three a day
    assert {(row["incomeType"], row["symbol"]) for row in rows} == {("FUNDING_FEE", "ETHUSDT")}


def test_days_are_utc_and_whole() -> None:
    done = income("--from", day(3), "--to", day(2), "--type", "FUNDING_FEE", "--json")
    found = json.loads(done.out)
    start = int(datetime.fromisoformat(f"{day(3)}T00:00:00+00:00").timestamp() * 1000)
    assert (found["from"], found["to"]) == (start, start + 2 * DAY_MS - 1)
    assert len({row["time"] for row in found["income"]}) == 6
    assert all(found["from"] <= row["time"] <= found["to"] for row in found["income"])


def test_a_moment_may_have_an_hour_and_a_zone() -> None:
    done = income("--from", f"{day(3)}T12:30+02:00", "--to", f"{day(2)}T00:00", "--json")
    found = json.loads(done.out)
    assert found["to"] - found["from"] == 13.5 * 3_600_000


def test_the_default_is_a_week() -> None:
    found = json.loads(income("--json").out)
    assert found["to"] - found["from"] == 7 * DAY_MS
    assert abs(found["to"] - time.time() * 1000) < 60_000


def test_sums_and_a_bar_for_each_day_follow_the_rows() -> None:
    out = income("--type", "FUNDING_FEE", "--chart").out
    chart = out[out.index("USDT by day") :].splitlines()
    days = [line for line in chart if line.strip()[:2] == "20"]
    assert len(days) in (7, 8)
    assert all("│" in line for line in days)
    assert max(line.count("█") for line in days) == 30
    assert out.index("\nIncome\n") < out.index("\nTotals by day\n") < out.index("USDT by day")
    assert "by day\n" not in income("--type", "FUNDING_FEE", "--fields", "time,income").out


def test_a_span_without_a_flow_is_an_empty_answer() -> None:
    done = income("--since", "1s")
    assert done.status == 0
    assert "Income: none" in done.out
    assert "Totals" not in done.out


BOTH = tuple(Market)


@pytest.mark.parametrize(
    ("markets", "given", "said"),
    [
        (BOTH, {"since": "7x"}, "'7x' is not a duration."),
        (BOTH, {"since": "0d"}, "'0d' is not a duration."),
        (BOTH, {"since": "7d", "end": "2026-01-01"}, "--since goes without --from and --to."),
        (BOTH, {"start": "yesterday"}, "--from 'yesterday' is not a date."),
        (BOTH, {"end": "2026-02-30"}, "--to '2026-02-30' is not a date."),
        (BOTH, {"start": day(2), "end": day(4)}, "ends before it begins"),
        (BOTH, {"start": day(-3)}, "lies in the future"),
        (BOTH, {"start": day(-3), "end": day(-2)}, "lies in the future"),
        (BOTH, {"end": day(-2)}, "lies in the future"),
        (BOTH, {"since": "200d"}, "The exchange has usdm income only since"),
        (BOTH[1:], {"since": "400d"}, "The exchange has coinm income only since"),
        (BOTH, {"since": "999999999w"}, "only since"),
        (BOTH, {"start": "0001-01-01"}, "only since"),
        (BOTH, {"income_type": "FUNDING"}, "'FUNDING' is not a type of usdm income."),
        (BOTH, {"income_type": "BFUSD_REWARD"}, "'BFUSD_REWARD' is not a type of coinm income."),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is(
    markets: tuple[Market, ...], given: dict[str, str], said: str
) -> None:
    options = {"since": None, "start": None, "end": None, "income_type": None, "symbol": None}
    with pytest.raises(UsageError) as caught:
        income_question(Context(), markets, **(options | given))
    assert said in caught.value.message


@pytest.mark.parametrize(
    "arguments",
    [("--since", "200d", "-m", "all"), ("--type", "BFUSD_REWARD", "-m", "all")],
)
def test_one_market_that_cannot_answer_leaves_nothing_half_printed(
    arguments: tuple[str, ...],
) -> None:
    done = binfut("account", "income", *arguments)  # without a key: asking would be status 3
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 2)


def test_a_symbol_of_coinm_has_the_types_of_coinm() -> None:
    done = income("-m", "all", "--type", "BFUSD_REWARD", "--symbol", "BTCUSD_PERP")
    assert (done.status, done.out) == (2, "")
    assert "'BFUSD_REWARD' is not a type of coinm income." in done.err


def test_coinm_goes_back_a_year_and_the_day_that_is_named_can_be_asked() -> None:
    assert income("--since", "200d", "-m", "coinm", "--json").status == 0
    told = income("--since", "200d").err
    named = told.split("--from ")[1][:10]
    assert income("--from", named, "--json").status == 0


@pytest.mark.slow
def test_a_bar_is_shown_on_a_terminal_and_only_after_a_second(box: Sandbox) -> None:
    options = ("account", "income", "--type", "FUNDING_FEE", *at(box))
    assert "rows" not in on_a_terminal(*options, env=environment(box))
    late = {"fault": "late", "layer": "rest", "on": "income", "seconds": "1.2"}
    box.fault(late)
    shown = on_a_terminal(*options, env=environment(box))
    assert "\r█" in shown
    assert " rows\r\x1b[K" in shown
    assert shown.index("\x1b[K") < shown.index("USDⓈ-M")
    box.fault(late)
    piped = binfut(*options, env=environment(box))
    assert (piped.status, piped.err) == (0, "")
