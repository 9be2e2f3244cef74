"""The one declaration of each kind of rows, in the file of `resources` that asks for them.

Tables, CSV, JSON, its schema, `--fields`, `--fail-if`, `-w` and the completions all go by it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path

import msgspec

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError, did_you_mean
from binfut_cli.resources.result.column import Column

FILES = Path(__file__).parent.parent
_IF_MISSING = {"positionSide": "BOTH"}  # in one-way mode


def as_it_is(market: Market, row: Row) -> Row:
    """A row of the stream that has the names of the answer's."""
    return row


class Resource(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A kind of rows of an answer, and all that is to be known of it.

    `kind` is the name of their list in a document, `record` what one is called as a record of its
    own, `answer` the type of the document; `identity` names the fields that a row is known by.
    """

    kind: str
    record: str
    answer: str
    title: str
    model: type[msgspec.Struct]
    columns: tuple[Column, ...]
    identity: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    """What binfut computes of such a row, behind the exchange's fields."""
    ratios: Mapping[str, Decimal | int] = msgspec.field(default_factory=dict)
    """Fields that are ratios, and the size up to which a bound is likely meant as it is written."""
    amounts: tuple[str, ...] = ()
    """Rows in which all of these are zero are hidden, and none if there are no such fields.

    One that cannot be read is not zero, nor is the first if it is not told.
    """
    renamed: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What a record of its own calls fields that are named as the envelope's are."""
    streamed: str = ""
    """The list of a watch's snapshot that has the same rows, for `-w`; "" if none has."""
    from_stream: Callable[[Market, Row], Row] = as_it_is
    """A row of the stream under the answer's names."""

    def key(self, row: Row) -> tuple[str, ...]:
        """What a row is known by."""
        return tuple(str(row.get(name, _IF_MISSING.get(name, ""))) for name in self.identity)

    def is_live(self, row: Row) -> bool:
        """Whether a row is anything but zeros."""
        told = [name for name in self.amounts if name in row]
        whole = not self.amounts or self.amounts[0] not in row
        return whole or any(decimal(row[name]) != 0 for name in told)

    def visible(self, rows: list[Row], whole: bool) -> list[Row]:
        """The rows to show: all of them if `whole`, else those that hold something."""
        return rows if whole or not self.amounts else [row for row in rows if self.is_live(row)]

    def columns_for(self, market: Market, rows: Sequence[Row]) -> tuple[Column, ...]:
        """The columns of a market's table of these rows."""
        return tuple(
            column
            for column in self.columns
            if column.market in (None, market)
            and (column.where is None or any(map(column.where, rows)))
        )


@cache
def fields(resource: Resource) -> tuple[str, ...]:
    """The names that a row of this kind can have: the exchange's, then what binfut computes."""
    own = tuple(
        each.encode_name
        for each in msgspec.structs.fields(resource.model)
        if getattr(each.type, "__origin__", None) is not tuple
    )
    return own + tuple(name for name in resource.derived if name not in own)


def checked(names: str | None, resources: Iterable[Resource]) -> tuple[str, ...] | None:
    """The fields that `--fields` names, in its order; raise UsageError for one that no row has."""
    if names is None:
        return None
    valid = tuple(dict.fromkeys(name for each in resources for name in fields(each)))
    chosen = tuple(name.strip() for name in names.split(","))
    for name in chosen:
        if name not in valid:
            raise UsageError(
                f"There is no field {name!r}.{did_you_mean(name, valid)}"
                if name
                else "--fields names no field.",
                hint=f"Fields: {', '.join(valid)}.",
            )
    return chosen


def declared(*files: str) -> tuple[Resource, ...]:
    """What files of `resources` declare, by their names; no other is loaded."""
    found = (import_module(f"binfut_cli.resources.{name}") for name in files)
    return tuple(each for module in found for each in getattr(module, "RESOURCES", ()))


def every() -> tuple[Resource, ...]:
    """All that is declared, whichever file does."""
    return declared(*sorted(path.stem for path in FILES.glob("[a-z]*.py")))
