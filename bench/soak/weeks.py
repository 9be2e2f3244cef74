"""Weeks of both markets without trouble: what was told, what was asked, what grew."""

import gc
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from binfut_cli.codec import dumps, parse
from binfut_cli.endpoints import Market
from binfut_cli.sandbox.exchange.ledger import Ledger
from binfut_cli.stream.records import Record
from tests.support.simulation import EPOCH_MS, Simulation

DAY_S = 86_400


@dataclass
class Soaked:
    """What weeks of one market showed."""

    records: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    happened: int = 0
    lost: int = 0
    twice: int = 0
    opened: int = 0
    left_open: int = 0
    grown_kib: int = 0  # resident memory, since the end of the second day
    wall_s: float = 0.0


class Tally:
    """What happened and what was told, forgotten day by day: nothing but the watch may grow."""

    def __init__(self) -> None:
        self._today: set[bytes] = set()
        self._yesterday: set[bytes] = set()
        self._untold: set[tuple[str, int]] = set()
        self.happened = self.twice = 0

    def take(self, record: Record) -> None:
        """Note an event that was told."""
        if record.type == "event":
            told = dumps(record.body)
            self.twice += told in self._today or told in self._yesterday
            self._today.add(told)

    def close_day(self, sim: Simulation) -> None:
        """Compare a day with the ledger, and forget both; what is late may still come."""
        happened = _happened(sim)
        self.happened += len(happened)
        told = {(row["event"], row["transactionTime"]) for row in map(parse, self._today)}
        self._untold = (self._untold | happened) - told
        self._yesterday, self._today = self._today, set()
        sim.exchange.ledger = Ledger()

    @property
    def lost(self) -> int:
        """How much of what happened was told in no event."""
        return len(self._untold)


def _happened(sim: Simulation) -> set[tuple[str, int]]:
    """The events of the ledger that a watch can have seen."""
    account = next(iter(sim.exchange.accounts))
    return {
        (str(entry.event), entry.T)
        for entry in sim.exchange.ledger.since(0)
        if entry.account == account and entry.event and entry.T > EPOCH_MS
    }


def resident_kib() -> int:
    """The memory that this process has in use."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def soak(market: Market, days: float, seed: int) -> Soaked:
    """Watch a market for so many days."""
    started, tally = time.monotonic(), Tally()
    resident: list[int] = []
    sim = Simulation(market, seed, told=tally.take)

    def close_day() -> None:
        tally.close_day(sim)
        resident.append(resident_kib())
        sim.at(sim.now_s + DAY_S, close_day)

    sim.at(DAY_S, close_day)
    sim.run(days * DAY_S)
    tally.close_day(sim)
    return Soaked(
        records=sim.records,
        asked=sim.asked,
        happened=tally.happened,
        lost=tally.lost,
        twice=tally.twice,
        opened=len(sim.wires),
        left_open=len(sim.listening),
        grown_kib=resident_kib() - resident[1] if len(resident) > 1 else 0,
        wall_s=time.monotonic() - started,
    )


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
        "streams opened / left open": f"{sum(each.opened for each in found)} / "
        f"{sum(each.left_open for each in found)}",
        "resident memory gained after two days, MiB a market": " / ".join(
            f"{each.grown_kib / 1024:.1f}" for each in found
        ),
        "seconds it took": f"{max(each.wall_s for each in found):.0f}",
    }
