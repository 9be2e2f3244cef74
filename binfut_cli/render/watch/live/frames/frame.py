"""What a dashboard shows at one moment: every account, its figures, and what was told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane, Market
from binfut_cli.render.watch import standing
from binfut_cli.resources.figures.nearest import Nearest, highest_ratio, nearest_liquidation
from binfut_cli.resources.result.result import Result

OLD_MS = 15_000
"""Figures older than that are not to be taken for those of now."""


@dataclass(frozen=True)
class Account:
    """One account on one market.

    `answer` has its figures, None before they were ever read; `age` says how old they are if they
    are old, `ages` that of single rows, by what they are known by. `standing` is how the stream
    stands, in a word, and `why` is the sentence behind it. `orders` are those that are open, None
    if nobody knows.
    """

    lane: Lane
    answer: Result | None = None
    age: str = ""
    ages: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    standing: str = ""
    why: str = ""
    orders: Result | None = None

    @property
    def name(self) -> str:
        """Whose account it is; the environment's name for one that has none."""
        scope = self.lane.scope
        return "" if scope is None else scope.profile or scope.env.value

    @cached_property
    def ratio(self) -> Nearest | None:
        """The highest margin ratio of it."""
        return None if self.answer is None else highest_ratio(self.answer.document)

    @cached_property
    def nearest(self) -> Nearest | None:
        """The nearest liquidation."""
        return None if self.answer is None else nearest_liquidation(self.answer.document)

    def rows(self, kind: str) -> list[Row]:
        """The rows of a kind, as far as they are known."""
        return [] if self.answer is None else self.answer.rows(kind)


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything there is to show at `now_ms`.

    `told` are the lines that a watch would have written, each with whose it is, oldest first;
    `number` is the number of the last of them.
    """

    now_ms: int
    accounts: tuple[Account, ...]
    told: tuple[tuple[Lane | None, str], ...] = ()
    number: int = 0


def is_coinm(account: Account) -> bool:
    """Whether each asset of an account stands for itself."""
    return account.lane.market is Market.COINM


def age(since_ms: int | None, now_ms: int) -> str:
    """How old figures are, if they are old."""
    if since_ms is None or now_ms - since_ms < OLD_MS:
        return ""
    return f"{standing.age(now_ms - since_ms)} old"
