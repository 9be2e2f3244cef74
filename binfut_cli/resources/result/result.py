"""An answer: the exchange's document, the figures derived from it, and where it came from."""

from collections.abc import Callable
from typing import Self

import msgspec

from binfut_cli.api.client import AccountClient
from binfut_cli.api.envelope import RateLimit
from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError
from binfut_cli.resources.result.lenient import WHOLE, Read
from binfut_cli.resources.result.resource import Resource

Ages = Callable[[str, Row, str], int]
"""How old, in ms, a field of a row of a kind is."""


class Result(msgspec.Struct, frozen=True):
    """The answer of one market to one question.

    `document` is what JSON prints, without its envelope; if a part did not come, it says which
    under `incomplete`. `resources` are the lists in it that tables, CSV, `--fields` and `--fail-if`
    are about; "totals" is the document's own fields. `ended_by` is what kept the answer from being
    whole, where it has to be told after it. Of an answer that is kept live, `standing` says in a
    few words how, and `ages` how old each figure is.
    """

    type: str
    market: Market
    time_ms: int
    document: Row
    resources: tuple[Resource, ...]
    weight: RateLimit | None = None
    read: Read = WHOLE
    ended_by: BinfutError | None = None
    standing: str = ""
    ages: Ages | None = None

    @classmethod
    def of(
        cls,
        account: AccountClient,
        type_: str,
        document: Row,
        *resources: Resource,
        read: Read = WHOLE,
    ) -> Self:
        """An answer that an account has just given."""
        if read.lacking:
            document = {**document, "incomplete": [lack.what for lack in read.lacking]}
        now_ms, weight = account.now_ms(), account.weight
        return cls(type_, account.market, now_ms, document, resources, weight, read)

    def rows(self, kind: str) -> list[Row]:
        """The rows of a kind; none if the part that has them did not come."""
        if kind == "totals":
            return [self.document]
        found: list[Row] = self.document.get(kind, [])
        return found
