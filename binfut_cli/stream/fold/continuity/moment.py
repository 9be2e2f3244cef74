"""A moment of the exchange as the stream told it: what of it does not add up. Pure."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from binfut_cli.stream.fold.reported_orders import Key

Leg = tuple[str, str]
"""A position: its symbol and side."""
ORDER = "order"
"""What an order's key begins with, before its symbol and id; an asset's key is its name."""
Told = tuple[int, Decimal]
"""A time (ms) and a change of a row that was told as of then."""
ROUNDING = Decimal("1e-8")
"""What profit and fee of one fill may be off by in a wallet: both are told in eight decimals."""


@dataclass(slots=True)
class Moment:
    """The events of one transaction time (ms), in whatever order they come.

    `off` is by how much each row is off so far: its change, less what the other events say of it.
    `since` is the earliest time at which what lacks there can have happened. `moved` has how far
    positions moved, `fills` what each fill moved them by, `told` the changes of each row that its
    updates told, with their times: of this moment, and of its update before. `heard` has the rows
    of which an update of this moment told, changed or not.
    """

    time_ms: int
    came_ms: int  # the first of them, as the watch received it
    off: dict[Hashable, Decimal] = field(default_factory=dict)
    since: dict[Hashable, int] = field(default_factory=dict)
    moved: dict[Leg, Decimal] = field(default_factory=dict)
    fills: dict[Key, tuple[Leg, Decimal]] = field(default_factory=dict)
    told: dict[Hashable, list[Told]] = field(default_factory=dict)
    heard: set[Hashable] = field(default_factory=set)

    def add(self, key: Hashable, amount: Decimal, since_ms: int) -> None:
        """Add to what a row is off by."""
        self.off[key] = self.off.get(key, Decimal()) + amount
        self.since.setdefault(key, min(since_ms, self.time_ms))

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Say nothing of some rows."""
        for key in keys:
            self.off.pop(key, None)

    @property
    def is_even(self) -> bool:
        """Whether everything adds up."""
        return not self.rest(self.off)

    def rest(self, off: dict[Hashable, Decimal]) -> dict[Hashable, Decimal]:
        """What is more than rounding; positions and orders are exact."""
        unsure = ROUNDING * len(self.fills)
        return {
            key: amount
            for key, amount in off.items()
            if amount and not (isinstance(key, str) and abs(amount) <= unsure)
        }

    def may_echo(self, other: "Moment") -> bool:
        """Whether a fill's update may be missing here, so that a later one is off by that."""
        legs = {place for place, _ in self.fills.values()} & self.rest(self.off).keys()
        return any(other.may_hear(leg, self.time_ms) for leg in legs & other.rest(other.off).keys())

    def may_hear(self, key: Hashable, at_ms: int) -> bool:
        """Whether a row is off by what an earlier moment lacks: not if a chain began between.

        Nor if no update told of it here: it is off by its fills alone, and its own is missing, too.
        """
        return key in self.heard and self.since[key] <= at_ms < self.time_ms

    def symbols(self) -> list[str]:
        """The symbols of the positions and orders that are off."""
        return [key[-2] for key in self.rest(self.off) if isinstance(key, tuple)]
