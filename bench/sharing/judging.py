"""The streams against the exchange's ledger: lost silently, and out of order."""

import json
from itertools import pairwise
from typing import Any

from bench.endurance.program import records
from binfut_cli.recording.broker.names import FIELD, EntryId
from binfut_cli.sandbox import Sandbox
from tests.support.oracle import Told, Verdicts, verdicts
from tests.support.redis_server import RedisServer


class Judgement:
    """What the streams of all accounts tell, of what happened to them."""

    def __init__(self) -> None:
        self.told = Verdicts()
        self.older = self.missing = self.entries = self.epochs = self.handovers = 0

    def take(self, server: RedisServer, name: str, ledger: list[dict[str, Any]]) -> None:
        """Judge the stream of an account."""
        with server.client() as client:
            found = client.xrange(name)
        self.see_order([EntryId.of(each) for each, _ in found])
        lines = [json.loads(fields[FIELD]) for _, fields in found]
        self.handovers += sum(line.get("cause") == "handover" for line in lines)
        proven_ms = max(line["provenAt"] for line in lines if line.get("provenAt"))
        self.told.add(verdicts(ledger, Told("usdm", records(lines), 0, proven_ms)))

    def see_order(self, ids: list[EntryId]) -> None:
        """Count what is older than what stands before it, and where entries are missing."""
        self.entries += len(ids)
        self.epochs += len({each.epoch for each in ids})
        for before, after in pairwise(ids):
            first = 1 if after.epoch > before.epoch else before.seq + 1
            self.older += after <= before
            self.missing += after > before and after.seq != first


def changes(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """What the ledger has of each account's USDⓈ-M market, but for its keys."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in sandbox.ledger():
        if entry["market"] == "usdm" and entry["kind"] != "listenKey":
            found.setdefault(entry["account"], []).append(entry)
    return found
