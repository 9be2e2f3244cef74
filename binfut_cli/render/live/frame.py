"""What a dashboard shows at one moment: every account, its figures, and what was told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Lane, Market
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.result import Result


@dataclass(frozen=True, slots=True)
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


def margin_ratio(account: Account) -> tuple[Decimal | None, str]:
    """The worst margin ratio of an account, and of which asset, if its assets stand alone.

    A pool without a balance has the worst of all: Infinity.
    """
    if account.answer is None:
        return None, ""
    whole = _ratio(account.answer.document)
    if whole is not None:
        return whole, ""
    found = [(ratio, row) for row in account.rows("assets") if (ratio := _ratio(row)) is not None]
    if not found:
        return None, ""
    ratio, row = max(found, key=lambda each: each[0])
    return ratio, str(row["asset"])


def nearest(account: Account) -> tuple[Decimal, Row] | None:
    """The position that is nearest to its liquidation, and how far it is from there."""
    found = [
        (distance, row)
        for row in account.rows("positions")
        if (distance := decimal(value(row, "liquidationDistance"))) is not None
    ]
    return min(found, key=lambda each: each[0], default=None)


def _ratio(row: Row) -> Decimal | None:
    found = value(row, "marginRatio")
    return Decimal("Infinity") if found == "Infinity" else decimal(found)


def is_coinm(account: Account) -> bool:
    """Whether each asset of an account stands for itself."""
    return account.lane.market is Market.COINM
