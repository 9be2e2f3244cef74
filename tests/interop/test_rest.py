"""The official SDKs over REST: what they read is what the ledger says."""

from typing import Any

import pytest

from binfut_cli.sandbox import Sandbox
from tests.interop.keys import Key, key_of
from tests.interop.official import MARKS, plain, rest_api, unset
from tests.interop.truth import agree, last, live, positions, wallets

pytestmark = MARKS

ACCOUNTS = [
    ("usdm", "account_information_v2"),
    ("usdm", "account_information_v3"),
    ("coinm", "account_information"),
]
BALANCES = [
    *ACCOUNTS,
    ("usdm", "futures_account_balance_v2"),
    ("usdm", "futures_account_balance_v3"),
    ("coinm", "futures_account_balance"),
]
POSITIONS = [
    *ACCOUNTS,
    ("usdm", "position_information_v2"),
    ("usdm", "position_information_v3"),
    ("coinm", "position_information"),
]
OPTIONAL = {
    "notional_and_leverage_brackets": {"notionalCoef"},
    "notional_bracket_for_symbol": {"notionalCoef"},
    "current_all_open_orders": {"activatePrice", "priceRate"},  # trailing orders only
    "current_all_algo_open_orders": {
        "icebergQuantity", "tpOrderType", "tpPrice", "tpTriggerPrice", "slPrice", "slTriggerPrice",
    },
    "position_adl_quantile_estimation": {"adlQuantile.HEDGE"},
}  # fmt: skip
WHOLE = [
    *BALANCES,
    *POSITIONS[3:],
    ("usdm", "futures_account_configuration"),
    ("usdm", "symbol_configuration"),
    ("usdm", "get_current_multi_assets_mode"),
    ("usdm", "get_bnb_burn_status"),
    ("usdm", "query_user_rate_limit"),
    ("usdm", "notional_and_leverage_brackets"),
    ("usdm", "current_all_algo_open_orders"),
    ("coinm", "notional_bracket_for_symbol"),
    *((market, name) for market in ("usdm", "coinm") for name in (
        "get_income_history", "get_current_position_mode", "check_server_time",
        "current_all_open_orders", "position_adl_quantile_estimation",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("market", "method"), BALANCES)
def test_balances(sandbox: Sandbox, key: Key, market: str, method: str) -> None:
    live(sandbox, market)
    with rest_api(sandbox, market, key) as api:
        read = plain(getattr(api, method)().data())
    agree(last(sandbox, "balance"), wallets(read))


@pytest.mark.parametrize(("market", "method"), POSITIONS)
def test_positions(sandbox: Sandbox, key: Key, market: str, method: str) -> None:
    live(sandbox, market)
    with rest_api(sandbox, market, key) as api:
        read = plain(getattr(api, method)().data())
    agree(last(sandbox, "position"), positions(read))


def test_configurations(sandbox: Sandbox, key: Key) -> None:
    live(sandbox, "usdm")
    with rest_api(sandbox, "usdm", key) as api:
        account = api.futures_account_configuration().data()
        symbols = plain(api.symbol_configuration().data())
        (one,) = plain(api.symbol_configuration(symbol="BTCUSDT").data())
    assert (account.dual_side_position, account.multi_assets_margin) == (False, False)
    settings = last(sandbox, "config")["BTCUSDT",]
    assert (settings["leverage"], settings["marginType"]) == (33, "isolated")
    assert (one["leverage"], one["marginType"]) == (33, "ISOLATED")
    assert one in symbols


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_listen_keys(sandbox: Sandbox, key: Key, market: str) -> None:
    with rest_api(sandbox, market, key) as api:
        first = api.start_user_data_stream().data().listen_key
        assert api.start_user_data_stream().data().listen_key == first
        assert api.keepalive_user_data_stream().data().listen_key == first
        api.close_user_data_stream()
        assert api.start_user_data_stream().data().listen_key != first


@pytest.mark.parametrize("market", ["usdm", "coinm"])
def test_income_and_trades(sandbox: Sandbox, key: Key, market: str) -> None:
    with rest_api(sandbox, market, key) as api:
        rows = plain(api.get_income_history(limit=1000).data())
        trades = {
            str(row["id"]): row for row in plain(api.account_trade_list(**_all(market)).data())
        }
    assert {"FUNDING_FEE", "COMMISSION"} <= {row["incomeType"] for row in rows}
    fees = [row for row in rows if row["incomeType"] == "COMMISSION" and row["tradeId"] in trades]
    assert fees
    assert all(trades[row["tradeId"]]["commission"] in row["income"] for row in fees)


def _all(market: str) -> dict[str, Any]:
    return {"symbol": "BTCUSDT" if market == "usdm" else "BTCUSD_PERP", "limit": 1000}


def test_a_non_ascii_symbol(key: Key, sandbox: Sandbox) -> None:
    with rest_api(sandbox, "usdm", key) as api:
        assert api.user_commission_rate(symbol="测试USDT").data().symbol == "测试USDT"


@pytest.mark.parametrize(("market", "method"), WHOLE)
def test_no_field_that_the_sdk_knows_is_missing(sandbox: Sandbox, market: str, method: str) -> None:
    live(sandbox, market)
    sandbox.act({"action": "placeOrder", "symbol": "BTCUSD_PERP", "side": "BUY", "quantity": "1",
             "price": "70000"})  # fmt: skip
    with rest_api(sandbox, market, key_of(sandbox)) as api:
        read = getattr(api, method)().data()
    assert plain(read)
    assert unset(read) <= OPTIONAL.get(method, set())
