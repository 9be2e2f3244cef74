"""One market's checks against a real exchange on a socket, healthy and not."""

import socket
from typing import Any

import pytest
from msgspec.structs import replace

from binfut_cli.api.client import AccountClient
from binfut_cli.api.envelope import RateLimit
from binfut_cli.auth import credentials
from binfut_cli.doctor import market as examined
from binfut_cli.doctor.findings import Finding, Verdict, examine, exit_status
from binfut_cli.doctor.market import Examination
from binfut_cli.endpoints import Endpoints, Env, Market
from binfut_cli.errors import ExitStatus
from binfut_cli.sandbox import Sandbox
from tests.support.program import place

ROUTE = ["dns.rest", "tcp.rest", "tls.rest"]
ALL = [*ROUTE, "rest", "ws-api", "clock", "weight", "account", "listenKey", "stream"]


def look(
    sandbox: Sandbox,
    market: Market = Market.USDM,
    *,
    where: Endpoints | None = None,
    secret: str | None = None,
    api_key: str | None = None,
    timeout_s: float = 5.0,
) -> dict[str, Finding]:
    """Every finding by its name."""
    first = sandbox.accounts[0]
    key = credentials.sandbox(api_key or first.api_key, secret or first.secret)
    where = where or place(sandbox, market)
    with AccountClient(market, where, key, timeout_s=timeout_s) as account:
        checks = Examination(Env.SANDBOX, market, where, account, timeout_s, {}).checks()
        return {found.name: found for found in examine(checks, market)}


def ends(found: dict[str, Finding]) -> tuple[str | None, ExitStatus]:
    """The first check that failed, and the status it leaves."""
    failed = [each.name for each in found.values() if each.verdict is Verdict.FAIL]
    return (failed[0] if failed else None), exit_status(found.values())


def verdicts(found: dict[str, Finding], *names: str) -> list[str]:
    return [found[name].verdict for name in names]


@pytest.mark.parametrize("market", list(Market))
def test_on_a_healthy_exchange_every_check_is_ok(sandbox: Sandbox, market: Market) -> None:
    found = look(sandbox, market)
    assert list(found) == ALL
    assert {each.verdict for each in found.values()} == {Verdict.OK}
    assert not any(each.hint for each in found.values())


def test_nothing_found_holds_a_secret_or_an_amount(sandbox: Sandbox) -> None:
    told = "\n".join(f"{each.detail} {each.hint}" for each in look(sandbox).values())
    listen_key = sandbox.exchange.listen_keys.live("one-way", "usdm")
    assert listen_key is not None
    account = sandbox.accounts[0]
    for secret in (listen_key.key, account.api_key, account.secret, "12480", "81250"):
        assert secret not in told


def test_the_listen_key_outlives_the_examination(sandbox: Sandbox) -> None:
    look(sandbox)
    before = sandbox.exchange.listen_keys.live("one-way", "usdm")
    look(sandbox)
    after = sandbox.exchange.listen_keys.live("one-way", "usdm")
    assert before is not None
    assert after is not None
    assert before.key == after.key


@pytest.mark.parametrize(("shift_ms", "said"), [(3000, "behind"), (-900, "ahead of")])
def test_a_clock_that_is_off_is_a_warning_and_the_rest_works(
    sandbox: Sandbox, shift_ms: int, said: str
) -> None:
    sandbox.shift_clock(shift_ms)
    found = look(sandbox)
    assert found["clock"].verdict is Verdict.WARN
    assert said in found["clock"].detail
    assert verdicts(found, "account", "stream") == ["ok", "ok"]


def test_a_clock_that_is_wrong_stops_the_account(sandbox: Sandbox) -> None:
    sandbox.shift_clock(120_000)
    found = look(sandbox)
    assert ends(found) == ("clock", ExitStatus.EXCHANGE)
    assert verdicts(found, "weight", "account", "listenKey", "stream") == [
        "ok", "skip", "skip", "skip",
    ]  # fmt: skip


def test_a_wrong_key_is_told_with_its_causes_and_no_other_place_is_tried(sandbox: Sandbox) -> None:
    found = look(sandbox, api_key="A" * 64)
    assert ends(found) == ("account", ExitStatus.AUTH)
    for word in ("whitelist", "another environment", "No other environment", "Portfolio Margin"):
        assert word in found["account"].hint


def test_a_wrong_secret_is_told(sandbox: Sandbox) -> None:
    found = look(sandbox, secret="A" * 64)
    assert ends(found) == ("account", ExitStatus.AUTH)
    assert "-1022" in found["account"].detail


def test_an_account_that_is_not_open_may_be_elsewhere(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1109, "on": "account.status", "count": None})
    found = look(sandbox)
    assert ends(found) == ("account", ExitStatus.EXCHANGE)
    assert "Portfolio Margin" in found["account"].hint


def test_without_a_key_all_is_examined_that_needs_none(sandbox: Sandbox) -> None:
    where = place(sandbox, Market.USDM)
    checks = Examination(Env.PROD, Market.USDM, where, None, 5.0, {}).checks()
    found = {each.name: each for each in examine(checks, Market.USDM, broken=("key",))}
    assert verdicts(found, "ws-api", "clock", "weight") == ["ok", "ok", "ok"]
    assert verdicts(found, "account", "listenKey", "stream") == ["skip", "skip", "skip"]
    assert found["account"].detail == "skipped: it needs key"


def test_a_host_that_refuses_stops_its_own_checks_only(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    stream = f"ws://127.0.0.1:{port}/private/ws?listenKey={{listenKey}}&events={{events}}"
    found = look(sandbox, where=replace(place(sandbox, Market.USDM), stream=stream))
    assert ends(found) == ("tcp.stream", ExitStatus.NETWORK)
    assert verdicts(found, "tls.stream", "stream") == ["skip", "skip"]
    assert verdicts(found, "account", "listenKey") == ["ok", "ok"]


def test_a_silent_host_is_given_up_and_rest_still_tells_the_time(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "silent", "layer": "handshake", "count": None})
    found = look(sandbox, timeout_s=0.3)
    assert ends(found) == ("ws-api", ExitStatus.NETWORK)
    assert verdicts(found, "rest", "clock", "account") == ["ok", "ok", "skip"]


def test_when_nobody_tells_the_time_the_clock_is_not_judged(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": "rest", "status": 503, "count": None})
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 503, "count": None})
    found = look(sandbox)
    assert ends(found) == ("rest", ExitStatus.EXCHANGE)
    assert verdicts(found, "rest", "ws-api", "clock") == ["fail", "fail", "skip"]


def test_html_in_place_of_an_answer_is_told(sandbox: Sandbox) -> None:
    fault: dict[str, Any] = {"layer": "rest", "count": None}
    sandbox.fault({**fault, "fault": "text", "text": "<html>Sign in to the network</html>"})
    found = look(sandbox)
    assert ends(found) == ("rest", ExitStatus.ANSWER)
    assert "not JSON" in found["rest"].detail
    assert verdicts(found, "account", "stream") == ["ok", "ok"]


def test_a_market_without_the_time_still_proves_its_connection(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -1020, "on": "time", "count": None})
    found = look(sandbox)
    assert "not with the time" in found["ws-api"].detail
    assert verdicts(found, "ws-api", "clock", "account") == ["ok", "ok", "ok"]


def test_a_ban_is_told_with_its_end(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 418, "count": None})
    found = look(sandbox)
    assert ends(found) == ("ws-api", ExitStatus.RATE_LIMITED)
    assert "Wait until" in found["ws-api"].hint


def test_a_muted_stream_is_the_only_failure(sandbox: Sandbox) -> None:
    stall = {"fault": "stall", "layer": "handshake", "bytes": 5000, "count": None}
    sandbox.fault({**stall, "on": "/private"})
    found = look(sandbox, timeout_s=0.4)
    assert ends(found) == ("stream", ExitStatus.NETWORK)
    assert [each.verdict for each in found.values()].count(Verdict.OK) == len(ALL) - 1


@pytest.mark.parametrize(
    ("used", "verdict"),
    [(0, "ok"), (1919, "ok"), (1920, "warn"), (2400, "warn")],
)
def test_the_weight_left_is_told_and_little_of_it_is_a_warning(used: int, verdict: str) -> None:
    found = examined.weight(RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, used))
    assert found.verdict == verdict
    assert found.detail == f"{2400 - used} of 2400 left in this minute"


def test_a_weight_that_was_not_told_is_not_made_up() -> None:
    assert examined.weight(None).detail == "the exchange did not tell it"
