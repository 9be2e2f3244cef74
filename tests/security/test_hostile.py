"""Texts and bytes that mean harm go through the real program, and none reaches the terminal raw."""

import json
import threading
import time
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.faults.hostile_text import HOSTILE_TEXTS
from tests.support.program import Watching, at, binfut, environment
from tests.support.terminal import on_a_terminal

pytestmark = pytest.mark.slow  # many runs of the whole program

UNSAFE = {
    *map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2060, 0x2070)), "\u00ad", "\u061c",
    "\ufeff",
    *"\xa0\u034f\u115f\u17b4\u180b\u2003\u2800\u3000\u3164\ufe0f\uffa0\U0001bca0\U0001d173",
}  # fmt: skip
CONTROLS = "".join(sorted(UNSAFE))
CORPUS = [
    CONTROLS,
    "".join(HOSTILE_TEXTS[:14]),
    "[bold red]BTC[/] [link=http://x]y[/link] [/nothing]",
]
ALL = "".join(CORPUS)
OUTPUTS = [["-o", "table"], ["-o", "wide"], ["-o", "json"], ["-o", "ndjson"], ["-o", "csv"]]
DEEP = '{"id":1,"status":200,"result":' + "[" * 50_000 + "]" * 50_000 + "}"
QUIET = {"NO_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "400"}


def check(shown: str) -> None:
    """Nothing is left that moves a cursor, hides, or turns a line around; lines still end."""
    found = {char for char in shown.replace("\r\n", "\n") if char in UNSAFE} - {"\n"}
    assert found == set()


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output[1])
def test_an_answer_shows_hostile_symbols_harmlessly(sandbox: Sandbox, output: list[str]) -> None:
    fault = {"fault": "evil", "layer": "wsApi", "text": ALL, "keys": ["symbol", "asset"]}
    sandbox.fault({**fault, "count": None})
    env = environment(sandbox) | QUIET
    piped = binfut("account", "status", *at(sandbox), *output, env=env)
    assert "Traceback" not in piped.err
    check(piped.out + piped.err)
    if output[1] == "json":
        assert {row["asset"] for row in json.loads(piped.out)["assets"]} == {ALL}
    if output[1] in ("table", "wide", "csv"):
        assert CORPUS[2] in piped.out  # shown as it is, not taken for markup


def test_the_same_on_a_terminal(sandbox: Sandbox) -> None:
    fault = {"fault": "evil", "layer": "wsApi", "text": ALL, "keys": ["symbol", "asset"]}
    sandbox.fault({**fault, "count": None})
    env = environment(sandbox) | QUIET
    for output in (OUTPUTS[0], OUTPUTS[2]):
        check(on_a_terminal("account", "status", *at(sandbox), *output, env=env))


def event(text: str) -> dict[str, Any]:
    row = {"s": text, "pa": "1", "ep": "1", "cr": "0", "up": "0", "mt": text, "ps": text}
    body = {"m": text, "B": [{"a": text, "wb": "1", "cw": "1", "bc": "0"}], "P": [row]}
    return {"e": "ACCOUNT_UPDATE", "E": 1790000000000, "T": 1790000000000, "a": body}


@pytest.mark.parametrize("options", [[], ["--json"], ["--raw"]], ids=["lines", "json", "raw"])
def test_a_watch_shows_hostile_events_harmlessly(sandbox: Sandbox, options: list[str]) -> None:
    messages = [json.dumps(event(text), ensure_ascii=False) for text in CORPUS]
    messages += [json.dumps({"e": text, "E": 1, text: text}) for text in CORPUS]
    messages += [CONTROLS.replace("\n", "")]
    options = [*options, *at(sandbox), "--stream-url", sandbox.stream["usdm"], "--limit", "7"]
    account = sandbox.accounts[0].name

    def send() -> None:
        for text in messages:
            sandbox.act({"action": "raw", "account": account, "market": "usdm", "text": text})

    with Watching(*options, env=environment(sandbox) | QUIET) as watching:
        _when_streaming(sandbox, watching)
        send()
        done = watching.rest()
    assert done.status == 0
    if "--raw" in options:  # bytes for programs stay the exchange's own
        assert done.out.split("\n")[0] == messages[0]
        return
    check(done.out + done.err)


def _when_streaming(sandbox: Sandbox, watching: Watching) -> None:
    while not _streams(sandbox):
        assert watching.process.poll() is None


def _streams(sandbox: Sandbox) -> bool:
    return any(name.startswith("stream") for name in sandbox.connections())


def test_raw_bytes_are_escaped_on_a_terminal(sandbox: Sandbox) -> None:
    """In JSON most of them are escaped already; what is not JSON at all must be too."""
    account = sandbox.accounts[0].name
    options = [
        "watch",
        "--raw",
        *at(sandbox),
        "--stream-url",
        sandbox.stream["usdm"],
        "--limit",
        "1",
    ]

    def send() -> None:
        deadline = time.monotonic() + 10
        while not _streams(sandbox) and time.monotonic() < deadline:
            pass
        sandbox.act({"action": "raw", "account": account, "market": "usdm", "text": CONTROLS})

    sender = threading.Thread(target=send)
    sender.start()
    shown = on_a_terminal(*options, env=environment(sandbox) | QUIET)
    sender.join(5)
    assert "\\u{1b}" in shown
    assert "\\u{202e}" in shown
    check(shown)


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_an_error_shows_hostile_words_harmlessly(sandbox: Sandbox, options: list[str]) -> None:
    refused = {"fault": "wsError", "layer": "wsApi", "code": -1121, "msg": ALL, "count": None}
    sandbox.fault(refused)
    done = binfut("account", "status", *at(sandbox), *options, env=environment(sandbox) | QUIET)
    assert (done.status, done.out) == (4, "")
    assert len(done.err.splitlines()) == (1 if options else 2)
    check(done.err)
    sandbox.clear_faults()
    sandbox.fault({**refused, "on": "account.position"})
    done = binfut("account", "status", *at(sandbox), *options, env=environment(sandbox) | QUIET)
    assert done.status == 11  # the other replies are there
    assert len(done.err.splitlines()) == (1 if options else 3)
    check(done.out + done.err)


def test_hostile_arguments_are_shown_harmlessly(sandbox: Sandbox) -> None:
    text = "\x1b]0;owned\x07\u202e"
    for arguments in (["-p", text], ["--env", text], ["--rest-url", text], ["--fields", text]):
        done = binfut(
            "account", "status", *at(sandbox)[2:], *arguments, env=environment(sandbox) | QUIET
        )
        assert done.status in (2, 3)
        assert "\x1b" not in done.err
        assert "\x07" not in done.err


@pytest.mark.parametrize("text", ["[" * 100_000, DEEP, "null", ""], ids=range(4))
def test_a_hostile_shape_is_an_unreadable_answer(sandbox: Sandbox, text: str) -> None:
    sandbox.fault({"fault": "text", "layer": "wsApi", "text": text})
    done = binfut("account", "status", *at(sandbox), env=environment(sandbox) | QUIET)
    assert (done.status, done.out) == (8, "")
    assert len(done.err) < 1000
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    "result",
    [
        pytest.param('{"a":' + "9" * 100_000 + "}", id="long number"),
        pytest.param('{"totalWalletBalance":"1e999999999"}', id="vast number"),
        pytest.param('{"totalWalletBalance":"NaN"}', id="not a number"),
        pytest.param("[[[]]]", id="wrong shape"),
    ],
)
def test_a_hostile_part_leaves_the_others_readable(sandbox: Sandbox, result: str) -> None:
    text = f'{{"id":1,"status":200,"result":{result}}}'
    sandbox.fault({"fault": "text", "layer": "wsApi", "text": text})
    done = binfut("account", "status", *at(sandbox), env=environment(sandbox) | QUIET)
    assert done.status == 11
    assert "BTCUSDT" in done.out
    assert len(done.err) < 1000
    assert "Traceback" not in done.err


def test_a_message_beyond_all_measure_is_cut_off(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "huge", "layer": "wsApi", "bytes": 9 << 20})
    done = binfut("account", "status", *at(sandbox), env=environment(sandbox) | QUIET)
    assert done.status in (6, 8)
    assert "Traceback" not in done.err
    sandbox.fault({"fault": "huge", "layer": "rest", "bytes": 9 << 20})
    done = binfut("account", "config", *at(sandbox), env=environment(sandbox) | QUIET)
    assert (done.status, "8 MiB" in done.err) == (11, True)
