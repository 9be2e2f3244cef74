"""The schemas against what the program really prints, with a validator that is not ours."""

import copy
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator as Validator
from jsonschema_rs import meta

from binfut_cli.endpoints import Market
from binfut_cli.render.json_schema import RECORDS
from binfut_cli.resources.result.resource import every
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.events import NAMES
from tests.support.declared import COMMANDS
from tests.support.program import Ended, Watching, at, binfut, environment

Record = dict[str, Any]
Validators = dict[str, Validator]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

ANSWERS = {name for each in every() for name in (each.answer, each.record)}
STREAMED = {"snapshot", "event", "status", "stop"}
AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NUMBERED = {"tranId", "tradeId", "leverage"}  # an integer on one market, text on the other


@pytest.fixture(scope="module")
def schemas() -> dict[str, Record]:
    """Every schema, as the program prints them."""
    done = binfut("schema")
    assert done.status == 0
    found: dict[str, Record] = json.loads(done.out)
    assert set(found) == set(RECORDS)
    return found


@pytest.fixture(scope="module")
def answers() -> list[Record]:
    """What every question prints, of both markets: documents and rows, one-way and hedge."""
    with Sandbox.start(account="hedge") as sandbox:
        done = answered(sandbox, *((name, "json") for name in COMMANDS))
    with Sandbox.start(account="one-way") as sandbox:
        done += answered(sandbox, *((name, "ndjson") for name in COMMANDS))
    with Sandbox.start(account="multi-assets") as sandbox:
        done += answered(sandbox, ("status", "json"))
    assert [each.err for each in done] == [""] * len(done)
    return [json.loads(line) for each in done for line in each.out.splitlines()]


def answered(sandbox: Sandbox, *cases: tuple[str, str]) -> list[Ended]:
    """The program's answers about both markets, two at a time."""

    def ask(case: tuple[str, str]) -> Ended:
        name, output = case
        here = (
            "-e",
            "sandbox",
            "--ws-api-url",
            sandbox.stream["usdm"],
            "--rest-url",
            sandbox.rest["usdm"],
        )
        return binfut("account", name, "-m", "all", "-o", output, *here, env=environment(sandbox))

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, cases))


@pytest.fixture(scope="module")
def streamed() -> list[Record]:
    """What a watch of both markets prints of the story, until every event type has been there."""
    found, wanted = [], {"ACCOUNT_UPDATE", *NAMES} - {"listenKeyExpired"}
    options = ("-e", "sandbox", "-m", "all", "--json", "--speed", "1000")
    with Watching(*options, "--duration", "60s", env=environment()) as watching:
        while wanted:
            line = watching.line()
            assert line, f"the watch ended without {wanted}"
            found.append(json.loads(line))
            wanted.discard(found[-1].get("event", ""))
        rest = watching.end().out
    return found + [json.loads(line) for line in rest.splitlines()]


@pytest.fixture(scope="module")
def disturbed() -> list[Record]:
    """What a watch prints when its stream breaks, its key ends and its events are strange."""
    found: list[Record] = []
    with Sandbox.start() as sandbox:
        options = (*at(sandbox), "--stream-url", sandbox.stream["usdm"], "--json")
        with Watching(*options, env=environment(sandbox)) as watching:

            def until(text: str) -> None:
                while text not in (line := watching.line()):
                    assert line, f"the watch ended before {text}: {watching.rest().err}"
                    found.append(json.loads(line))
                found.append(json.loads(line))

            until('"LIVE"')
            sandbox.act({"action": "raw", "text": "<html>"})
            until('"type":"raw"')
            sandbox.act({"action": "raw", "text": '{"e":"NEW_THING","E":1,"x":"1"}'})
            until('"NEW_THING"')
            sandbox.fault({"fault": "silent", "layer": "stream", "on": "ACCOUNT_UPDATE"})
            sandbox.act({"action": "deposit", "asset": "BNB", "amount": "0.5"})
            sandbox.fault({"fault": "reset", "layer": "stream", "now": True})
            until('"type":"resync"')
            sandbox.act({"action": "expireListenKey"})
            until('"listenKeyExpired"')
            found += [json.loads(line) for line in watching.end().out.splitlines()]
    return found


def record_name(record: Record) -> str:
    return "error" if "type" not in record else str(record["type"])


@pytest.fixture(scope="module")
def validators(schemas: dict[str, Record]) -> Validators:
    """The same, compiled."""
    return {name: Validator(found) for name, found in schemas.items()}


def check(validators: Validators, records: list[Record]) -> set[str]:
    """Validate each record by the schema of its type; a type without one is a KeyError."""
    for record in records:
        validators[record_name(record)].validate(record)
    return {record_name(record) for record in records}


def test_every_schema_is_one(schemas: dict[str, Record]) -> None:
    for name, found in schemas.items():
        meta.validate(found)
        assert found["$schema"] == DRAFT
        assert found["title"] == f"binfut {name}"


def test_one_record_alone_and_one_that_is_not() -> None:
    done = binfut("schema", "position")
    assert json.loads(done.out)["title"] == "binfut position"
    wrong = binfut("schema", "positon")
    assert (wrong.status, wrong.out) == (2, "")
    assert "There is no record 'positon'." in wrong.err
    assert ", position, " in wrong.err


def test_answers_are_as_told(validators: Validators, answers: list[Record]) -> None:
    assert check(validators, answers) == ANSWERS
    markets = {(record["type"], record["market"]) for record in answers}
    assert {(name, market) for name in ANSWERS - {"order"} for market in Market} <= markets


def test_the_story_is_as_told(validators: Validators, streamed: list[Record]) -> None:
    assert check(validators, streamed) == STREAMED
    assert {record["market"] for record in streamed if record["type"] == "event"} == set(Market)


def test_loss_and_strangeness_are_as_told(validators: Validators, disturbed: list[Record]) -> None:
    assert check(validators, disturbed) == STREAMED | {"raw", "gap", "resync"}


def test_errors_are_as_told(validators: Validators, sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1109, "count": None})
    refused = binfut("account", "balances", "--json", *at(sandbox), env=environment(sandbox))
    keyless = binfut("account", "status", "--json")
    found = [json.loads(done.err) for done in (refused, keyless)]
    assert check(validators, found) == {"error"}
    assert [each["error"]["exit"] for each in found] == [4, 3]


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every amount in a record that is a field of its own."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, found in items:
        if isinstance(found, dict | list):
            yield from places(found, *path, key)
        elif isinstance(found, str) and AMOUNT.fullmatch(found) and key not in NUMBERED:
            yield *path, key


def with_value(record: Record, path: tuple[Any, ...], value: object) -> Record:
    changed = copy.deepcopy(record)
    at_last: Any = changed
    for key in path[:-1]:
        at_last = at_last[key]
    at_last[path[-1]] = value
    return changed


AMOUNTS = {
    *("positionAmt", "entryPrice", "liquidationPrice", "walletBalance", "totalMarginBalance"),
    *("balance", "income", "price", "origQty", "maxNotionalValue", "marginRatio", "distance"),
}


def test_an_amount_as_a_number_is_refused(
    schemas: dict[str, Record], validators: Validators, answers: list[Record]
) -> None:
    tried: set[tuple[str, Any]] = set()
    for record in answers:
        name = record["type"]
        for path in places(record):
            if (name, path[-1]) not in tried and known(schemas[name], path):
                tried.add((name, path[-1]))
                changed = with_value(record, path, 1.5)
                assert not validators[name].is_valid(changed), (name, path)
    assert {field for _, field in tried} >= AMOUNTS


def known(schema: Record, path: tuple[Any, ...]) -> bool:
    """Whether a schema says anything of a field, rather than let it pass."""
    for key in path:
        if "$ref" in schema:
            return True
        schema = schema.get("items", {}) if isinstance(key, int) else schema["properties"].get(key)
        if schema is None:
            return False
    return True


def test_a_missing_key_is_refused(
    schemas: dict[str, Record],
    validators: Validators,
    answers: list[Record],
    streamed: list[Record],
) -> None:
    latest = {record["type"]: record for record in [*answers, *streamed]}
    assert set(latest) == ANSWERS | STREAMED
    for name, record in latest.items():
        for key in schemas[name]["required"]:
            without = {field: value for field, value in record.items() if field != key}
            assert not validators[name].is_valid(without), (name, key)


def test_a_record_of_another_type_is_refused(validators: Validators, answers: list[Record]) -> None:
    for record in answers:
        assert not validators["gap"].is_valid(record)


def ids(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a record that is an id, however deep."""
    for key, found in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(found, dict | list):
            yield from ids(found)
        elif isinstance(key, str) and (key == "id" or key.endswith("Id")):
            yield key, found


def test_an_events_ids_are_text(validators: Validators, streamed: list[Record]) -> None:
    events = [one for one in streamed if one["type"] == "event"]
    found = [each for one in events for each in ids(one)]
    assert {type(number) for _, number in found} == {str}
    assert {name for name, _ in found} >= {"orderId", "tradeId", "algoId", "strategyId", "sourceId"}
    order = next(one for one in events if one["event"] == "ORDER_TRADE_UPDATE")
    for name in ("orderId", "sourceId"):
        if name in order["order"]:
            changed = with_value(order, ("order", name), 7)
            assert not validators["event"].is_valid(changed)


def test_an_events_amounts_are_text(validators: Validators, streamed: list[Record]) -> None:
    update = next(
        one for one in streamed if one.get("event") == "ACCOUNT_UPDATE" and one["balances"]
    )
    assert validators["event"].is_valid(update)
    for path in (("balances", 0, "walletBalance"), ("balances", 0, "asset")):
        assert not validators["event"].is_valid(with_value(update, path, 1.5))


KINDS = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


def told_kinds(schema: Any, root: Record) -> Iterator[tuple[str, str]]:
    """Every key that a schema tells of, with each JSON kind that it may have, null aside."""
    if isinstance(schema, list):
        for each in schema:
            yield from told_kinds(each, root)
        return
    if not isinstance(schema, dict):
        return
    for name, field in schema.get("properties", {}).items():
        yield from ((name, kind) for kind in kinds_of(field, root))
    for name, part in schema.items():
        yield from told_kinds(list(part.values()) if name == "properties" else part, root)


def kinds_of(field: Record, root: Record) -> set[str]:
    if "$ref" in field:
        return kinds_of(root["$defs"][field["$ref"].rsplit("/", 1)[-1]], root)
    said = field.get("type", [])
    found = {said} if isinstance(said, str) else set(said)
    named = [*field.get("enum", []), *([field["const"]] if "const" in field else [])]
    found |= {KINDS[type(each)] for each in named if each is not None}
    for part in field.get("anyOf", []):
        found |= kinds_of(part, root)
    return found - {"null"}


def printed_kinds(value: Any) -> Iterator[tuple[str, str]]:
    """Every key of a record with the JSON kind that it has, null aside."""
    items = value.items() if isinstance(value, dict) else ((None, each) for each in value)
    for key, found in items:
        if key is not None and found is not None:
            yield key, KINDS[type(found)]
        if isinstance(found, dict | list):
            yield from printed_kinds(found)


def one_kind_a_key(found: Iterable[tuple[str, str]]) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for key, kind in found:
        kinds[key].add(kind)
    assert {key: kind for key, kind in kinds.items() if len(kind) > 1} == {}
    assert [key for key in kinds if key.endswith("_")] == []
    assert len(kinds) > 150


def test_no_key_has_two_kinds_in_the_schemas(schemas: dict[str, Record]) -> None:
    one_kind_a_key(pair for found in schemas.values() for pair in told_kinds(found, found))


def test_no_key_has_two_kinds_in_what_is_printed(
    schemas: dict[str, Record],
    answers: list[Record],
    streamed: list[Record],
    disturbed: list[Record],
) -> None:
    told = {pair for found in schemas.values() for pair in told_kinds(found, found)}
    printed = {
        pair for record in [*answers, *streamed, *disturbed] for pair in printed_kinds(record)
    }
    one_kind_a_key(told | printed)


def test_ids_are_text(answers: list[Record], streamed: list[Record]) -> None:
    pairs = {pair for record in [*answers, *streamed] for pair in printed_kinds(record)}
    found = {(key, kind) for key, kind in pairs if key == "id" or key.endswith("Id")}
    assert {kind for _, kind in found} == {"string"}
    assert {key for key, _ in found} >= {"orderId", "tradeId", "tranId", "algoId", "strategyId"}


def test_what_reads_columns_reads_everything(
    answers: list[Record], streamed: list[Record], disturbed: list[Record], tmp_path: Path
) -> None:
    polars, duckdb = import_module("polars"), import_module("duckdb")  # not by who collects this
    file = tmp_path / "records.ndjson"
    records = [*answers, *streamed, *disturbed]
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    frame = polars.read_ndjson(file, infer_schema_length=None)
    assert frame.height == len(records)
    assert frame["positions"].drop_nulls().len() > 1
    table = duckdb.read_json(str(file), sample_size=-1)
    assert table.aggregate("count(*)").fetchall() == [(len(records),)]
    assert table.filter("event = 'ACCOUNT_UPDATE'").aggregate("count(*) > 9").fetchall() == [
        (True,)
    ]
