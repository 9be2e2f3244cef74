"""`binfut summary`: read, add up, show."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import typer

from binfut_cli.codec import Unreadable
from binfut_cli.commands.account.fail_if import are_named
from binfut_cli.commands.account.formats import Shape, writer
from binfut_cli.commands.options.options import Format
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.playing import Choice, until_over
from binfut_cli.endpoints import Env, Scope
from binfut_cli.errors import ExitStatus, OutputError, UsageError
from binfut_cli.recording.files import is_read_once
from binfut_cli.recording.moments.index import Beginning, Index
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.reader import Recording
from binfut_cli.recording.summary.declared import KINDS
from binfut_cli.recording.summary.summary import AccountSummary, Summary
from binfut_cli.render import choice as shape_of
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.result.resource import checked
from binfut_cli.resources.result.result import Result

PAGE = b"<!doctype html>"
"""How a page begins."""


@dataclass(frozen=True, slots=True)
class Question:
    """How the sums are to be written, which of them are an alert, and where a page goes."""

    output: Format
    fields: str | None
    fail_if: tuple[str, ...]
    html: Path | None


def add_up(context: Context, files: Sequence[str], chosen: Choice, question: Question) -> None:
    """Add the chosen records up and print the sums; a page is written beside, if wanted."""
    if question.html is not None:
        _refuse_to_replace(question.html)
    conditions = [condition(text, KINDS) for text in question.fail_if]
    fields = checked(question.fields, KINDS)
    complaints = Complaints(context)
    found = [each for each in _summary(files, chosen, complaints) if each.coverage.from_ms]
    answers = [each.result() for each in found]
    if question.html is not None and found:
        _write_page(context, question.html, found, answers)
    _write(context, Shape(question.output, True, fields, KINDS), found, answers)
    if are_named(context, conditions, answers):
        raise typer.Exit(ExitStatus.FAIL_IF)
    complaints.leave()
    if not found:
        raise UsageError(
            "No account was read in this recording.",
            hint="binfut replay FILE shows what is in it.",
        )


def _refuse_to_replace(path: Path) -> None:
    """Raise UsageError for a file that is no page: it may be the only copy of a recording."""
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            begins = file.read(len(PAGE))
    except OSError:
        return  # whoever writes it will say why not
    if begins and begins.lower() != PAGE:
        raise UsageError(
            f"--html {os.fspath(path)!r} is a file that is no page, and it would be replaced.",
            hint="Name a new file; recordings stand without an option: summary FILE… --html PAGE.",
        )


def _summary(files: Sequence[str], chosen: Choice, complaints: Complaints) -> list[AccountSummary]:
    summary, begin = Summary(), Beginning()
    if chosen.from_ms is not None:
        if any(map(is_read_once, files)):
            raise UsageError(
                "summary --from reads a recording twice, and a pipe can be read once.",
                hint="Give the recording as a file.",
            )
        summary.begin(at(files, chosen.from_ms - 1))
        begin = Index().before(files, chosen.from_ms)
    recording = Recording(files[begin.file :], offset=begin.offset)
    batches = until_over(recording.batches(), chosen, set())
    for line in chosen.of(chain.from_iterable(batches)):
        try:
            summary.take(line.record, line.data)
        except Unreadable as exc:
            recording.findings.add(line.file, line.number, str(exc))
    complaints.tell(recording.findings)
    return [each for lane, each in summary.accounts.items() if chosen.wants_lane(lane)]


def _write(
    context: Context, shape: Shape, found: Sequence[AccountSummary], answers: Sequence[Result]
) -> None:
    if shape.output is Format.CSV:
        context.out.write(writer(context, shape, Scope(Env.PROD, None))(answers))
        return
    for place, (account, answer) in enumerate(zip(found, answers, strict=True)):
        scope = account.lane.scope or Scope(Env.PROD, None)
        if context.as_json:
            context.out.write(writer(context, shape, scope)([answer]))
        else:
            text = _text(context, shape, account, answer, scope)
            context.out.write(("\n" * (place > 0) + text).encode())


def _text(
    context: Context, shape: Shape, account: AccountSummary, answer: Result, scope: Scope
) -> str:
    from binfut_cli.render.recording.summary import told

    out, wide = context.out, shape.output is Format.WIDE
    choice = shape_of.Choice(shape.fields, shape.whole, wide, out.width, out.palette)
    return told(account, answer, scope, choice)


def _write_page(
    context: Context, path: Path, found: Sequence[AccountSummary], answers: Sequence[Result]
) -> None:
    """Write the page; one that is there already is replaced."""
    from binfut_cli.render.recording.page import page

    text = page(found, answers)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise OutputError(
            f"{path} cannot be written: {exc.strerror}.", hint="Name another --html FILE."
        ) from exc
    context.say(f"binfut: the page is in {path}.")
