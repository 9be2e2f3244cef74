"""The streams that cover an account together, and what those that went have proven."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import Uncovered
from binfut_cli.stream.coverage.health import covered_until
from binfut_cli.stream.coverage.subscription.listing import LISTED_S
from binfut_cli.stream.coverage.subscription.opening import READER_S, OpenStream, StreamOpener
from binfut_cli.stream.coverage.subscription.pings import PONG_S

ROTATE_S = 23 * 3600.0  # the exchange cuts a connection at 24 hours
JITTER_S = 20 * 60.0
GOODBYE_S = 3.0
STABLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Leaving:
    """A stream whose place another has taken: until when it stays, and why it goes."""

    opened: OpenStream
    until_s: float
    why: str


class StreamSet:
    """Those that cover, one at least, and perhaps one that is leaving.

    It waits while it is made, and so do many at once: with slots, each is small all the same.
    What is proven of several streams together is known here alone: that is why it has many methods.
    """

    __slots__ = (
        *("_context", "_gone", "_heard_ms", "_opener", "_sure"),
        *("covering", "leaving", "opened_ms"),
    )

    def __init__(self, context: LaneContext, opener: StreamOpener) -> None:
        self._context, self._opener = context, opener
        self.covering: list[OpenStream] = []
        self.leaving: Leaving | None = None
        self._gone: list[tuple[int, int]] = []  # from when to when past streams covered
        self._sure: list[tuple[int, int]] = []  # and that was surely so
        self.keep(opener.open())
        self.opened_ms = self._heard_ms = context.runtime.now_ms()

    def each(self) -> Iterator[OpenStream]:
        """Every stream that is open."""
        yield from self.covering
        if self.leaving is not None:
            yield self.leaving.opened

    @property
    def event_ms(self) -> int:
        """When a message last came, on any stream."""
        return max([self._heard_ms, *(each.stream.event_ms for each in self.each())])

    @property
    def proven_ms(self) -> int:
        """Up to when the streams that are gone have, one after the other, surely brought all."""
        return max(self.opened_ms, covered_until(self._gone))

    @property
    def ready_ms(self) -> int:
        """Since when one of those covers that are to stay."""
        return min(each.ready_ms for each in self.covering)

    @property
    def pong_overdue_s(self) -> float:
        """For how long every stream that covers has owed a pong."""
        return min(each.stream.pings.overdue_s for each in self.covering)

    @property
    def listed_ms(self) -> int | None:
        """When our key was last listed on a stream that covers; None if none of them tells."""
        lists = [each.stream.listing for each in self.covering if each.stream.listing.lists]
        return max((each.listed_ms for each in lists if each.listed_ms is not None), default=None)

    def measured(self, offset: ClockOffset) -> None:
        """Take note of how far the exchange's clock is ahead now."""
        for each in self.each():
            each.stream.offset = each.stream.offset.or_else(offset)

    def keep(self, opened: OpenStream, instead_of: OpenStream | None = None) -> None:
        """Let a stream cover; what cuts streams of its age must not cut the other one too."""
        others = [each.old_s for each in self.covering if each is not instead_of]
        chance = self._context.runtime.chance()
        old_s = opened.born_s + ROTATE_S + JITTER_S * (2 * chance - 1)
        if any(abs(old_s - other_s) < JITTER_S for other_s in others):
            old_s = min(others) - JITTER_S
        self.covering.append(replace(opened, old_s=old_s))

    def retire(self, leaving: Leaving) -> None:
        """Let a stream go soon; it no longer counts, but what it brings is still taken."""
        self.covering.remove(leaving.opened)
        self.leaving = leaving

    def drop_broken(self) -> None:
        """Let go of streams that broke; if the others leave a hole, coverage has ended."""
        broken = [(each, why) for each in self.each() if (why := each.stream.broken) is not None]
        for opened, why in broken:
            if isinstance(why, Uncovered) and why.certain:
                raise why
            self.let_go(opened)
        end_ms = covered_until(self._sure)
        if broken and not any(each.ready_ms <= end_ms for each in self.each()):
            _, why = broken[-1]
            is_told = not self.covering or getattr(why, "since_ms", None) == end_ms
            raise why if is_told else Uncovered(why.message, end_ms)

    def let_go(self, opened: OpenStream) -> None:
        """Close a stream; one that is leaving has to stay after all if there is no other."""
        self._heard_ms = max(self._heard_ms, opened.stream.event_ms)
        self._gone.append(opened.span)
        self._sure.append(opened.sure_span)
        if self._context.runtime.seconds() - opened.born_s > STABLE_S:
            self._opener.start_afresh()
        opened.close()
        self._remove(opened)
        self._opener.tell_left(opened.stream.number)

    def _remove(self, opened: OpenStream) -> None:
        if self.leaving is not None and self.leaving.opened is opened:
            self.leaving = None
        else:
            self.covering.remove(opened)
        if not self.covering and self.leaving is not None:
            self.covering, self.leaving = [self.leaving.opened], None

    def barrier(self, *streams: OpenStream) -> bool:
        """Wait until everything on its way to these streams has come; whether it surely has.

        It has not if one of them is dead, or does not answer.
        """
        numbers = [(each.stream, each.stream.barrier()) for each in streams]

        def over() -> bool:
            return all(stream.passed(number) or stream.broken for stream, number in numbers)

        self._context.wait_until(over, PONG_S)
        return all(stream.passed(number) for stream, number in numbers)

    def prove(self, since_ms: int) -> bool:
        """The same of those that cover, and that each of them lists our key later than a moment.

        One whose key is gone answers pings; whether that leaves a hole shows as it has broken.
        """
        for each in self.covering:
            each.stream.listing.want(since_ms)

        def over() -> bool:
            listed = (each.stream.listing.is_sure(since_ms) for each in self.covering)
            return all(listed) or any(each.stream.broken for each in self.covering)

        return self.barrier(*self.covering) and self._context.wait_until(over, LISTED_S)

    def finish(self) -> None:
        """Before the end: take what was on its way."""
        for each in self.each():
            each.stream.say_goodbye()
        for each in self.each():
            each.reader.join(GOODBYE_S / 3)

    def close(self) -> None:
        """Close every stream at once; what their readers still hold is handed over first."""
        for each in self.each():
            each.stream.close()
        for each in self.each():
            each.reader.join(READER_S)
        self._gone += [each.span for each in self.each()]
        self.covering, self.leaving = [], None
