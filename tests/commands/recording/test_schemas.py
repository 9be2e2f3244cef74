"""What is printed of recordings is what `binfut schema` says of it."""

import json

import pytest

from binfut_cli.recording.moments.differences import DIFFERENCES
from binfut_cli.recording.summary.declared import KINDS
from binfut_cli.render.json_schema import schema
from binfut_cli.resources.result.resource import Resource, fields
from tests.support.program import binfut, environment
from tests.support.recordings import simulated, written
from tests.support.schemas import validator
from tests.support.simulation import EPOCH_MS

UTC = environment(TZ="UTC")
MIDDLE = str(EPOCH_MS + 330_000)
ASKED = [
    ("replay", "DAY", "--at", MIDDLE),
    ("replay", "DAY", "--at", MIDDLE, "--show", "balances"),
    ("replay", "DAY", "--at", MIDDLE, "--show", "positions"),
    ("diff", f"DAY@{MIDDLE}", "DAY"),
    ("summary", "DAY"),
]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("day") / "day.ndjson", simulated())


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
@pytest.mark.parametrize("output", ["json", "ndjson"])
def test_every_record_fits_its_schema(asked: tuple[str, ...], output: str, day: str) -> None:
    arguments = [each.replace("DAY", day) for each in asked]
    found = binfut(*arguments, "-o", output, env=UTC).out.splitlines()
    assert found
    for row in map(json.loads, found):
        validator(row["type"]).validate(row)


@pytest.mark.parametrize("resource", [DIFFERENCES, *KINDS], ids=lambda each: each.kind)
def test_every_name_in_a_declaration_is_a_field(resource: Resource) -> None:
    columns = {each.value for each in resource.columns if isinstance(each.value, str)}
    assert {*columns, *resource.identity} <= set(fields(resource))
    assert schema(resource.record)["title"] == f"binfut {resource.record}"
