"""The engine as the program runs it: a reader that sleeps, signals, systemd, --strict, a ban."""

import json
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.faults.armed import Armed, Output
from binfut_cli.sandbox.wire.steps import Steps
from tests.support.program import Watching, at, binfut, environment
from tests.support.published import Published

EVENTS = 1500


def options(sandbox: Sandbox) -> list[str]:
    return [*at(sandbox), "--stream-url", sandbox.stream["usdm"]]


def deposit(sandbox: Sandbox, times: int = 1) -> None:
    for _ in range(times):
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})


def until(watching: Watching, **wanted: Any) -> dict[str, Any]:
    """Read on until a record that has all of this."""
    while True:
        line = watching.line()
        assert line, f"the watch ended: {watching.rest()}"
        record: dict[str, Any] = json.loads(line)
        if wanted.items() <= record.items():
            return record


def streams(sandbox: Sandbox) -> int:
    return sandbox.connections().get("stream/usdm", 0)


def test_a_reader_that_sleeps_loses_nothing_and_breaks_nothing(sandbox: Sandbox) -> None:
    sandbox.act({"action": "rules", "pingInterval": 0.2, "pongTimeout": 1})
    with Watching("--json", *options(sandbox), env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        deposit(sandbox, EVENTS)  # a pipe holds a tenth of it
        time.sleep(2.5)  # twice the time in which an unanswered ping ends the connection
        assert streams(sandbox) == 1
        numbers = [until(watching, type="event")["seq"] for _ in range(EVENTS)]
        assert numbers == list(range(numbers[0], numbers[0] + EVENTS))
        ended = watching.end()
    assert "GAP" not in ended.err
    assert json.loads(ended.out.splitlines()[-1])["gaps"] == 0


def test_a_torn_line_of_a_watch_that_was_killed_spoils_no_other(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "day.ndjson"
    file.write_bytes(b'{"v":1,"type":"ev')
    with file.open("ab") as out:
        program = ("watch", "--json", "--duration", "0.2s", *options(sandbox))
        assert binfut(*program, env=environment(sandbox), stdout=out).status == 0
    torn, *lines = file.read_bytes().splitlines()
    assert torn == b'{"v":1,"type":"ev'
    seqs = [json.loads(line)["seq"] for line in lines]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_the_end_prints_what_was_received(sandbox: Sandbox, with_signal: signal.Signals) -> None:
    with Watching("--json", *options(sandbox), env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        deposit(sandbox, 200)
        ended = watching.end(with_signal)
    records = [json.loads(line) for line in ended.out.splitlines()]
    assert [r["type"] for r in records].count("event") == 200
    assert records[-1]["type"] == "stop"
    assert records[-1]["events"] == 200
    numbers = [record["seq"] for record in records]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def cut_off(sandbox: Sandbox) -> None:
    """End the stream, and take no other."""
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 503, "count": None})
    sandbox.fault({"fault": "reset", "layer": "stream", "now": True})


@pytest.mark.parametrize(("how", "status"), [((), 143), (("--duration", "1.2s"), 0)])
def test_a_gap_that_is_open_at_the_end_is_told(
    sandbox: Sandbox, how: tuple[str, ...], status: int
) -> None:
    with Watching("--json", *how, *options(sandbox), env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        cut_off(sandbox)
        until(watching, status="GAP")
        deposit(sandbox)
        happened = sandbox.ledger()[-1]["T"]
        ended = watching.rest() if how else watching.end()
    *_, gap, stop = map(json.loads, ended.out.splitlines())
    assert (gap["type"], gap["open"], gap["gap"]) == ("gap", True, 1)
    assert gap["from"] <= happened <= gap["to"]
    assert (stop["type"], stop["gaps"], ended.status) == ("stop", 1, status)
    assert stop["lanes"] == [
        {"market": "usdm", "provenAt": stop["provenAt"], "unreported": [1]},
    ]
    assert stop["provenAt"] <= gap["to"]


def test_people_are_told_of_a_gap_that_is_open_too(sandbox: Sandbox) -> None:
    with Watching(*options(sandbox), env=environment(sandbox)) as watching:
        watching.line()
        assert "HOLDS" in watching.line()
        cut_off(sandbox)
        assert watching.process.stderr is not None
        while b"RECONNECTING" not in watching.process.stderr.readline():
            pass
        ended = watching.end()
    assert "s, open at the end): changes may have been missed." in ended.out
    assert "STOP SIGTERM: 0 events, 1 gap; proven until " in ended.err
    assert "; no report of gap 1\n" in ended.err


def test_a_reader_of_lines_that_has_gone_is_told_on_standard_error(sandbox: Sandbox) -> None:
    with Watching(*options(sandbox), env=environment(sandbox)) as watching:
        out, err = watching.process.stdout, watching.process.stderr
        assert out is not None
        assert err is not None
        watching.line()
        cut_off(sandbox)
        while b"RECONNECTING" not in err.readline():
            pass
        out.close()
        assert any(b"STOP broken pipe: 0 events, 1 gap; proven until" in each for each in err)


def test_a_refusal_that_ends_the_watch_leaves_no_hole_untold(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "revoked", "layer": "wsApi", "on": "account.status", "count": None})
    with Watching("--json", *options(sandbox), env=environment(sandbox)) as watching:
        ended = watching.rest()
    connected, gap, stop = map(json.loads, ended.out.splitlines())
    assert (connected["status"], gap["open"], stop["reason"]) == ("CONNECTED", True, "failed")
    assert (stop["provenAt"], ended.status) == (None, 5)


def test_a_reader_that_never_reads_cannot_hold_up_the_end(sandbox: Sandbox) -> None:
    with Watching("--json", *options(sandbox), env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        deposit(sandbox, EVENTS)
        started = time.monotonic()
        watching.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        watching.process.send_signal(signal.SIGTERM)  # a second one does not wait
        ended = watching.rest()
    assert ended.status == 143
    assert time.monotonic() - started < 6
    printed, told = [], [line for line in ended.out.splitlines() if line.endswith("}")]
    *printed, gap, stop = map(json.loads, told)
    assert (gap["cause"], gap["open"], stop["type"]) == ("consumer", True, "stop")
    assert gap["messages"] + len([r for r in printed if r["type"] == "event"]) >= EVENTS
    times = [entry["T"] for entry in sandbox.ledger() if entry["event"] == "ACCOUNT_UPDATE"]
    assert gap["from"] <= times[-1] <= gap["to"]


def test_strict_leaves_with_9_after_a_certain_gap(sandbox: Sandbox) -> None:
    with Watching(
        "--json", "--strict", "--limit", "2", *options(sandbox), env=environment(sandbox)
    ) as watching:
        until(watching, status="LIVE")
        sandbox.act({"action": "expireListenKey", "market": "usdm"})
        assert until(watching, type="gap")["certainty"] == "certain"
        until(watching, status="LIVE")
        deposit(sandbox)
        assert watching.rest().status == 9


def test_strict_without_a_certain_gap_is_a_good_end(sandbox: Sandbox) -> None:
    with Watching(
        "--json", "--strict", "--limit", "1", *options(sandbox), env=environment(sandbox)
    ) as watching:
        until(watching, status="LIVE")
        sandbox.fault({"fault": "reset", "layer": "stream", "now": True})
        assert until(watching, type="gap")["certainty"] == "possible"
        until(watching, status="LIVE")
        deposit(sandbox)
        assert watching.rest().status == 0


def test_systemd_hears_that_it_is_ready_and_covered(sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        env = environment(sandbox, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="1000000")
        env.pop("WATCHDOG_PID", None)
        with Watching("--json", *options(sandbox), env=env) as watching:
            assert systemd.recv(100) == b"READY=1"
            assert systemd.recv(100) == b"WATCHDOG=1"  # after the first audit that agreed
            beat = until(watching, type="heartbeat", status="LIVE")
            watching.end()
    assert beat["backlogBytes"] == 0


def test_two_streams_and_one_breaks(sandbox: Sandbox) -> None:
    pongs = []

    def seen(output: Output) -> Steps:
        pongs.append(output)
        return output.steps

    sandbox._faults.arm(Armed(effect=seen, name="seen", layer="pong", count=None))
    with Watching("--json", "--redundant", *options(sandbox), env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        end = time.monotonic() + 10
        while len(pongs) < 3 and time.monotonic() < end:  # the third: the second stream may join
            time.sleep(0.01)
        assert streams(sandbox) == 2
        deposit(sandbox)
        assert until(watching, type="event")["reason"] == "DEPOSIT"
        sandbox.fault({"fault": "reset", "layer": "stream", "on": "ACCOUNT_UPDATE"})
        deposit(sandbox, 3)  # the first of them ends one stream
        amounts = [until(watching, type="event")["balances"][0]["walletBalance"] for _ in range(3)]
        ended = watching.end()
    assert len(set(amounts)) == 3
    stop = json.loads(ended.out.splitlines()[-1])
    assert (stop["events"], stop["gaps"]) == (4, 0)


BAN = {"fault": "httpStatus", "layer": "handshake", "status": 418,
       "headers": {"Retry-After": "600"}}  # fmt: skip


def test_a_ban_stops_everything_and_is_remembered_of_its_host(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    home = environment(sandbox, XDG_STATE_HOME=str(tmp_path))
    file = tmp_path / "binfut" / "limits-testnet.binancefuture.com.json"
    sandbox.fault(BAN)
    with Published(sandbox.rest["usdm"], tmp_path) as exchange:
        env = home | exchange.env | {"BINFUT_ENV": "testnet"}
        with Watching("--json", env=env) as watching:
            assert watching.rest().status == 7
        sandbox.clear_faults()
        assert exchange.asked == ["testnet.binancefuture.com"]
        with Watching("--json", env=env) as watching:
            ended = watching.rest()
        fault = json.loads(ended.err.splitlines()[-1])["error"]
        assert (ended.status, fault["exit"]) == (7, 7)
        assert "asked to wait" in fault["message"]
        assert "testnet.binancefuture.com said so at 20" in fault["message"]
        assert f"remove {file}." in fault["hint"]
        assert exchange.asked == ["testnet.binancefuture.com"]  # nothing more was asked of anybody
        file.unlink()
        with Watching("--json", "--market", "coinm", env=env) as watching:
            until(watching, status="LIVE")
    assert not list(file.parent.glob("limits-*"))


def test_what_a_given_address_says_ends_with_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    env = environment(sandbox, XDG_STATE_HOME=str(tmp_path / "state"), BINFUT_ENV="prod")
    there = [*options(sandbox)[2:], "--no-key-check"]
    sandbox.fault(BAN)
    with Watching("--json", *there, env=env) as watching:
        assert watching.rest().status == 7
    sandbox.clear_faults()
    with Watching("--json", *there, env=env) as watching:
        until(watching, status="LIVE")
    assert not (tmp_path / "state").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("market", "symbol"), [(Market.USDM, "BTCUSDT"), (Market.COINM, "BTCUSD_PERP")]
)
def test_after_a_gap_history_tells_what_it_hid(
    sandbox: Sandbox, market: Market, symbol: str
) -> None:
    words = [*at(sandbox, market), "--stream-url", sandbox.stream[market], "--json"]
    with Watching(*words, env=environment(sandbox)) as watching:
        until(watching, status="LIVE")
        sandbox.fault({"fault": "reset", "layer": "stream", "now": True})
        sandbox.act({"action": "fill", "symbol": symbol, "side": "SELL", "quantity": "1"})
        found = [json.loads(watching.line(30.0))]
        while found[-1]["type"] != "gap_report":
            found.append(json.loads(watching.line(30.0)))
        assert watching.end().status == 143
    kinds = [record["kind"] for record in found if record["type"] == "backfill"]
    report = found[-1]
    assert set(kinds) == {"fill", "flow", "order"}
    assert (report["fillCount"], report["orderCount"], report["unread"]) == (1, 1, [])
    assert {sums["unexplained"] for sums in report["sums"]} == {"0"}
