"""The accounts at a moment, whichever way it is found, and what was proven then and later."""

import random
import re
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from binfut_cli.endpoints import Env, Market
from binfut_cli.recording.files import opened
from binfut_cli.recording.moments.index import Index, after_last_gap
from binfut_cli.recording.moments.moment import AccountAt, Moment, at
from binfut_cli.recording.reader import Recording
from tests.support.recordings import busy, line, simulated, written
from tests.support.simulation import EPOCH_MS

LASTS_MS = 3 * 3_600_000
Names = set[tuple[Market | None, Env, str | None]]
LANES: Names = {(market, Env.SANDBOX, "one-way") for market in Market}
FROM_START, SOUGHT = Index(worthwhile=10**12), Index(worthwhile=0, lead=100_000)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording of some hours and a few MiB."""
    return written(tmp_path_factory.mktemp("day") / "day.ndjson", busy(LASTS_MS, 1500))


def seen(moment: Moment) -> list[object]:
    return [moment.accounts, moment.findings.said]


def test_sought_is_what_is_read_from_the_start(day: str) -> None:
    chance = random.Random(5)
    moments = [EPOCH_MS + chance.randrange(LASTS_MS) for _ in range(6)]
    for time_ms in (EPOCH_MS - 1, EPOCH_MS, *moments, EPOCH_MS + LASTS_MS + 10**9):
        assert seen(at([day], time_ms, SOUGHT)) == seen(at([day], time_ms, FROM_START)), time_ms


def test_a_later_moment_is_not_read_from_the_start(day: str) -> None:
    begin = SOUGHT.beginning([day], EPOCH_MS + LASTS_MS - 60_000)
    assert begin.offset > Path(day).stat().st_size * 0.7
    first = next(iter(Recording([day], offset=begin.offset)))
    assert first.record.time < EPOCH_MS + LASTS_MS - 60_000
    assert (
        Index().beginning([written(Path(day).parent / "small", busy(60_000, 1000))], 0).offset == 0
    )


def test_how_far_back_is_told_by_heartbeats(day: str) -> None:
    """Whether they are asked or not, reading begins at the same place."""
    near = Index(worthwhile=0, lead=100_000, far=100_000)
    for time_ms in range(EPOCH_MS + 600_000, EPOCH_MS + LASTS_MS, 700_000):
        assert near.beginning([day], time_ms) == SOUGHT.beginning([day], time_ms)


def test_without_a_gap_no_account_was_read_anew(day: str, tmp_path: Path) -> None:
    lines = Path(day).read_bytes().splitlines(keepends=True)
    quiet = [*lines[:20], *(each for each in lines[20:] if b'"type":"snapshot"' not in each)]
    same = [re.sub(rb'"gaps":[0-9]+', b'"gaps":1', each) for each in quiet]
    for said, is_early in ((same, True), (quiet, False)):
        name = written(tmp_path / "a", said)
        with closing(opened(name)) as file:
            assert file.size is not None
            place = after_last_gap(file, file.size, LANES, far=200_000)
            assert (place < 200_000) == is_early
            assert b'"type":"heartbeat"' in file.at(place, 40)
            other: Names = {(Market.USDM, Env.PROD, None)}
            assert after_last_gap(file, file.size, other, far=200_000) == file.size


def test_a_recording_in_parts_is_one(day: str, tmp_path: Path) -> None:
    lines = Path(day).read_bytes().splitlines(keepends=True)
    cuts = [0, 900, 950, 4000, len(lines)]
    parts = [written(tmp_path / f"{start}", lines[start:end]) for start, end in pairwise(cuts)]
    for time_ms in (EPOCH_MS + 1_500_000, EPOCH_MS + LASTS_MS // 2, EPOCH_MS + LASTS_MS):
        assert at(parts, time_ms, SOUGHT).accounts == at([day], time_ms, FROM_START).accounts
    assert SOUGHT.beginning(parts, EPOCH_MS + LASTS_MS).file == 3


def test_what_is_wrong_is_told_by_the_line_of_the_file(day: str, tmp_path: Path) -> None:
    lines = Path(day).read_bytes().splitlines(keepends=True)
    number = len(lines) - 20
    name = written(tmp_path / "a", [*lines[: number - 1], b"{}\n", *lines[number - 1 :]])
    found = at([name], EPOCH_MS + LASTS_MS, SOUGHT)
    assert found.findings.said == at([name], EPOCH_MS + LASTS_MS, FROM_START).findings.said
    assert [said.split(":")[1] for said in found.findings.said] == [str(number)]


def test_lines_before_a_place_are_counted(day: str) -> None:
    file = opened(day)
    data = Path(day).read_bytes()
    for offset in (0, 1, len(data) // 2, len(data)):
        assert file.lines_before(offset) == data[:offset].count(b"\n")
    file.close()


def test_a_line_of_megabytes_is_no_obstacle(day: str, tmp_path: Path) -> None:
    lines = Path(day).read_bytes().splitlines(keepends=True)
    begun = next(place for place, each in enumerate(lines) if b"snapshot" in each)
    lines[begun + 20] = lines[begun + 20][:-2] + b',"note":"' + b"x" * 3_000_000 + b'"}\n'
    name = written(tmp_path / "a", lines[:2000])
    for time_ms in (EPOCH_MS + 40_000, EPOCH_MS + 900_000):
        assert seen(at([name], time_ms, SOUGHT)) == seen(at([name], time_ms, FROM_START))


# -- what was proven ------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> str:
    """Live from 2 s, lost at 10 s, live again at 20 s, checked at 90 s; a gap from 8 to 19 s."""
    snapshot = next(each for each in simulated() if b'"type":"snapshot"' in each)
    body = snapshot[: -len(b"}\n")].partition(b'"source":"snapshot",')[2]
    head = line(1, "snapshot")[: -len(b"}\n")]
    read = head + b"," + body + b"}\n"
    gap = {"gap": 1, "from": _ms(9), "to": _ms(19), "possibleFrom": _ms(8), "reason": "lost",
           "certainty": "possible", "cause": "transport"}  # fmt: skip
    said = [
        (1, line(0, "status", status="CONNECTED", reason="")),
        (2, read),
        (2, line(0, "status", status="LIVE", reason="")),
        (5, line(0, status="LIVE", provenAt=_ms(4))),
        (10, line(0, "status", status="GAP", reason="lost")),
        (20, line(0, "status", status="CONNECTED", reason="")),
        (20, line(0, "gap", **gap)),
        (20, read),
        (20, line(0, "status", status="LIVE", reason="")),
        (90, line(0, status="LIVE", provenAt=_ms(80))),
        (95, line(0, "stop", market=None, reason="SIGTERM")),
    ]
    return written(tmp_path / "run", _timed(said))


def _timed(said: list[tuple[int, bytes]]) -> Iterator[bytes]:
    for seq, (second, data) in enumerate(said, 1):
        for name, value in (("time", _ms(second)), ("seq", seq)):
            before, _, after = data.partition(f'"{name}":'.encode())
            data = before + f'"{name}":{value}'.encode() + after.lstrip(b"0123456789")
        yield data


def _ms(second: float) -> int:
    return EPOCH_MS + int(second * 1000)


def account(name: str, second: float) -> AccountAt:
    (found,) = at([name], _ms(second)).accounts
    assert found.lane.market is Market.USDM
    return found


def test_before_the_first_reading_nothing_is_known(run: str) -> None:
    assert at([run], _ms(0.5)).accounts == ()
    found = account(run, 1.5)
    assert (found.document, found.proof.verdict, found.proof.is_live) == (None, "CONNECTED", False)


def test_what_was_proven_then(run: str) -> None:
    found = account(run, 6)
    assert found.document is not None
    assert (found.proof.is_live, found.proof.live_since) == (True, _ms(2))
    assert (found.proof.read_ms, found.proof.proven_ms) == (_ms(2), _ms(4))
    assert found.proof.gap is None
    assert found.proof.confirmed_ms == _ms(90)


@pytest.mark.parametrize(("second", "is_live"), [(8.5, True), (12, False), (19, False)])
def test_a_moment_in_a_gap_says_so_though_it_was_told_later(
    run: str, second: float, is_live: bool
) -> None:
    found = account(run, second).proof
    assert found.is_live == is_live
    assert found.gap is not None
    assert (found.gap.from_ms, found.gap.to_ms) == (_ms(9), _ms(19))


def test_after_the_gap_and_after_the_end(run: str) -> None:
    after = account(run, 30).proof
    assert (after.live_since, after.gap, after.confirmed_ms) == (_ms(20), None, _ms(90))
    ended = account(run, 1000).proof
    assert (ended.is_live, ended.ended_ms, ended.proven_ms) == (False, _ms(95), _ms(80))


def test_what_was_killed_covers_nothing_after_its_last_record(run: str, tmp_path: Path) -> None:
    lines = Path(run).read_bytes().splitlines(keepends=True)[:4]
    killed = written(tmp_path / "killed", lines)
    assert account(killed, 60).proof.is_live
    ended = account(killed, 600).proof
    assert (ended.verdict, ended.is_live, ended.live_since) == ("LIVE", False, None)
    assert ended.ended_ms == _ms(5)
    again = [each.replace(b'"a1"', b'"b2"').replace(b'e":1791000', b'e":1791500') for each in lines]
    both = written(tmp_path / "both", [*lines, *again])
    assert account(both, 60).proof.ended_ms == _ms(5)


def test_a_moment_between_two_runs_is_of_the_first(run: str, tmp_path: Path) -> None:
    again = [each.replace(b'"a1"', b'"b2"') for each in Path(run).read_bytes().splitlines(True)]
    later = [each.replace(b'"time":1791000', b'"time":1791500') for each in again]
    both = written(tmp_path / "both", [*Path(run).read_bytes().splitlines(True), *later])
    assert account(both, 5000).proof.ended_ms == _ms(95)
    assert at([both], 1_791_500_006_000).accounts[0].proof.live_since == 1_791_500_002_000
