"""The official SDKs over the WebSocket API: what they read is what the ledger says."""

import asyncio
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from tests.interop.keys import Key, key_of
from tests.interop.official import MARKS, plain, unset, ws_api
from tests.interop.truth import agree, last, live, positions, wallets

pytestmark = MARKS

ACCOUNTS = [
    ("usdm", "account_information"),
    ("usdm", "account_information_v2"),
    ("coinm", "account_information"),
]
BALANCES = [
    *ACCOUNTS,
    ("usdm", "futures_account_balance"),
    ("usdm", "futures_account_balance_v2"),
    ("coinm", "futures_account_balance"),
]
POSITIONS = [
    *ACCOUNTS,
    ("usdm", "position_information"),
    ("usdm", "position_information_v2"),
    ("coinm", "position_information"),
]


def ask(sandbox: Sandbox, market: str, key: Key, method: str, **params: Any) -> Any:
    async def asked() -> Any:
        async with ws_api(sandbox, market, key) as api:
            return (await getattr(api, method)(**params)).data()

    return asyncio.run(asked())


@pytest.mark.parametrize(("market", "method"), BALANCES)
def test_balances(sandbox: Sandbox, key: Key, market: str, method: str) -> None:
    live(sandbox, market)
    answer = ask(sandbox, market, key, method)
    assert (answer.status, unset(answer)) == (200, set())
    agree(last(sandbox, "balance"), wallets(plain(answer)["result"]))


@pytest.mark.parametrize(("market", "method"), POSITIONS)
def test_positions(sandbox: Sandbox, key: Key, market: str, method: str) -> None:
    live(sandbox, market)
    answer = ask(sandbox, market, key, method)
    assert (answer.status, unset(answer)) == (200, set())
    agree(last(sandbox, "position"), positions(plain(answer)["result"]))


def test_a_non_ascii_symbol_signed_as_the_sdk_does(sandbox: Sandbox, key: Key) -> None:
    sandbox.act({"action": "fill", "symbol": "测试USDT", "side": "BUY", "quantity": "9"})
    (row,) = ask(sandbox, "usdm", key, "position_information_v2", symbol="测试USDT").result
    assert (row.symbol, row.position_amt) == ("测试USDT", "9")


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_listen_keys(sandbox: Sandbox, key: Key, market: str) -> None:
    async def keys() -> list[str]:
        async with ws_api(sandbox, market, key) as api:
            started = await api.start_user_data_stream()
            kept = await api.keepalive_user_data_stream()
            await api.close_user_data_stream()
            again = await api.start_user_data_stream()
        return [answer.data().result.listen_key for answer in (started, kept, again)]

    started, kept, again = asyncio.run(keys())
    assert started == kept != again


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_a_session_needs_no_more_signatures(sandbox: Sandbox, market: str) -> None:
    key = key_of(sandbox, "ed25519")

    async def talk() -> tuple[Any, ...]:
        async with ws_api(sandbox, market, key) as api:
            logon = {"method": "session.logon", "params": {}}
            await api.send_signed_message(logon, signer=api.signer, session_logon=True)
            status = await api.send_message({"method": "session.status", "params": {}})
            answer = await api.account_information()
            # The SDK leaves out the API key once it is logged on.
            listen_key = (await api.start_user_data_stream()).data().result.listen_key
            logout = {"method": "session.logout", "params": {}}
            left = await api.send_message(logout, session_logout=True)
            await api.account_information()
        return status.data(), answer.data(), listen_key, left.data()

    status, answer, listen_key, left = asyncio.run(talk())
    assert status["result"]["apiKey"] == key.api_key
    assert answer.status == 200
    assert len(listen_key) == 64
    assert left["result"]["apiKey"] is None


@pytest.mark.parametrize("kind", ["hmac", "rsa"])
def test_a_session_is_for_ed25519_only(sandbox: Sandbox, kind: str) -> None:
    async def logon() -> Any:
        async with ws_api(sandbox, "usdm", key_of(sandbox, kind)) as api:
            payload = {"method": "session.logon", "params": {}}
            answer = await api.send_signed_message(payload, signer=api.signer, session_logon=True)
            return answer.data()

    assert asyncio.run(logon())["error"]["code"] == -1022
