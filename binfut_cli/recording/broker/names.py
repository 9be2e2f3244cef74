"""What a stream is called, and its entries: the record alone, under its writer's number. Pure.

Of an epoch entries are numbered from 1 without a hole, so that a reader knows what is missing. An
account's streams share a hash tag, `{account}`, so that a Cluster keeps them together.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple, Self

from binfut_cli.endpoints import Env, Lane, Market, Scope

FIELD = b"record"
"""The one field of an entry: the record as `watch --json` prints it, without its line break."""
PREFIX = "binfut"
LISTED = f"{PREFIX}:streams"
"""The set that has the name of every stream: to search an engine for them may take long."""
NOTHING = f"{PREFIX}:nothing"
"""Where a stream might be, and is none."""
_TIME, _HEAD_BYTES = re.compile(rb',"time":(\d{1,18}),'), 400
_RUN = re.compile(rb',"run":"([^"]{1,64})",')
_NAME = re.compile(rf"{PREFIX}:\{{(?P<env>\w+)(?:/(?P<profile>[\w-]+))?\}}:(?P<market>\w+)")


class EntryId(NamedTuple):
    """An entry's id: the epoch of who wrote it, which only grows, and its record's `seq`.

    The engine takes no entry whose id is not above the last: so none is written twice, and none
    by a watch that another has replaced.
    """

    epoch: int
    seq: int

    @classmethod
    def of(cls, text: bytes) -> Self:
        """An id as the engine writes it."""
        epoch, _, seq = text.partition(b"-")
        return cls(int(epoch), int(seq or 0))

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"


NONE = EntryId(0, 0)
"""The last id of a stream in which there never was an entry."""


@dataclass(slots=True)
class Sequence:
    """Follows a stream from entry to entry; `last` is where it begins, None if nobody knows."""

    last: EntryId | None = None

    def see(self, found: EntryId) -> str | None:
        """What is missing before an entry, in words; None if nothing is."""
        last, self.last = self.last, found
        if last is None or found <= last:
            return None
        before = last.seq if found.epoch == last.epoch else 0
        missing = found.seq - before - 1
        if not missing:
            return None
        return f"{missing:,} record{'s are' if missing > 1 else ' is'} missing before it"


def stream_of(lane: Lane) -> str:
    """The name of a lane's stream: `binfut:{env/profile}:market`."""
    scope = lane.scope or Scope(Env.SANDBOX, None)
    account = scope.env if scope.profile is None else f"{scope.env}/{scope.profile}"
    return f"{PREFIX}:{{{account}}}:{lane.market}"


def lane_of(stream: str) -> Lane | None:
    """Whose stream has a name; None if it is no watch's."""
    found = _NAME.fullmatch(stream)
    if not found or found["env"] not in set(Env) or found["market"] not in set(Market):
        return None
    return Lane(Market(found["market"]), Scope(Env(found["env"]), found["profile"]))


def time_of(record: bytes) -> int:
    """When a record was made, as its head tells; 0 if it does not."""
    found = _TIME.search(record, 0, _HEAD_BYTES)
    return int(found[1]) if found else 0


def run_of(record: bytes) -> bytes:
    """Which run made a record, as its head tells; b"" if it does not."""
    found = _RUN.search(record, 0, _HEAD_BYTES)
    return found[1] if found else b""
