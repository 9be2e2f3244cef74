"""What writes answers in the format that was chosen; only that format's code is loaded."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from binfut_cli.commands.options.options import Format
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Scope
from binfut_cli.render.choice import Choice, Seen
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

WIDTH = 100
"""Of a picture, in columns, where no terminal says how wide."""
Write = Callable[[Sequence[Result]], bytes]


class Shape(msgspec.Struct, frozen=True):
    """How answers are to be written: the format, zero rows or not, which fields, of which rows."""

    output: Format
    whole: bool
    fields: tuple[str, ...] | None
    resources: tuple[Resource, ...]


def writer(context: Context, shape: Shape, scope: Scope, seen: Seen | None = None) -> Write:
    """What writes the answers of an account as its markets' shape asks.

    `seen` is how wide the tables' columns were that these take the place of.
    """
    out, wide = context.out, shape.output is Format.WIDE
    width, colours, seen = out.columns(), out.palette, {} if seen is None else seen
    choice = Choice(shape.fields, shape.whole, wide, width, colours, context.chart, seen)
    if shape.output is Format.CSV:
        from binfut_cli.render.csv import sheet

        return lambda answers: sheet(answers, shape.resources, choice)
    if context.as_json:
        return _json_writer(context, shape.output, scope, choice)
    from binfut_cli.render.account.report import report

    return lambda answers: "\n".join(report(each, scope, choice) for each in answers).encode()


def draw(
    context: Context, path: Path, shape: Shape, scope: Scope, answers: Sequence[Result]
) -> None:
    """Write a picture of the answers: as wide as the terminal, and in colours even without one."""
    from binfut_cli.commands.process import pictures
    from binfut_cli.render.account.picture import of_text, picture
    from binfut_cli.render.account.report import report
    from binfut_cli.render.palette import background, palette

    behind = background(os.environ)
    width, colours = context.out.width or WIDTH, palette(context.look.palette, behind)
    wide = shape.output is Format.WIDE
    choice = Choice(shape.fields, shape.whole, wide, width, colours, context.chart)
    text = "\n".join(report(each, scope, choice) for each in answers)
    lines = of_text(context.redactor.clean(text.encode()).decode())
    pictures.write(context, path, picture(lines, behind, width))


def live_writer(context: Context, shape: Shape, scope: Scope, seen: Seen, *, first: bool) -> Write:
    """What writes one moment of a live table, by how wide the terminal is then.

    As a sheet, only the `first` has a header.
    """
    if shape.output is not Format.CSV:
        return writer(context, shape, scope, seen)
    from binfut_cli.render.csv import live_sheet

    choice, (shown,) = Choice(shape.fields, shape.whole), shape.resources
    return lambda answers: live_sheet(answers, shown, choice, header=first)


def _json_writer(context: Context, output: Format, scope: Scope, choice: Choice) -> Write:
    from binfut_cli.codec import dumps, indented
    from binfut_cli.render import documents

    if output is Format.NDJSON:
        return lambda answers: b"".join(
            dumps(row) + b"\n" for each in answers for row in documents.rows(each, scope, choice)
        )
    encode = indented if context.out.is_terminal else dumps
    return lambda answers: b"".join(
        encode(documents.answer(each, scope, choice)) + b"\n" for each in answers
    )
