"""One stretch of coverage: a subscription and a snapshot, then every proof kept fresh, or lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn, Self

from binfut_cli.errors import BinfutError
from binfut_cli.resources.status import snapshot
from binfut_cli.stream import records
from binfut_cli.stream.coverage.audit_schedule import AuditSchedule
from binfut_cli.stream.coverage.context import LaneContext, Stopped
from binfut_cli.stream.coverage.errors import Deaf, Flooded, Unproven
from binfut_cli.stream.coverage.health import Proofs, health
from binfut_cli.stream.coverage.limits.weight import EVERY_S, WeightBudget
from binfut_cli.stream.coverage.subscription.subscription import Stretch, Subscription
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.messages import Health, SnapshotTaken, StreamOpened
from binfut_cli.stream.state import is_held

MUCH = 0.1  # of what was said
TICK_S, ROUND_S = 1.0, 10.0
"""How often all is looked after while something is not as it should be, and while all is well and
nothing wants attention: of hundreds of accounts, each round counts."""
LIVE_S = 1.0
"""A stream that was LIVE for so long is opened again at once: one that ends sooner has failed."""


class Coverage:
    """From `begin` until `stay` raises why coverage ended."""

    def __init__(
        self, context: LaneContext, subscription: Subscription, checks: AuditSchedule
    ) -> None:
        self._context, self._subscription, self._checks = context, subscription, checks
        self._said, self._stale = records.Verdict.LIVE, ""
        self._live_s = context.runtime.seconds()
        self._every_s = EVERY_S  # between two audits, as was said

    @classmethod
    def begin(
        cls, context: LaneContext, subscription: Subscription, numbers: Iterator[int]
    ) -> Self:
        """Read the account, while everything that comes is kept."""
        opened_ms, offset = subscription.streams.opened_ms, subscription.clock.offset
        context.put(StreamOpened(context.lane, opened_ms, subscription.unproven_ms, offset))
        asked_ms = context.runtime.now_ms()
        taken = context.ask(lambda: snapshot(context.account), weight=0)  # claimed by `admit`
        context.is_held = any(map(is_held, taken.rows("positions")))
        context.put(SnapshotTaken(context.lane, context.runtime.now_ms(), taken, asked_ms))
        return cls(context, subscription, AuditSchedule(context, asked_ms, numbers))

    def stay(self, heard: Callable[[Self], None]) -> NoReturn:
        """Keep every proof fresh; raise the first that fails. `heard` brings verdicts."""
        while True:
            heard(self)
            self._subscription.tend()
            if self._checks.takes_turn():
                self._check()
            self._stand()
            self._context.account.pump()
            self._rest()

    def _rest(self) -> None:
        """Pause until something wants attention, or another round is due."""
        is_busy = self._stale or self._subscription.rotation.is_busy
        look_s = self._checks.look_s - self._context.runtime.seconds()
        self._context.pause(min(TICK_S if is_busy else ROUND_S, max(look_s, 0.0)))

    def look(self) -> None:
        """Have the account read again soon."""
        self._checks.soon()

    def judge(self, number: int, verdict: Verdict) -> None:
        """Hear what came of a check; raise Deaf if the stream is."""
        if self._checks.judge(number, verdict):
            clean_ms = self._checks.clean_ms
            raise Deaf(clean_ms, min(self._subscription.streams.event_ms, clean_ms))

    def give_up(self, stream: int) -> None:
        """Raise Flooded if that is still one of its streams."""
        streams, checks = self._subscription.streams, self._checks
        if stream in [each.stream.number for each in streams.each()]:
            raise Flooded(checks.clean_ms if checks.audited else streams.opened_ms)

    def ended(self, end: BinfutError | Stopped) -> Stretch:
        """Close the subscription; what coverage came to."""
        doubt = self._doubt() if isinstance(end, Stopped) else end
        was_live = self._context.runtime.seconds() - self._live_s >= LIVE_S
        stretch = self._subscription.ended(end)
        return replace(stretch, checked_ms=self._checks.clean_ms, was_live=was_live, doubt=doubt)

    def _doubt(self) -> BinfutError | None:
        """Why it is not covered as the watch ends, though nobody had the time to say so."""
        try:
            self._subscription.streams.drop_broken()
        except BinfutError as broken:
            return broken
        return Unproven(self._stale, self._checks.clean_ms) if self._stale else None

    def _check(self) -> None:
        """Read the account; what is still on its way to us must not be missed on the stream."""
        checked, streams = self._checks.read(), self._subscription.streams
        if checked is None:
            return
        if streams.barrier(*streams.covering):
            self._context.put(checked)
        else:
            self._checks.judge(checked.number, "doubt")

    def _stand(self) -> None:
        """Say how coverage stands, when that has changed."""
        now_ms = self._context.runtime.now_ms()
        verdict, reason = health(self._proofs(now_ms))
        if verdict != self._said:
            self._said = verdict
            self._stale = reason if verdict is records.Verdict.STALE else ""
            self._context.put(Health(self._context.lane, now_ms, verdict, reason))
        elif verdict in records.COVERED:
            self._tell_bound(verdict, now_ms)

    def _tell_bound(self, verdict: records.Verdict, now_ms: int) -> None:
        """Say within how long a deaf stream is found, when that has changed by much."""
        budget = self._context.gate.budget
        if abs(budget.every_s - self._every_s) > MUCH * self._every_s:
            self._every_s = budget.every_s
            self._context.put(Health(self._context.lane, now_ms, verdict, bound(budget)))

    def _proofs(self, now_ms: int) -> Proofs:
        key, streams, checks = self._subscription.key, self._subscription.streams, self._checks
        listed_ms, trouble = streams.listed_ms, key.trouble or checks.trouble
        return Proofs(
            pong_overdue_s=streams.pong_overdue_s,
            listed_s=(now_ms - listed_ms) / 1000 if listed_ms is not None else 0.0,
            key_s=key.age_s,
            audit_s=self._context.runtime.seconds() - checks.clean_s,
            audit_every_s=self._context.gate.budget.every_s,
            event_s=(now_ms - streams.event_ms) / 1000,
            trouble=trouble.message if trouble else "",
        )


def bound(budget: WeightBudget) -> str:
    """How often each account is read again, and what that means."""
    return (
        f"Each account is read again every {budget.every_s:.0f} s: "
        f"a stream that tells nothing is found within {budget.detection_s:.0f} s."
    )
