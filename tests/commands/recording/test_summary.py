"""`binfut summary`: tables, charts, JSON, a page that loads nothing."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Ended, binfut, environment
from tests.support.recordings import line, simulated, written

UTC = environment(TZ="UTC")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("day") / "day.ndjson", simulated())


def summary(*arguments: str) -> Ended:
    return binfut("summary", *arguments, env=UTC)


def test_for_people(day: str) -> None:
    done = summary(day)
    assert done.status == 0
    for title in ("What came and went", "Trading", "Not covered", "Nearest to liquidation",
                  "Wallet balance USDT"):  # fmt: skip
        assert f"\n{title}" in done.out
    span = r"\nRecorded 2026-\S+ \S+ – 2026-\S+ \S+ \S+, [89]\d\.\d\d% covered, \d+ snapshots?"
    assert re.search(span, done.out)
    assert re.search(r"ORDER +[+-]", done.out)


def test_for_programs(day: str) -> None:
    found = json.loads(summary(day, "--json").out)
    assert 0.8 < float(found["derived"]["coverage"]) < 1
    assert {each["reason"] for each in found["changes"]} >= {"ORDER", "MISSED"}
    assert sum(each["fillCount"] for each in found["trading"]) > 0
    assert found["uncovered"][0]["certainty"] in ("certain", "possible")
    assert {each["figure"] for each in found["extremes"]} == {"liquidationDistance", "marginRatio"}
    sheet = summary(day, "-o", "csv").out.splitlines()
    assert sheet[0] == "market,kind,key,field,value"
    rows = [json.loads(each) for each in summary(day, "-o", "ndjson").out.splitlines()]
    assert {each["type"] for each in rows} == {"balanceChange", "tradingDay", "hole", "extreme"}


def test_a_span_and_an_alert(day: str) -> None:
    first = json.loads(Path(day).read_text().splitlines()[0])["time"]
    found = json.loads(summary(day, "--json", "--to", str(first + 100_000)).out)
    assert found["to"] <= first + 100_000
    assert found["uncovered"] == []
    late = json.loads(summary(day, "--json", "--from", str(first + 100_000)).out)
    assert late["from"] == first + 99_999
    assert late["changes"]
    assert summary(day, "--fail-if", "certainty==possible or certainty==certain").status == 10
    assert summary(day, "--fail-if", "fillCount>100000").status == 0


def test_what_is_wrong_is_told_and_the_rest_is_added_up(day: str, tmp_path: Path) -> None:
    lines = Path(day).read_bytes().splitlines(keepends=True)
    done = summary(written(tmp_path / "a", [*lines[:40], b"x\n", *lines[41:]]))
    assert done.status == 8
    assert "a:41: it ends inside a record" in done.err
    assert "What came and went" in done.out
    nothing = summary(written(tmp_path / "b", [line(1, "status", status="CONNECTED", reason="x")]))
    assert (nothing.status, nothing.out) == (2, "")


class Page(HTMLParser):
    """What a page would load, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.texts: list[str] = []
        self._is_code = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag in ("script", "style")
        self.loads += [str(value) for name, value in attrs if name in ("src", "href", "action")]

    def handle_endtag(self, tag: str) -> None:
        self._is_code = False

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self.texts.append(data)


def test_a_page_has_the_same_tables_and_loads_nothing(day: str, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    name = tmp_path / "page.html"
    done = summary(day, "--html", str(name))
    assert done.status == 0
    page = Page(name.read_text(encoding="utf-8"))
    assert page.loads == []
    found: dict[str, Any] = json.loads(summary(day, "--json").out)
    for each in found["changes"]:
        assert each["reason"] in page.texts
    assert "Wallet balance USDT" in page.texts
    assert "default-src 'none'" in name.read_text(encoding="utf-8")


def test_a_page_is_steered_by_nothing_in_the_recording(day: str, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    text = Path(day).read_text().replace('"reason":"ORDER"', '"reason":"<b onload=x>"')
    name = tmp_path / "page.html"
    summary(written(tmp_path / "a", [text.encode()]), "--html", str(name))
    page = name.read_text(encoding="utf-8")
    assert "<b onload" not in page
    assert "&lt;b onload=x&gt;" in page


def test_a_page_that_cannot_be_written(day: str, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    done = summary(day, "--html", str(tmp_path))
    assert done.status == 3
    assert "cannot be written: Is a directory." in done.err


def test_a_page_replaces_a_page_and_never_a_recording(day: str, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    name, kept = tmp_path / "page.html", Path(day).read_bytes()
    done = summary(day, "--html", day)
    assert (done.status, Path(day).read_bytes()) == (2, kept)
    assert "is a file that is no page" in done.err
    for _ in range(2):
        assert summary(day, "--html", str(name)).status == 0
