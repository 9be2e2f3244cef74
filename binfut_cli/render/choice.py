"""What of an answer is shown, and what is said of where it comes from."""

import msgspec

from binfut_cli.api.envelope import RateLimit
from binfut_cli.endpoints import Market
from binfut_cli.render.palette import PLAIN, Palette
from binfut_cli.resources.result.resource import Resource, fields

Seen = dict[tuple[Market, str], dict[str, int]]
"""How wide columns were so far, by their titles, of the tables of each market's kinds of rows."""


class Choice(msgspec.Struct, frozen=True):
    """Which fields (None for all), zero rows too or not, and how wide a table may be.

    `width` is in columns, None without end; `wide` shows every column and every digit. `seen` is
    one and the same for tables that take each other's place.
    """

    fields: tuple[str, ...] | None = None
    whole: bool = False
    wide: bool = False
    width: int | None = None
    palette: Palette = PLAIN
    chart: bool = False
    seen: Seen = msgspec.field(default_factory=dict)

    def names(self, resource: Resource) -> tuple[str, ...] | None:
        """The chosen fields that rows of a kind can have, in the user's order; None for all."""
        if self.fields is None:
            return None
        known = fields(resource)
        return tuple(name for name in self.fields if name in known)

    def wants(self, resource: Resource) -> bool:
        """Whether anything of a kind of rows is chosen."""
        return self.names(resource) != ()


def used(weight: RateLimit) -> str:
    """How much request weight was used; over REST the limit is not told."""
    limit = f" of {weight.limit:,}" if weight.limit else ""
    return f"weight {weight.count:,}{limit} this minute"
