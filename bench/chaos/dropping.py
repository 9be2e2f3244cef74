"""Single events that the exchange keeps to itself while everything else goes on."""

import json
import zlib
from dataclasses import dataclass, field

from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.faults.armed import Armed, Output
from binfut_cli.sandbox.wire.steps import Steps
from tests.support.losing import kind
from tests.support.oracle import Message

SHARE = 0.002


@dataclass(slots=True)
class Dropped:
    """Which were dropped, by market and message, and what each of them told.

    Whether one is, its text decides, so that no stream of several has it.
    """

    seed: int
    events: dict[str, dict[Message, str]] = field(
        default_factory=lambda: {market: {} for market in Market}
    )

    def arm(self, sandbox: Sandbox) -> None:
        """Drop some from now on, until the faults are cleared."""
        sandbox.arm(Armed(effect=self._effect, name="dropped", layer="stream", count=None))

    def _effect(self, output: Output) -> Steps:
        if zlib.crc32(f"{self.seed}{output.text}".encode()) >= SHARE * (1 << 32):
            return output.steps
        told = json.loads(output.text)
        event = told.get("data", told)
        if "T" not in event or output.market is None:
            return output.steps
        self.events[output.market][event["e"], event["T"]] = kind(event)
        return ()
