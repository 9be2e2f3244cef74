"""Signed questions over real sockets, answered by an exchange that checks them."""

import http.client
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from binfut_cli.api.client import AccountClient, Question, system_ms
from binfut_cli.auth import credentials
from binfut_cli.endpoints import Endpoints, Market
from binfut_cli.errors import AnswerError, AuthError, ClockError, ExchangeError, RateLimitedError
from binfut_cli.resources.status import snapshot, status
from binfut_cli.sandbox import Sandbox
from tests.support.program import account, place
from tests.support.simulation import Simulation


@pytest.fixture
def usdm(sandbox: Sandbox) -> Iterator[AccountClient]:
    with account(sandbox) as found:
        yield found


@pytest.fixture
def coinm(sandbox: Sandbox) -> Iterator[AccountClient]:
    with account(sandbox, Market.COINM) as found:
        yield found


def test_usdm_status_joins_both_replies(usdm: AccountClient) -> None:
    found = status(usdm)
    position = next(row for row in found.document["positions"] if row["symbol"] == "BTCUSDT")
    assert position["positionAmt"] == "1.500"  # byte for byte
    assert {"entryPrice", "markPrice", "liquidationPrice", "maintMargin"} <= position.keys()
    assert "unRealizedProfit" not in position
    assert found.document["totalWalletBalance"] == "12480.50318243"


def test_coinm_status_has_no_totals_and_every_symbol(coinm: AccountClient) -> None:
    found = status(coinm)
    assert "totalWalletBalance" not in found.document
    live = [row for row in found.rows("positions") if Decimal(row["positionAmt"])]
    assert len(live) == 2
    assert len(found.rows("positions")) > 10


def test_all_questions_are_asked_on_one_connection(sandbox: Sandbox, usdm: AccountClient) -> None:
    status(usdm)
    assert usdm.weight is not None
    assert usdm.weight.count == 5 + 5 + 5 + 5  # the handshake and three questions


def test_settings_of_symbols_without_a_position_are_kept_only_when_wanted(
    usdm: AccountClient,
) -> None:
    assert "symbols" not in status(usdm).document
    found = snapshot(usdm).document
    assert found["multiAssetsMargin"] is False
    leverage = {row["symbol"]: row["leverage"] for row in found["symbols"]}
    assert leverage["BTCUSDT"] == 20
    assert next(r for r in found["positions"] if r["symbol"] == "BTCUSDT")["leverage"] == 20


@pytest.mark.parametrize("ahead_ms", [-30_000, 30_000])
def test_a_clock_that_is_off_is_corrected_once(
    sandbox: Sandbox, usdm: AccountClient, ahead_ms: int
) -> None:
    sandbox.shift_clock(ahead_ms)
    assert status(usdm).document["assets"]
    assert status(usdm).document["assets"]  # the offset is remembered


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 3_600_000])
def test_a_clock_an_hour_off_must_be_set(
    sandbox: Sandbox, usdm: AccountClient, ahead_ms: int
) -> None:
    sandbox.shift_clock(ahead_ms)
    with pytest.raises(ClockError, match=r"3[56]\d\d s (ahead of|behind)") as caught:
        status(usdm)
    assert caught.value.exchange_code == -1021


def test_a_refused_clock_is_no_reason_to_ask_on_when_told_to_wait(
    sandbox: Sandbox, usdm: AccountClient
) -> None:
    for method, code in (("v2/account.status", -1021), ("v2/account.position", -1003)):
        sandbox.fault({"fault": "wsError", "layer": "wsApi", "on": method, "code": code})
    found = usdm.ask_each([Question("v2/account.status"), Question("v2/account.position")])
    assert [type(each) for each in found] == [ClockError, RateLimitedError]


def test_a_wrong_secret_is_said_to_be_one(sandbox: Sandbox) -> None:
    key = credentials.sandbox(sandbox.accounts[0].api_key, "x" * 64)
    with (
        AccountClient(Market.USDM, place(sandbox, Market.USDM), key) as found,
        pytest.raises(AuthError, match="-1022"),
    ):
        status(found)


def test_an_unknown_key_is_said_to_be_one(sandbox: Sandbox) -> None:
    key = credentials.sandbox("y" * 64, "x" * 64)
    with (
        AccountClient(Market.COINM, place(sandbox, Market.COINM), key) as found,
        pytest.raises(AuthError, match="-2015"),
    ):
        status(found)


def test_a_listen_key_is_made_once_and_extended(usdm: AccountClient) -> None:
    key = usdm.start_listen_key()
    assert usdm.start_listen_key() == key  # the account's one key
    assert usdm.extend_listen_key() in ("", key)


def test_a_listen_key_that_is_gone_is_told_by_its_code(
    sandbox: Sandbox, usdm: AccountClient
) -> None:
    usdm.start_listen_key()
    key = sandbox.accounts[0]
    asked = http.client.HTTPConnection(urlsplit(sandbox.rest["usdm"]).netloc, timeout=5)
    asked.request("DELETE", "/fapi/v1/listenKey", headers={"X-MBX-APIKEY": key.api_key})
    assert asked.getresponse().status == 200
    asked.close()
    with pytest.raises(ExchangeError) as caught:
        usdm.extend_listen_key()
    assert caught.value.exchange_code == -1125


def test_nothing_that_changes_an_account_can_be_asked(usdm: AccountClient) -> None:
    with pytest.raises(PermissionError):
        usdm.ask([Question("order.place", {"symbol": "BTCUSDT"})])


def test_a_connection_that_was_lost_while_idle_is_opened_again(sandbox: Sandbox) -> None:
    with account(sandbox) as found:
        before = status(found)
        assert found._ws_api._connection is not None
        found._ws_api._connection._duplex._sock.close()  # type: ignore[attr-defined]
        assert status(found).document == before.document


def test_the_time_of_a_snapshot_is_this_computers() -> None:
    with Sandbox.start() as sandbox, account(sandbox, now_ms=system_ms) as found:
        before = system_ms()
        assert before <= status(found).time_ms <= system_ms()


@pytest.mark.parametrize("told", [True, -1, 0, 10**17, 2**70, 1.5, "1791000000000", None])
def test_a_time_that_cannot_be_now_is_not_believed(told: object) -> None:
    found = AccountClient(
        Market.USDM, Endpoints("", "", ""), credentials.sandbox("k" * 64, "s" * 64)
    )
    found._ask_each = lambda questions, deadline: [{"serverTime": told}]  # type: ignore[method-assign]
    with pytest.raises(AnswerError, match="did not tell its time"):
        found.server_ms()


def test_the_exchanges_clock_is_taken_as_it_was_half_way() -> None:
    """An answer of 400 ms is 200 ms old, and its question was 200 ms early."""
    sim = Simulation(Market.USDM, 1, skew_ms=30_000)
    sim.lag_s = 0.4
    assert status(sim.account).document["assets"]
    assert abs(sim.account._signer.offset_ms + 30_000) <= 1


@pytest.mark.parametrize("told", [(50, 20), (20, 50)])
def test_of_what_rest_tells_of_one_question_the_greatest_counts(
    usdm: AccountClient, told: tuple[int, int]
) -> None:
    """Answers overtake each other; a lower count is an earlier one."""
    for used in told:
        usdm._rest_api._count({"x-mbx-used-weight-1m": str(used)})
    assert usdm.weight is not None
    assert usdm.weight.count == 50


def test_the_weight_that_was_told_last_counts(sandbox: Sandbox, usdm: AccountClient) -> None:
    sandbox.fault({"fault": "wsError", "code": -1008, "on": "time", "count": 1})
    usdm.server_ms()
    assert usdm.weight is not None
    assert usdm.weight.limit == 0  # REST does not tell it
    usdm.server_ms()
    assert usdm.weight.limit > 0


@pytest.mark.parametrize("told", ["9" * 5000, "-1", "", "1e3", "\u0664"])
def test_a_header_that_makes_no_sense_says_nothing(usdm: AccountClient, told: str) -> None:
    usdm._rest_api._count({"x-mbx-used-weight-1m": told})
    assert usdm.weight is None
