"""The pipeline's proof: read the account again and again, and see whether the stream told it all.

The keeper reads; the thread that merges compares, because it has the state, and answers with a
verdict. Nothing waits for the answer: it comes when it comes.
"""

import math
from collections.abc import Iterator

from binfut_cli.errors import AnswerError, AuthError, BinfutError
from binfut_cli.resources.status import snapshot
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.coverage.limits.weight import SNAPSHOT, Claim, Purpose
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.messages import AuditRead
from binfut_cli.stream.state import is_held

SOON_S = 2.0
CONFIRM_S = 2.0  # after the first snapshot: replicas lag by less
SPACE_S = 10.0  # between two looks that something odd on the stream asked for
RETRY_S = 5.0
AGAIN_S = 1.0  # between two looks whether its turn has come
LONGEST_S = 20.0  # a stream must not be deaf for long because answers fail
EARLIEST = 0.98  # of the time between two audits: when the next is claimed
REFUSED_S = 15 * 60.0  # a key that was refused is not tried so often


class AuditSchedule:
    """When the account is read again, and what came of it. `clean_ms`: the last time all agreed.

    It keeps when, and what of the look under way and of the next: that is why it has so many
    attributes.
    """

    def __init__(self, context: LaneContext, taken_ms: int, numbers: Iterator[int]) -> None:
        self._context, self._numbers = context, numbers
        self.clean_ms = taken_ms - LATENCY_MS
        self.clean_s = context.runtime.seconds()
        self.audited = False  # whether a check was ever clean
        self.trouble: BinfutError | None = None
        self._number = 0  # of the look whose verdict is waited for; 0: of none
        self._asked_ms, self._asked_s = 0, self.clean_s
        self._hurries = False
        self._retry_s = RETRY_S
        self._due_s = self.clean_s + CONFIRM_S
        self._again_s = -math.inf
        self._claim: Claim | None = None  # of the next look; of the first all was claimed

    def soon(self) -> None:
        """Look again once the look under way is judged, but not more often than is fair."""
        self._hurries, self._again_s = True, -math.inf

    @property
    def is_due(self) -> bool:
        """Whether the account is to be read, as soon as its turn comes."""
        return self._context.runtime.seconds() >= self._wanted_s

    @property
    def look_s(self) -> float:
        """When that may be so next; of a turn that has not come, when to ask again."""
        return max(self._wanted_s, self._again_s)

    @property
    def _wanted_s(self) -> float:
        hurried_s = self._asked_s + SPACE_S if self._hurries else self._due_s
        return math.inf if self._number else min(self._due_s, hurried_s)

    def takes_turn(self) -> bool:
        """Whether the account is to be read now; what that weighs is spent then."""
        if not self.is_due:
            return False
        context, now_s = self._context, self._context.runtime.seconds()
        if self._claim is not None and now_s < self._due_s:
            self._plan(Purpose.CHECK, now_s)
        claim, gate = self._claim, context.gate
        if wait_s := gate.take(claim, now_s) if claim is not None else gate.wait_ms() / 1000:
            self._again_s = now_s + max(wait_s, AGAIN_S)
            return False
        if claim is not None and claim.purpose is Purpose.AUDIT:
            context.audited_s = now_s
        return True

    def read(self) -> AuditRead | None:
        """Read the account; None if that failed, and it will be tried again."""
        context = self._context
        self._hurries, self._asked_s = False, context.runtime.seconds()
        asked_ms = context.runtime.now_ms()
        try:
            answer = context.ask(lambda: snapshot(context.account), weight=0)
        except BinfutError as exc:
            self._failed(exc)
            return None
        context.is_held = any(map(is_held, answer.rows("positions")))
        self._number = next(self._numbers)
        self._asked_ms = asked_ms
        now_ms = context.runtime.now_ms()
        return AuditRead(context.lane, now_ms, answer, asked_ms, self._number, not self.audited)

    def judge(self, number: int, verdict: Verdict) -> bool:
        """Take the verdict on a check; True if the stream is deaf."""
        if not self._number or number != self._number:
            return False
        self._number = 0
        now = self._context.runtime.seconds()
        if verdict == "part":
            self._failed(AnswerError("It was read in part.", hint="It is read again soon."))
            return False
        self.trouble, self._retry_s = None, RETRY_S
        if verdict == "drift":
            return True
        if verdict == "doubt":
            self._plan(Purpose.CHECK, now + SOON_S)
            return False
        self.audited = True
        self.clean_ms, self.clean_s = self._asked_ms - LATENCY_MS, now
        self._plan(Purpose.AUDIT, self._next_s(now))
        return False

    def _plan(self, purpose: Purpose, due_s: float) -> None:
        self._due_s = due_s
        self._claim = Claim.of(purpose, SNAPSHOT[self._context.market], due_s)

    def _next_s(self, now_s: float) -> float:
        """When an audit is due: by its last turn, the first one at any moment until then."""
        context = self._context
        space_s = EARLIEST * context.gate.budget.every_s
        if math.isinf(context.audited_s):
            return now_s + space_s * context.runtime.chance()
        return max(now_s, context.audited_s + space_s)

    def _failed(self, exc: BinfutError) -> None:
        """Try again later, and later each time."""
        self.trouble = exc
        self._plan(Purpose.CHECK, self._context.runtime.seconds() + self._retry_s)
        longest = REFUSED_S if isinstance(exc, AuthError) else LONGEST_S
        self._retry_s = min(self._retry_s * 2, longest)
