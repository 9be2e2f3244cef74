"""A simulated watch from which single events are kept, and what it finds of that."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from binfut_cli.endpoints import Market
from binfut_cli.stream.records import Cause, Gap, Heartbeat, Record
from tests.support.simulation import Simulation

CALM_S = 120.0  # before the first is lost
AFTER_S = 900.0  # for what is in doubt to be looked up


class Losing:
    """One market; each event is lost with a chance, whatever it tells."""

    def __init__(self, market: Market, share: float, *, seed: int, every_s: float) -> None:
        self.lost: list[dict[str, Any]] = []
        self.gaps: list[Gap] = []
        self.doubts = 0
        self._chance, self._share = random.Random(f"{seed}/{market}"), share
        self.sim = Simulation(market, seed, every_s=every_s, told=self._note)
        self.sim.loses = self._loses

    def run(self, seconds: float) -> None:
        """Lose events for so long, then none."""
        self.sim.at(CALM_S + seconds, self._spare)
        self.sim.run(CALM_S + seconds + AFTER_S)

    def _spare(self) -> None:
        self._share = 0.0

    def _loses(self, text: str) -> bool:
        if self.sim.now_s < CALM_S or self._chance.random() >= self._share:
            return False
        message = json.loads(text)
        self.lost.append(message.get("data", message))
        return True

    def _note(self, record: Record) -> None:
        match record.body:
            case Gap() as gap:
                self.gaps.append(gap)
            case Heartbeat(doubts=doubts):
                self.doubts = doubts

    @property
    def found(self) -> list[Gap]:
        """The gaps that were told because values did not follow from one another."""
        return [gap for gap in self.gaps if gap.cause is Cause.CONTINUITY]

    def false(self) -> list[Gap]:
        """Those of them in which nothing was lost."""
        moments = [event["T"] for event in self.lost]
        return [gap for gap in self.found if not any(map(gap.has, moments))]

    def told(self, gaps: Sequence[Gap] | None = None) -> Counter[str]:
        """How many events were lost by what they tell; with `gaps`, of those that lie in one."""
        return Counter(
            kind(event)
            for event in self.lost
            if gaps is None or any(gap.has(event["T"]) for gap in gaps)
        )


def kind(event: dict[str, Any]) -> str:
    """What an event tells: "account", "fill", or its name."""
    is_fill = event["e"] == "ORDER_TRADE_UPDATE" and event["o"]["x"] in ("TRADE", "CALCULATED")
    return {"ACCOUNT_UPDATE": "account"}.get(event["e"], "fill" if is_fill else event["e"])
