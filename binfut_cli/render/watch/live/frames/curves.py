"""How the margin ratio of each account went while somebody looked. Pure."""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from binfut_cli.endpoints import Lane
from binfut_cli.render.watch.live.frames.frame import Account

APART_MS = 5_000
MOST = 200


class Curves:
    """The last ratios of every account, a value for each five seconds."""

    def __init__(self) -> None:
        self._values: dict[Lane, deque[Decimal]] = {}
        self._due_ms: dict[Lane, int] = {}

    def take(self, account: Account, now_ms: int) -> None:
        """Take in the ratio of this moment, if it is time."""
        if now_ms < self._due_ms.get(account.lane, 0):
            return
        if account.ratio is not None:
            values = self._values.setdefault(account.lane, deque(maxlen=MOST))
            values.append(account.ratio.number)
            self._due_ms[account.lane] = now_ms + APART_MS

    def of(self, lane: Lane) -> Sequence[Decimal]:
        """The ratios of an account, oldest first."""
        return self._values.get(lane, ())
