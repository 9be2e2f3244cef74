"""`binfut replay`: the watch's lines again, the account at a moment, what is told of bad files."""

import gzip
import json
import os
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from binfut_cli.commands.recording.playing import Choice
from binfut_cli.endpoints import Market
from binfut_cli.recording.reader import Line
from binfut_cli.recording.recorded import recorded
from binfut_cli.render.watch.shown import Shown
from tests.support.process import Process
from tests.support.program import Ended, Watching, binfut, environment
from tests.support.recordings import line, simulated, written
from tests.support.simulation import EPOCH_MS
from tests.support.terminal import Terminal

UTC = environment(TZ="UTC")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording of both markets, as one run."""
    lines = [*simulated(Market.USDM), *simulated(Market.COINM)]
    lines.sort(key=lambda each: json.loads(each)["time"])
    numbered = (_with_seq(each, seq) for seq, each in enumerate(lines, 1))
    return written(tmp_path_factory.mktemp("both") / "day.ndjson", numbered)


def _with_seq(data: bytes, seq: int) -> bytes:
    before, _, after = data.partition(b'"seq":')
    return before + f'"seq":{seq}'.encode() + after.lstrip(b"0123456789")


def replay(*arguments: str, **options: Any) -> Ended:
    return binfut("replay", *arguments, env=UTC, **options)


def times(text: str) -> list[int]:
    return [json.loads(each)["time"] for each in text.splitlines()]


def test_what_a_watch_prints_is_what_replay_prints(tmp_path: Path) -> None:
    name = tmp_path / "day.ndjson"
    arguments = ("watch", "--env", "sandbox", "--speed", "1000", "--limit", "60", "--json")
    name.write_text(binfut(*arguments, env=UTC).out)
    done = replay(str(name))
    assert done.status == 0
    kinds = {text.split()[1] for text in done.out.splitlines()}
    assert {"HOLDS", "FILL"} <= kinds  # whichever 60 events of the story they are
    assert done.err.count(" LIVE ") == 1
    assert " STOP limit: 60 events, 0 gaps" in done.err.splitlines()[-1]


def test_what_nobody_reads_of_a_record_may_be_no_text(tmp_path: Path) -> None:
    """As JSON it is written as it stands there, so somebody has to look."""
    odd = line(2, more="?").replace(b"?", b"\xff")
    name = written(tmp_path / "day.ndjson", [line(1), odd, line(3)])
    done = replay(name, "--json")
    assert [json.loads(each)["seq"] for each in done.out.splitlines()] == [1, 3]
    assert (done.status, "day.ndjson:2: not UTF-8" in done.err) == (8, True)


def test_of_one_account_of_several_the_run_that_goes_on_is_told_too(tmp_path: Path) -> None:
    lines = [
        line(1, profile="desk"),
        line(1, "segment", number=1, previousRun="a1", run="b2", profile=None, market=None),
        line(2, run="b2", profile="desk"),
        line(3, run="b2", profile="hedge"),
    ]
    done = replay(written(tmp_path / "day.ndjson", lines), "-p", "desk", "--json")
    assert [json.loads(each)["seq"] for each in done.out.splitlines()] == [1, 1, 2]
    assert "profile" not in done.err


def test_of_an_account_that_is_not_in_it_is_told_which_may_be_meant(tmp_path: Path) -> None:
    name = written(tmp_path / "day.ndjson", [line(1, profile="desk"), line(2, profile="hedge")])
    done = replay(name, "-p", "desk", "-p", "hedg", "--json")
    told = "binfut: no record is of the profile 'hedg'. Did you mean 'hedge'?\n"
    assert done.status == 0
    assert done.err.startswith(told)


def test_what_to_do_is_told_once_and_to_programs_each_time(tmp_path: Path) -> None:
    name = written(tmp_path / "day.ndjson", [line(1), b"{}\n", b"[]\n", line(4)])
    for options, hints in (([], 1), (["--json"], 3)):
        done = replay(name, *options)
        assert done.status == 8
        assert done.err.count("What can be read is shown") == hints


def test_json_is_the_file_again(both: str) -> None:
    done = replay(both, "--json")
    assert (done.status, done.out) == (0, Path(both).read_text())
    given = gzip.compress(Path(both).read_bytes())
    assert replay("-", "--json", given=given).out == done.out


def test_a_span_a_market_and_events_are_chosen(both: str) -> None:
    every = times(replay(both, "--json").out)
    first, last = every[len(every) // 3], every[len(every) // 2]
    done = replay(both, "--json", "--from", str(first), "--to", str(last))
    assert times(done.out) == [each for each in every if first <= each <= last]
    some = replay(both, "--json", "-m", "coinm", "--events", "ACCOUNT_UPDATE", "-p", "one-way")
    found = [json.loads(each) for each in some.out.splitlines()]
    assert {each["market"] for each in found} == {"coinm"}
    assert {each["event"] for each in found if each["type"] == "event"} == {"ACCOUNT_UPDATE"}
    assert replay(both, "--json", "-p", "nobody").out == ""


@pytest.mark.parametrize("command", ["replay", "summary"])
def test_a_span_that_ends_before_it_begins_is_refused(both: str, command: str) -> None:
    done = binfut(command, both, "--from", "2026-11-20T12:00", "--to", "2026-11-20T11:59")
    assert (done.status, done.out) == (2, "")
    assert "The span ends before it begins" in done.err


def test_standard_input_that_is_given_twice_is_told(both: str) -> None:
    done = replay("-", "-", given=Path(both).read_bytes())
    assert done.status == 8
    assert "Standard input can be read once" in done.err


@pytest.mark.parametrize("choice", ["--at", "--from"])
def test_a_pipe_by_another_name_than_standard_input_is_read_whole(both: str, choice: str) -> None:
    wanted = choice, str(times(Path(both).read_text())[-2]), "--json"
    given = Path(both).read_bytes()
    assert replay("/dev/stdin", *wanted, given=given).out == replay(both, *wanted).out


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_summary_that_would_read_a_pipe_twice_is_refused(both: str, name: str) -> None:
    done = binfut("summary", name, "--from", "2026-11-20", given=Path(both).read_bytes())
    assert (done.status, done.out) == (2, "")
    assert "a pipe can be read once" in done.err


def test_nobody_was_killed_where_nothing_was_read(tmp_path: Path) -> None:
    assert "no stop at the end" not in replay(str(tmp_path / "none")).err


def test_a_watch_that_goes_on_from_another_is_not_said_to_know_nothing(tmp_path: Path) -> None:
    begun = line(1, "segment", run="b2", time=EPOCH_MS + 10**7, number=1, previousRun="a1")
    done = replay(written(tmp_path / "a", [*simulated(), begun]))
    assert done.err.count("another watch begins; what it missed is a gap.") == 1
    assert "nothing is known" not in done.err


def test_a_gap_a_restart_and_an_end_without_stop_are_told(tmp_path: Path) -> None:
    again = simulated(run="b2")
    done = replay(written(tmp_path / "a", [*simulated(), *again]))
    assert "  GAP " in done.out or " GAP " in done.out
    assert done.err.count("another watch begins; of the time between nothing is known") == 1
    assert "no stop at the end" in done.err
    assert done.status == 0


@pytest.mark.parametrize(("show", "list_"), [("balances", "balances"), ("positions", "positions")])
def test_at_a_moment_as_any_question_answers(both: str, show: str, list_: str) -> None:
    at = str(times(Path(both).read_text())[-1])
    done = replay(both, "--at", at, "--show", show, "--json", "-m", "usdm")
    found = json.loads(done.out)
    assert (done.status, found["time"], found["profile"]) == (0, int(at), "one-way")
    assert found[list_]
    assert found["proof"]["status"] in ("LIVE", "QUIET")
    sheet = replay(both, "--at", at, "--show", show, "-o", "csv", "-m", "usdm")
    assert len(sheet.out.splitlines()) == 1 + len(found[list_])
    assert sheet.err.startswith("Recorded: LIVE since ")
    assert sheet.err.count("\n") == 2
    rows = replay(both, "--at", at, "--show", show, "-o", "ndjson", "-m", "usdm").out.splitlines()
    assert len(rows) == len(found[list_])


def test_at_a_moment_for_people(both: str) -> None:
    first = times(Path(both).read_text())[0]
    done = replay(both, "--at", str(first + 330_000))
    assert done.out.count("Recorded: not covered: GAP") == 2
    assert done.out.count("In a gap: ") == 2
    assert "Prices, margins and profits are as read at 2026-" in done.out
    assert done.status == 0


def test_a_condition_and_fields_at_a_moment(both: str) -> None:
    at = str(times(Path(both).read_text())[-1])
    arguments = (both, "--at", at, "--show", "balances", "-m", "usdm")
    assert replay(*arguments, "--fail-if", "balance>1").status == 10
    assert replay(*arguments, "--fail-if", "balance<0").status == 0
    found = json.loads(replay(*arguments, "--fields", "asset", "--json").out)
    assert found["balances"][0].keys() == {"asset"}
    assert found["proof"]["readAt"] > 0


def test_before_anything_was_read(both: str) -> None:
    done = replay(both, "--at", "2020-01-01")
    assert (done.status, done.out) == (2, "")
    assert "No account had been read by then." in done.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([line(1), line(4)], "a.ndjson:2: seq 4 follows 1: 2 records are missing."),
        ([line(1), b"{}}\n"], "a.ndjson:2: not a record that can be read"),
        ([line(1), line(2)[:-9]], "a.ndjson:2: it ends inside a record"),
        ([line(1), line(2, v=7)], "a.ndjson:2: not a record that can be read (version 7"),
        ([line(2), line(1)], "a.ndjson:2: seq 1 follows 2"),
        ([line(1), line(1, run="b"), line(2)], "a.ndjson:3: run a1 goes on after another"),
        ([line(1), line(2, "telling")], 'this binfut knows no record "telling".'),
        ([line(1), line(2, "event", event="ACCOUNT_UPDATE")], "its event lacks something"),
        ([line(1), line(2, "gap", gap="x")], "no gap:"),
        ([], "a.ndjson: nothing is in it."),
        ([b"\x7fELF\0\0"], "a.ndjson:1: not text"),
    ],
)
def test_bad_input_is_one_sentence_with_its_line(
    given: list[bytes], said: str, tmp_path: Path
) -> None:
    name = written(tmp_path / "a.ndjson", given)
    done = replay(name)
    assert done.status == 8
    assert said in done.err
    assert "Traceback" not in done.err
    told = [each for each in replay(name, "--json").err.splitlines() if each.startswith("{")]
    kinds = {(each["error"]["kind"], each["error"]["exit"]) for each in map(json.loads, told)}
    assert kinds <= {("recording", 8)}


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    good = written(tmp_path / "good", simulated())
    for bad in (str(tmp_path), str(tmp_path / "none")):
        done = replay(bad, good)
        assert done.status == 8
        assert "cannot be read: " in done.err
        assert "HOLDS" in done.out


def test_a_recording_steers_no_terminal(tmp_path: Path) -> None:
    evil = line(2, "raw", reason="x\u009b31m", text="\u202eb").decode()
    evil = evil.replace("\\u009b", "\u009b").replace("\\u202e", "\u202e")
    name = written(tmp_path / "a", [line(1), evil.encode()])
    for arguments in ((), ("--json",)):
        done = replay(name, *arguments)
        assert not {"\u009b", "\u202e", "\x1b"} & set(done.out + done.err)


def test_a_recording_that_grows_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    name = tmp_path / "a"
    with open(name, "wb", buffering=0) as file:
        arguments = ("--env", "sandbox", "--speed", "1000", "--json")
        with Watching(*arguments, env=UTC) as watching:
            for _ in range(40):
                file.write(watching.line().encode() + b"\n")
            done = replay(str(name))
    assert done.status == 0
    assert "no stop at the end" in done.err


def test_a_live_pipe_is_shown_as_it_comes() -> None:
    with Process("replay", "-", env=UTC, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for each in simulated()[:4]:
            process.stdin.write(each)
        process.stdin.flush()
        assert b"times in UTC" in process.stdout.readline()
        assert b" HOLDS " in process.stdout.readline()
        process.kill()
        process.communicate(timeout=10)


def test_what_cannot_be(both: str) -> None:
    assert "A replay is not written as csv" in replay(both, "-o", "csv").err
    assert replay(both, "--at", "noon").status == 2
    assert replay().status == 2


def test_speed_keeps_the_distances(tmp_path: Path) -> None:
    lines = [line(1), line(2), line(3, time=line_ms(3) + 60_000)]
    name = written(tmp_path / "a", lines)
    assert replay(name, "--json", "--speed", "1000").out.count("\n") == 3


def line_ms(seq: int) -> int:
    found: int = json.loads(line(seq))["time"]
    return found


def test_step_waits_for_enter_and_leaves_on_q(tmp_path: Path) -> None:
    name = written(tmp_path / "a", [line(seq) for seq in range(1, 9)])
    with Terminal("replay", name, "--json", "--step", env=UTC) as terminal:
        terminal.until('"seq":1')
        os.write(terminal._leader, b"\n")
        assert '"seq":3' not in terminal.until('"seq":2')
        os.write(terminal._leader, b"q\n")
        assert '"seq":3' not in terminal.rest()
        assert terminal.process.returncode == 0


def test_no_record_is_asked_where_all_are_to_be_shown() -> None:
    lines = [Line("a", seq, recorded(line(seq)), line(seq)) for seq in (1, 2)]
    every = tuple(Market)
    assert Choice(every).of(lines) is lines
    second_ms = lines[1].record.time
    for some in (
        Choice((Market.COINM,)),
        Choice(every, frozenset({"other"})),
        Choice(every, shown=Shown.of("fill", None), to_ms=0),
        Choice(every, from_ms=second_ms + 1),
    ):
        assert [*some.of(lines)] == []
    assert [*Choice(every, from_ms=second_ms).of(lines)] == lines[1:]
    assert [*Choice(every, to_ms=second_ms - 1).of(lines)] == lines[:1]
    events = [Line("a", 1, recorded(each), each) for each in [line(1, "event", event="TRADE_LITE")]]
    assert [*Choice(every, shown=Shown.of("balance", None)).of(events)] == []
