"""The official SDKs understand the sandbox's refusals, over REST and the WebSocket API."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from tests.interop.keys import Key, key_of
from tests.interop.official import MARKS, rest_api, ws_api

errors: Any = pytest.importorskip("binance_common.errors")
pytestmark = MARKS


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_wrong_keys(sandbox: Sandbox, market: str) -> None:
    right = key_of(sandbox)
    for wrong, refusal, code in (
        (replace(right, secret={"api_secret": "s" * 64}), errors.BadRequestError, -1022),
        (replace(right, api_key="k" * 64), errors.UnauthorizedError, -2015),
        (replace(right, api_key="short"), errors.UnauthorizedError, -2014),
    ):
        with rest_api(sandbox, market, wrong) as api, pytest.raises(refusal) as caught:
            api.position_information() if market == "coinm" else api.account_information_v3()
        assert caught.value.status_code == code
        assert asyncio.run(_refused(sandbox, market, wrong))["error"]["code"] == code


async def _refused(sandbox: Sandbox, market: str, key: Key) -> Any:
    async with ws_api(sandbox, market, key) as api:
        return (await api.account_information()).data()


def test_wrong_symbols(sandbox: Sandbox) -> None:
    with rest_api(sandbox, "usdm", key_of(sandbox)) as api:
        with pytest.raises(errors.BadRequestError) as caught:
            api.user_commission_rate(symbol="BTCUSD_PERP")
        assert caught.value.status_code == -1121


def test_what_is_not_there(sandbox: Sandbox) -> None:
    with rest_api(sandbox, "usdm", key_of(sandbox)) as api:
        with pytest.raises(errors.NotFoundError) as caught:
            api.order_book(symbol="BTCUSDT")
        assert caught.value.status_code == -5000


def test_too_much_and_then_a_ban() -> None:
    with (
        Sandbox.start(rules=Rules(weight_limit=10)) as sandbox,
        rest_api(sandbox, "usdm", key_of(sandbox)) as api,
    ):
        api.account_information_v3()
        api.account_information_v3()
        with pytest.raises(errors.TooManyRequestsError) as caught:
            api.account_information_v3()
        assert 0 < caught.value.retry_after <= 60
        with pytest.raises(errors.RateLimitBanError) as banned:  # noqa: PT012
            for _ in range(20):
                with pytest.raises(errors.TooManyRequestsError):
                    api.account_information_v3()
        assert banned.value.status_code == -1003


def test_a_503_is_tried_again(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "status": 503, "on": "/fapi/v3/account", "count": 2})
    with rest_api(sandbox, "usdm", key_of(sandbox)) as api:
        assert api.account_information_v3().data().assets
