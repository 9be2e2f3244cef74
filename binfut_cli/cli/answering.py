"""Ask, show, and fail if told to: what every question command does."""

from collections.abc import Callable, Sequence

import typer

from binfut_cli.cli.asking import gather
from binfut_cli.cli.conditions import Condition, condition, matches
from binfut_cli.cli.context import Context
from binfut_cli.cli.opening import Target, opened
from binfut_cli.cli.options import Format, overrides
from binfut_cli.cli.questioning import Shared
from binfut_cli.errors import BinfutError, ExitStatus
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.catalogue import checked
from binfut_cli.render.choice import Choice, Scope
from binfut_cli.render.escape import plain

Question = Callable[..., Answer]
Write = Callable[[Sequence[Answer]], bytes]


def answer(context: Context, asked: Shared, question: Question, kinds: tuple[str, ...]) -> None:
    """Put a question to each market, print the answers, and leave with what they deserve."""
    conditions = [condition(text, kinds) for text in asked.fail_if or ()]
    fields = checked(asked.fields, kinds)
    given = overrides(asked.market, asked.rest_url, asked.ws_api_url)
    target = Target(asked.env, asked.market.each(), asked.profile, given, asked.timeout)
    with opened(target) as found:
        writers: list[Write] = []
        answers = gather(
            found.lanes,
            question,
            lambda: writers.append(_writer(context, asked, found.scope, fields, kinds)),
        )
    good = [each for each in answers if isinstance(each, Answer)]
    if good or asked.output is Format.CSV:
        context.out.write(writers[0](good))
    _fail_for(context, [each for each in answers if isinstance(each, BinfutError)])
    _fail_if(context, conditions, good)


def keep_live(context: Context, asked: Shared, kind: str) -> None:
    """Show the table of a kind of rows, and keep it live from the stream."""
    from binfut_cli.cli.live import run

    fields = checked(asked.fields, (kind,))
    given = overrides(asked.market, asked.rest_url, asked.ws_api_url)
    target = Target(asked.env, asked.market.each(), asked.profile, given, asked.timeout, story=True)
    with opened(target) as found:
        write = _writer(context, asked, found.scope, fields, (kind,))
        run(context, found, kind, write, asked.timeout)


def _fail_for(context: Context, refusals: list[BinfutError]) -> None:
    """Report every market's refusal; the last one decides the exit status."""
    for refusal in refusals[:-1]:
        context.report(refusal)
    if refusals:
        raise refusals[-1]


def _fail_if(context: Context, conditions: list[Condition], answers: list[Answer]) -> None:
    """Name every row that a condition holds for, on standard error, and exit 10."""
    failed = False
    for found in answers:
        rows = {kind: found.rows(kind) for kind in found.kinds}
        for each, kind, row in matches(conditions, rows):
            failed = True
            name = row.get("symbol") or row.get("asset") or "account"
            context.err.line(f"binfut: {each.text} holds for {found.market} {kind} {plain(name)}")
    if failed:
        raise typer.Exit(ExitStatus.FAIL_IF)


def _writer(
    context: Context,
    asked: Shared,
    scope: Scope,
    fields: tuple[str, ...] | None,
    kinds: tuple[str, ...],
) -> Write:
    """What writes answers in the chosen format; only that format's code is loaded."""
    out = context.out
    wide = asked.output is Format.WIDE
    choice = Choice(fields, asked.whole, wide, out.width, out.colour, context.chart)
    if asked.output is Format.CSV:
        from binfut_cli.render.sheet import sheet

        return lambda answers: sheet(answers, kinds, choice)
    if context.as_json:
        return _json_writer(context, asked.output, scope, choice)
    from binfut_cli.render.report import report

    return lambda answers: "\n".join(report(each, scope, choice) for each in answers).encode()


def _json_writer(context: Context, output: Format, scope: Scope, choice: Choice) -> Write:
    from binfut_cli.render import documents
    from binfut_cli.wire import dumps, indented

    if output is Format.NDJSON:
        return lambda answers: b"".join(
            dumps(row) + b"\n" for each in answers for row in documents.rows(each, scope, choice)
        )
    encode = indented if context.out.is_terminal else dumps
    return lambda answers: b"".join(
        encode(documents.answer(each, scope, choice)) + b"\n" for each in answers
    )
