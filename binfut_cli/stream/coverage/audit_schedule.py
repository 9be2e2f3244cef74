"""The pipeline's proof: read the account again and again, and see whether the stream told it all.

The keeper reads; the thread that merges compares, because it has the state, and answers with a
verdict. Nothing waits for the answer: it comes when it comes.
"""

from collections.abc import Iterator

from binfut_cli.endpoints import Market
from binfut_cli.errors import AnswerError, AuthError, BinfutError
from binfut_cli.resources.status import snapshot
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.messages import AuditRead

AUDIT_S = 56.0  # ± 10 %: with the second look, a deaf stream is found within 65 s
SOON_S = 2.0
CONFIRM_S = 2.0  # after the first snapshot: replicas lag by less
SPACE_S = 10.0  # between two looks that something odd on the stream asked for
RETRY_S = 5.0
LONGEST_S = 20.0  # a stream must not be deaf for long because answers fail
WEIGHT = {Market.USDM: 15, Market.COINM: 10}
REFUSED_S = 15 * 60.0  # a key that was refused is not tried so often


class AuditSchedule:
    """When the account is read again, and what came of it. `clean_ms`: the last time all agreed."""

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

    def soon(self) -> None:
        """Look again once the look under way is judged, but not more often than is fair."""
        self._hurries = True

    @property
    def is_due(self) -> bool:
        """Whether the account is to be read now."""
        hurried_s = self._asked_s + SPACE_S if self._hurries else self._due_s
        return not self._number and self._context.runtime.seconds() >= min(self._due_s, hurried_s)

    def read(self) -> AuditRead | None:
        """Read the account; None if that failed, and it will be tried again."""
        context = self._context
        self._hurries, self._asked_s = False, context.runtime.seconds()
        if context.gate.wait_ms() or (context.gate.is_busy and self.audited):
            self._due_s = context.runtime.seconds() + max(RETRY_S, context.gate.wait_ms() / 1000)
            return None
        asked_ms = context.runtime.now_ms()
        context.gate.look(WEIGHT[context.market], self._asked_s)
        try:
            answer = context.ask(lambda: snapshot(context.account))
        except BinfutError as exc:
            self._failed(exc)
            return None
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
            self._due_s = now + SOON_S
            return False
        self.audited = True
        self.clean_ms, self.clean_s = self._asked_ms - LATENCY_MS, now
        self._due_s = now + AUDIT_S * (0.9 + self._context.runtime.chance() / 5)
        return False

    def _failed(self, exc: BinfutError) -> None:
        """Try again later, and later each time."""
        self.trouble = exc
        self._due_s = self._context.runtime.seconds() + self._retry_s
        longest = REFUSED_S if isinstance(exc, AuthError) else LONGEST_S
        self._retry_s = min(self._retry_s * 2, longest)
