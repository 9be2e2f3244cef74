"""What `--fail-if` tells: bounds that look mistaken, and rows that match, with their figures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import typer

from binfut_cli.codec import Row, decimal
from binfut_cli.commands.account.fail_if import Comparison, Condition, matches, word
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ExitStatus
from binfut_cli.render import numbers
from binfut_cli.render.escape import plain
from binfut_cli.resources.figures.derived import text
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.result import Result

_PRICES = {"markPrice": "mark", "liquidationPrice": "liquidation"}


def warn(context: Context, conditions: Iterable[Condition]) -> None:
    """Warn of the bounds of ratios that look like per cent."""
    for each in conditions:
        for found in each.test.comparisons():
            if found.is_doubtful:
                context.say(plain(f"binfut: --fail-if {each.text!r}: {doubt(found)}"))


def doubt(found: Comparison) -> str:
    """What a doubtful bound means, and how to write what was more likely meant."""
    bound = Decimal(found.value)
    share, whole, more = (text(each) for each in (bound / 100, bound, bound * 100))
    return f"{found.name} is a ratio: {share} or {whole}% for {whole} per cent; {whole} is {more}%."


def fail_if(context: Context, conditions: Sequence[Condition], answers: Iterable[Result]) -> None:
    """Name every row that a condition holds for, on standard error, and exit 10."""
    failed = False
    for found in answers:
        rows = {each: found.rows(each.kind) for each in found.resources}
        for each, resource, row in matches(conditions, rows):
            failed = True
            name = " ".join(resource.key(row)).removesuffix(" BOTH") or "account"
            where = f"{found.market} {resource.kind} {name}"
            context.err.line(plain(f"binfut: {each.text} holds for {where}: {figures(each, row)}"))
    if failed:
        raise typer.Exit(ExitStatus.FAIL_IF)


def figures(condition: Condition, row: Row) -> str:
    """The fields that an expression names, and the prices that matter."""
    named: dict[str, str] = {}
    for each in condition.test.comparisons():
        named.setdefault(each.name, f"{each.name} {_figure(each, row)}")
    prices = (
        f"{title} {numbers.amount(value(row, name))}"
        for name, title in _PRICES.items()
        if name not in named and decimal(value(row, name))  # 0 where there is none
    )
    return ", ".join((*named.values(), *prices))


def _figure(compared: Comparison, row: Row) -> str:
    """A field as tables show it, every digit kept, and in per cent where its bound is."""
    found = value(row, compared.name)
    figure = decimal(found)
    if figure is None or isinstance(found, int) or compared.name.endswith("Id"):
        return numbers.NONE if found is None or found == "" else word(found)
    return f"{numbers.amount(figure * 100)}%" if compared.in_percent else numbers.amount(found)
