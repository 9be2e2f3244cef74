"""`binfut replay --at`: the accounts at a moment, as the questions of `account` would answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import typer

from binfut_cli.codec import Row
from binfut_cli.commands.account.fail_if import are_named, warn
from binfut_cli.commands.account.formats import Shape, writer
from binfut_cli.commands.options.options import Format
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.playing import Choice
from binfut_cli.endpoints import Env, Scope
from binfut_cli.errors import ExitStatus, UsageError
from binfut_cli.recording.moments.moment import AccountAt, at
from binfut_cli.render.recording.proof import told
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.result.resource import Resource, checked, declared
from binfut_cli.resources.result.result import Result

FILES = {
    "status": ("status", "positions"),
    "balances": ("balances",),
    "positions": ("positions",),
}
"""Where the rows of each question are declared."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a moment, and how the answer is to be written."""

    name: str
    output: Format
    fields: str | None
    whole: bool
    fail_if: tuple[str, ...]


def show_moment(
    context: Context, files: Sequence[str], time_ms: int, chosen: Choice, question: Question
) -> None:
    """Print the accounts as they were, and what was proven of them."""
    resources = declared(*FILES[question.name])
    conditions = [condition(text, resources) for text in question.fail_if]
    fields = checked(question.fields, resources)
    warn(context, conditions)
    moment, complaints = at(files, time_ms), Complaints(context)
    complaints.tell(moment.findings)
    accounts = [each for each in moment.accounts if chosen.wants_lane(each.lane)]
    answers = [
        (each, answer)
        for each in accounts
        if (answer := result(each, time_ms, question.name, resources)) is not None
    ]
    _write(context, Shape(question.output, question.whole, fields, resources), answers)
    _tell_unread(context, accounts)
    if are_named(context, conditions, [answer for _, answer in answers]):
        raise typer.Exit(ExitStatus.FAIL_IF)
    complaints.leave()
    if not answers:
        raise UsageError(
            "No account had been read by then.",
            hint="Choose a later --at; binfut replay FILE shows when the recording begins.",
        )


def result(
    found: AccountAt, time_ms: int, name: str, resources: tuple[Resource, ...]
) -> Result | None:
    """An account at a moment as the answer to a question; None if it had not been read by then."""
    if found.document is None:
        return None
    document = {key: each for key, each in found.document.items() if key != "symbols"}
    if name != "status":
        (resource,) = resources
        rows: Callable[[Row], Row] = partial(resource.from_stream, found.lane.market)
        document = {resource.kind: list(map(rows, document[resource.streamed]))}
    answer = "accountStatus" if name == "status" else resources[0].answer
    kinds = tuple(each for each in resources if each.kind == "totals" or each.kind in document)
    return Result(answer, found.lane.market, time_ms, document, kinds)


def _write(context: Context, shape: Shape, answers: Sequence[tuple[AccountAt, Result]]) -> None:
    """Write the answers, each with what was proven of it; in CSV that is said beside them."""
    if shape.output is Format.CSV:
        if len({found.lane.scope for found, _ in answers}) > 1:
            raise UsageError(
                "CSV does not tell whose a row is, and the recording has several accounts.",
                hint="Choose one with --profile, or use --json.",
            )
        write = writer(context, shape, Scope(Env.PROD, None))
        context.out.write(write([answer for _, answer in answers]))
    for place, (found, answer) in enumerate(answers):
        _write_one(context, shape, found, answer, is_first=place == 0)


def _write_one(
    context: Context, shape: Shape, found: AccountAt, answer: Result, *, is_first: bool
) -> None:
    if shape.output in (Format.CSV, Format.NDJSON):
        context.show(told(found.proof, context.err.palette).rstrip())
    if shape.output is Format.CSV:
        return
    if context.as_json:
        answer.document["proof"] = found.proof
    scope = found.lane.scope or Scope(Env.PROD, None)
    text = writer(context, shape, scope)([answer])
    if not context.as_json:
        said = told(found.proof, context.out.palette).encode()
        text = b"\n" * (not is_first) + text + b"\n" + said
    context.out.write(text)


def _tell_unread(context: Context, accounts: Sequence[AccountAt]) -> None:
    """Say of which accounts there is no answer."""
    for each in accounts:
        if each.document is None:
            context.say(f"binfut: {each.lane.market}: the account had not been read by then.")
