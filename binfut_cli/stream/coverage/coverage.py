"""One stretch of coverage: key, stream and snapshot, then every proof kept fresh, until one fails.

A second stream may join (a rotation, or for good): nothing is lost on the way, because the first
one goes only when the second has been proven, and both have told what was on their way.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.transport import Wire
from binfut_cli.endpoints import stream_url
from binfut_cli.errors import BinfutError
from binfut_cli.resources.status import snapshot
from binfut_cli.stream import records
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.coverage.audit_schedule import AuditSchedule
from binfut_cli.stream.coverage.backoff import delays
from binfut_cli.stream.coverage.connection import LISTED_S, PONG_S, Stream
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import Deaf, NotSubscribed, Suspended, Uncovered
from binfut_cli.stream.coverage.health import Proofs, covered_until, health
from binfut_cli.stream.coverage.listen_key import ListenKey
from binfut_cli.stream.events import NAMES
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.messages import (
    ClockMeasured,
    Health,
    SnapshotTaken,
    StreamJoined,
    StreamJoining,
    StreamLeft,
    StreamOpened,
    StreamRotated,
)
from binfut_cli.stream.runtime import Running

TICK_S = 1.0
SUSPEND_S = 10.0  # of difference between the clocks
ROTATE_S = 23 * 3600.0  # the exchange cuts a connection at 24 hours
JITTER_S = 20 * 60.0
OVERLAP_S = 10.0
GOODBYE_S = 3.0
STABLE_S = 60.0
MEASURE_S = 15 * 60.0  # between two looks at the exchange's clock


class Coverage:
    """From `begin` until `stay` raises why coverage ended; then `close`."""

    def __init__(
        self,
        context: LaneContext,
        numbers: "itertools.count[int]",
        previous: ListenKey | None = None,
    ) -> None:
        self._context = context
        self._previous = previous
        self.key: ListenKey | None = None
        self._numbers = numbers
        self._streams: list[Stream] = []  # those that cover
        self._readers: dict[int, Running] = {}
        self._leaving: tuple[Stream, float, str] | None = None  # until when, and why it goes
        self._said = records.Verdict.LIVE
        self._sleep_s = self._asleep()
        self._began_s = context.runtime.seconds()
        self._retries: Iterator[float] = delays(context.runtime.chance)
        self._join_due_s = 0.0
        self._heard_ms = 0
        self._gone: list[tuple[int, int]] = []  # from when to when past streams covered
        self.proven_ms = 0
        self.checks: AuditSchedule | None = None

    @property
    def is_stable(self) -> bool:
        """Whether it lasted, and was proven whole: then the next attempt need not wait."""
        lasted = self._context.runtime.seconds() - self._began_s > STABLE_S
        return lasted and self.checks is not None and self.checks.audited

    @property
    def checked_ms(self) -> int | None:
        """When the account, read again, last agreed with what the stream told."""
        return self.checks.clean_ms if self.checks is not None else None

    def begin(self) -> None:
        """Subscribe, then read the account, while everything that comes is kept."""
        context = self._context
        self._key = ListenKey(context)
        self._offset = self._measured()
        stream = self._open()
        self._keep(stream)
        self._heard_ms = self.proven_ms = context.runtime.now_ms()
        context.put(StreamOpened(context.lane, self.proven_ms, self._unproven_ms(), self._offset))
        self.key = self._key
        asked_ms = context.runtime.now_ms()
        taken = context.ask(lambda: snapshot(context.account))
        context.put(SnapshotTaken(context.lane, context.runtime.now_ms(), taken, asked_ms))
        self.checks = AuditSchedule(context, asked_ms, self._numbers)

    def _measured(self) -> ClockOffset:
        """Ask the exchange for its clock."""
        context = self._context
        self._measure_s = context.runtime.seconds() + MEASURE_S
        return context.ask(
            lambda: ClockOffset.measured(context.account.server_ms, context.runtime.now_ms)
        )

    def _measure(self) -> None:
        """Do that again now and then, because clocks drift; a failure may wait."""
        if self._context.runtime.seconds() < self._measure_s or self._context.gate.is_busy:
            return
        with suppress(BinfutError):
            self._offset = self._measured()
            self._context.put(ClockMeasured(self._context.lane, self._offset))
            for stream in self._each():
                stream.offset = stream.offset.or_else(self._offset)

    def _unproven_ms(self) -> int | None:
        """Since when the key before this one may have been dead, if it is another now."""
        before = self._previous
        changed = before is not None and before.text != self._key.text
        return before.proven_ms if before is not None and changed else None

    def stay(self, heard: Callable[[], None]) -> None:
        """Keep every proof fresh; raise the first that fails. `heard` brings verdicts."""
        assert self.checks is not None
        while True:
            heard()
            self._notice_sleep()
            self._drop_broken()
            self._key.tend()
            self._rotate()
            self._measure()
            if self.checks.is_due:
                self._check()
            self._stand()
            self._context.account.pump()
            self._context.pause(TICK_S)

    def judge(self, number: int, verdict: Verdict) -> None:
        """Hear what came of a check; raise Deaf if the stream is."""
        assert self.checks is not None
        if self.checks.judge(number, verdict):
            raise Deaf(self.checks.clean_ms, min(self._last_event_ms(), self.checks.clean_ms))

    def close(self) -> None:
        """Close every stream at once; what their readers still hold is handed over first."""
        for stream in self._each():
            stream.close()
        for reader in self._readers.values():
            reader.join(2.0)
        past = [(stream.ready_ms, stream.proven_ms) for stream in self._each()]
        self.proven_ms = max(self.proven_ms, covered_until([*self._gone, *past]))
        self._context.account.close()

    def finish(self) -> None:
        """Before the end: take what was on its way."""
        for stream in self._each():
            stream.say_goodbye()
        for reader in self._readers.values():
            reader.join(GOODBYE_S / 3)

    def _each(self) -> Iterator[Stream]:
        yield from self._streams
        if self._leaving is not None:
            yield self._leaving[0]

    # -- streams ----------------------------------------------------------------------------

    def _open(self, *, joining: bool = False) -> Stream:
        """Connect a stream and wait until the exchange lists our key on it."""
        context, number = self._context, next(self._numbers)
        if joining:
            context.put(StreamJoining(context.lane, number))
        try:
            stream = self._listed(number)
        except BaseException:
            if joining:
                context.put(StreamLeft(context.lane, number, context.runtime.now_ms()))
            raise
        stream.ready_ms = context.runtime.now_ms()
        return stream

    def _listed(self, number: int) -> Stream:
        """A connected stream with its reader; closed again if our key is not listed on it."""
        context = self._context
        wire = context.ask(partial(self._connect, self._key.text))
        stream = Stream(
            number,
            context.lane,
            self._key.text,
            wire,
            context.runtime,
            context.put,
            context.attention,
            self._offset,
        )
        self._readers[number] = context.runtime.spawn(f"reader-{context.market}", stream.turn)
        try:
            self._prove(stream)
        except BaseException:
            stream.close()
            self._readers.pop(number).join(2.0)
            raise
        return stream

    def _connect(self, key: str) -> Wire:
        context = self._context
        url = stream_url(context.endpoints.stream, key, NAMES)
        transport = context.account.transport
        return transport.open_ws(Way.STREAM, url, transport.deadline(Way.STREAM, context.timeout_s))

    def _prove(self, stream: Stream) -> None:
        def proven() -> bool:
            return bool(stream.listed_ms or stream.broken or not stream.lists)

        if not self._context.wait_until(proven, LISTED_S):
            raise NotSubscribed(
                f"The stream did not say within {LISTED_S:g} s what it subscribes to."
            )
        if stream.broken is not None:
            raise stream.broken

    def _keep(self, stream: Stream, instead_of: Stream | None = None) -> None:
        """Let a stream cover; what cuts streams of its age must not cut the other one too."""
        others = [each.old_s for each in self._streams if each is not instead_of]
        stream.old_s = (
            stream.born_s + ROTATE_S + JITTER_S * (2 * self._context.runtime.chance() - 1)
        )
        if any(abs(stream.old_s - old_s) < JITTER_S for old_s in others):
            stream.old_s = min(others) - JITTER_S
        self._streams.append(stream)

    def _drop_broken(self) -> None:
        """Let go of streams that broke; if the others leave a hole, coverage has ended."""
        broken = [each for each in self._each() if each.broken is not None]
        for stream in broken:
            if isinstance(stream.broken, Uncovered) and stream.broken.certain:
                raise stream.broken
            self._let_go(stream)
        end_ms = covered_until(self._gone)
        if broken and not any(stream.ready_ms <= end_ms for stream in self._each()):
            why = broken[-1].broken
            assert why is not None
            raise Uncovered(why.message, end_ms) if self._streams else why

    def _last_event_ms(self) -> int:
        """When a message last came, on any stream of this coverage."""
        return max([self._heard_ms, *(stream.event_ms for stream in self._each())])

    def _let_go(self, stream: Stream) -> None:
        self._heard_ms = max(self._heard_ms, stream.event_ms)
        self._gone.append((stream.ready_ms, stream.proven_ms))
        if self._context.runtime.seconds() - stream.born_s > STABLE_S:
            self._retries = delays(self._context.runtime.chance)
        stream.close()
        self._readers.pop(stream.number).join(2.0)
        if self._leaving is not None and stream is self._leaving[0]:
            self._leaving = None
        else:
            self._streams.remove(stream)
        if not self._streams and self._leaving is not None:
            self._streams, self._leaving = [self._leaving[0]], None  # it has to stay after all
        self._context.put(
            StreamLeft(self._context.lane, stream.number, self._context.runtime.now_ms())
        )

    # -- rotation ---------------------------------------------------------------------------

    def _rotate(self) -> None:
        """Replace a stream that is old or about to be shut down; fill up to what is wanted."""
        now = self._context.runtime.seconds()
        if self._leaving is not None:
            if now >= self._leaving[1]:
                self._leave()
            return
        if now < self._join_due_s:
            return
        old, why = self._outlived(now)
        if old is not None or len(self._streams) < 1 + self._context.redundant:
            self._join(old, why)

    def _outlived(self, now: float) -> tuple[Stream | None, str]:
        for stream in self._streams:
            if stream.shutting_down:
                return stream, "The exchange announced a shutdown."
            if now >= stream.old_s:
                return stream, "The connection has grown old."
        return None, ""

    def _join(self, old: Stream | None, why: str) -> None:
        """Open another stream beside the present ones; on failure try again later."""
        context = self._context
        try:
            self._key.confirm()
            new = self._open(joining=True)
        except Uncovered as exc:
            if exc.cause is records.Cause.KEY:
                raise
            return
        except BinfutError:
            return
        finally:  # after a success too: it may break at once, and again, and again
            self._join_due_s = context.runtime.seconds() + next(self._retries)
        self._barrier(*self._streams)
        context.put(StreamJoined(context.lane, new.number))
        self._keep(new, old)
        if old is not None:
            self._streams.remove(old)
            self._leaving = old, context.runtime.seconds() + OVERLAP_S, why

    def _leave(self) -> None:
        """End the old stream of a rotation, once all that was on its way has come."""
        assert self._leaving is not None
        old, until_s, why = self._leaving
        self._barrier(old)
        old.say_goodbye()
        self._readers[old.number].join(GOODBYE_S)
        self._let_go(old)
        now = self._context.runtime.now_ms()
        overlap_ms = round((self._context.runtime.seconds() - until_s + OVERLAP_S) * 1000)
        self._context.put(StreamRotated(self._context.lane, now, why, overlap_ms))

    def _barrier(self, *streams: Stream) -> bool:
        """Wait until everything on its way to these streams has come, or they are dead."""
        numbers = [(stream, stream.barrier()) for stream in streams]

        def passed() -> bool:
            return all(each.passed(number) or each.broken for each, number in numbers)

        return self._context.wait_until(passed, PONG_S)

    # -- proofs -----------------------------------------------------------------------------

    def _asleep(self) -> float:
        return self._context.runtime.seconds() - self._context.runtime.monotonic()

    def _notice_sleep(self) -> None:
        slept_s = self._asleep() - self._sleep_s
        if slept_s > SUSPEND_S:
            raise Suspended(f"The computer slept for {slept_s:.0f} s.")

    def _check(self) -> None:
        assert self.checks is not None
        checked = self.checks.read()
        if checked is not None:
            self._barrier(*self._streams)
            self._context.put(checked)

    def _stand(self) -> None:
        """Say how coverage stands, when that has changed."""
        assert self.checks is not None
        runtime = self._context.runtime
        now_ms = runtime.now_ms()
        listed = [s.listed_ms for s in self._streams if s.listed_ms is not None and s.lists]
        trouble = self._key.trouble or self.checks.trouble
        proofs = Proofs(
            pong_overdue_s=min(stream.overdue_s for stream in self._streams),
            listed_s=(now_ms - max(listed)) / 1000 if listed else 0.0,
            key_s=self._key.age_s,
            audit_s=runtime.seconds() - self.checks.clean_s,
            event_s=(now_ms - self._last_event_ms()) / 1000,
            trouble=trouble.message if trouble else "",
        )
        verdict, reason = health(proofs)
        if verdict != self._said:
            self._said = verdict
            self._context.put(Health(self._context.lane, now_ms, verdict, reason))
