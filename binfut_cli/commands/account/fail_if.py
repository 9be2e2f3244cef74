"""What `--fail-if` tells: bounds that look mistaken, and rows that match, with their figures.

Told as well is where nobody can say whether it holds: an alert must not be deaf in silence.
"""

from collections.abc import Iterable, Sequence
from itertools import product

from binfut_cli.codec import Row, decimal
from binfut_cli.commands.process.context import Context
from binfut_cli.render import numbers
from binfut_cli.render.escape import plain
from binfut_cli.resources.conditions.doubts import mistakes, unknown
from binfut_cli.resources.conditions.expression import Comparison, Condition, matches, word
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

_PRICES = {"markPrice": "mark", "liquidationPrice": "liquidation"}


def warn(context: Context, conditions: Iterable[Condition]) -> None:
    """Warn of the bounds of ratios that look like per cent."""
    for each in conditions:
        for said in mistakes(each):
            context.say(f"binfut: --fail-if {each.text!r}: {said}")


def are_named(context: Context, conditions: Sequence[Condition], answers: Iterable[Result]) -> bool:
    """Name every row that a condition holds for; tell whether there is one.

    Named as well are positions that it may hold for, if that hangs on what is not known.
    """
    failed = False
    for found in answers:
        rows = {each: found.rows(each.kind) for each in found.resources}
        for each, resource, row in matches(conditions, rows):
            failed = True
            where = _where(found, resource, row)
            _say(context, f"{each.text} holds for {where}: {figures(each, row)}")
        _name_unknown(context, conditions, found)
    return failed


def _name_unknown(context: Context, conditions: Sequence[Condition], found: Result) -> None:
    """Name every position of which nobody can say whether a condition holds."""
    for resource in found.resources:
        if resource.kind == "positions":
            for row, each in product(found.rows(resource.kind), conditions):
                if lacks := unknown(each, resource, row):
                    where = _where(found, resource, row)
                    why = f"its {' and its '.join(lacks)} cannot be told"
                    _say(context, f"{each.text} is not known to hold for {where} or not: {why}")


def _say(context: Context, text: str) -> None:
    context.err.line(plain(f"binfut: {text}"))


def _where(found: Result, resource: Resource, row: Row) -> str:
    name = " ".join(resource.key(row)).removesuffix(" BOTH") or "account"
    return f"{found.market} {resource.kind} {name}"


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
