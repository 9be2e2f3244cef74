"""The streams against the exchange's ledger: lost silently, and out of order."""

import json
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from bench.endurance.program import records
from binfut_cli.recording.broker.names import FIELD, EntryId
from binfut_cli.sandbox import Sandbox
from tests.support.oracle import Told, Verdicts, verdicts


@dataclass
class Judgement:
    """What the streams of all accounts tell, of what happened to them.

    `older` counts entries of an older epoch behind a newer, `missing` where entries lack that no
    gap tells of, and `told_missing` where one does: a primary was lost that had acknowledged them.
    """

    told: Verdicts = field(default_factory=Verdicts)
    older: int = 0
    missing: int = 0
    told_missing: int = 0
    entries: int = 0
    epochs: int = 0
    handovers: int = 0

    def add(self, other: "Judgement") -> None:
        """Add another run's."""
        self.told.add(other.told)
        for each in fields(self)[1:]:
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def take(self, client: Any, name: str, ledger: list[dict[str, Any]]) -> None:
        """Judge the stream of an account."""
        found = client.xrange(name)
        lines = [json.loads(fields[FIELD]) for _, fields in found]
        self.see_order([EntryId.of(each) for each, _ in found], lines)
        self.handovers += sum(line.get("cause") == "handover" for line in lines)
        proven_ms = max(line["provenAt"] for line in lines if line.get("provenAt"))
        self.told.add(verdicts(ledger, Told("usdm", records(lines), 0, proven_ms)))

    def see_order(self, ids: list[EntryId], lines: list[dict[str, Any]]) -> None:
        """Count what is older than what stands before it, and where entries are missing."""
        self.entries += len(ids)
        self.epochs += len({each.epoch for each in ids})
        for place, (before, after) in enumerate(pairwise(ids)):
            first = 1 if after.epoch > before.epoch else before.seq + 1
            self.older += after <= before
            if after > before and after.seq != first:
                is_told = _is_told(lines[place]["time"], lines[place + 1 :])
                self.told_missing += is_told
                self.missing += not is_told


def _is_told(time_ms: int, after: list[dict[str, Any]]) -> bool:
    """Whether a gap tells that something may be missing from a moment on."""
    return any(
        line["type"] == "gap" and line.get("possibleFrom", line["from"]) <= time_ms <= line["to"]
        for line in after
    )


def changes(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """What the ledger has of each account's USDⓈ-M market, but for its keys."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in sandbox.ledger():
        if entry["market"] == "usdm" and entry["kind"] != "listenKey":
            found.setdefault(entry["account"], []).append(entry)
    return found
