"""Ask, show, and fail if told to: what every question command does."""

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from binfut_cli.api.client import AccountClient
from binfut_cli.api.transport.threads import in_parallel
from binfut_cli.commands.account.formats import Shape, draw, writer
from binfut_cli.commands.open_accounts import Reached, Target, opened
from binfut_cli.commands.options.options import Format, LiveOptions, SharedOptions, overrides
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.process.signals import Terminated
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError, ExitStatus, UsageError
from binfut_cli.render.choice import used
from binfut_cli.resources.history.lacking import Lacking
from binfut_cli.resources.result.resource import Resource, checked
from binfut_cli.resources.result.result import Result

if TYPE_CHECKING:
    from binfut_cli.resources.conditions.expression import Condition

NAMED = 8  # odd fields, or parts that are lacking

Question = Callable[[AccountClient], Result]


def answer(
    context: Context,
    asked: SharedOptions,
    markets: tuple[Market, ...],
    question: Question,
    resources: tuple[Resource, ...],
) -> None:
    """Put a question to each market, print the answers, and leave with what they deserve."""
    conditions = _conditions(context, asked.fail_if or [], resources)
    fields = checked(asked.fields, resources)
    took: dict[Market, float] = {}
    picture = _picture(context, asked)
    with opened(_target(asked, markets), context) as found:
        shape = Shape(asked.output, asked.whole, fields, resources)
        write = cache(partial(writer, context, shape, found.scope))
        try:
            answers = gather(found.lanes, _timed(question, took), write)
        except (KeyboardInterrupt, Terminated):
            if so_far := context.so_far():
                context.out.write(write()(so_far))
            raise
    good = [each for each in answers if isinstance(each, Result)]
    if good:
        context.out.write(write()(good))
        if picture is not None:
            draw(context, picture, shape, found.scope, good)
    if context.debug:
        _tell(context, resources, found.lanes, took)
    for each in good:
        _note(context, each)
    refusals = _failures(context, answers)
    if _do_hold(context, conditions, good):
        for refusal in refusals:
            context.report(refusal)
        raise typer.Exit(ExitStatus.FAIL_IF)
    _fail_for(context, refusals)
    if any(each.read.lacking for each in good):
        raise typer.Exit(ExitStatus.IN_PART)


def _conditions(
    context: Context, texts: Sequence[str], resources: tuple[Resource, ...]
) -> list["Condition"]:
    """Read what `--fail-if` says, and warn of it; its code is loaded only where it is given."""
    if not texts:
        return []
    from binfut_cli.commands.account.fail_if import warn
    from binfut_cli.resources.conditions.reader import condition

    found = [condition(text, resources) for text in texts]
    warn(context, found)
    return found


def _picture(context: Context, asked: SharedOptions) -> Path | None:
    """Where a picture of the answers is to go, if anywhere."""
    if asked.export is None:
        return None
    from binfut_cli.commands.process.pictures import checked

    return checked(asked.export, for_programs=context.as_json or asked.output is Format.CSV)


def _do_hold(
    context: Context, conditions: Sequence["Condition"], answers: Sequence[Result]
) -> bool:
    """Name the rows that a condition holds for; tell whether there is one."""
    if not conditions:
        return False
    from binfut_cli.commands.account.fail_if import are_named

    return are_named(context, conditions, answers)


def keep_live(context: Context, asked: SharedOptions, live: LiveOptions, shown: Resource) -> None:
    """Show the table of a kind of rows, and keep it live from the stream."""
    from binfut_cli.commands.account.live_table import run
    from binfut_cli.commands.options.option_types import duration
    from binfut_cli.stream.engine import LOOK_EVERY_S

    if asked.export is not None:
        raise UsageError(
            "--export is of one answer, and --watch has no end.", hint="Leave one of them out."
        )
    if asked.fail_if:
        raise UsageError(
            "--fail-if is for one answer, and --watch has no end.",
            hint="Leave one of them out, or have binfut watch --until wait for it.",
        )
    fields = checked(asked.fields, (shown,))
    every_s = duration(live.every) or LOOK_EVERY_S
    target = _target(asked, asked.market.each(), live.stream_url, story=True)
    with opened(target, context) as found:
        run(context, found, Shape(asked.output, asked.whole, fields, (shown,)), every_s)


def _target(
    asked: SharedOptions,
    markets: tuple[Market, ...],
    stream_url: str | None = None,
    *,
    story: bool = False,
) -> Target:
    addresses = asked.rest_url, asked.ws_api_url, stream_url, asked.sandbox
    given = overrides(asked.market, *addresses)
    return Target(asked.env, markets, asked.profile, given, asked.timeout, story)


def _timed(question: Question, took: dict[Market, float]) -> Question:
    """The question, noting how many seconds each market takes to answer or refuse."""

    def asked(account: AccountClient) -> Result:
        started = time.monotonic()
        try:
            return question(account)
        finally:
            took[account.market] = time.monotonic() - started

    return asked


def _tell(
    context: Context,
    resources: tuple[Resource, ...],
    lanes: Sequence[Reached],
    took: dict[Market, float],
) -> None:
    """Tell on standard error, a line a market, what was asked, how long it took, what it cost."""
    kinds = ", ".join(each.kind for each in resources)
    for account, _ in lanes:
        weight = "weight not told" if account.weight is None else used(account.weight)
        spent = f"{took[account.market] * 1000:.0f} ms"
        context.err.line(f"binfut: {account.market} {kinds}: {spent}, {weight}")


def _note(context: Context, found: Result) -> None:
    """Say on standard error what is lacking in an answer, and what in it is odd."""
    for error in dict.fromkeys(lack.error for lack in found.read.lacking):
        lacking = [lack.what for lack in found.read.lacking if lack.error is error]
        if not context.as_json:
            context.say(f"binfut: {found.market} is answered in part, without {_named(lacking)}.")
        context.report(error)
    if odd := found.read.odd:
        say = f"binfut: {found.market}: not as documented, and shown as sent: {_named(odd)}"
        context.say(say)


def _named(names: Sequence[str]) -> str:
    """Names, as many as one reads."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _failures(context: Context, answers: Sequence[Result | BinfutError]) -> list[BinfutError]:
    """What went wrong, answers that ended early included; of a market that lacks it, a note."""
    found = [each.ended_by if isinstance(each, Result) else each for each in answers]
    lacking = [each for each in found if isinstance(each, Lacking)]
    if len(lacking) == len(found):
        return [*lacking]
    for each in lacking:
        context.say(f"binfut: left out: {each.message}")
    return [each for each in found if each is not None and each not in lacking]


def _fail_for(context: Context, refusals: list[BinfutError]) -> None:
    """Report every market's refusal; the last one decides the exit status."""
    for refusal in refusals[:-1]:
        context.report(refusal)
    if refusals:
        raise refusals[-1]


T = TypeVar("T")


def gather(
    lanes: Sequence[Reached],
    question: Callable[[AccountClient], T],
    meanwhile: Callable[[], object],
) -> list[T | BinfutError]:
    """Put a question to every account; answers or refusals in the lanes' order.

    A refusal of one market leaves the other's answer standing.
    """
    return in_parallel([partial(_asked, account, question) for account, _ in lanes], meanwhile)


def _asked(account: AccountClient, question: Callable[[AccountClient], T]) -> T | BinfutError:
    try:
        with account:
            return question(account)
    except BinfutError as exc:
        return exc
