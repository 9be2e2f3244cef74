"""`account commission`, the real program: what it prints, what it says, how it leaves."""

import json
import re

import pytest

from binfut_cli.errors import ExitStatus
from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, at, binfut, environment

HELD = """\
USD-M · sandbox · one-way · now

Commission rates
 Symbol   Maker  Taker     RPI
 BTCUSDT  0.02%  0.04%  0.005%
 ETHUSDT  0.02%  0.04%  0.005%
 SOLUSDT  0.02%  0.04%  0.005%

COIN-M · sandbox · one-way · now

Commission rates
 Symbol         Maker  Taker
 BTCUSD_PERP    0.02%  0.04%
 BTCUSD_281229  0.02%  0.04%
"""


def ask(*more: str) -> Ended:
    return binfut("account", "commission", "-e", "sandbox", *more)


def asked(sandbox: Sandbox, *more: str) -> Ended:
    here = (*at(sandbox), "--rest-url", sandbox.rest["usdm"])
    return binfut("account", "commission", *here, *more, env=environment(sandbox))


def test_the_rates_of_what_is_held_in_per_cent() -> None:
    done = ask("--market", "all")
    assert (done.status, done.err) == (0, "")
    assert re.sub(r"\d{4}-\d\d-\d\d \S+ \S+$", "now", done.out, flags=re.MULTILINE) == HELD


def test_programs_get_the_exchanges_own_digits() -> None:
    given = ("--symbol", "ethusdt", "-o")
    rate = {
        "symbol": "ETHUSDT",
        "makerCommissionRate": "0.000200",
        "takerCommissionRate": "0.000400",
        "rpiCommissionRate": "0.000050",
    }
    document = json.loads(ask(*given, "json").out)
    assert (document["type"], document["commissionRates"]) == ("commission", [rate])
    row = json.loads(ask(*given, "ndjson").out)
    assert row["type"] == "commissionRate"
    assert row.items() >= rate.items()
    header, line = ask(*given, "csv").out.splitlines()
    assert (header, line) == (f"market,{','.join(rate)}", f"usdm,{','.join(rate.values())}")


def test_fields_are_chosen_as_anywhere() -> None:
    done = ask("--symbol", "BTCUSDT", "--fields", "takerCommissionRate,symbol", "-o", "csv")
    assert done.out == "market,takerCommissionRate,symbol\nusdm,0.000400,BTCUSDT\n"


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("takerCommissionRate>0.05%", ExitStatus.DONE),
        ("commissionRates.takerCommissionRate>=0.04% and symbol==BTCUSDT", ExitStatus.FAIL_IF),
        ("takerCommissionRate>0.0003", ExitStatus.FAIL_IF),
    ],
)
def test_a_rate_may_be_an_alert(expression: str, status: ExitStatus) -> None:
    done = ask("--symbol", "BTCUSDT", "--fail-if", expression)
    assert done.status == status
    assert ("holds for usdm commissionRates BTCUSDT: " in done.err) is (status != 0)


def test_a_bound_that_was_likely_meant_in_per_cent_is_doubted() -> None:
    done = ask("--symbol", "BTCUSDT", "--fail-if", "takerCommissionRate>0.05")
    assert done.status == ExitStatus.DONE
    assert "0.0005 or 0.05% for 0.05 per cent; 0.05 is 5%." in done.err


def test_an_unknown_symbol_is_named_and_the_others_answered() -> None:
    done = ask("--symbol", "BTCUSDT", "--symbol", "NOPEUSDT")
    assert done.status == ExitStatus.IN_PART
    assert "BTCUSDT  0.02%" in done.out
    assert done.err.splitlines()[:2] == [
        "binfut: usdm is answered in part, without commissionRate of NOPEUSDT.",
        "binfut: NOPEUSDT is not a symbol of usdm.",
    ]


def test_one_refusal_of_many_symbols_is_told_once(sandbox: Sandbox) -> None:
    reset = {"fault": "reset", "layer": "rest", "on": "commissionRate", "after": 1, "count": None}
    sandbox.fault(reset)
    done = asked(sandbox, "--symbol", "BTCUSDT", "--symbol", "ETHUSDT", "--timeout", "0.5")
    assert done.status in (ExitStatus.IN_PART, ExitStatus.NETWORK)
    assert done.err.count("hint: ") == 1


def test_there_is_nothing_to_keep_live() -> None:
    done = ask("-w")
    assert (done.status, done.out) == (ExitStatus.USAGE, "")


def test_a_wait_is_told_once(sandbox: Sandbox) -> None:
    limit = {"fault": "httpStatus", "layer": "rest", "on": "commissionRate", "status": 429}
    sandbox.fault({**limit, "headers": {"Retry-After": "1"}})
    done = asked(sandbox)
    assert (done.status, done.err) == (0, "binfut: waiting for the exchange's minute.\n")
    assert "SOLUSDT" in done.out
