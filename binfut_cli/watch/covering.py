"""One stretch of coverage: key, stream and snapshot, then every proof kept fresh, until one fails.

A second stream may join (a rotation, or for good): nothing is lost on the way, because the first
one goes only when the second has been proven, and both have told what was on their way.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from binfut_cli.allowed import Way
from binfut_cli.errors import BinfutError
from binfut_cli.events import NAMES
from binfut_cli.markets import stream_url
from binfut_cli.questions.status import snapshot
from binfut_cli.transport.transport import Wire
from binfut_cli.watch.audit import Verdict
from binfut_cli.watch.backoff import delays
from binfut_cli.watch.checks import Checks
from binfut_cli.watch.items import Joined, Joining, Left, Measured, Opened, Rotated, Standing, Taken
from binfut_cli.watch.key import Key
from binfut_cli.watch.kit import Kit
from binfut_cli.watch.losses import Deaf, NotSubscribed, Suspended, Uncovered
from binfut_cli.watch.skew import Skew
from binfut_cli.watch.standing import Proofs, covered_until, standing
from binfut_cli.watch.stream import LISTED_S, PONG_S, Stream
from binfut_cli.watch.world import Running

TICK_S = 1.0
SUSPEND_S = 10.0  # of difference between the clocks
ROTATE_S = 23 * 3600.0  # the exchange cuts a connection at 24 hours
JITTER_S = 20 * 60.0
OVERLAP_S = 10.0
GOODBYE_S = 3.0
STABLE_S = 60.0
MEASURE_S = 15 * 60.0  # between two looks at the exchange's clock


class Covering:
    """From `begin` until `stay` raises why coverage ended; then `close`."""

    def __init__(
        self, kit: Kit, numbers: "itertools.count[int]", previous: Key | None = None
    ) -> None:
        self._kit = kit
        self._previous = previous
        self.key: Key | None = None
        self._numbers = numbers
        self._streams: list[Stream] = []  # those that cover
        self._readers: dict[int, Running] = {}
        self._leaving: tuple[Stream, float, str] | None = None  # until when, and why it goes
        self._said = "LIVE"
        self._sleep_s = self._asleep()
        self._began_s = kit.world.seconds()
        self._retries: Iterator[float] = delays(kit.world.chance)
        self._join_due_s = 0.0
        self._heard_ms = 0
        self._gone: list[tuple[int, int]] = []  # from when to when past streams covered
        self.proven_ms = 0
        self.checks: Checks | None = None

    @property
    def is_stable(self) -> bool:
        """Whether it lasted, and was proven whole: then the next attempt need not wait."""
        lasted = self._kit.world.seconds() - self._began_s > STABLE_S
        return lasted and self.checks is not None and self.checks.audited

    @property
    def checked_ms(self) -> int | None:
        """When the account, read again, last agreed with what the stream told."""
        return self.checks.clean_ms if self.checks is not None else None

    def begin(self) -> None:
        """Subscribe, then read the account, while everything that comes is kept."""
        kit = self._kit
        self._key = Key(kit)
        self._skew = self._measured()
        stream = self._open()
        self._keep(stream)
        self._heard_ms = self.proven_ms = kit.world.now_ms()
        kit.put(Opened(kit.lane, self.proven_ms, self._unproven_ms(), self._skew))
        self.key = self._key
        asked_ms = kit.world.now_ms()
        taken = kit.ask(lambda: snapshot(kit.account))
        kit.put(Taken(kit.lane, kit.world.now_ms(), taken, asked_ms))
        self.checks = Checks(kit, asked_ms, self._numbers)

    def _measured(self) -> Skew:
        """Ask the exchange for its clock."""
        kit = self._kit
        self._measure_s = kit.world.seconds() + MEASURE_S
        return kit.ask(lambda: Skew.measured(kit.account.server_ms, kit.world.now_ms))

    def _measure(self) -> None:
        """Do that again now and then, because clocks drift; a failure may wait."""
        if self._kit.world.seconds() < self._measure_s or self._kit.gate.is_busy:
            return
        with suppress(BinfutError):
            self._skew = self._measured()
            self._kit.put(Measured(self._kit.lane, self._skew))
            for stream in self._each():
                stream.skew = stream.skew.or_else(self._skew)

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
            self._kit.account.pump()
            self._kit.pause(TICK_S)

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
        self._kit.account.close()

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
        kit, number = self._kit, next(self._numbers)
        if joining:
            kit.put(Joining(kit.lane, number))
        try:
            stream = self._listed(number)
        except BaseException:
            if joining:
                kit.put(Left(kit.lane, number, kit.world.now_ms()))
            raise
        stream.ready_ms = kit.world.now_ms()
        return stream

    def _listed(self, number: int) -> Stream:
        """A connected stream with its reader; closed again if our key is not listed on it."""
        kit = self._kit
        wire = kit.ask(partial(self._connect, self._key.text))
        stream = Stream(
            number, kit.lane, self._key.text, wire, kit.world, kit.put, kit.attention, self._skew
        )
        self._readers[number] = kit.world.spawn(f"reader-{kit.market}", stream.turn)
        try:
            self._prove(stream)
        except BaseException:
            stream.close()
            self._readers.pop(number).join(2.0)
            raise
        return stream

    def _connect(self, key: str) -> Wire:
        kit = self._kit
        url = stream_url(kit.endpoints.stream, key, NAMES)
        transport = kit.account.transport
        return transport.open_ws(Way.STREAM, url, transport.deadline(Way.STREAM, kit.timeout_s))

    def _prove(self, stream: Stream) -> None:
        def proven() -> bool:
            return bool(stream.listed_ms or stream.broken or not stream.lists)

        if not self._kit.wait_until(proven, LISTED_S):
            raise NotSubscribed(
                f"The stream did not say within {LISTED_S:g} s what it subscribes to."
            )
        if stream.broken is not None:
            raise stream.broken

    def _keep(self, stream: Stream, instead_of: Stream | None = None) -> None:
        """Let a stream cover; what cuts streams of its age must not cut the other one too."""
        others = [each.old_s for each in self._streams if each is not instead_of]
        stream.old_s = stream.born_s + ROTATE_S + JITTER_S * (2 * self._kit.world.chance() - 1)
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
        if self._kit.world.seconds() - stream.born_s > STABLE_S:
            self._retries = delays(self._kit.world.chance)
        stream.close()
        self._readers.pop(stream.number).join(2.0)
        if self._leaving is not None and stream is self._leaving[0]:
            self._leaving = None
        else:
            self._streams.remove(stream)
        if not self._streams and self._leaving is not None:
            self._streams, self._leaving = [self._leaving[0]], None  # it has to stay after all
        self._kit.put(Left(self._kit.lane, stream.number, self._kit.world.now_ms()))

    # -- rotation ---------------------------------------------------------------------------

    def _rotate(self) -> None:
        """Replace a stream that is old or about to be shut down; fill up to what is wanted."""
        now = self._kit.world.seconds()
        if self._leaving is not None:
            if now >= self._leaving[1]:
                self._leave()
            return
        if now < self._join_due_s:
            return
        old, why = self._outlived(now)
        if old is not None or len(self._streams) < 1 + self._kit.redundant:
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
        kit = self._kit
        try:
            self._key.confirm()
            new = self._open(joining=True)
        except Uncovered as exc:
            if exc.cause == "key":
                raise
            return
        except BinfutError:
            return
        finally:  # after a success too: it may break at once, and again, and again
            self._join_due_s = kit.world.seconds() + next(self._retries)
        self._barrier(*self._streams)
        kit.put(Joined(kit.lane, new.number))
        self._keep(new, old)
        if old is not None:
            self._streams.remove(old)
            self._leaving = old, kit.world.seconds() + OVERLAP_S, why

    def _leave(self) -> None:
        """End the old stream of a rotation, once all that was on its way has come."""
        assert self._leaving is not None
        old, until_s, why = self._leaving
        self._barrier(old)
        old.say_goodbye()
        self._readers[old.number].join(GOODBYE_S)
        self._let_go(old)
        now = self._kit.world.now_ms()
        overlap_ms = round((self._kit.world.seconds() - until_s + OVERLAP_S) * 1000)
        self._kit.put(Rotated(self._kit.lane, now, why, overlap_ms))

    def _barrier(self, *streams: Stream) -> bool:
        """Wait until everything on its way to these streams has come, or they are dead."""
        numbers = [(stream, stream.barrier()) for stream in streams]

        def passed() -> bool:
            return all(each.passed(number) or each.broken for each, number in numbers)

        return self._kit.wait_until(passed, PONG_S)

    # -- proofs -----------------------------------------------------------------------------

    def _asleep(self) -> float:
        return self._kit.world.seconds() - self._kit.world.monotonic()

    def _notice_sleep(self) -> None:
        slept_s = self._asleep() - self._sleep_s
        if slept_s > SUSPEND_S:
            raise Suspended(f"The computer slept for {slept_s:.0f} s.")

    def _check(self) -> None:
        assert self.checks is not None
        checked = self.checks.read()
        if checked is not None:
            self._barrier(*self._streams)
            self._kit.put(checked)

    def _stand(self) -> None:
        """Say how coverage stands, when that has changed."""
        assert self.checks is not None
        world = self._kit.world
        now_ms = world.now_ms()
        listed = [s.listed_ms for s in self._streams if s.listed_ms is not None and s.lists]
        trouble = self._key.trouble or self.checks.trouble
        proofs = Proofs(
            pong_overdue_s=min(stream.overdue_s for stream in self._streams),
            listed_s=(now_ms - max(listed)) / 1000 if listed else 0.0,
            key_s=self._key.age_s,
            audit_s=world.seconds() - self.checks.clean_s,
            event_s=(now_ms - self._last_event_ms()) / 1000,
            trouble=trouble.message if trouble else "",
        )
        verdict, reason = standing(proofs)
        if verdict != self._said:
            self._said = verdict
            self._kit.put(Standing(self._kit.lane, now_ms, verdict, reason))
