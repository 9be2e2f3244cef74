"""`binfut diff`: what changed between two moments, in the words of a watch and for programs."""

import json
from pathlib import Path

import pytest

from binfut_cli.endpoints import Market
from tests.support.program import Ended, binfut, environment
from tests.support.recordings import simulated, written

UTC = environment(TZ="UTC")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("day") / "day.ndjson", simulated())


def diff(*arguments: str) -> Ended:
    return binfut("diff", *arguments, env=UTC)


def moments(name: str) -> list[int]:
    return [json.loads(each)["time"] for each in Path(name).read_text().splitlines()]


def test_in_the_words_of_a_watch(day: str) -> None:
    done = diff(f"{day}@{moments(day)[10]}", day)
    kinds = {text.split()[1] for text in done.out.splitlines()}
    assert done.status == 0
    assert "BALANCE" in kinds <= {"BALANCE", "POSITION", "SETTING"}
    assert " → " in done.out
    assert done.err.count("binfut: usdm at ") == 2


def test_the_same_moment_has_no_difference(day: str) -> None:
    done = diff(f"{day}@{moments(day)[50]}", f"{day}@{moments(day)[50]}")
    assert (done.status, done.out) == (0, "")


def test_for_programs(day: str) -> None:
    first = moments(day)[10]
    found = json.loads(diff(f"{day}@{first}", day, "--json").out)
    assert (found["from"], found["to"]) == (first, moments(day)[-1])
    assert [each["status"] for each in found["proofs"]] == ["LIVE", "LIVE"]
    rows = diff(f"{day}@{first}", day, "-o", "ndjson").out.splitlines()
    assert len(rows) == len(found["differences"])
    sheet = diff(f"{day}@{first}", day, "-o", "csv", "--fields", "field,change").out
    assert sheet.splitlines()[0] == "market,field,change"
    assert sheet.count("\n") == 1 + len(rows)


def test_an_alert(day: str) -> None:
    arguments = (f"{day}@{moments(day)[10]}", day, "--fail-if")
    assert diff(*arguments, "field==walletBalance").status == 10
    assert diff(*arguments, "field==nothing").status == 0


def test_until_now(tmp_path: Path) -> None:
    """The embedded sandbox's account is the same in every run."""
    name = tmp_path / "a"
    watch = ("watch", "--env", "sandbox", "--speed", "1000", "--limit", "20", "--json")
    name.write_text(binfut(*watch, env=UTC).out)
    done = diff(str(name), "now", "-o", "ndjson")
    assert done.status == 0
    assert {json.loads(each)["kind"] for each in done.out.splitlines()} >= {"balance"}


def test_what_cannot_be_compared(day: str, tmp_path: Path) -> None:
    assert "The first moment is now." in diff("now", day).err
    early = diff(f"{day}@2020-01-01", day)
    assert (early.status, early.out) == (2, "")
    other = written(tmp_path / "coinm", simulated(Market.COINM))
    assert "No account had been read at both moments." in diff(day, other).err
    assert diff(day, f"{day}@noon").status == 2
    missing = diff(day, str(tmp_path / "none"))
    assert missing.status == 8
    assert "none: cannot be read: No such file or directory." in missing.err


def test_a_moment_of_standard_input_reads_like_an_option() -> None:
    done = binfut("diff", "-@2026-11-20", "now")
    assert done.status == 2
    assert "-@TIME reads like an option" in done.err
    assert "Write -- before it" in done.err
