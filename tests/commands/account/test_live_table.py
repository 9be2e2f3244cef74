"""`-w`: a table kept live, redrawn in place on a terminal, appended elsewhere."""

import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binfut_cli.sandbox import Sandbox
from tests.support.process import Process
from tests.support.program import at, binfut, environment
from tests.support.schemas import validator
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow  # many runs of the whole program

HOME_AND_CLEAR = "\x1b[H\x1b[J"
SECOND = 1.0


def options(sandbox: Sandbox) -> list[str]:
    stream = ["--env", "sandbox", "--market", "all", "--ws-api-url", sandbox.stream["usdm"]]
    return [*stream, "--rest-url", sandbox.rest["usdm"]]


def lines(text: str) -> list[str]:
    return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", text).splitlines()


def deposit(sandbox: Sandbox, amount: str) -> float:
    sandbox.act({"action": "deposit", "asset": "USDC", "amount": amount})
    return time.monotonic()


def buy(sandbox: Sandbox) -> float:
    sandbox.act({"action": "fill", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.250"})
    return time.monotonic()


@contextmanager
def piped(sandbox: Sandbox, name: str, *more: str) -> Iterator[Process]:
    with Process(
        "account", name, "-w", *options(sandbox), *more,
        env=environment(sandbox), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def read_until(process: Process, text: str, timeout_s: float = 10.0) -> str:
    """Read standard output until the text is there, and the line it stands in."""
    assert process.stdout is not None
    found, end = "", time.monotonic() + timeout_s
    while text not in found or not found.endswith("\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(end - time.monotonic(), 0))
        assert ready, f"{text!r} did not come; there is {found!r}"
        data = os.read(process.stdout.fileno(), 65536)
        assert data, f"it ended; there is {found!r}"
        found += data.decode()
    return found


def test_a_table_is_redrawn_in_place_and_follows_a_fill_within_a_second(sandbox: Sandbox) -> None:
    arguments = ("account", "positions", "-w", *options(sandbox))
    with Terminal(*arguments, env=environment(sandbox), columns=160) as terminal:
        first = terminal.until("BTCUSD_281229")
        assert first.count(HOME_AND_CLEAR) >= 1
        filled = buy(sandbox)
        terminal.until("1.75")
        assert time.monotonic() - filled < SECOND
        terminal.process.send_signal(signal.SIGINT)
        whole = terminal.rest()
    assert terminal.process.returncode == 130
    screens = whole.split(HOME_AND_CLEAR)
    assert screens[0] == ""  # nothing is written before the first screen is cleared
    rows = [[line for line in lines(screen) if " BTCUSDT " in line] for screen in screens[1:]]
    assert {len(found) for found in rows} == {1}
    assert " 1.5 " in rows[0][0]
    assert " 1.75 " in rows[-1][0]


def test_balances_follow_a_deposit_within_a_second(sandbox: Sandbox) -> None:
    arguments = ("account", "balances", "-w", *options(sandbox))
    with Terminal(*arguments, env=environment(sandbox), columns=160) as terminal:
        terminal.until("USDC")
        done = deposit(sandbox, "17.25")
        terminal.until("367.25")
        assert time.monotonic() - done < SECOND


def test_elsewhere_each_state_is_one_more_answer(sandbox: Sandbox) -> None:
    with piped(sandbox, "balances", "--json", "--fields", "asset,balance") as process:
        first = read_until(process, '"coinm"')
        deposit(sandbox, "17.25")
        second = read_until(process, "367.25")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 143
    assert "\x1b" not in first + second
    usdm, coinm = (json.loads(line) for line in first.splitlines()[:2])
    assert (usdm["type"], usdm["market"], coinm["market"]) == ("balances", "usdm", "coinm")
    assert {"asset": "USDC", "balance": "350.00000000"} in usdm["balances"]
    later = [json.loads(line) for line in second.splitlines()]
    for record in (usdm, coinm, *later):
        validator("balances").validate(record)
    assert any({"asset": "USDC", "balance": "367.25"} in one["balances"]
               for one in later if one["market"] == "usdm")  # fmt: skip


def test_the_table_of_balances_is_the_same_as_once(sandbox: Sandbox) -> None:
    once = binfut("account", "balances", *at(sandbox), env=environment(sandbox)).out
    with piped(sandbox, "balances") as process:
        live = read_until(process, "COIN-M")
        process.kill()
    assert "Margin ratio" in once
    table = once.split("\n", 1)[1].rstrip()  # its title tells the time
    assert table in live


def test_a_table_elsewhere_is_appended_without_an_escape_sequence(sandbox: Sandbox) -> None:
    with piped(sandbox, "positions") as process:
        text = read_until(process, "COIN-M")
        buy(sandbox)
        text += read_until(process, "1.75")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130
    assert "\x1b" not in text
    assert text.count("USD-M ·") >= 2


def mark(sandbox: Sandbox, price: str) -> float:
    sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": price})
    return time.monotonic()


def cells(text: str) -> list[str]:
    """The row of BTCUSDT in the last table."""
    return [line for line in lines(text) if line.startswith(" BTCUSDT ")][-1].split()


def test_a_mark_shows_within_two_seconds_all_that_a_one_shot_says(sandbox: Sandbox) -> None:
    fields = (
        "symbol,markPrice,liquidationDistance,unrealizedProfit,marginRatio,notional,maintMargin"
    )
    live = ("account", "positions", "-w", *options(sandbox), "--fields", fields)
    with Terminal(*live, env=environment(sandbox), columns=160) as terminal:
        terminal.until("BTCUSDT")
        moved = mark(sandbox, "75000")
        shown = terminal.until("75,000", timeout_s=2.0)
        assert time.monotonic() - moved < 2 * SECOND
    once = binfut(
        "account", "positions", *at(sandbox), "--fields", fields, env=environment(sandbox)
    )
    assert cells(shown) == cells(once.out)


def test_the_title_tells_how_it_stands_and_since_when(sandbox: Sandbox) -> None:
    arguments = ("account", "positions", "-w", *options(sandbox))
    with Terminal(*arguments, env=environment(sandbox), columns=160) as terminal:
        assert "LIVE" in terminal.until("proven")
        fault = {"fault": "httpStatus", "layer": "handshake", "status": 503, "on": "/private"}
        sandbox.fault({**fault, "count": None})
        sandbox.fault({"fault": "reset", "now": True, "market": "usdm"})
        shown = terminal.until("next try")
    title = next(line for line in lines(shown) if "next try" in line)
    assert title.startswith("USDⓈ-M")
    assert "RECONNECTING" in title


def test_it_is_cut_to_the_height_and_drawn_anew_when_that_changes(sandbox: Sandbox) -> None:
    arguments = ("account", "positions", "-w", *options(sandbox))
    with Terminal(*arguments, env=environment(sandbox), columns=160, rows=9) as terminal:
        first = terminal.until(" more")
        assert len(first.split(HOME_AND_CLEAR)[-1].splitlines()) <= 9
        assert "BTCUSD_281229" not in first
        terminal.resize(columns=220, rows=40)
        terminal.until("BTCUSD_281229", timeout_s=2.0)
        terminal.resize(columns=80, rows=40)
        narrow = terminal.until("too narrow", timeout_s=2.0).split(HOME_AND_CLEAR)[-1]
    rows = [line for line in lines(narrow) if line.startswith(" BTC")]
    assert 0 < max(map(len, rows)) <= 80


def test_a_dumb_terminal_gets_no_escape_sequence(sandbox: Sandbox) -> None:
    env = environment(sandbox) | {"TERM": "dumb"}
    with Terminal("account", "positions", "-w", *options(sandbox), env=env) as terminal:
        text = terminal.until("COIN-M")
        buy(sandbox)
        text += terminal.until("1.75")
    assert "\x1b" not in text


def test_a_sheet_has_one_header_and_the_time_of_each_row(sandbox: Sandbox) -> None:
    sheet = ("-o", "csv", "--fields", "symbol,positionAmt,markPrice", "--every", "2s")
    with piped(sandbox, "positions", *sheet) as process:
        text = read_until(process, "BTCUSD_PERP")
        mark(sandbox, "75000")
        text += read_until(process, "75000.00000000")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    header, *rows = text.splitlines()
    assert header == "time,market,symbol,positionAmt,markPrice"
    assert header not in rows
    times = [int(row.split(",")[0]) for row in rows]
    assert times == sorted(times)
    assert times[-1] > times[0]
    assert {row.split(",")[1] for row in rows} == {"usdm", "coinm"}


def test_another_stream_address_is_taken(sandbox: Sandbox) -> None:
    with piped(sandbox, "balances", "--stream-url", sandbox.stream["usdm"]) as process:
        assert "COIN-M" in read_until(process, "COIN-M")


def test_a_reader_that_leaves_ends_it(sandbox: Sandbox) -> None:
    with piped(sandbox, "balances") as process:
        read_until(process, "COIN-M")
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.wait(timeout=10) == 0


def test_a_closed_position_leaves_the_table(sandbox: Sandbox) -> None:
    with piped(sandbox, "positions", "--json") as process:
        read_until(process, '"coinm"')
        sandbox.act({"action": "fill", "symbol": "BTCUSDT", "side": "SELL", "quantity": "1.500"})
        text = read_until(process, '"positions":[{"leverage":10')  # ETHUSDT comes first now
        usdm = json.loads(next(line for line in text.splitlines() if '"usdm"' in line))
    validator("positions").validate(usdm)
    assert [row["symbol"] for row in usdm["positions"]] == ["ETHUSDT", "SOLUSDT"]
    assert usdm["hidden"] == 1


@pytest.mark.parametrize("name", ["balances", "positions"])
def test_a_condition_has_no_end_to_wait_for(sandbox: Sandbox, name: str) -> None:
    done = binfut("account", name, "-w", *at(sandbox), "--fail-if", "updateTime>0")
    assert (done.status, done.out) == (2, "")
    assert "--watch has no end" in done.err
