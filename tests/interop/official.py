"""The exchange's own Python SDKs, unchanged, pointed at a sandbox. Skips where they are absent."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from tests.interop.keys import Key

configuration: Any = pytest.importorskip("binance_common.configuration")
usds: Any = pytest.importorskip("binance_sdk_derivatives_trading_usds_futures")
coin: Any = pytest.importorskip("binance_sdk_derivatives_trading_coin_futures")

CLIENTS = {"usdm": usds.DerivativesTradingUsdsFutures, "coinm": coin.DerivativesTradingCoinFutures}
WAIT_S = 5.0
RETRY_MS = 1
MARKS = [
    pytest.mark.interop,
    # The SDKs hand a timeout to aiohttp in a form that aiohttp no longer likes.
    pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning"),
]


def _trust(sandbox: Sandbox) -> dict[str, Any]:
    return {"https_agent": ssl.create_default_context(cafile=sandbox.ca)} if sandbox.ca else {}


@contextmanager
def rest_api(sandbox: Sandbox, market: str, key: Key) -> Iterator[Any]:
    config = configuration.ConfigurationRestAPI(
        **key.words(), base_path=sandbox.rest[market], backoff=RETRY_MS, **_trust(sandbox)
    )
    api = CLIENTS[market](config_rest_api=config).rest_api
    try:
        yield api
    finally:
        api._session.close()  # it has no way to close its sockets


@asynccontextmanager
async def ws_api(sandbox: Sandbox, market: str, key: Key) -> AsyncIterator[Any]:
    config = configuration.ConfigurationWebSocketAPI(
        **key.words(), stream_url=sandbox.ws_api[market], **_trust(sandbox)
    )
    api = await CLIENTS[market](config_ws_api=config).websocket_api.create_connection()
    try:
        yield api
    finally:
        await api.close_connection(close_session=True)


@asynccontextmanager
async def streams(sandbox: Sandbox, market: str) -> AsyncIterator[Any]:
    config = configuration.ConfigurationWebSocketStreams(
        stream_url=sandbox.stream[market], **_trust(sandbox)
    )
    client = CLIENTS[market](config_ws_streams=config)
    connected = await client.websocket_streams.create_connection()
    try:
        yield connected
    finally:
        await connected.close_connection(close_session=True)


def plain(model: Any) -> Any:
    """What an SDK read, under the exchange's own names."""
    if isinstance(model, list):
        return [plain(each) for each in model]
    inner = getattr(model, "actual_instance", None)
    return model.to_dict() if inner is None else plain(inner)


def unset(model: Any, path: str = "") -> set[str]:
    """The fields that an SDK's model has and the answer left empty."""
    if isinstance(model, list):
        return set().union(*(unset(each, path) for each in model))
    if (inner := getattr(model, "actual_instance", None)) is not None:
        return unset(inner, path)
    found: set[str] = set()
    for name, declared in getattr(type(model), "model_fields", {}).items():
        here, value = f"{path}.{declared.alias or name}".lstrip("."), getattr(model, name)
        found |= {here} if value is None else unset(value, here)
    return found
