"""Every declaration of rows is whole, and everything that goes by it does: what is missing is said.

Run it first after declaring something.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable

import pytest

from binfut_cli.codec import Row, dumps
from binfut_cli.commands.account.app import app
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render import documents, json_schema
from binfut_cli.render.account.columns import columns
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.csv import sheet
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.result.resource import FILES, Resource, declared, every, fields
from binfut_cli.resources.result.result import Result
from tests.support.declared import COMMANDS
from tests.support.program import PROJECT

ALL = every()
HERE = Scope(Env.PROD, None)
each_of_them = pytest.mark.parametrize("resource", ALL, ids=lambda found: found.kind)
each_market = pytest.mark.parametrize("market", list(Market))


def row_of(resource: Resource) -> Row:
    """A row that says what it is of, and holds something."""
    return dict.fromkeys(resource.amounts, "1.5") | dict.fromkeys(resource.identity, "LONG")


def answer_of(resource: Resource, market: Market) -> Result:
    row = row_of(resource)
    document = row if resource.kind == "totals" else {resource.kind: [row]}
    document |= {"from": 0, "to": 1, "derived": {"totals": [], "periodTotals": []}}
    return Result(resource.answer, market, 0, document, (resource,))


def test_all_are_found() -> None:
    """Without this, the tests below could pass by looking at nothing."""
    known = {"totals", "assets", "balances", "positions", "symbols", "orders", "flows"}
    assert {each.kind for each in ALL} >= known
    assert COMMANDS.keys() >= {"status", "income"}


def test_no_name_stands_for_two_things() -> None:
    names = Counter(name for each in ALL for name in (each.kind, each.record))
    assert [name for name, count in names.items() if count > 1] == []
    records = {each.record for each in ALL} & {each.answer for each in ALL}
    assert not records, f"both a row and a document are called {records}"


@pytest.mark.parametrize("path", sorted(FILES.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_file_that_declares_rows_lists_them(path: object) -> None:
    stem, text = path.stem, path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    made = re.findall(r"^([A-Z_]+) = Resource\(", text, re.MULTILINE)
    assert len(declared(stem)) == len(made), f"{stem}.py: RESOURCES = ({', '.join(made)},)"


@each_of_them
def test_every_name_in_a_declaration_is_a_field(resource: Resource) -> None:
    known = set(fields(resource))
    named = {
        "identity": resource.identity,
        "ratios": resource.ratios,
        "renamed": resource.renamed,
        "columns": [each.value for each in resource.columns if isinstance(each.value, str)],
    }
    for where, names in named.items():
        assert set(names) <= known, f"{resource.kind}: {where} has {set(names) - known}, no fields"


@each_of_them
def test_what_binfut_computes_has_a_name_that_the_exchange_does_not_use(resource: Resource) -> None:
    own = resource.model.__struct_encode_fields__
    assert set(resource.derived).isdisjoint(own), f"{resource.kind}: derived has a field of model"


@each_of_them
def test_no_field_of_a_record_is_called_as_one_of_the_envelope(resource: Resource) -> None:
    taken = documents.ENVELOPE & set(fields(resource)) - set(resource.renamed)
    assert not taken, f"{resource.kind}: renamed lacks {taken}"
    again = set(resource.renamed.values()) & documents.ENVELOPE
    assert not again, f"{resource.kind}: renamed leads to {again}"


@each_market
@each_of_them
def test_a_table_has_columns_that_an_empty_row_does_not_break(
    resource: Resource, market: Market
) -> None:
    empty: Row = dict.fromkeys(fields(resource)) | {"symbol": "X", "derived": {}}
    found = columns(resource, market, [empty])
    kept = [column.rank for column in found].count(0)
    assert kept >= 2, f"{resource.kind}: a narrow table of {market} keeps {kept} columns (rank 0)"
    assert all(column.cell(empty).text for column in found)
    titles = [column.title for column in found]
    assert len(set(titles)) == len(titles), f"{resource.kind}: two columns have one title"


@each_market
@each_of_them
def test_a_row_is_shown_in_every_format(resource: Resource, market: Market) -> None:
    found = answer_of(resource, market)
    assert resource.kind == "totals" or resource.title in report(found, HERE, Choice(width=80))
    assert report(found, HERE, Choice(wide=True))
    assert sheet([found], (resource,), Choice()).count(b"\n") == 2
    picked = Choice(fields=resource.identity or fields(resource)[:1])
    assert dumps(documents.answer(found, HERE, picked))
    for name in resource.ratios:
        assert condition(f"{name}>5%", (resource,)).resources == (resource,)


@each_market
@each_of_them
def test_its_json_has_a_schema(resource: Resource, market: Market) -> None:
    found = answer_of(resource, market)
    for record in (resource.record, resource.answer):
        assert record in json_schema.RECORDS, f"binfut schema lacks {record}"
    told = json_schema.schema(resource.record)["properties"]
    for row in documents.rows(found, HERE, Choice(fields=resource.identity or None)):
        assert row.keys() <= told.keys() | {"from", "to"}, resource.kind


@each_of_them
def test_a_command_asks_for_it(resource: Resource) -> None:
    asking = [name for name, about in COMMANDS.items() if resource in about]
    assert asking, f"no command of commands/account/app.py asks for {resource.kind}"
    live = [name for name in asking if "live" in inspect.signature(function(name)).parameters]
    expected = [name for name in asking if resource.streamed and COMMANDS[name] == (resource,)]
    assert live == expected, f"{resource.kind}: -w goes with `streamed`"


def function(name: str) -> Callable[..., object]:
    found = (each.callback for each in app.registered_commands)
    return next(each for each in found if each and each.__name__ == name)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_told_of(name: str) -> None:
    assert COMMANDS[name], f"{name}: the files named in @asks declare nothing"
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"| `binfut account {name}` |" in readme, f"README's table lacks account {name}"
    page = PROJECT / "man" / f"binfut-account-{name}.1"
    assert page.exists(), f"no {page.name}: run python -m tools.manual"
