"""What a market's threads hand to the one thread that merges and prints."""

from dataclasses import dataclass

from binfut_cli.errors import BinfutError
from binfut_cli.markets import Market
from binfut_cli.questions.answer import Answer
from binfut_cli.transport.frames import Message


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream is connected; what it brings from here on is buffered until the snapshot."""

    market: Market
    time_ms: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages that one read of the stream brought."""

    market: Market
    time_ms: int
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Taken:
    """The account was read whole, after the stream was connected."""

    market: Market
    snapshot: Answer


@dataclass(frozen=True, slots=True)
class Lost:
    """Coverage ended: the last moment it was proven, why, and when the next attempt follows.

    `fatal` says that there will be none; `certain` says that changes were surely not delivered.
    """

    market: Market
    time_ms: int
    covered_ms: int
    error: BinfutError
    retry_s: float
    fatal: bool = False
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Crashed:
    """A thread met a fault of our own; the watch must end loudly, not fall silent."""

    market: Market
    error: BaseException


Item = Opened | Batch | Taken | Lost | Crashed
