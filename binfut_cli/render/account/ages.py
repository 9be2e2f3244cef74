"""Figures of a live table that are old: dimmed, and their age told below."""

from collections.abc import Sequence

from msgspec.structs import replace

from binfut_cli.codec import Row
from binfut_cli.render.account.tables import Cell, Column
from binfut_cli.render.palette import Role
from binfut_cli.resources.result.column import Column as Declared
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

OLD_MS = 15_000
"""A figure that is older is shown as old."""


def dimmed(
    answer: Result, resource: Resource, columns: Sequence[Column[Row]], named: Sequence[Declared]
) -> tuple[Column[Row], ...]:
    """The columns with every figure dim that is old; an answer asked once has none."""
    if answer.ages is None:
        return tuple(columns)
    return tuple(
        _dimmed(answer, resource, column, _field(declared))
        for column, declared in zip(columns, named, strict=True)
    )


def _dimmed(answer: Result, resource: Resource, column: Column[Row], name: str) -> Column[Row]:
    def cell(row: Row) -> Cell:
        found = column.cell(row)
        is_old = _age_ms(answer, resource, row, name) > OLD_MS
        return Cell(found.text, Role.FAINT) if is_old else found

    return replace(column, cell=cell)


def told(answer: Result, resource: Resource, rows: Sequence[Row], named: Sequence[Declared]) -> str:
    """Which columns have old figures, and how old the oldest is; "" if none has."""
    ages = {
        declared.title: max(
            (_age_ms(answer, resource, row, _field(declared)) for row in rows), default=0
        )
        for declared in named
    }
    old = {title: age_ms for title, age_ms in ages.items() if age_ms > OLD_MS}
    if not old:
        return ""
    names = "all" if len(old) == len(ages) else ", ".join(old)
    return f"up to {max(old.values()) // 1000} s old: {names}"


def _age_ms(answer: Result, resource: Resource, row: Row, name: str) -> int:
    return 0 if answer.ages is None else answer.ages(resource.kind, row, name)


def _field(column: Declared) -> str:
    """The field that a column is as old as; one that is made of several is of the amount."""
    return column.value if isinstance(column.value, str) else ""
