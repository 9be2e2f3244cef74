"""What a key may do is asked once a day, told at every start, and can be reason to refuse."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from binfut_cli.sandbox import Sandbox
from tests.security.tap import Tap
from tests.support.program import Ended, binfut, environment
from tests.support.published import Published

pytestmark = pytest.mark.slow  # many runs of the whole program

PATH = ("GET", "/sapi/v1/account/apiRestrictions")
ANYWHERE = "binfut: This key works from any address (ipRestrict is off).\n"


class Ground:
    """A sandbox that answers in the exchange's name behind a tap, and a cache of its own."""

    def __init__(self, sandbox: Sandbox, tap: Tap, exchange: Published, cache: Path) -> None:
        self.sandbox, self.tap = sandbox, tap
        self.env = environment(sandbox) | exchange.env
        self.env |= {"XDG_CACHE_HOME": str(cache), "BINFUT_ENV": "prod"}

    def status(self, *options: str, env: str = "prod") -> Ended:
        return binfut("account", "status", *options, env=self.env | {"BINFUT_ENV": env})

    def with_flag(self, name: str) -> None:
        self.sandbox.act(
            {"action": "keyPowers", "account": self.sandbox.accounts[0].name, name: True}
        )

    def forget(self) -> None:
        for path in Path(self.env["XDG_CACHE_HOME"]).rglob("*.json"):
            path.unlink()

    def asked(self) -> int:
        return self.tap.seen.rest.count(PATH)


@pytest.fixture
def ground(sandbox: Sandbox, tmp_path: Path) -> Iterator[Ground]:
    with Tap(sandbox) as tap, Published(f"http://127.0.0.1:{tap.port}", tmp_path) as exchange:
        yield Ground(sandbox, tap, exchange, tmp_path / "cache")


def test_it_is_asked_once_and_told_every_time(ground: Ground) -> None:
    for _ in range(2):
        done = ground.status()
        assert (done.status, done.err) == (0, ANYWHERE)
    assert ground.asked() == 1
    assert ground.status("-q").err == ""


def test_of_a_given_address_nothing_is_remembered(ground: Ground) -> None:
    for times in (1, 2):
        done = ground.status(*ground.tap.options())
        assert (done.status, done.err, ground.asked()) == (0, ANYWHERE, times)
    assert not Path(ground.env["XDG_CACHE_HOME"]).exists()


def test_a_power_is_a_warning(ground: Ground) -> None:
    ground.with_flag("enableFutures")
    for _ in range(2):
        done = ground.status()
        assert done.status == 0
        assert "This key may do more than read: enableFutures." in done.err


def test_a_key_for_some_addresses_that_only_reads_is_nothing_to_tell(ground: Ground) -> None:
    ground.with_flag("ipRestrict")
    assert ground.status().err == ""
    ground.with_flag("permitsUniversalTransfer")
    assert ground.status().err == ""  # it is asked again tomorrow
    ground.forget()
    assert "permitsUniversalTransfer" in ground.status().err


def test_an_unknown_power_is_a_power(ground: Ground) -> None:
    ground.with_flag("enableTimeTravel")
    done = ground.status()
    assert "enableTimeTravel" in done.err


def test_a_key_that_can_withdraw_is_refused_unless_that_is_known(ground: Ground) -> None:
    ground.with_flag("enableWithdrawals")
    for _ in range(2):
        done = ground.status()
        assert (done.status, done.out) == (5, "")
        assert "can withdraw" in done.err
    assert ground.tap.seen.frames == []  # nothing was asked with it
    known = ground.status("--i-know-this-key-can-withdraw")
    assert known.status == 0
    assert "enableWithdrawals" in known.err


def test_it_is_not_asked_on_request_or_off_production(ground: Ground) -> None:
    ground.with_flag("enableWithdrawals")
    assert ground.status("--no-key-check").err == ""
    assert ground.status(env="testnet").err == ""
    ground.env["BINFUT_NO_KEY_CHECK"] = "1"
    assert ground.status().err == ""
    assert ground.asked() == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "httpStatus", "layer": "rest", "status": 403},
        {"fault": "text", "layer": "rest", "text": "<html>"},
        {"fault": "text", "layer": "rest", "text": "[]"},
        {"fault": "reset", "layer": "rest"},
    ],
)
def test_no_answer_is_told_and_does_not_stop_the_question(
    ground: Ground, fault: dict[str, object]
) -> None:
    ground.sandbox.fault(fault)
    for _ in range(2):
        done = ground.status()
        assert done.status == 0
        assert "could not be read" in done.err
    assert ground.asked() == 1


def test_a_wrong_key_is_left_to_the_accounts_own_answer(ground: Ground) -> None:
    ground.env["BINFUT_API_SECRET"] = ground.sandbox.accounts[0].secret[::-1]
    done = ground.status()
    assert done.status == 5
    assert len(done.err.splitlines()) == 2
    assert "account.status" in done.err
    assert "-1022" in done.err


def test_a_remembered_answer_costs_no_request_and_no_library(ground: Ground) -> None:
    import subprocess
    import sys

    assert ground.status().status == 0
    code = (
        "import sys; from binfut_cli.commands.app import run; run(); "
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    program = [sys.executable, "-c", code, "account", "status", "--json"]
    done = subprocess.run(program, env=ground.env, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "binfut_cli.api.key_permissions" in loaded
    assert not {"rich", "tomllib", "dotenv", "platformdirs"} & loaded
    assert ground.asked() == 1


def test_the_configuration_lists_what_the_check_read(ground: Ground) -> None:
    ground.with_flag("enableFutures")
    for env, found in (
        ("prod", {"permissions": ["enableFutures", "enableReading"], "anyAddress": True}),
        ("testnet", None),
        ("demo", None),
    ):
        done = binfut("account", "config", "--json", env=ground.env | {"BINFUT_ENV": env})
        assert json.loads(done.out)["apiKeyPermissions"] == found
    assert ground.asked() == 1
