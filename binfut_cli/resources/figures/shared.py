"""What hundreds of accounts have alike is kept once: texts, settings, names of fields. Pure.

Most amounts of most accounts are the same few ("0", "0.00000000"), and an account tells the
settings of every symbol, nearly all of them as any other account does. Rows of one kind have the
same fields: where Python keeps these once (PEP 412), a row takes a third of the memory.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from binfut_cli.codec import Row

DERIVED = "derived"
SETTINGS = 8_192
"""Rows of settings that are remembered: each symbol as a few kinds of accounts have it."""
SHAPES = 64
"""Sets of fields that are remembered, of rows of either kind on either market."""
TEXTS = 8_192
"""Texts that are remembered by a Python that would keep each for ever: the few that most have."""


def _forgets() -> bool:
    """Whether a text that Python keeps once is gone with the last who has it; never in 3.12."""
    return sys.getrefcount(sys.intern(2 * __name__)) < 100  # which nobody else has


def _once(*, forgets: bool) -> Callable[[str], str]:
    return sys.intern if forgets else lru_cache(TEXTS)(str)


once = _once(forgets=_forgets())
"""An equal text, kept once. An account tells others for weeks: they must not stay."""


def slim(row: Row) -> Row:
    """The same row, the names of its fields kept once for all rows that have the same."""
    found: Row = vars(_shape(*row)())
    for name, value in row.items():
        found[name] = value
    return found


@lru_cache(SHAPES)
def _shape(*_: str) -> type:
    """What has these for its attributes."""
    return type("Row", (), {})


def share_texts(found: Row) -> Row:
    """The same object, its texts kept once: of hundreds that are read, many wait to be folded.

    All but the settings of symbols, which are hundreds, and shared as rows.
    """
    for name, each in found.items():
        if type(each) is str:
            found[name] = once(each)
        elif type(each) is dict:
            share_texts(each)
        elif type(each) is list and name != "symbols":
            for row in each:
                if type(row) is dict:
                    share_texts(row)
    return found


def shared(document: Row) -> Row:
    """The same document, of the same values; what it is made of is not to be changed.

    What was derived is left out: whoever tells it again derives that anew.
    """
    return {name: _rows(name, each) if type(each) is list else _value(each)
            for name, each in document.items() if name != DERIVED}  # fmt: skip


def _rows(name: str, rows: list[Any]) -> list[Any]:
    if name == "symbols":
        return [_settings(*row.items(), *map(type, row.values())) if _is_plain(row) else row
                for row in rows]  # fmt: skip
    return [slim(_value(row)) if type(row) is dict else _value(row) for row in rows]


def _value(value: Any) -> Any:
    if type(value) is str:
        return once(value)
    if type(value) is dict:
        return {name: _value(each) for name, each in value.items() if name != DERIVED}
    return value


def _is_plain(row: Row) -> bool:
    """Whether it has what can be compared, and is the same if it is equal."""
    return all(type(each) in (str, int, bool) for each in row.values())


@lru_cache(SETTINGS)
def _settings(*row: Any) -> Row:
    """A row of such fields; behind them stand their types, because 1 equals True."""
    return {name: _value(each) for name, each in row[: len(row) // 2]}
