"""`watch --alert`: the real program, told by events and readings, and what it runs and ends by."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from binfut_cli.render.palette import palette
from binfut_cli.sandbox import Sandbox
from tests.support.program import Watching, at, binfut, environment
from tests.support.terminal import Terminal

Record = dict[str, Any]
BUY = {"action": "fill", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1"}


def options(sandbox: Sandbox) -> list[str]:
    return [*at(sandbox), "--stream-url", sandbox.stream["usdm"]]


@contextmanager
def watching(sandbox: Sandbox, *more: str, **env: str) -> Iterator[Callable[[str], Record]]:
    """A watch that is live; read on until a record of a type, or a state of an alert, comes."""
    line = ["--json", *options(sandbox), *more]
    with Watching(*line, env=environment(sandbox, **env)) as found:

        def until(word: str) -> Record:
            while text := found.line():
                record: Record = json.loads(text)
                if word in (record["type"], record.get("state"), record.get("status")):
                    return record
            raise AssertionError(found.rest())

        until("LIVE")
        yield until


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_fill_that_crosses_is_told_to_all_and_recorded(sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "out"
    os.mkfifo(out)
    hook = script(tmp_path / "hook", f"cat > {out}; env > {tmp_path / 'env'}")
    record = tmp_path / "day.ndjson"
    more = ["--alert", "positionAmt>2", "--exec", str(hook), "--record", str(record)]
    with watching(sandbox, *more) as until:
        sandbox.act(BUY)
        told = json.loads(out.read_text())
        fired = until("fired")
        sandbox.act({**BUY, "side": "SELL"})
        assert json.loads(out.read_text())["state"] == "cleared"
        cleared = until("cleared")
    assert fired["key"] == {"symbol": "BTCUSDT", "positionSide": "BOTH"}
    assert fired["figures"]["positionAmt"] == "2.5"
    assert {**told, "run": "", "seq": 0} == {**fired, "run": "", "seq": 0}
    assert (cleared["alert"], cleared["crossedAt"]) == (fired["alert"], fired["crossedAt"])
    assert "BINFUT_API" not in (tmp_path / "env").read_text()
    shown = binfut("replay", str(record)).out
    assert "ALERT    BTCUSDT         positionAmt>2: 2.5" in shown
    assert "CLEAR    BTCUSDT         positionAmt>2 is clear: 1.5" in shown
    rows = json.loads(binfut("summary", str(record), "--json").out)["alerts"]
    assert [(row["of"], row["from"], row["times"]) for row in rows] == [
        ("BTCUSDT", fired["crossedAt"], 1)
    ]
    assert rows[0]["to"] == cleared["time"]


def test_a_mark_that_moves_fires_it_and_clears_it(sandbox: Sandbox) -> None:
    with watching(sandbox, "--alert", "liquidationDistance<5%") as until:
        sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": "76000"})
        fired = until("fired")
        sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": "84000"})
        cleared = until("cleared")
    assert fired["key"]["symbol"] == cleared["key"]["symbol"] == "BTCUSDT"
    assert float(fired["figures"]["markPrice"]) == 76000
    assert 0 < float(fired["figures"]["liquidationDistance"]) < 0.05
    assert float(cleared["figures"]["markPrice"]) == 84000


def test_what_holds_from_the_start_ends_it_after_the_snapshot(sandbox: Sandbox) -> None:
    ended = binfut("watch", *options(sandbox), "--json", "--until", "liquidationDistance<12%",
                   env=environment(sandbox))  # fmt: skip
    records = [json.loads(line) for line in ended.out.splitlines()]
    kinds = [each["type"] for each in records if each["type"] != "status"]
    assert (ended.status, kinds) == (10, ["snapshot", "alert", "alert", "stop"])
    assert records[-1]["reason"] == "until"


def test_an_event_ends_it_that_it_was_watched_for(sandbox: Sandbox) -> None:
    with Watching(*options(sandbox), "--until", "positionAmt>2", env=environment(sandbox)) as found:
        while "HOLDS" not in found.line():
            pass
        sandbox.act(BUY)
        ended = found.rest()
    assert ended.status == 10
    assert "positionAmt>2: 2.5\n" in ended.out
    assert "STOP until: " in ended.err


def test_people_are_rung_for_and_shown_red(sandbox: Sandbox) -> None:
    line = ["watch", *options(sandbox), "--alert", "liquidationDistance<12%"]
    with Terminal(*line, env=environment(sandbox)) as terminal:
        shown = terminal.until("BTCUSDT         liquidationDistance<12%: 11.")
    assert "\a" in shown
    assert palette().paint("bad", "ALERT") in shown


def test_a_program_that_fails_is_told_once_and_stops_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    hook = script(tmp_path / "hook", "echo no route >&2; exit 3")
    ended = binfut(
        "watch", *options(sandbox), "-q", "--until", "liquidationDistance<12%", "--exec", str(hook),
        env=environment(sandbox),
    )  # fmt: skip
    assert ended.status == 10
    assert ended.err.splitlines()[0] == "binfut: --exec left with status 3: no route."
    assert len(ended.err.splitlines()) == 2
    assert "no route" not in ended.out


def test_a_recording_is_whole_while_a_program_is_still_waited_for(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    record, seen = tmp_path / "day.ndjson.gz", tmp_path / "seen"
    stopped = f'gzip -cdq {record} 2>&1 | grep \'"type":"stop"\' > {seen}'
    hook = script(tmp_path / "hook", f"until {stopped}; do sleep 0.05; done")
    ended = binfut(
        "watch", *options(sandbox), "-q", "--until", "symbol==btcusdt and roe>0",
        "--exec", str(hook), "--record", str(record), env=environment(sandbox),
    )  # fmt: skip
    assert (ended.status, ended.err) == (10, "")
    assert "until" in seen.read_text()


def test_the_desktop_is_told_without_markup(sandbox: Sandbox, tmp_path: Path) -> None:
    script(tmp_path / "notify-send", f'printf "%s\\n" "$@" >> {tmp_path / "said"}')
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ended = binfut(
        "watch", *options(sandbox), "--notify", "--until", "symbol==btcusdt and roe>0",
        env=environment(sandbox, PATH=path),
    )  # fmt: skip
    assert ended.status == 10
    title, body = (tmp_path / "said").read_text().splitlines()[-2:]
    assert title == "binfut: BTCUSDT"
    assert body.startswith("symbol==btcusdt and roe&gt;0: symbol BTCUSDT  roe ")


def test_what_looks_mistaken_is_said_and_watched_for_all_the_same(sandbox: Sandbox) -> None:
    ended = binfut(
        "watch", *options(sandbox), "--alert", "marginRatio>80", "--alert", "symbol==nousdt",
        "--until", "markPrice>1", env=environment(sandbox),
    )  # fmt: skip
    assert ended.status == 10
    assert (
        "--alert 'marginRatio>80': marginRatio is a ratio: 0.8 or 80% for 80 per cent" in ended.err
    )
    assert "symbol==nousdt: there is no symbol nousdt now, and it is watched for." in ended.err
