"""`binfut watch`, the real program on real sockets, both markets, through loss and return."""

import contextlib
import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from tests.sandbox.actions.test_scenarios import CLOSE, NOTICE
from tests.support.process import Process
from tests.support.program import Watching, binfut, environment
from tests.support.samples import body

Record = dict[str, Any]


class Heard:
    """A `watch --json` and what it has printed so far."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching
        self.records: list[Record] = []

    def until(self, test: Callable[[Record], object]) -> Record:
        """Read records until one passes the test."""
        while True:
            line = self.watching.line()
            assert line, f"the watch ended: {self.watching.rest()}"
            self.records.append(json.loads(line))
            if test(self.records[-1]):
                return self.records[-1]

    def status(self, verdict: str) -> Record:
        """Read on until the watch says this of itself."""
        return self.until(lambda record: record.get("status") == verdict)

    def event(self, name: str) -> Record:
        """Read on until this event."""
        return self.until(lambda record: record.get("event") == name)


def options(sandbox: Sandbox, market: str) -> list[str]:
    return [
        "--env",
        "sandbox",
        "--market",
        market,
        "--rest-url",
        sandbox.rest["usdm"],
        "--ws-api-url",
        sandbox.stream["usdm"],
        "--stream-url",
        sandbox.stream["usdm"],
    ]


@contextlib.contextmanager
def heard(sandbox: Sandbox, *more: str, market: str = "usdm") -> Iterator[Heard]:
    with Watching("--json", *options(sandbox, market), *more, env=environment(sandbox)) as watching:
        found = Heard(watching)
        found.status("LIVE")
        yield found


def plain(rows: list[Record]) -> list[Record]:
    """Rows without what the notice of 2020 did not have yet."""
    new = {"previous", "balanceChange", "breakEvenPrice", "marginAsset"}
    return [{key: row[key] for key in row if key not in new} for row in rows]


def spelled(update: Record) -> tuple[list[Record], list[Record]]:
    """The rows of an "after upgrade" sample in long names, amounts without their padding."""
    names = {"a": "asset", "wb": "walletBalance", "cw": "crossWalletBalance", "s": "symbol",
             "pa": "positionAmt", "ep": "entryPrice", "cr": "accumulatedRealized",
             "up": "unrealizedProfit", "mt": "marginType", "iw": "isolatedWallet",
             "ps": "positionSide"}  # fmt: skip
    rows = [[{names[k]: v for k, v in row.items()} for row in update["a"][p]] for p in "BP"]
    return rows[0], rows[1]


def by_number(rows: list[Record]) -> list[Record]:
    """Rows whose amounts compare by number."""
    return [{k: _number(v) for k, v in sorted(row.items())} for row in rows]


def _number(text: str) -> object:
    return float(text) if text.lstrip("-")[:1].isdigit() else text


def test_the_notices_three_scenarios_come_out_as_after_the_upgrade() -> None:
    with Sandbox.start(account="hedge") as sandbox:
        sandbox.act({"action": "rules", "bothRow": True})
        sandbox.act(NOTICE)
        with heard(sandbox) as found:
            sandbox.act({"action": "deposit", "account": "hedge", "asset": "BNB", "amount": "0.01"})
            deposit = found.event("ACCOUNT_UPDATE")
            sandbox.act(CLOSE)
            close = found.event("ACCOUNT_UPDATE")
            sandbox.act({"action": "funding", "account": "hedge", "symbol": "BTCUSDT",
                     "amount": "-0.01145905"})  # fmt: skip
            found.event("ACCOUNT_UPDATE")
            sandbox.act({"action": "marginType", "account": "hedge", "symbol": "ETHUSDT",
                     "marginType": "ISOLATED"})  # fmt: skip
            changed = found.event("ACCOUNT_UPDATE")
    for record, name in (
        (deposit, "thread_838_deposit"),
        (close, "thread_838_close"),
        (changed, "thread_838_margin_type"),
    ):
        balances, positions = spelled(body(f"usdm/{name}"))
        assert by_number(plain(record["balances"])) == by_number(balances)
        assert by_number(plain(record["positions"])) == by_number(positions)
    assert deposit["balances"][0]["previous"]["walletBalance"] == "0.01575839"
    assert close["positions"][1]["previous"]["positionAmt"] == "-0.010"
    assert changed["positions"][1]["previous"]["marginType"] == "cross"


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_every_record_is_numbered_without_a_hole(sandbox: Sandbox, market: str) -> None:
    asset = {"usdm": "USDT", "coinm": "BTC"}[market]
    with heard(sandbox, "--limit", "3", market=market) as found:
        for _ in range(3):
            sandbox.act({"action": "deposit", "market": market, "asset": asset, "amount": "1"})
        found.until(lambda record: record["type"] == "stop")
        assert found.watching.rest().status == 0
    assert [record["seq"] for record in found.records] == list(range(1, len(found.records) + 1))
    assert {record["run"] for record in found.records} == {found.records[0]["run"]}
    assert [r["type"] for r in found.records] == [
        "status", "snapshot", "status", "event", "event", "event", "stop"
    ]  # fmt: skip
    assert found.records[-1]["byReason"] == {"DEPOSIT": 3}


def test_a_setting_is_shown_with_its_value_before(sandbox: Sandbox) -> None:
    with heard(sandbox) as found:
        sandbox.act({"action": "leverage", "symbol": "BTCUSDT", "leverage": 50})
        record = found.event("ACCOUNT_CONFIG_UPDATE")
    assert record["symbolConfig"] == {
        "symbol": "BTCUSDT",
        "leverage": 50,
        "previous": {"leverage": 20},
    }


@pytest.mark.parametrize("market", ["usdm", "coinm"])
@pytest.mark.parametrize("fault", ["reset", "fin"])
def test_what_a_lost_connection_hid_is_told_after_it(
    sandbox: Sandbox, fault: str, market: str
) -> None:
    asset = {"usdm": "USDT", "coinm": "BTC"}[market]
    with heard(sandbox, market=market) as found:
        sandbox.fault({"fault": fault, "layer": "stream", "now": True})
        lost = found.status("GAP")
        sandbox.act({"action": "deposit", "market": market, "asset": asset, "amount": "7"})
        found.status("LIVE")
    gap, snapshot = (next(r for r in found.records if r["type"] == t) for t in ("gap", "snapshot"))
    resyncs = [record for record in found.records if record["type"] == "resync"]
    assert lost["retryInMs"] > 0
    assert gap["certainty"] == "possible"
    assert gap["from"] <= gap["to"]
    assert snapshot["market"] == market
    assert {(r["key"]["asset"], r["field"]) for r in resyncs} == {
        (asset, "walletBalance"),
        (asset, "crossWalletBalance"),
    }


@pytest.mark.parametrize("shape", [{}, {"stringTime": True}, {"wrapped": True}])
def test_an_expired_key_is_replaced_at_once(sandbox: Sandbox, shape: dict[str, bool]) -> None:
    with heard(sandbox) as found:
        sandbox.act({"action": "expireListenKey", "market": "usdm", **shape})
        expired = found.event("listenKeyExpired")
        found.status("LIVE")
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})
        assert found.event("ACCOUNT_UPDATE")["reason"] == "DEPOSIT"
    assert expired["listenKey"] == "***"
    gap = next(record for record in found.records if record["type"] == "gap")
    assert gap["certainty"] == "certain"


def test_unknown_events_and_malformed_ones_pass_through(sandbox: Sandbox) -> None:
    with heard(sandbox) as found:
        text = '{"e": "BRAND_NEW", "E": 1, "type": "x", "n": "1.10"}'
        sandbox.act({"action": "raw", "text": text})
        new = found.event("BRAND_NEW")
        sandbox.act({"action": "raw", "text": "{not json"})
        broken = found.until(lambda record: record["type"] == "raw")
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})
        found.event("ACCOUNT_UPDATE")
    assert (new["type"], new["exchange"]["type"], new["n"]) == ("event", "x", "1.10")
    assert broken["text"] == "{not json"


def test_events_chooses_what_is_printed_and_not_what_is_known(sandbox: Sandbox) -> None:
    with heard(sandbox, "--events", "ACCOUNT_CONFIG_UPDATE,MARGIN_CALL") as found:
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})
        sandbox.act({"action": "marginCall", "symbol": "BTCUSDT"})
        call = found.event("MARGIN_CALL")
    assert call["seq"] == 4  # the deposit has no number
    assert call["positions"][0]["marginType"] == "CROSSED"


RESTING = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "price": "100"}


def test_raw_is_the_exchanges_bytes_without_the_listen_key(sandbox: Sandbox) -> None:
    with Watching("--raw", *options(sandbox, "usdm"), env=environment(sandbox)) as watching:
        for number in range(100):  # until the stream is open
            sandbox.act({"action": "raw", "text": f'{{"e":"X",\n "E": {number}.50}}'})
            with contextlib.suppress(AssertionError):
                first = watching.line(0.2)
                break
        sandbox.act({"action": "placeOrder", **RESTING})
        while "ORDER_TRADE_UPDATE" not in (order := watching.line()):
            pass
        sandbox.act({"action": "expireListenKey", "market": "usdm"})
        while "listenKeyExpired" not in (second := watching.line()):
            pass
        done = watching.end()
    assert re.fullmatch(r'\{"e":"X",  "E": [0-9]+\.50\}', first)
    assert re.search(r'"i": ?[0-9]{17,}[,}]', order)  # an id is a number there
    assert json.loads(second)["listenKey"] == "***"
    assert done.status == 143


def test_an_event_during_the_snapshot_is_not_lost(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "late", "layer": "wsApi", "on": "account.status", "seconds": "0.5",
               "count": 3})  # fmt: skip
    with Watching("--json", *options(sandbox, "usdm"), env=environment(sandbox)) as watching:
        found = Heard(watching)
        found.status("CONNECTED")
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "1"})
        update = found.event("ACCOUNT_UPDATE")
    kinds = [record["type"] for record in found.records]
    assert kinds.index("snapshot") < kinds.index("event")
    assert update["balances"][0]["walletBalance"] == "12481.50318243"


@pytest.mark.parametrize(
    ("with_signal", "status", "reason"),
    [(signal.SIGINT, 130, "SIGINT"), (signal.SIGTERM, 143, "SIGTERM")],
)
def test_a_signal_ends_it_with_a_last_record(
    sandbox: Sandbox, with_signal: signal.Signals, status: int, reason: str
) -> None:
    with heard(sandbox) as found:
        done = found.watching.end(with_signal)
    assert done.status == status
    last = json.loads(done.out.splitlines()[-1])
    assert (last["type"], last["reason"]) == ("stop", reason)
    assert "Traceback" not in done.err


def test_a_signal_while_nobody_answers_ends_it_too(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "silent", "layer": "handshake", "count": None})
    with Watching(*options(sandbox, "usdm"), env=environment(sandbox)) as watching:
        while not sandbox.fired():  # then it waits for the handshake
            time.sleep(0.01)
        done = watching.end(signal.SIGINT)
    assert done.status == 130


def test_a_reader_that_leaves_ends_a_quiet_watch(sandbox: Sandbox) -> None:
    program = ("watch", "--json", *options(sandbox, "usdm"))
    with Process(*program, env=environment(sandbox), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(5) == 0


def test_duration_ends_it(sandbox: Sandbox) -> None:
    with heard(sandbox, "--duration", "1s") as found:
        stop = found.until(lambda record: record["type"] == "stop")
    assert stop["reason"] == "duration"


def test_both_markets_at_once(sandbox: Sandbox) -> None:
    with Watching("--json", *options(sandbox, "all"), env=environment(sandbox)) as watching:
        found = Heard(watching)
        found.status("LIVE")
        found.status("LIVE")
        sandbox.act({"action": "deposit", "market": "coinm", "asset": "BTC", "amount": "1"})
        sandbox.act({"action": "deposit", "market": "usdm", "asset": "USDT", "amount": "1"})
        updates = [found.event("ACCOUNT_UPDATE"), found.event("ACCOUNT_UPDATE")]
    assert {update["market"] for update in updates} == {"usdm", "coinm"}


def test_a_wrong_key_ends_it_at_once_with_its_status(sandbox: Sandbox) -> None:
    env = environment(sandbox, BINFUT_API_SECRET="s" * 64)
    with Watching("--json", *options(sandbox, "usdm"), env=env) as watching:
        done = watching.rest()
    assert done.status == 5
    assert json.loads(done.err)["error"]["exchangeCode"] == -1022


def test_lines_for_people_show_old_and_new(sandbox: Sandbox) -> None:
    with Watching(*options(sandbox, "usdm"), "--limit", "1", env=environment(sandbox)) as watching:
        while "ETHUSDT" not in watching.line():
            pass
        sandbox.act({"action": "deposit", "asset": "USDT", "amount": "100"})
        done = watching.rest()
    line = done.out.splitlines()[-1]
    assert line.split(maxsplit=1)[1] == (
        "BALANCE  USDT            12,480.50 → 12,580.50 (+100.00)  deposit"
    )
    assert "LIVE" in done.err
    assert "\x1b" not in done.out + done.err


STOP = {
    "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "0.5",
    "triggerPrice": "80000", "clientAlgoId": "stop",
}  # fmt: skip


def test_a_conditional_order_and_what_became_of_it(sandbox: Sandbox) -> None:
    with Watching(*options(sandbox, "usdm"), "--limit", "8", env=environment(sandbox)) as watching:
        while "ETHUSDT" not in watching.line():
            pass
        sandbox.act({"action": "placeAlgo", **STOP})
        book = sandbox.exchange.accounts["one-way"].books["usdm"]
        (number,) = (o.algo_id for o in book.open_algo_orders() if o.client_algo_id == "stop")
        sandbox.act({"action": "triggerAlgo", "clientAlgoId": "stop"})
        done = watching.rest()
    stop, end = "conditional SELL STOP_MARKET 0.5 trigger 80,000", f"  number {number}"
    lines = [line.split(maxsplit=1)[1] for line in done.out.splitlines()]
    assert [line for line in lines if line.startswith(("FILL", "ORDER"))] == [
        f"ORDER    BTCUSDT         {stop}  waiting{end}",
        f"ORDER    BTCUSDT         {stop}  being triggered{end}",
        f"ORDER    BTCUSDT         SELL MARKET 0.5  placed  from conditional order {number}",
        "FILL     BTCUSDT         SELL MARKET 0.5 @ 80,000  position 1.5 → 1  "
        "realized -625.20 USDT  fee 16.00 USDT  wallet 11,839.30 USDT (-641.20)  "
        f"from conditional order {number}",
        f"ORDER    BTCUSDT         {stop}  triggered{end}",
        f"ORDER    BTCUSDT         {stop}  finished  filled 0.5 @ 80,000{end}",
    ]


def test_the_order_of_a_conditional_order_is_found_by_its_id(sandbox: Sandbox) -> None:
    with heard(sandbox) as found:
        sandbox.act({"action": "placeAlgo", **STOP})
        sandbox.act({"action": "triggerAlgo", "clientAlgoId": "stop"})
        found.until(lambda r: r.get("algoOrder", {}).get("algoStatus") == "FINISHED")
    finished = found.records[-1]["algoOrder"]
    orders = [r["order"] for r in found.records if r.get("event") == "ORDER_TRADE_UPDATE"]
    assert {order["sourceId"] for order in orders} == {finished["algoId"]}
    assert {order["orderId"] for order in orders} == {finished["actualOrderId"]}
    assert int(finished["algoId"]) > 2**53


def test_the_embedded_sandbox_lives_by_itself() -> None:
    done = binfut("watch", "--env", "sandbox", "-m", "all", "--speed", "200", "--limit", "20")
    assert done.status == 0, done.err
    assert "ORDER" in done.out


def test_the_served_sandbox_announces_itself_and_ends() -> None:
    program = ("sandbox", "serve", "--no-story")
    with Process(*program, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        assert set(found) >= {"rest", "wsApi", "stream", "control", "accounts"}
        first = found["accounts"][0]
        key = {"BINFUT_API_KEY": first["apiKey"], "BINFUT_API_SECRET": first["secret"]}
        env = environment(**key, BINFUT_ENV="sandbox")
        address = found["wsApi"]["usdm"]
        asked = binfut("account", "status", "--ws-api-url", address, env=env)
        assert asked.status == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
