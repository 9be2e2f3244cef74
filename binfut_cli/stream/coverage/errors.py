"""Why coverage ends: an error for each proof that can fail, with since when and how surely."""

from binfut_cli.api.error_codes import moment
from binfut_cli.errors import NetworkError
from binfut_cli.stream.records import Cause

_ANEW = "The stream is opened anew."

LATENCY_MS = 1000
"""How old what has just come may be: a message was on its way, a copy of the account lags."""


class Uncovered(NetworkError):
    """A proof of coverage failed; the connection may still look alive.

    `since_ms` is the last moment the proof held (None: as long as the connection brought frames);
    `certain` says that what happened since was surely not delivered.
    """

    cause = Cause.TRANSPORT
    certain = False

    def __init__(self, message: str, since_ms: int | None = None, *, hint: str = _ANEW) -> None:
        super().__init__(message, hint=hint)
        self.since_ms = since_ms


class Silent(Uncovered):
    """The connection gave no sign of life within the deadline, or stopped inside a frame."""


class Unproven(Uncovered):
    """A proof had grown old when the watch ended: nothing is sure since the last audit."""

    cause = Cause.AUDIT


class NotSubscribed(Uncovered):
    """The exchange does not list our key among what the connection subscribes to."""

    cause = Cause.MEMBERSHIP


class KeyExpired(Uncovered):
    """The stream said that its listenKey is dead: nothing more will come, though it stays open."""

    cause = Cause.EXPIRED
    certain = True

    def __init__(self, since_ms: int, told_ms: int) -> None:
        super().__init__(
            f"The listenKey expired at {moment(told_ms)}.",
            since_ms,
            hint="A new one is being made.",
        )


class KeyLost(Uncovered):
    """The account has another listenKey than the one we listen to, or none."""

    cause = Cause.KEY


class Suspended(Uncovered):
    """The computer slept; nobody knows what the connection missed meanwhile."""

    cause = Cause.SUSPEND


class Restarted(Uncovered):
    """Between two runs nobody watched."""

    cause = Cause.RESTART

    def __init__(self) -> None:
        super().__init__("No watch was running.", hint="What changed meanwhile follows.")


class HandedOver(Uncovered):
    """Another watch had the account, and this one has taken it over."""

    cause = Cause.HANDOVER

    def __init__(self) -> None:
        super().__init__("Another watch had the account.", hint="What changed meanwhile follows.")


class Flooded(Uncovered):
    """A stream told of more than an account has, or than may wait; the account is read anew."""

    cause = Cause.AUDIT
    certain = True

    def __init__(self, since_ms: int) -> None:
        super().__init__("The stream told of more than is kept of an account.", since_ms)


class Deaf(Uncovered):
    """The account changed and the stream, though alive, did not tell."""

    cause = Cause.AUDIT
    certain = True

    def __init__(self, since_ms: int, possible_ms: int | None = None) -> None:
        super().__init__("The account changed without a word on the stream.", since_ms)
        self.possible_ms = possible_ms
