"""`binfut sandbox serve` in trouble, and with a clock that runs faster."""

import json
import signal
import subprocess

import pytest

from binfut_cli.errors import ExitStatus
from tests.support.process import Process
from tests.support.program import binfut, environment


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
