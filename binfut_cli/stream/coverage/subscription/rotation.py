"""When another stream joins: in place of one that is old or about to be shut down, or for good.

Nothing is lost on the way, because the first one goes only when the second has been proven, and
both have told what was on their way.
"""

from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.subscription.opening import OpenStream, StreamOpener
from binfut_cli.stream.coverage.subscription.stream_set import GOODBYE_S, Leaving, StreamSet
from binfut_cli.stream.messages import StreamJoined, StreamRotated

OVERLAP_S = 10.0


class Rotation:
    """Keeps as many streams as are wanted, none of them old."""

    def __init__(self, context: LaneContext, opener: StreamOpener, streams: StreamSet) -> None:
        self._context, self._opener, self._streams = context, opener, streams

    @property
    def is_busy(self) -> bool:
        """Whether a stream is to join or to go."""
        return self._streams.leaving is not None or self._lacks_one

    @property
    def _lacks_one(self) -> bool:
        return len(self._streams.covering) < 1 + self._context.options.redundant

    def tend(self) -> None:
        """Take the next step of a rotation if it is due; begin one if a stream is wanted."""
        now, leaving = self._context.runtime.seconds(), self._streams.leaving
        if leaving is not None:
            if now >= leaving.until_s:
                self._leave(leaving)
        elif self._opener.is_due:
            old, why = self._outlived(now)
            if old is not None or self._lacks_one:
                self._join(old, why)

    def _outlived(self, now: float) -> tuple[OpenStream | None, str]:
        for each in self._streams.covering:
            if each.stream.shutting_down:
                return each, "The exchange announced a shutdown."
            if now >= each.old_s:
                return each, "The connection has grown old."
        return None, ""

    def _join(self, old: OpenStream | None, why: str) -> None:
        """Open another stream beside the present ones; on failure try again later."""
        new, context = self._opener.join(), self._context
        if new is None:
            return
        with self._opener.or_given_up(new):
            self._streams.prove(new.ready_ms)
        context.put(StreamJoined(context.lane, new.stream.number))
        self._streams.keep(new, old)
        if old is not None:
            self._streams.retire(Leaving(old, context.runtime.seconds() + OVERLAP_S, why))

    def _leave(self, leaving: Leaving) -> None:
        """End the old stream of a rotation, once all that was on its way has come.

        Until then it stays, and until it has listed our key since another covers; one that breaks
        may leave a hole, which is looked at elsewhere.
        """
        old, context = leaving.opened, self._context
        listing, ready_ms = old.stream.listing, self._streams.ready_ms
        listing.want(ready_ms)
        if not self._streams.barrier(old) or not listing.is_sure(ready_ms):
            return
        old.stream.say_goodbye()
        old.reader.join(GOODBYE_S)
        self._streams.let_go(old)
        now = context.runtime.now_ms()
        overlap_s = context.runtime.seconds() - leaving.until_s + OVERLAP_S
        context.put(StreamRotated(context.lane, now, leaving.why, round(overlap_s * 1000)))
