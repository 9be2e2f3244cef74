"""`account income`, the real program: spans, types, pages, sums, the chart and the bar."""

import csv
import io
import json
import re
import signal
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.commands.account.income_options import Options, Question
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError
from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, at, binfut, environment
from tests.support.terminal import Terminal, on_a_terminal

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
        for row in found["flows"]:
            moment = datetime.fromtimestamp(row["time"] / 1000, UTC)
            sums[f"{moment:%Y-%m-%d}", row["asset"], row["incomeType"]] += Decimal(row["income"])
        told = {
            (total["day"], total["asset"], total["incomeType"]): both(total)
            for total in found["derived"]["totals"]
        }
        assert told == dict(sums)
        assert list(told) == sorted(told)
        whole = sum(map(both, found["derived"]["periodTotals"]))
        assert whole == sum(sums.values())


def both(total: dict[str, str | None]) -> Decimal:
    return Decimal(total["income"] or 0) + Decimal(total["transfers"] or 0)


def test_totals_are_by_what_is_asked_for_and_transfers_stand_apart() -> None:
    out = income("--since", "30d", "--by", "type").out
    assert "\nTotals by type\n" in out
    lines = out[out.index("Totals of the period") :].splitlines()
    assert lines[1].split() == ["Income", "Transfers", "Asset"]
    assert {line.split()[-1] for line in lines[2:]} == {"USDT", "USDC", "BNB"}
    derived = json.loads(income("--since", "30d", "--by", "month", "--json").out)["derived"]
    keys = [tuple(total) for total in derived["totals"]]
    assert set(keys) == {("month", "asset", "income", "transfers")}


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
    assert len({row["time"] for row in found["flows"]}) == 6
    assert all(found["from"] <= row["time"] <= found["to"] for row in found["flows"])


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
    places = [
        out.index(part) for part in ("\nIncome 20", "\nTotals by day and type\n", "USDT by day")
    ]
    assert places == sorted(places)
    assert "by day\n" not in income("--type", "FUNDING_FEE", "--fields", "time,income").out


def test_a_span_without_a_flow_is_an_empty_answer() -> None:
    done = income("--since", "1s")
    assert done.status == 0
    assert re.search(r"^Income [-0-9 :]{19} – [-0-9 :]{19} UTC: none$", done.out, re.MULTILINE)
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
        (BOTH, {"since": "7"}, "--since 7 has no unit."),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is(
    markets: tuple[Market, ...], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Question(Context(), markets, Options(**given))
    assert said in caught.value.message


def test_one_market_that_cannot_answer_leaves_nothing_half_printed() -> None:
    done = binfut("account", "income", "--since", "200d", "-m", "all")  # asking would need a key
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 2)


def test_a_type_is_asked_for_as_written_in_upper_case() -> None:
    done = income("--since", "30d", "--type", "funding_fee", "-o", "ndjson")
    assert {json.loads(line)["incomeType"] for line in done.out.splitlines()} == {"FUNDING_FEE"}
    assert income("--type", "event_contracts_payout", "--json").status == 0


def test_a_type_that_the_exchange_refuses_brings_those_that_are_known() -> None:
    done = income("--type", "funding")
    assert (done.status, done.out) == (4, "")
    assert "FUNDING is not a type of usdm income." in done.err
    assert "hint: Types of usdm: TRANSFER, " in done.err


def test_of_all_markets_one_that_lacks_a_type_is_left_out_with_a_note() -> None:
    done = income("-m", "all", "--type", "BFUSD_REWARD", "--json")
    assert done.status == 0
    assert json.loads(done.out)["market"] == "usdm"
    assert done.err == "binfut: left out: BFUSD_REWARD is not a type of coinm income.\n"


def test_of_all_markets_one_that_refuses_a_type_is_left_out_with_a_note(sandbox: Sandbox) -> None:
    refusal = '{"code":-1130,"msg":"Data sent for parameter \'incomeType\' is not valid."}'
    refused = {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 400}
    sandbox.fault({**refused, "market": "usdm", "body": refusal})
    options = ["-e", "sandbox", "-m", "all", "--rest-url", sandbox.rest["usdm"]]
    done = binfut("account", "income", "--type", "FUNDING_FEE", *options, env=environment(sandbox))
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert done.err.startswith("binfut: left out: FUNDING_FEE is not a type of usdm")
    assert done.out.startswith("COIN-M")


def test_a_type_that_no_market_has_is_a_failure() -> None:
    done = income("-m", "all", "--type", "nope")
    assert (done.status, done.out, done.err.count("hint: Types of")) == (4, "", 2)


def test_a_type_that_nobody_knows_and_that_has_no_row_is_told(sandbox: Sandbox) -> None:
    """As where an exchange takes any word and answers with nothing."""
    sandbox.fault(
        {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 200, "body": "[]"}
    )
    done = binfut("account", "income", "--type", "FUNDING", *at(sandbox), env=environment(sandbox))
    assert done.status == 0
    assert "FUNDING" in done.err


def test_what_is_no_number_is_shown_and_left_out_of_the_sums_with_one_note(
    sandbox: Sandbox,
) -> None:
    bent = {"fault": "field", "layer": "rest", "on": "income", "path": "0.income", "value": None}
    sandbox.fault(bent)
    done = binfut("account", "income", "--json", *at(sandbox), env=environment(sandbox))
    found = json.loads(done.out)
    odd = found["flows"][0]
    assert (done.status, odd["income"]) == (0, None)
    assert done.err == (
        f"binfut: no number, so not in usdm's totals: {odd['incomeType']} {odd['tranId']}.\n"
    )


@pytest.mark.parametrize("number", [-5, 9007199254740993])
def test_a_bare_number_is_the_amount_that_its_digits_say(sandbox: Sandbox, number: int) -> None:
    bent = {"fault": "field", "layer": "rest", "on": "income", "path": "0.income", "value": number}
    sandbox.fault(bent)
    done = binfut("account", "income", "-o", "ndjson", *at(sandbox), env=environment(sandbox))
    assert done.status == 0
    assert json.loads(done.out.splitlines()[0])["income"] == str(number)


BAN = {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 418}


@pytest.mark.parametrize("form", ["table", "wide", "csv", "ndjson", "json"])
def test_what_was_read_before_a_ban_is_printed_and_where_to_go_on_is_told(form: str) -> None:
    with Sandbox.start(account="hedge") as sandbox:
        sandbox.fault({**BAN, "after": 1})
        done = binfut("account", "income", "-o", form, *at(sandbox), env=environment(sandbox))
        assert done.status == 7
        assert "Then go on with --market usdm --from 20" in done.err
        assert done.out.count("COMMISSION") > 900
        if form == "json":
            document = json.loads(done.out)
            assert document["incomplete"] == ["income"]
            start = json.loads(done.err)["error"]["hint"].split("--from ")[1].split()[0]
            assert max(row["time"] for row in document["flows"]) <= document["to"]
            more = binfut("account", "income", "--from", start, "--json", *at(sandbox),
                          env=environment(sandbox))  # fmt: skip
            rest = json.loads(more.out)
            assert rest["from"] == document["to"] + 1
            both = [(row["incomeType"], row["tranId"]) for row in document["flows"] + rest["flows"]]
            assert len(both) == len(set(both)) > 1300
        if form in ("table", "wide"):
            assert re.search(r"^Income .* UTC, incomplete$", done.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_what_was_read_before_a_signal_is_printed_and_where_to_go_on_is_told(
    sent: signal.Signals, status: int
) -> None:
    with Sandbox.start(account="hedge") as sandbox:
        options = ("account", "income", "--max-weight", "30", "-o", "csv", *at(sandbox))
        with Terminal(*options, env=environment(sandbox)) as terminal:
            terminal.until("rows, waiting for the exchange's minute")
            terminal.process.send_signal(sent)
            shown = terminal.rest()
        assert terminal.process.returncode == status
    assert "binfut: interrupted. Go on with --market usdm --from 20" in shown
    assert shown.count("COMMISSION,") > 900
    assert "Traceback" not in shown


def test_coinm_goes_back_a_year_and_the_day_that_is_named_can_be_asked() -> None:
    assert income("--since", "200d", "-m", "coinm", "--json").status == 0
    told = income("--since", "200d").err
    named = told.split("--from ")[1][:10]
    assert income("--from", named, "--json").status == 0


@pytest.mark.slow
def test_a_bar_is_shown_on_a_terminal_and_only_after_a_second(sandbox: Sandbox) -> None:
    options = ("account", "income", "--type", "FUNDING_FEE", *at(sandbox))
    assert "rows" not in on_a_terminal(*options, env=environment(sandbox))
    late = {"fault": "late", "layer": "rest", "on": "income", "seconds": "1.2"}
    sandbox.fault(late)
    shown = on_a_terminal(*options, env=environment(sandbox))
    assert "\r█" in shown
    assert " rows\x1b[K\r\x1b[K" in shown
    assert shown.index("\r\x1b[K") < shown.index("USD-M")
    sandbox.fault(late)
    piped = binfut(*options, env=environment(sandbox))
    assert (piped.status, piped.err) == (0, "")
