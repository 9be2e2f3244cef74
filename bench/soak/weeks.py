"""Weeks of both markets without trouble: what was told, what was asked, what grew."""

import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.soak.simulation import EPOCH_MS, Simulation
from binfut_cli.markets import Market
from binfut_cli.watch.records import Record
from binfut_cli.wire import dumps, parse

DAY_S = 86_400


@dataclass
class Soaked:
    """What weeks of one market showed."""

    records: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    happened: int = 0
    lost: int = 0
    twice: int = 0
    held: int = 0  # descriptors and threads more than before
    wall_s: float = 0.0


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def soak(market: Market, days: float, seed: int) -> Soaked:
    """Watch a market for so many days."""
    told: Counter[bytes] = Counter()

    def take(record: Record) -> None:
        if record.type == "event":
            told[dumps(record.body)] += 1

    started, held = time.monotonic(), descriptors() + threading.active_count()
    sim = Simulation(market, seed, told=take)
    sim.run(days * DAY_S)
    known = {(row["event"], row["transactionTime"]) for row in map(parse, told)}
    happened = _happened(sim)
    return Soaked(
        records=sim.records,
        asked=sim.asked,
        happened=len(happened),
        lost=len(happened - known),
        twice=sum(count - 1 for count in told.values()),
        held=descriptors() + threading.active_count() - held,
        wall_s=time.monotonic() - started,
    )


def _happened(sim: Simulation) -> set[tuple[str, int]]:
    """The events of the ledger that a watch can have seen."""
    account = next(iter(sim.exchange.accounts))
    return {
        (str(entry.event), entry.T)
        for entry in sim.exchange.ledger.since(0)
        if entry.account == account and entry.event and entry.T > EPOCH_MS
    }


def figures(found: list[Soaked], days: float) -> dict[str, object]:
    """What both markets showed together."""
    records = sum((each.records for each in found), Counter())
    asked = sum((each.asked for each in found), Counter())
    weight = sum(count * (1 if "Stream" in name else 5) for name, count in asked.items())
    return {
        "simulated days, each of both markets": f"{days:g}",
        "moments of change on the exchange": f"{sum(e.happened for e in found):,}",
        "of these told in no event": sum(e.lost for e in found),
        "events told / told twice": f"{records['event']:,} / {sum(e.twice for e in found)}",
        "gaps / drifts / resyncs that were false": f"{records['gap']} / {records['drift']} / "
        f"{records['resync']}",
        "rotations": records["rotate"],
        "listenKey extended": f"{asked['userDataStream.ping']:,}",
        "audits": f"{asked['account.status']:,}",
        "request weight a minute and market": f"{weight / (days * 24 * 60) / len(found):.1f}",
        "heartbeats": f"{records['heartbeat']:,}",
        "descriptors and threads gained": sum(each.held for each in found),
        "seconds it took": f"{max(each.wall_s for each in found):.0f}",
    }
