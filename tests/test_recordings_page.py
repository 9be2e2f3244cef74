"""`docs/recordings.md`, executed: every tool reads each fill, with every digit."""

import csv
import io
import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from binfut_cli.endpoints import Market
from tests.support.program import PROJECT
from tests.support.recordings import simulated, written

PAGE = (PROJECT / "docs" / "recordings.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (\S+)\n.*?^```[a-z]+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))

Fill = tuple[str, str, str, Decimal]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a recording is called as on the page."""
    found = tmp_path_factory.mktemp("recordings")
    written(found / "day.ndjson", [*simulated(Market.USDM), *simulated(Market.COINM, run="b2")])
    return found


def fills(folder: Path) -> list[Fill]:
    """The truth."""
    rows = map(json.loads, (folder / "day.ndjson").read_text(encoding="utf-8").splitlines())
    orders = [row["order"] for row in rows if row.get("event") == "ORDER_TRADE_UPDATE"]
    filled = [order for order in orders if order["executionType"] == "TRADE"]
    assert len(filled) > 5
    return [
        (each["orderId"], each["tradeId"], each["commissionAsset"], Decimal(each["commission"]))
        for each in filled
    ]


@pytest.mark.parametrize(("tool", "program"), [("jq", "jq"), ("Miller", "mlr")])
def test_a_program_lists_them(tool: str, program: str, folder: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        ["bash", "-c", RECIPES[tool]],
        cwd=folder, check=True, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    rows = csv.reader(io.StringIO(done.stdout))
    assert [(*row[:3], Decimal(row[3])) for row in rows] == fills(folder)


def test_duckdb_lists_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(folder)
    assert duckdb.connect().sql(RECIPES["DuckDB"]).fetchall() == fills(folder)


def test_polars_lists_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    monkeypatch.chdir(folder)
    made: dict[str, object] = {}
    exec(RECIPES["polars"], made)
    assert made["fills"].rows() == fills(folder)  # type: ignore[attr-defined]


def test_every_recipe_is_run() -> None:
    assert RECIPES.keys() == {"jq", "Miller", "DuckDB", "polars"}
