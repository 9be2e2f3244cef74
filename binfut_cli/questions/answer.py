"""An answer: the exchange's document, the figures derived from it, and where it came from."""

from dataclasses import dataclass
from typing import Self

from binfut_cli.account import Account
from binfut_cli.errors import BinfutError
from binfut_cli.markets import Market
from binfut_cli.protocol import RateLimit
from binfut_cli.wire import Row


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one market to one question.

    `document` is what JSON prints, without its envelope. `kinds` are the lists in it that tables,
    CSV, `--fields` and `--fail-if` are about; the kind "totals" is the document's own fields.
    `ended_by` is what kept the answer from being whole, where it has to be told after it.
    """

    type: str
    market: Market
    time_ms: int
    document: Row
    kinds: tuple[str, ...]
    weight: RateLimit | None = None
    ended_by: BinfutError | None = None

    @classmethod
    def of(cls, account: Account, type_: str, document: Row, *kinds: str) -> Self:
        """An answer that an account has just given."""
        return cls(type_, account.market, account.now_ms(), document, kinds, account.weight)

    def rows(self, kind: str) -> list[Row]:
        """The rows of a kind."""
        if kind == "totals":
            return [self.document]
        found: list[Row] = self.document[kind]
        return found
