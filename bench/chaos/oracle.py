"""The exchange's ledger against the records of a watch: printed, inside a gap, or lost silently."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binfut_cli.watch.records import Record

Entry = dict[str, Any]
RAW_MS = 3000
"""How long before an unreadable message its change may have happened."""


@dataclass
class Verdicts:
    """How many changes of the ledger were told in which way; `lost` holds those in none."""

    printed: int = 0
    in_gap: int = 0
    unreadable: int = 0
    before: int = 0  # the first snapshot, which contains them
    untold: int = 0  # changes that the exchange has no event for
    lost: list[Entry] = field(default_factory=list)

    @property
    def all(self) -> int:
        """The changes that a watch had to tell."""
        return self.printed + self.in_gap + self.unreadable + len(self.lost)

    def add(self, other: "Verdicts") -> None:
        """Add another run's."""
        for name in ("printed", "in_gap", "unreadable", "before", "untold"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lost += other.lost


class Told:
    """The records of one market, looked up by what they tell."""

    def __init__(self, market: str, records: Iterable[Record]) -> None:
        self.events: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        self.gaps: list[tuple[int, int]] = []
        self.raws: list[int] = []
        self.first_ms: int | None = None
        for record in records:
            if record.market == market:
                self._note(record)

    def _note(self, record: Record) -> None:
        body = record.body
        if record.type == "event":
            self.events[body["event"], body["transactionTime"] or body["eventTime"]].append(body)
        elif record.type == "gap":
            start = min(body["from"], body.get("possibleFrom", body["from"]))
            self.gaps.append((start, body["to"]))
        elif record.type == "raw":
            self.raws.append(record.time_ms)
        elif body.get("status") == "CONNECTED" and self.first_ms is None:
            self.first_ms = record.time_ms

    def has(self, entry: Entry) -> bool:
        """Whether an event tells this very change."""
        found = self.events.get((entry["event"], entry["T"]), [])
        return any(_tells(body, entry) for body in found)

    def covers(self, entry: Entry) -> bool:
        """Whether a gap contains the change."""
        return any(start <= entry["T"] <= end for start, end in self.gaps)

    def hints(self, entry: Entry) -> bool:
        """Whether a message that could not be read came in its time."""
        return any(entry["T"] <= time <= entry["T"] + RAW_MS for time in self.raws)


def verdicts(ledger: Iterable[Entry], told: Told) -> Verdicts:
    """Judge every change of one account and market."""
    found = Verdicts()
    for entry in _whole(ledger):
        if entry["event"] is None:
            found.untold += 1
        elif told.first_ms is None or entry["T"] < told.first_ms:
            found.before += 1
        elif told.has(entry):
            found.printed += 1
        elif told.covers(entry):
            found.in_gap += 1
        elif told.hints(entry):
            found.unreadable += 1
        else:
            found.lost.append(entry)
    return found


def _whole(ledger: Iterable[Entry]) -> list[Entry]:
    """One entry for each row that a change leaves behind: an event tells the last of its steps."""
    last = {(e["T"], e["kind"], *sorted(e["keys"].items()), e["event"]): e for e in ledger}
    return list(last.values())


def _tells(body: dict[str, Any], entry: Entry) -> bool:
    keys, after = entry["keys"], entry["after"] or {}
    match entry["kind"]:
        case "balance":
            rows = [r for r in body["balances"] if r["asset"] == keys["asset"]]
            return any(_same(r, after, "walletBalance") for r in rows)
        case "position":
            side = keys["positionSide"]
            rows = [r for r in body["positions"] if r["symbol"] == keys["symbol"]]
            rows = [r for r in rows if r["positionSide"] == side]
            return any(_same(r, after, "positionAmt") for r in rows)
        case "order":
            order = body["order"]
            named = str(order["orderId"]) == keys["orderId"]
            return named and bool(order["status"] == after["status"])
        case _:
            return True


def _same(row: dict[str, Any], after: dict[str, Any], name: str) -> bool:
    try:
        return Decimal(str(row[name])) == Decimal(str(after[name]))
    except (ArithmeticError, KeyError):
        return False
