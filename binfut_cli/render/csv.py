"""CSV: one header, one line a row, every digit as the exchange sent it (RFC 4180).

Lists have a column for each field. `account status` has rows of several kinds, so it comes in long
form: market, kind, key, field, value.

A spreadsheet computes what looks like a formula, and a symbol or an order's id is chosen by others:
such a text has its first character as `\\u{…}`, as any character that could do harm. A number, with
its sign, is left alone.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from binfut_cli.codec import decimal, dumps
from binfut_cli.render.choice import Choice
from binfut_cli.render.escape import escaped, plain
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource, fields
from binfut_cli.resources.result.result import Result

LONG = ("market", "kind", "key", "field", "value")

# What begins a formula, narrow or wide; behind a semicolon, too, which ends a cell where the comma
# is the decimal sign. Tab and line breaks are escaped in any case.
_FORMULA = re.compile("(^|;)( *)([=+@\uff1d\uff0b\uff0d\uff20-])")


def sheet(answers: Sequence[Result], resources: tuple[Resource, ...], choice: Choice) -> bytes:
    """All markets' rows as one sheet; the header is there even without a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if len(resources) > 1:
        writer.writerow(LONG)
        writer.writerows(line for answer in answers for line in _long(answer, choice))
    else:
        names = choice.fields or fields(resources[0])
        writer.writerow(("market", *names))
        writer.writerows(line for answer in answers for line in _lines(answer, names, choice))
    return out.getvalue().encode("utf-8", "backslashreplace")


def live_sheet(
    answers: Sequence[Result], resource: Resource, choice: Choice, *, header: bool
) -> bytes:
    """The rows of one moment of a table that is kept live, with its time (ms) in front.

    The header comes once.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = choice.fields or fields(resource)
    if header:
        writer.writerow(("time", "market", *names))
    for answer in answers:
        writer.writerows([answer.time_ms, *line] for line in _lines(answer, names, choice))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _lines(answer: Result, names: Sequence[str], choice: Choice) -> Iterator[list[str]]:
    (resource,) = answer.resources
    for row in resource.visible(answer.rows(resource.kind), choice.whole):
        yield [answer.market, *(_cell(value(row, name)) for name in names)]


def _long(answer: Result, choice: Choice) -> Iterator[list[str]]:
    for each in answer.resources:
        known = fields(each)
        names = [name for name in choice.fields or known if name in known]
        for row in each.visible(answer.rows(each.kind), choice.whole):
            key = _text(" ".join(each.key(row)))
            for name in names:
                if (found := value(row, name)) is not None:
                    yield [answer.market, each.kind, key, name, _cell(found)]


def _cell(found: Any) -> str:
    if found is None:
        return ""
    return _text(found if isinstance(found, str) else dumps(found).decode())


def _text(found: str) -> str:
    """A text that nothing computes; a number as it is."""
    return found if decimal(found) is not None else _FORMULA.sub(_inert, plain(found))


def _inert(start: re.Match[str]) -> str:
    return f"{start[1]}{start[2]}{escaped(start[3])}"
