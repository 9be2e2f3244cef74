"""A simulated watch from which single events are kept, and what it finds of that.

Others come and cannot be read, or an answer that nobody asked for comes between two of one moment.
"""

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
UNREAD = 0.002  # the part of events that cannot be read
UNASKED = '{"result":null,"id":"7"}'
TOGETHER = (1, 1, 1, 1, 3)


class Losing:
    """One market; each event is lost with a chance, whatever it tells; some cannot be read."""

    def __init__(self, market: Market, share: float, *, seed: int, every_s: float) -> None:
        self.lost: list[dict[str, Any]] = []
        self.unread: list[dict[str, Any]] = []
        self.gaps: list[Gap] = []
        self.doubts = 0
        self._end_s = 0.0
        self._chance, self._share = random.Random(f"{seed}/{market}"), share
        self.sim = Simulation(market, seed, every_s=every_s, told=self._note)
        self.sim.sent = self._sent
        self.sim.together = lambda: self._chance.choice(TOGETHER)

    def run(self, seconds: float) -> None:
        """Lose events for so long, then none."""
        self._end_s = CALM_S + seconds
        self.sim.run(self._end_s + AFTER_S)

    def _sent(self, text: str) -> tuple[str, ...]:
        """What comes of an event: mostly itself, and now and then between unasked answers."""
        die = self._chance.random() if CALM_S <= self.sim.now_s < self._end_s else 1.0
        if die >= self._share * 2 + UNREAD:
            return (text,)
        if die >= self._share + UNREAD:
            return UNASKED, text, UNASKED
        message = json.loads(text)
        (self.lost if die < self._share else self.unread).append(message.get("data", message))
        return () if die < self._share else (text[:-1],)

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
        """Those of them in which nothing was lost, or came and could not be read."""
        moments = [event["T"] for event in (*self.lost, *self.unread)]
        return [gap for gap in self.found if not any(map(gap.has, moments))]

    def told(self, gaps: Sequence[Gap] | None = None, *, unread: bool = False) -> Counter[str]:
        """How many events were lost by what they tell; with `gaps`, of those that lie in one.

        Or the same of those that came and could not be read.
        """
        return Counter(
            kind(event)
            for event in (self.unread if unread else self.lost)
            if gaps is None or any(gap.has(event["T"]) for gap in gaps)
        )


def kind(event: dict[str, Any]) -> str:
    """What an event tells: "account", "fill", or its name."""
    is_fill = event["e"] == "ORDER_TRADE_UPDATE" and event["o"]["x"] in ("TRADE", "CALCULATED")
    return {"ACCOUNT_UPDATE": "account"}.get(event["e"], "fill" if is_fill else event["e"])
