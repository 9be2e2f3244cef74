"""`watch --record`: a file beside what is shown, and a watch that goes on from it."""

import json
import os
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, Watching, at, binfut, environment
from tests.support.schemas import validator

Record = dict[str, Any]
DEPOSIT = {"action": "deposit", "asset": "USDT", "amount": "1"}


@contextmanager
def recording(
    sandbox: Sandbox, path: Path, *more: str, market: Market = Market.USDM
) -> Iterator[Watching]:
    """A watch that is covered."""
    options = [*at(sandbox, market), "--stream-url", sandbox.stream[market], "--record", str(path)]
    with Watching("--json", *options, *more, env=environment(sandbox)) as watching:
        while '"status":"LIVE"' not in watching.line():
            pass
        yield watching


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def of_type(records: list[Record], *types: str) -> list[Record]:
    return [record for record in records if record["type"] in types]


def happened(sandbox: Sandbox, watching: Watching, times: int = 1) -> None:
    """Let something happen, and wait until it is shown."""
    for _ in range(times):
        sandbox.act(DEPOSIT)
        while '"type":"event"' not in watching.line():
            pass


def refused(sandbox: Sandbox, *arguments: str) -> Ended:
    return binfut("watch", *at(sandbox), *arguments, env=environment(sandbox))


def test_the_file_has_what_json_prints(sandbox: Sandbox, tmp_path: Path) -> None:
    path, day = tmp_path / "day.ndjson", ["watch", "--env", "sandbox", "--speed", "1000"]
    done = binfut(*day, "--json", "--duration", "1s", "--record", str(path))
    assert done.status == 0
    assert path.read_text() == done.out
    assert path.stat().st_mode & 0o777 == 0o600
    assert binfut("replay", str(path)).status == 0


def test_the_file_has_all_events_whatever_is_shown(tmp_path: Path) -> None:
    path, day = tmp_path / "day.ndjson", ["watch", "--env", "sandbox", "--speed", "1000"]
    done = binfut(*day, "--events", "MARGIN_CALL", "--duration", "1s", "--record", str(path))
    assert done.out.count("BALANCE") == 0
    assert len({r["event"] for r in of_type(read(path), "event")}) > 1
    assert binfut("replay", str(path)).status == 0


def test_a_second_watch_is_refused_and_the_first_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    with recording(sandbox, path) as watching:
        done = refused(sandbox, "--record", str(path))
        assert (done.status, done.out) == (3, "")
        assert "Another watch is writing to" in done.err
        happened(sandbox, watching)
        watching.end()
    assert read(path)[-1]["type"] == "stop"


@pytest.mark.parametrize("name", ["-", ""])
def test_standard_output_is_no_file_to_record_in(name: str) -> None:
    done = binfut("watch", "--env", "sandbox", "--record", name)
    assert (done.status, done.out) == (2, "")
    assert "--record is of a file" in done.err


def test_what_is_no_recording_is_refused_and_left_as_it_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "day.ndjson"
    path.write_text("asset,amount\nUSDT,1\n")
    path.chmod(0o600)
    done = refused(sandbox, "--record", str(path))
    assert done.status == 8
    assert "no watch can go on from that" in done.err
    assert path.read_text() == "asset,amount\nUSDT,1\n"


@pytest.mark.parametrize("name", ["day.ndjson", "day.ndjson.zst"])
def test_a_killed_watch_is_gone_on_from(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """What happened meanwhile is a gap, a resync of each difference, and a report of history."""
    path = tmp_path / name
    with recording(sandbox, path, "--duration", "1h") as watching:
        happened(sandbox, watching, 3)
        seen = sandbox.exchange.clock.now_ms()
        if name.endswith(".zst"):
            watching.end()  # what waits to be compressed is lost by a kill
        else:
            watching.process.kill()
            watching.process.wait()
    sandbox.act({**DEPOSIT, "amount": "5"})
    missed = sandbox.exchange.clock.now_ms()
    with recording(sandbox, path) as watching:
        happened(sandbox, watching)
        watching.end()
    shown = binfut("replay", str(path), "--json")
    assert (shown.status, shown.err) == (0, "")
    records = [json.loads(line) for line in shown.out.splitlines()]
    first, *_ = runs = list(dict.fromkeys(record["run"] for record in records))
    assert len(runs) == 2
    after = [record for record in records if record["run"] != first]
    assert (after[0]["type"], after[0]["previousRun"]) == ("segment", first)
    kinds = [record["type"] for record in after]
    assert kinds[:4] == ["segment", "status", "gap", "snapshot"]
    (gap,) = of_type(after, "gap")
    assert gap["cause"] == "restart"
    assert gap["from"] <= seen
    assert gap["from"] <= missed <= gap["to"]
    resynced = {(r["key"]["asset"], r["field"]) for r in of_type(after, "resync")}
    assert ("USDT", "walletBalance") in resynced


def test_between_two_runs_in_which_nothing_happened_nothing_differs(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "day.ndjson"
    for _ in range(3):
        with recording(sandbox, path) as watching:
            happened(sandbox, watching)
            watching.end()
    gaps = of_type(read(path), "gap")  # the first is told again: there was no time for its report
    assert len({(each["from"], each["to"]) for each in gaps}) == 2
    assert not of_type(read(path), "resync", "drift")


@pytest.mark.parametrize(("market", "asset"), [(Market.USDM, "USDT"), (Market.COINM, "BTC")])
def test_an_exchange_that_was_set_back_between_two_runs_is_told(
    tmp_path: Path, market: Market, asset: str
) -> None:
    """Its rows changed long before what the file tells of them."""
    path = tmp_path / "day.ndjson"
    with Sandbox.start() as sandbox, recording(sandbox, path, market=market) as watching:
        sandbox.act({**DEPOSIT, "asset": asset, "market": market})
        while '"type":"event"' not in watching.line():
            pass
        watching.end()
    a_minute_ago = partial(re.sub, r"\b\d{13}\b", lambda found: str(int(found[0]) - 60_000))
    path.write_text(a_minute_ago(path.read_text()))
    with Sandbox.start() as sandbox, recording(sandbox, path, market=market) as watching:
        watching.end()
    resyncs = of_type(read(path), "resync")
    assert {each["field"] for each in resyncs} == {"walletBalance", "crossWalletBalance"}
    assert {each["key"]["asset"] for each in resyncs} == {asset}


def test_a_torn_end_is_put_aside_and_told(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    with recording(sandbox, path) as watching:
        watching.end()
    os.truncate(path, path.stat().st_size - 9)
    with recording(sandbox, path) as watching:
        done = watching.end()
    assert "ended inside a line" in done.err
    assert len(read(path)) == len(path.read_text().splitlines())
    assert (tmp_path / "day.ndjson.torn").read_bytes().startswith(b'{"v":1,"type":"stop"')


def test_json_appended_to_a_file_goes_on_from_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    options = [*at(sandbox), "--stream-url", sandbox.stream["usdm"], "--duration", "1s", "--json"]
    for more in ([], ["--resume", str(path)]):
        with path.open("ab") as out:
            done = binfut("watch", *options, *more, env=environment(sandbox), stdout=out)
        assert done.status == 0
    records = read(path)
    (gap,) = of_type(records, "gap")
    (segment,) = of_type(records, "segment")
    assert (gap["cause"], segment["previousRun"]) == ("restart", records[0]["run"])


def test_accounts_of_another_environment_are_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    with recording(sandbox, path) as watching:
        watching.end()
    path.write_text(path.read_text().replace('"env":"sandbox"', '"env":"testnet"'))
    with recording(sandbox, path) as watching:
        done = watching.end()
    assert "not watched now, though recorded before: usdm testnet" in done.err
    assert not of_type(read(path), "gap", "segment")


def test_a_hang_up_begins_another_file_that_can_be_read_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path, moved = tmp_path / "day.ndjson", tmp_path / "day.ndjson.1"
    with recording(sandbox, path) as watching:
        watching.process.send_signal(signal.SIGHUP)  # nothing was moved
        happened(sandbox, watching)
        path.rename(moved)
        watching.process.send_signal(signal.SIGHUP)
        while not path.exists() or path.stat().st_size == 0:
            happened(sandbox, watching)
        happened(sandbox, watching)
        assert watching.end().status == 143
    records = read(path)
    assert [record["type"] for record in records[:3]] == ["segment", "snapshot", "heartbeat"]
    for names in ([str(path)], [str(moved), str(path)]):
        assert binfut("replay", *names, "--json").status == 0
    whole = binfut("replay", str(moved), str(path), "--at", "2100-01-01", "--json").out
    alone = binfut("replay", str(path), "--at", "2100-01-01", "--json").out
    assert json.loads(alone)["assets"] == json.loads(whole)["assets"]
    assert json.loads(alone)["positions"] == json.loads(whole)["positions"]


def test_files_are_begun_by_size(tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson.gz"
    options = ["--env", "sandbox", "--speed", "1000", "--market", "all", "--duration", "2s"]
    done = binfut("watch", *options, "--record", str(path), "--rotate", "1KB")
    assert done.status == 0
    names = sorted(each.name for each in tmp_path.iterdir())
    assert len(names) >= 2
    files = [str(tmp_path / name) for name in names]
    for file in files:
        assert binfut("replay", file, "--json").status == 0
    assert binfut("replay", *files, "--json").status == 0


def test_files_are_begun_by_age(tmp_path: Path) -> None:
    options = ["--env", "sandbox", "--speed", "50", "--duration"]
    for name, age, duration in (("old", "1d", "1s"), ("young", "1s", "2s")):
        path = tmp_path / name / "day.ndjson"
        path.parent.mkdir()
        done = binfut("watch", *options, duration, "--record", str(path), "--rotate", age)
        assert done.status == 0
    assert [each.name for each in (tmp_path / "old").iterdir()] == ["day.ndjson"]
    files = sorted(str(each) for each in (tmp_path / "young").iterdir())
    assert len(files) >= 2
    assert binfut("replay", *files, "--json").status == 0


@pytest.mark.parametrize("text", ["0MB", "1TB", "soon", ""])
def test_what_is_neither_size_nor_age_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "day.ndjson"
    done = binfut("watch", "--env", "sandbox", "--record", str(path), "--rotate", text)
    assert done.status == 2
    assert not path.exists()


def _room(watching: Watching, size: int) -> None:
    """How large a file of this process may become."""
    _, hard = resource.prlimit(watching.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(watching.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_pauses_the_recording_and_what_it_lacks_is_a_gap_in_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "day.ndjson"
    with recording(sandbox, path) as watching:
        happened(sandbox, watching)
        _room(watching, 1)
        missed = sandbox.exchange.clock.now_ms()
        happened(sandbox, watching, 3)  # is shown all the same
        _room(watching, resource.RLIM_INFINITY)
        done = watching.end()
    assert done.err.count("Recording pauses") == 1
    assert done.err.count("recording goes on") == 1
    records = read(path)
    (gap,) = of_type(records, "gap")
    assert (gap["cause"], gap["certainty"]) == ("recording", "certain")
    assert gap["from"] <= missed <= gap["to"]
    assert len(of_type(records, "event")) == 1
    carried = of_type(records, "snapshot")[-1]
    (usdt,) = (row for row in carried["assets"] if row["asset"] == "USDT")
    assert (carried["source"], usdt["walletBalance"]) == ("watch", wallet(sandbox))
    assert binfut("replay", str(path), "--json").status == 0


def wallet(sandbox: Sandbox) -> str:
    done = binfut("account", "balances", *at(sandbox), "--json", env=environment(sandbox))
    rows = json.loads(done.out)["balances"]
    return str(next(row for row in rows if row["asset"] == "USDT")["balance"])


def test_a_disk_that_stays_full_leaves_a_file_to_go_on_from(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "day.ndjson"
    with recording(sandbox, path) as watching:
        before = path.read_bytes()
        _room(watching, 1)
        missed = sandbox.exchange.clock.now_ms()
        happened(sandbox, watching, 3)
        assert watching.end().status == 143
    assert path.read_bytes() == before
    with recording(sandbox, path) as watching:
        watching.end()
    (gap,) = of_type(read(path), "gap")
    assert gap["cause"] == "restart"
    assert gap["from"] <= missed <= gap["to"]


def test_a_file_that_standard_output_goes_to_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    path.touch(0o600)
    with path.open("ab") as out:
        options = [*at(sandbox), "--json", "--record", str(path)]
        done = binfut("watch", *options, env=environment(sandbox), stdout=out)
    assert (done.status, path.read_bytes()) == (3, b"")
    assert "Standard output goes to" in done.err


def test_a_file_is_as_the_schema_says(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    options = ["--env", "sandbox", "--speed", "200", "--duration", "1s", "--rotate", "1kB"]
    assert binfut("watch", *options, "--record", str(path)).status == 0
    records = read(path)
    assert {"segment", "snapshot"} <= {record["type"] for record in records}
    for record in records:
        validator(record["type"]).validate(record)
