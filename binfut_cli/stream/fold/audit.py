"""Does the account, read again, agree with what the stream told of it? Pure.

Compared are the fields that only events change. Times only label: a snapshot may come from a copy
that lags behind, so one that is older than our last event proves nothing; but no event is ever
dropped for its time, and two of one millisecond are both right.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.models import leg
from binfut_cli.stream.state import Difference, State, differences

LOOKS = 5  # at a difference that keeps moving, before it is called drift
STALE_LOOKS = 3  # at one that an older snapshot insists on
LAG_MS = 5_000
"""How far a reading may lag behind the stream; what was told longer ago, it knows."""

AVERAGED = frozenset({"entryPrice"})
"""Fields that the exchange computes, and writes with more digits in one place than in another."""

Stamps = dict[Hashable, int]
"""By asset, or by symbol and side: the time (ms) of the last change that we know of."""


def stamps(document: Row) -> Stamps:
    """The `updateTime` of every row that has one; 0 means never, and says nothing."""
    found: Stamps = {}
    for row in document["assets"]:
        found[row["asset"]] = _time(row)
    for row in document["positions"]:
        found[leg(row)] = _time(row)
    return {key: time for key, time in found.items() if time}


def _time(row: Row) -> int:
    time = row.get("updateTime")
    return time if type(time) is int else 0


def row_key(difference: Difference) -> Hashable:
    """What a difference's row is known by in `Stamps`."""
    key = difference.key
    return leg(key) if difference.kind == "position" else key.get("asset")


def differing(ours: State, theirs: State) -> list[Difference]:
    """What differs between two states, but for how many digits an average is written with."""
    found = differences(ours, theirs)
    return [d for d in found if d.field not in AVERAGED or not alike(d.before, d.after)]


def alike(one: object, other: object) -> bool:
    """Whether two averages are the same up to the last digit that both have."""
    before, after = decimal(one), decimal(other)
    if before is None or after is None:
        return False
    last = max(int(before.as_tuple().exponent), int(after.as_tuple().exponent))
    return abs(before - after) < Decimal(1).scaleb(last)


def all_changed_by(until_ms: int, found: Iterable[Difference], read: Stamps) -> bool:
    """Whether the row of every difference had last changed by a moment, as a reading says."""
    times = [read.get(row_key(each)) for each in found]
    return all(time is not None and time <= until_ms for time in times)


def kept(old: State, known: Stamps, new: State, read: Stamps, read_ms: int) -> Stamps:
    """Put into a state read at a moment the rows that the stream has just told later ones of.

    A row that was told of long before, and is older now, is of an exchange that was set back: the
    reading is the truth. Returns when each row that was taken from it has changed.
    """
    taken: Stamps = {}
    for key, time in read.items():
        if not max(time, read_ms - LAG_MS) < known.get(key, 0):
            taken[key] = time
        elif key in old.balances:
            new.balances[str(key)] = old.balances[str(key)]
        elif key in old.positions:
            new.positions[key] = old.positions[key]
    return taken


Verdict = Literal["clean", "doubt", "drift", "part"]
"""The last: what was read agrees, and was not all that had been read before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and for "drift" what differs."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()


@dataclass(slots=True)
class Auditor:
    """Remembers what was in doubt at the last look."""

    _doubts: dict[Hashable, Any] = field(default_factory=dict)
    _stale: dict[Hashable, tuple[Any, Any, int]] = field(default_factory=dict)
    _looks: int = 0

    def judge(self, ours: State, known: Stamps, theirs: State, read: Stamps) -> Finding:
        """Compare with what was read; what differs must differ at a second look to count."""
        found = {_name(d): d for d in differing(ours, theirs)}
        stale = {n: d for n, d in found.items() if _is_older(row_key(d), read, known)}
        fresh = {n: d for n, d in found.items() if n not in stale}
        drift = [*self._lasting(fresh), *self._insisted(stale)]
        if not fresh or drift:
            self._doubts, self._looks = {}, 0
            return Finding("drift" if drift else "clean", tuple(drift))
        self._doubts = {name: found.before for name, found in fresh.items()}
        self._looks += 1
        return Finding("doubt")

    def _lasting(self, fresh: dict[Hashable, Difference]) -> Iterator[Difference]:
        """Those that were there at the last look, and nothing has come for them since."""
        for name, found in fresh.items():
            if name in self._doubts and (
                self._doubts[name] == found.before or self._looks >= LOOKS
            ):
                yield found

    def _insisted(self, stale: dict[Hashable, Difference]) -> Iterator[Difference]:
        """Those of an older snapshot that say the same again and again."""
        seen = {}
        for name, found in stale.items():
            before, after, looks = self._stale.get(name, (found.before, found.after, 0))
            same = (before, after) == (found.before, found.after)
            seen[name] = (found.before, found.after, looks + 1 if same else 1)
            if seen[name][2] >= STALE_LOOKS:
                yield found
        self._stale = seen


def _name(found: Difference) -> Hashable:
    return (found.kind, tuple(found.key.items()), found.field)


def _is_older(key: Hashable, read: Stamps, known: Stamps) -> bool:
    return key in read and read[key] < known.get(key, 0)
