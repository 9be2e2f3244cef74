"""The two sides of `binfut diff`: read each, compare, show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import typer

from binfut_cli.api.client import system_ms
from binfut_cli.codec import LATEST_MS, Row
from binfut_cli.commands.account.fail_if import are_named
from binfut_cli.commands.account.formats import Shape, writer
from binfut_cli.commands.options.option_types import moment
from binfut_cli.commands.options.options import Format
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.playing import Choice, wording
from binfut_cli.endpoints import Env, Lane, Scope
from binfut_cli.errors import ExitStatus, UsageError
from binfut_cli.recording.moments.differences import DIFFERENCES, as_events, rows
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.proof import Proof
from binfut_cli.render.recording.proof import coverage
from binfut_cli.render.watch.lines import Lines
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.result.resource import checked
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.records import Record
from binfut_cli.stream.state import State

if TYPE_CHECKING:
    from binfut_cli.commands.open_accounts import OpenedAccounts

NOW = "now"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two moments: of a file, or of the account now, which has no file."""

    file: str | None
    time_ms: int

    @classmethod
    def of(cls, text: str) -> Self:
        """What the command line says of it."""
        if text == NOW:
            return cls(None, system_ms())
        file, sign, time = text.rpartition("@")
        return cls(file, moment(time, "TIME")) if sign else cls(text, LATEST_MS)


@dataclass(frozen=True, slots=True)
class Question:
    """How the differences are to be written, and which of them are an alert."""

    output: Format
    fields: str | None
    fail_if: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Known:
    """An account on one side: as a document, at its last record by then, and how surely."""

    document: Row
    time_ms: int
    proof: Proof | None


Accounts = Mapping[Lane, Known]


def compare(
    context: Context, before: Side, after: Side, chosen: Choice, question: Question
) -> None:
    """Show what differs; raise UsageError if there is nothing that could be compared."""
    conditions = [condition(text, (DIFFERENCES,)) for text in question.fail_if]
    fields = checked(question.fields, (DIFFERENCES,))
    complaints = Complaints(context)
    old, new = sides = _sides(context, (before, after), chosen, question, complaints)
    _tell_lone(context, old, new)
    lanes = [lane for lane in old if lane in new]
    if not lanes:
        complaints.leave()
        raise UsageError(
            "No account had been read at both moments.",
            hint="binfut replay FILE shows when a recording begins, and whose it is.",
        )
    answers = [_answer(lane, old[lane], new[lane]) for lane in lanes]
    _write(context, Shape(question.output, False, fields, (DIFFERENCES,)), lanes, answers, sides)
    if are_named(context, conditions, answers):
        raise typer.Exit(ExitStatus.FAIL_IF)
    complaints.leave()


def _sides(
    context: Context,
    sides: tuple[Side, Side],
    chosen: Choice,
    question: Question,
    complaints: Complaints,
) -> tuple[Accounts, Accounts]:
    """What is known of both sides; the second may be asked."""
    before, after = sides
    if before.file is None:
        raise UsageError(
            "The first moment is now.", hint="Name a recording first: FILE@TIME, then now."
        )
    old = _recorded(before.file, before, chosen, complaints)
    if after.file is None:
        return old, _now(context, old, question)
    return old, _recorded(after.file, after, chosen, complaints)


def _recorded(file: str, side: Side, chosen: Choice, complaints: Complaints) -> Accounts:
    found = at([file], side.time_ms)
    complaints.tell(found.findings)
    return {
        each.lane: Known(each.document, each.time_ms, each.proof)
        for each in found.accounts
        if each.document is not None and chosen.wants_lane(each.lane)
    }


def _now(context: Context, old: Accounts, question: Question) -> Accounts:
    """The same accounts, asked."""
    from binfut_cli.commands.open_accounts import Target, opened

    known: dict[Lane, Known] = {}
    for scope in dict.fromkeys(lane.scope for lane in old):
        env, profile = scope or Scope(Env.PROD, None)
        markets = tuple(lane.market for lane in old if lane.scope == scope)
        target = Target(env, markets, profile, timeout_s=question.timeout_s)
        with opened(target, context) as found:
            for answer in _asked(found):
                known[Lane(answer.market, scope)] = Known(answer.document, answer.time_ms, None)
    return known


def _asked(found: "OpenedAccounts") -> Iterator[Result]:
    from binfut_cli.resources.status import snapshot

    for account, _ in found.lanes:
        with account:
            yield snapshot(account)


def _answer(lane: Lane, old: Known, new: Known) -> Result:
    found = rows(State(old.document), State(new.document))
    document: Row = {
        "from": old.time_ms,
        "to": new.time_ms,
        "differences": found,
        "proofs": [old.proof, new.proof],
    }
    return Result(DIFFERENCES.answer, lane.market, new.time_ms, document, (DIFFERENCES,))


def _write(
    context: Context,
    shape: Shape,
    lanes: Sequence[Lane],
    answers: Sequence[Result],
    sides: tuple[Accounts, Accounts],
) -> None:
    if shape.output is Format.TABLE and not context.as_json and shape.fields is None:
        words = wording(lanes, context.out)
        for lane in lanes:
            _tell_proofs(context, lane, sides)
            text = "".join(f"{line}\n" for line in _lines(words, lane, sides))
            context.out.write(text.encode())
    elif shape.output is Format.CSV:
        context.out.write(writer(context, shape, Scope(Env.PROD, None))(answers))
    else:
        for lane, answer in zip(lanes, answers, strict=True):
            scope = lane.scope or Scope(Env.PROD, None)
            context.out.write(writer(context, shape, scope)([answer]))


def _lines(words: Lines, lane: Lane, sides: tuple[Accounts, Accounts]) -> Iterator[str]:
    """A lane's differences as a watch would have told them."""
    old, new = (side[lane] for side in sides)
    for event in as_events(State(old.document), State(new.document)):
        body = {"event": event.name, **event.body}
        told = Record("event", lane.market, new.time_ms, "stream", body, scope=lane.scope)
        yield from words.lines(told)


def _tell_proofs(context: Context, lane: Lane, sides: tuple[Accounts, Accounts]) -> None:
    """Say how surely both sides are known."""
    for side in sides:
        proof, time_ms = side[lane].proof, side[lane].time_ms
        if proof is not None:
            context.say(coverage(lane, time_ms, proof))


def _tell_lone(context: Context, old: Accounts, new: Accounts) -> None:
    """Say which accounts stand on one side only."""
    for lane in [*old, *new]:
        if (lane in old) != (lane in new):
            side = "first" if lane in old else "second"
            profile = f" of {lane.scope.profile}" if lane.scope and lane.scope.profile else ""
            context.say(f"binfut: {lane.market}{profile} is in the {side} only, and left out.")
