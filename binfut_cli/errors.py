"""Every failure a user can meet, with the exit status it leaves behind.

BinfutError             1   the base; nothing raises it bare
├─ UsageError           2   the command line asks for something that cannot be
├─ ConfigError          3   missing or malformed key, file or address
│  └─ OutputError       3   standard output cannot be written to
├─ ExchangeError        4   the exchange answered with an error code
│  ├─ ClockError        4   our timestamp lies outside recvWindow (-1021), even after correction
│  └─ BusyError         4   the exchange failed on its own side; worth another try
├─ AuthError            5   key, signature or permission refused (-1022, -2014, -2015 …)
├─ NetworkError         6   no connection, no answer in time, or a lost connection
├─ RateLimitedError     7   HTTP 429 or 418, code -1003; carries when to come back
└─ AnswerError          8   an answer that cannot be read as what it should be
   └─ RecordingError    8   a recording that cannot be read, or that lacks something

A message says in one sentence what failed; the hint says in one sentence what to do.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar

# In talk, whatever looks like a secret: it is for people, and no word of theirs looks so. A group
# before and one behind are kept. Compiled (by re, once) when something is first said.
_FORMS = (
    rb"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?s:.*?)(-----END|\Z)",
    rb"((?i:signature|listenKey|api-?key|secret|token|password)[\"']?\s*[=:]\s*[\"']?)"
    rb"[A-Za-z0-9%+/=_-]{16,}()",
    rb"(://[^/\s:@]*:)[^\s@\"']{1,200}(@)",  # a password in an address, or a user who is one
    rb"(://)[^/\s:@\"']{1,200}(@)",
    rb"()(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])()",  # keys, HMAC signatures
    rb"()(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43,}={1,2}()",  # Ed25519 and RSA signatures
    # A line of a private key; a path has no capitals and digits in so long a run without a dot.
    rb"()(?<![A-Za-z0-9+/])(?=[A-Za-z+/]*[0-9])(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{60,}()",
)


_HINT = rb"[A-Za-z0-9%+/=_-]{16}|://|-----BEGIN"  # each of the forms has one of these in it


def scrubbed(text: bytes) -> bytes:
    """Talk with whatever looks like a secret replaced."""
    if re.search(_HINT, text) is None:
        return text
    for form in _FORMS:
        text = re.sub(form, rb"\1***\2", text)
    return text


def _harmless(sentence: str) -> str:
    return scrubbed(sentence.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


_LONGEST_WORD = 64  # what is longer is a slip of no name


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What of some names a word is most like, as a question behind a sentence; "" if of none."""
    import difflib  # only a slip needs it

    names = {each.casefold().lstrip("-"): each for each in known}
    typed = word[:_LONGEST_WORD].casefold().lstrip("-")
    like = difflib.get_close_matches(typed, names, 1)
    return f" Did you mean {names[like[0]]!r}?" if like else ""


class ExitStatus(IntEnum):
    """Every exit status of the program."""

    DONE = 0
    BUG = 1
    USAGE = 2
    CONFIG = 3
    EXCHANGE = 4
    AUTH = 5
    NETWORK = 6
    RATE_LIMITED = 7
    ANSWER = 8
    STRICT_GAP = 9
    FAIL_IF = 10
    IN_PART = 11
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class BinfutError(Exception):
    """A foreseeable failure: two sentences for the user, never a traceback.

    The sentences may quote the exchange, and records carry them as data: so they lose what looks
    like a secret here, wherever they go.
    `retryable` says whether the same question may succeed later without a change by the user.
    `exchange_code` is the exchange's own error number, where there is one.
    """

    exit_status: ClassVar[ExitStatus] = ExitStatus.BUG
    kind: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str, exchange_code: int | None = None) -> None:
        self.message, self.hint = _harmless(message), _harmless(hint)
        super().__init__(self.message)
        self.exchange_code = exchange_code


class UsageError(BinfutError):
    """The command line asks for something that cannot be."""

    exit_status = ExitStatus.USAGE
    kind = "usage"


class ConfigError(BinfutError):
    """A key, a file or an address is missing or malformed."""

    exit_status = ExitStatus.CONFIG
    kind = "config"


class OutputError(ConfigError):
    """What was found cannot be written: a full disk, a closed descriptor."""

    kind = "output"


class ExchangeError(BinfutError):
    """The exchange refused the request with an error code of its own."""

    exit_status = ExitStatus.EXCHANGE
    kind = "exchange"


class ClockError(ExchangeError):
    """The exchange refused our timestamp (-1021)."""

    kind = "clock"


class BusyError(ExchangeError):
    """The exchange failed on its own side: overloaded, restarting or under maintenance."""

    kind = "busy"
    retryable = True


class AuthError(BinfutError):
    """The exchange refused the key, its signature or its permissions."""

    exit_status = ExitStatus.AUTH
    kind = "auth"


class NetworkError(BinfutError):
    """A connection could not be made, gave no answer in time, or was lost."""

    exit_status = ExitStatus.NETWORK
    kind = "network"
    retryable = True


class RateLimitedError(BinfutError):
    """The exchange asks us to slow down, or has banned this address for a while.

    `retry_at_ms` is the Unix time in ms before which nothing may be asked; None when not told.
    `is_ban` says that the address is shut out, and that asking on makes it longer.
    `host` is who said it, as `said_by` notes; "" where nobody is known to have.
    """

    exit_status = ExitStatus.RATE_LIMITED
    kind = "rate_limit"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        exchange_code: int | None = None,
        retry_at_ms: int | None = None,
        is_ban: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, exchange_code=exchange_code)
        self.retry_at_ms = retry_at_ms
        self.is_ban = is_ban
        self.host = ""


class AnswerError(BinfutError):
    """An answer cannot be read as what it should be."""

    exit_status = ExitStatus.ANSWER
    kind = "answer"


class RecordingError(AnswerError):
    """A recording cannot be read, or lacks something that was in it."""

    kind = "recording"
