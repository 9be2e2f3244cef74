"""`binfut sandbox serve`: in trouble, with a clock that runs faster, and how one attaches to it."""

import json
import shlex
import signal
import subprocess

import pytest

from binfut_cli.errors import ExitStatus
from tests.support.process import Process
from tests.support.program import Watching, binfut, environment


def test_the_served_sandbox_has_its_faults_from_the_start() -> None:
    fault = '{"fault":"revoked","count":null}'
    program = ("sandbox", "serve", "--no-story", "--fault", fault, "--time-speed", "60")
    with Process(*program, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        first = found["accounts"][0]
        key = {"BINFUT_API_KEY": first["apiKey"], "BINFUT_API_SECRET": first["secret"]}
        env = environment(**key, BINFUT_ENV="sandbox")
        address = found["wsApi"]["usdm"]
        asked = binfut("account", "status", "--ws-api-url", address, env=env)
        assert (asked.status, "-2015" in asked.err) == (ExitStatus.AUTH, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("{", "Expecting property name"),
        ("[1]", "no JSON object"),
        ('{"fault":"rain"}', "no fault 'rain'; there are: reset"),
        ('{"fault":"reset","probability":2}', "at most 1"),
        ('{"fault":"reset","probability":NaN}', "must be a number"),
    ],
)
def test_a_fault_that_is_none_is_wrong_usage(fault: str, says: str) -> None:
    done = binfut("sandbox", "serve", "--fault", fault, env=environment())
    assert (done.status, done.out) == (ExitStatus.USAGE, "")
    assert says in done.err
    assert "hint: Give one like" in done.err


def test_the_line_that_is_told_attaches_to_both_markets_whatever_the_environment_says() -> None:
    program = ("sandbox", "serve", "--no-story", "--tls")
    pipe = subprocess.PIPE
    with Process(*program, env=environment(), stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = json.loads(process.stdout.readline())
        process.stderr.readline()
        words = shlex.split(process.stderr.readline().decode())
        given = dict(each.split("=", 1) for each in words if each.isupper() or "=" in each)
        name, *arguments = words[len(given) :]
        assert (name, arguments[:3]) == ("binfut", ["watch", "--market", "all"])
        assert arguments[3:] == ["--sandbox", found["rest"]["usdm"]]
        asked = binfut(
            "account", "balances", "--json", *arguments[1:], env=environment(None, **given)
        )
        assert (asked.status, asked.err) == (ExitStatus.DONE, "")
        answers = [json.loads(line) for line in asked.out.splitlines()]
        assert [each["market"] for each in answers] == ["usdm", "coinm"]
        with Watching(*arguments[1:], "--json", env=environment(None, **given)) as watch:
            seen: set[str] = set()
            while seen < {"usdm", "coinm"}:
                record = json.loads(watch.line())
                assert record["env"] == "sandbox"
                seen.add(record["market"])
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130


HERE = "http://127.0.0.1:9"
KEY = {"BINFUT_API_KEY": "k" * 64, "BINFUT_API_SECRET": "s" * 64}


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (["--env", "testnet", "--sandbox", HERE], 2, "Leave --env out, or --sandbox."),
        (["--sandbox", HERE, "--rest-url", HERE], 2, "Choose one."),
        (["--sandbox", "ws://127.0.0.1:9"], 2, "plain http:// only for this machine"),
        (["--sandbox", f"{HERE}/ws-fapi/v1"], 2, "has a path"),
        (["--sandbox", "http://10.0.0.1:9"], 3, "in plaintext"),
        (["-m", "all", "--ws-api-url", "ws://127.0.0.1:9/ws-fapi/v1"], 2, "--sandbox alone, for"),
    ],
)
@pytest.mark.parametrize("command", [("account", "positions"), ("watch",)])
def test_an_address_that_cannot_be_a_sandbox_is_refused_in_words(
    command: tuple[str, ...], options: list[str], status: int, says: str
) -> None:
    done = binfut(*command, *options, env=environment(None, **KEY))
    assert (done.status, done.out) == (status, "")
    assert says in " ".join(done.err.split())


def test_a_key_of_the_real_exchange_is_not_shown_to_a_sandbox() -> None:
    done = binfut("account", "status", "--sandbox", HERE, env=environment(None, **KEY))
    assert (done.status, done.out) == (ExitStatus.CONFIG, "")
    assert "is for prod, not for sandbox" in done.err
