"""All that came of one message of a lane. Pure."""

from enum import Enum, auto
from typing import NamedTuple

import msgspec

from binfut_cli.errors import BinfutError
from binfut_cli.stream.fold.audit import Verdict
from binfut_cli.stream.gap_report import GapChange
from binfut_cli.stream.messages import MomentQuestion
from binfut_cli.stream.records import Record


class LaneState(Enum):
    """How far a lane has come."""

    READ = auto()
    """Its account was read."""
    UNREAD = auto()
    """Its account was never read, and the attempt failed."""
    ENDED = auto()
    """Nothing more comes of it."""


class Judged(NamedTuple):
    """What came of a check, by its number."""

    number: int
    verdict: Verdict


class Outcome(msgspec.Struct, frozen=True):
    """What is to be printed of a message, and what others must know of it.

    `uncertain` asks for a check, `judged` is what came of one; `gap_change` and `question` are to
    be looked up in the exchange's history. `lane` is set where that changes, `fatal` is a fault
    that no attempt will follow; `flooded` is the stream that told of more than is kept, to be given
    up. A struct, because one is made for every batch.
    """

    records: list[Record]
    uncertain: bool = False
    judged: Judged | None = None
    gap_change: GapChange | None = None
    question: MomentQuestion | None = None
    lane: LaneState | None = None
    fatal: BinfutError | None = None
    flooded: int | None = None

    def asking(self, question: MomentQuestion) -> "Outcome":
        """The same, and what does not add up is to be looked up."""
        return msgspec.structs.replace(self, uncertain=True, question=question)
