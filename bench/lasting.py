"""Whether memory stays flat over ten million events, and what a quiet week costs.

    python -m bench.lasting [--events N] [--write]

The watch's own fold and lines, without sockets, by a clock that is moved: ten million updates of an
account, and ten million events of one with 10,000 open orders, in which an order is opened, another
withdrawn, and now and then one filled, eight times a second for two weeks; each minute the account
is read, and has to agree. Then the whole engine against the simulated exchange, on which nothing
happens for a week: its processor time is told without the exchange's. Four minutes, both cores.
"""

import argparse
import json
import math
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bench.blast import update
from bench.chaos.document import put
from bench.soak.weeks import DAY_S, resident_kib
from binfut_cli.api.transport.frames import TEXT
from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.documents import Lines
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.sandbox.api import ws_api
from binfut_cli.stream.events import Rows
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.messages import AuditRead, Batch, SnapshotTaken, StreamOpened
from binfut_cli.stream.records import Record
from tests.support import simulation
from tests.support.simulation import EPOCH_MS

EVENTS = 10_000_000
MARKS = (10_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""After how many events memory is looked at; orders are remembered for an hour, which is 28,800."""
APART_MS = 125
READ = 24  # events that one read brings
MINUTE = 60_000 // APART_MS
OPEN = 10_000
EACH_FILL = 10  # of so many steps one fills an order
FEE = Decimal("0.00000001")
LANE = Lane(Market.USDM)
ORDER = (
    b'{"e":"ORDER_TRADE_UPDATE","T":%d,"E":%d,"o":{"s":"BTCUSDT","c":"x-%d","S":"%b","o":"LIMIT",'
    b'"f":"GTC","q":"0.010","p":"81250.40","ap":"0","sp":"0","x":"%b","X":"%b","i":%d,"l":"%b",'
    b'"z":"%b","L":"81250.40","n":"%b","N":"USDT","T":%d,"t":%d,"b":"0","a":"0","m":true,'
    b'"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,'
    b'"V":"NONE","pm":"NONE","gtd":0}}'
)
UPDATE = (
    b'{"e":"ACCOUNT_UPDATE","T":%d,"E":%d,"a":{"B":[{"a":"USDT","wb":"%b","cw":"%b","bc":"0"}],'
    b'"P":[{"s":"BTCUSDT","pa":"%b","ep":"81250.40","cr":"0","up":"0","mt":"cross","iw":"0",'
    b'"ps":"BOTH","ma":"USDT","bep":"81250.40"}],"m":"ORDER"}}'
)


@dataclass(slots=True)
class Account:
    """What is held by now, so that a reading agrees with what the stream told."""

    wallet: Decimal = Decimal("12480.00000000")
    amount: str = "0.000"
    rows: dict[str, Row] = field(default_factory=dict)

    def read(self, now_ms: int) -> Result:
        """The account as it would be read."""
        balance = {"asset": "USDT", "walletBalance": f"{self.wallet}"}
        position = {"symbol": "BTCUSDT", "positionAmt": self.amount, "entryPrice": "81250.40"}
        document = {"assets": [balance], "positions": [position]}
        told, read = whole(Market.USDM, {"v2/account.status": document, "v2/account.position": []})
        return Result("snapshot", Market.USDM, now_ms, told, KINDS, read=read)


def orders(account: Account) -> Iterator[bytes]:
    """The events of a lively account, without end."""
    for step in range(1 << 60):
        now = EPOCH_MS + 2 * step * APART_MS
        yield _order(step, now, b"NEW", b"NEW")
        gone, now = step - OPEN, now + APART_MS
        if gone % EACH_FILL == 0 and gone >= 0:
            is_buy = gone % (2 * EACH_FILL) == 0
            account.wallet -= FEE
            account.amount = "0.010" if is_buy else "0.000"
            wallet = f"{account.wallet}".encode()
            yield UPDATE % (now, now, wallet, wallet, account.amount.encode())
            yield _order(gone, now, b"TRADE", b"FILLED", b"0.010", f"{FEE:f}".encode())
        else:
            yield _order(gone, now, b"CANCELED", b"CANCELED")


def _order(
    number: int, now: int, kind: bytes, status: bytes, filled: bytes = b"0", fee: bytes = b"0"
) -> bytes:
    side = b"BUY" if number % (2 * EACH_FILL) == 0 else b"SELL"
    id_ = 8_886_774_000 + number
    return ORDER % (now, now, number, side, kind, status, id_, filled, filled, fee, now, id_)


def updates(account: Account) -> Iterator[bytes]:
    """Updates of two balances and two positions, without end."""
    del account
    for number in range(1 << 60):
        yield update(number % 100_000_000)


def resident(kind: str, count: int) -> list[tuple[int, int]]:
    """The resident KiB after so many events of a kind."""
    account, found = Account(), list[tuple[int, int]]()
    told = {"orders": orders, "updates": updates}[kind](account)
    reducer, lines = Reducer(LANE, rows=Rows.WRITTEN), Lines(Scope(Env.SANDBOX, "p"), "0" * 12)
    with open(os.devnull, "wb", buffering=0) as out:

        def take(message: StreamOpened | SnapshotTaken | AuditRead | Batch) -> None:
            out.write(lines.text(reducer.take(message).records))

        take(StreamOpened(LANE, EPOCH_MS))
        take(SnapshotTaken(LANE, EPOCH_MS, account.read(EPOCH_MS), EPOCH_MS))
        for done in range(READ, count + 1, READ):
            now = EPOCH_MS + done * APART_MS
            take(Batch(LANE, now, [(TEXT, next(told)) for _ in range(READ)]))
            if done % MINUTE == 0 and kind == "orders":
                take(AuditRead(LANE, now, account.read(now), now, done))
            if len(found) < len(MARKS) and done > MARKS[len(found)] - READ:
                found.append((MARKS[len(found)], resident_kib()))
    assert reducer.counts.gaps == 0, "a gap was told"
    return found


class Exchange:
    """How the simulated exchange answers over the WS-API: for how long, and how many bytes."""

    def __init__(self) -> None:
        self.spent_s, self.size = 0.0, 0

    def answer(self, exchange: Any, session: Any, text: str) -> Any:
        """What it answers."""
        began = time.process_time()
        reply = ws_api.answer(exchange, session, text)
        self.size += len(text) + len(json.dumps(reply))
        self.spent_s += time.process_time() - began
        return reply


def week(days: float) -> dict[str, object]:
    """What it takes to watch an account for so long on which nothing happens."""
    lines, printed, exchange = Lines(Scope(Env.SANDBOX, "p"), "0" * 12), [0], Exchange()

    def tell(record: Record) -> None:
        printed[0] += len(lines.line(record))

    vars(simulation)["answer"] = exchange.answer  # its time is not the watch's
    sim = simulation.Simulation(Market.USDM, 1, every_s=math.inf, told=tell)
    began = time.process_time()
    sim.run(days * DAY_S)
    spent = time.process_time() - began - exchange.spent_s
    weight = sum(count * (1 if "Stream" in name else 5) for name, count in sim.asked.items())
    assert sim.records["gap"] == 0, "a gap was told"
    return {
        "processor seconds, without the system's calls": f"{spent:.0f}",
        "bytes asked and answered / printed": f"{exchange.size:,} / {printed[0]:,}",
        "request weight / a minute": f"{weight:,} / {weight / days / 1440:.1f}",
    }


def report(found: dict[str, list[tuple[int, int]]], days: float, quiet: dict[str, object]) -> str:
    """The figures as Markdown."""
    names = {"updates": "balances and positions", "orders": f"{OPEN:,} open orders, others each"}
    lines = ["| resident MiB after so many events | " + " | ".join(names.values()) + " |"]
    lines.append("|---|---|---|")
    for (count, one), (_, other) in zip(found["updates"], found["orders"], strict=True):
        lines.append(f"| {count:,} | {one / 1024:.1f} | {other / 1024:.1f} |")
    lines += ["", f"| {days:g} days of a quiet account, one market | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {figure} |" for name, figure in quiet.items())])


def main() -> None:
    """Measure all of it, and print or write it."""
    parser = argparse.ArgumentParser(prog="python -m bench.lasting")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--write", action="store_true", help="into docs/latency.md")
    options = parser.parse_args()
    kinds = "updates", "orders"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        quiet = pool.apply_async(week, [options.days])
        each = {kind: pool.apply_async(resident, [kind, options.events]) for kind in kinds}
        found = {kind: result.get() for kind, result in each.items()}
        shown = report(found, options.days, quiet.get())
    print(shown)
    if options.write:
        how = f"--events {options.events} --days {options.days:g} --write"
        put("lasting", f"python -m bench.lasting {how}", shown, "latency.md")


if __name__ == "__main__":
    main()
