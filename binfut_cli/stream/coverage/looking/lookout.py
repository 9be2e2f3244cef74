"""Accounts that somebody may look at: their views, and what is done for these meanwhile."""

from collections.abc import Iterable
from decimal import Decimal

from binfut_cli.endpoints import Lane, market_stream_url
from binfut_cli.resources.figures.nearest import highest_ratio, nearest_liquidation
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.looking.mark_feed import MarkFeed
from binfut_cli.stream.coverage.looking.readings import Readings
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.live.views import Views
from binfut_cli.stream.messages import AuditRead, LaneMessage, SnapshotTaken

NEAR, HIGH = Decimal("0.15"), Decimal("0.5")
"""A distance to liquidation, and a margin ratio, from which on an account is near to it."""


class Lookout:
    """The views of all lanes; to be used by the thread that merges.

    Nothing is done before somebody asks for `views`, nor 15 s after that was last done.
    """

    def __init__(self, handshakes: HandshakeBudget, every_s: float) -> None:
        self._handshakes, self._every_s = handshakes, every_s
        self._views = Views()
        self._readings: dict[Lane, Readings] = {}
        self._feeds: dict[str, MarkFeed] = {}

    def add(self, context: LaneContext, reducer: Reducer) -> None:
        """Look at another lane."""
        place = market_stream_url(context.market, context.endpoints)
        self._views.add(context.lane, reducer, place)
        self._readings[context.lane] = Readings(context, self._every_s)
        if place not in self._feeds:
            self._feeds[place] = MarkFeed(place, context, self._handshakes)

    def remove(self, lane: Lane) -> None:
        """Look at a lane no longer; the marks are followed on for the others."""
        self._views.remove(lane)
        self._readings.pop(lane).wake()

    def take(self, message: LaneMessage) -> None:
        """Take in a message that the lane's reducer has taken."""
        self._views.take(message)
        if isinstance(message, SnapshotTaken | AuditRead):
            self._readings[message.lane].was_read()

    def views(self, now_ms: int, standings: Iterable[Standing]) -> dict[Lane, LiveView]:
        """The view of every lane that was ever read, with the marks that have come."""
        for place, feed in self._feeds.items():
            self._views.marks[place].take_all(feed.taken())
        found = self._views.at(now_ms, standings)
        for lane, view in found.items():
            if view.standing.is_covered:
                self._readings[lane].look(
                    has_changed=view.has_changed,
                    is_idle=not self._views.held(lane),
                    is_near=len(self._readings) > 1 and _is_near(view),
                )
        for place, streams in self._views.wanted().items():
            self._feeds[place].want(streams)
        return found

    def stop(self) -> None:
        """Let the tasks end."""
        for each in self._readings.values():
            each.wake()
        for feed in self._feeds.values():
            feed.stop()


def _is_near(view: LiveView) -> bool:
    """Whether an account is near its liquidation, as far as its view tells."""
    distance, ratio = (find(view.answer.document) for find in (nearest_liquidation, highest_ratio))
    is_close = distance is not None and distance.number < NEAR
    return is_close or (ratio is not None and ratio.number > HIGH)
