"""Margin arithmetic against rows recorded from real accounts (2024)."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import PAR, AssetRate, asset_rates, contracts
from binfut_cli.sandbox.account.decimals import ZERO, amount
from binfut_cli.sandbox.account.margin import (
    AssetTotals,
    Backing,
    Valuation,
    liquidation_price,
    maintenance,
    notional,
    profit,
)
from binfut_cli.sandbox.account.rows import AccountState, Balance, Book, Position, SymbolSettings

LINEAR = contracts()["BTCUSDT"]
INVERSE = contracts()["BTCUSD_PERP"]
D = Decimal


def wallet(equity: str) -> Backing:
    return Backing(equity=D(equity))


def test_a_recorded_coinm_short() -> None:
    mark, entry, contracts_held = D("68234.20000000"), D("68911.00000037"), D(-3)
    value = notional(INVERSE, contracts_held, mark)
    assert amount(value) == "-0.00439662"
    assert amount(profit(INVERSE, contracts_held, entry, mark)) == "0.00004318"
    assert f"{maintenance(INVERSE, D('0.00439662')):.11f}" == "0.00001758648"


def test_a_recorded_usdm_long() -> None:
    mark, entry, held = D("67582.20000000"), D("67445.9"), D("0.009")
    value = notional(LINEAR, held, mark)
    assert amount(value) == "608.23980000"
    assert amount(profit(LINEAR, held, entry, mark)) == "1.22670000"
    assert amount(maintenance(LINEAR, value)) == "2.43295920"


def test_the_recorded_liquidation_price_follows_from_the_wallet() -> None:
    # The account's other positions are not in the record; its wallet alone gives the price to 0.1 %
    position = Position(symbol="BTCUSDT", side="BOTH", amt=D("0.009"), entry_price=D("67445.9"))
    price = liquidation_price(LINEAR, [position], D("67582.2"), wallet("25.72610060"))
    assert abs(price / D("64846.78939917") - 1) < D("0.001")


@pytest.mark.parametrize("amt", ["3", "-3"])
@pytest.mark.parametrize("contract", [LINEAR, INVERSE], ids=["usdm", "coinm"])
def test_at_the_liquidation_price_equity_is_the_maintenance_margin(
    contract: object, amt: str
) -> None:
    chosen = LINEAR if contract is LINEAR else INVERSE
    equity = D("20000") if chosen is LINEAR else D("0.0005")
    entry = D("68000")
    position = Position(symbol=chosen.symbol, side="BOTH", amt=D(amt), entry_price=entry)
    price = liquidation_price(chosen, [position], entry, Backing(equity=equity))
    assert price > 0
    left = equity + profit(chosen, D(amt), entry, price)
    assert amount(left) == amount(maintenance(chosen, notional(chosen, D(amt), price)))


def test_no_price_liquidates_a_small_inverse_short() -> None:
    position = Position(symbol="BTCUSD_PERP", side="BOTH", amt=D(-3), entry_price=D("68000"))
    assert liquidation_price(INVERSE, [position], D("68000"), wallet("1")) == ZERO


def valuation(multi_assets: bool) -> Valuation:
    book = Book(market="usdm")
    book.balances = {
        "USDT": Balance(asset="USDT", wallet=D(1000), cross=D(900)),
        "USDC": Balance(asset="USDC", wallet=D(500), cross=D(500)),
    }
    book.positions = {
        ("BTCUSDT", "BOTH"): Position(
            symbol="BTCUSDT", side="BOTH", amt=D("0.1"), entry_price=D("80000")
        ),
        ("ETHUSDT", "BOTH"): Position(
            symbol="ETHUSDT",
            side="BOTH",
            amt=D("-1"),
            entry_price=D("3000"),
            isolated_wallet=D(100),
        ),
    }
    book.settings = {"ETHUSDT": SymbolSettings(isolated=not multi_assets, leverage=10)}
    account = AccountState(name="a", alias="a", books={"usdm": book}, multi_assets=multi_assets)
    marks = {"BTCUSDT": D(81000), "ETHUSDT": D(3050)}
    listed = {name: contracts()[name] for name in marks}
    return Valuation(account, book, listed, marks, asset_rates())


def test_an_isolated_position_takes_nothing_from_the_cross_wallet() -> None:
    total = valuation(multi_assets=False).totals("USDT")
    assert (total.profit, total.cross_profit) == (D(50), D(100))
    assert total.cross_initial == D("405")  # 8100 / 20
    assert total.position_initial == D("710")  # and 3050 / 10
    assert total.available == D(900) + D(100) - D(405)
    assert total.withdrawable == D(900) - D(405)


def test_single_asset_totals_leave_the_other_asset_out() -> None:
    assert valuation(multi_assets=False).totals("USDT").wallet == D(1000)


def test_multi_assets_totals_are_in_usd_and_collateral_is_cut() -> None:
    values = valuation(multi_assets=True)
    rates = asset_rates()
    usdt, usdc = rates["USDT"], rates["USDC"]
    total = values.usd_totals
    assert total.wallet == 1000 * usdt.bid + 500 * usdc.bid
    assert total.maint_margin == values.totals("USDT").maint_margin * usdt.ask
    worth = 900 * usdt.bid * usdt.collateral + 500 * usdc.bid * usdc.collateral
    initial = (D(405) + D(305)) * usdt.ask
    assert values.usd_available() == worth + D(50) * usdt.bid - initial
    assert values.usd_available() < total.cross_equity - initial


def test_the_exchanges_example_of_multi_assets_margin() -> None:
    # The FAQ on margin in multi-assets mode: 199.596 / 416.02
    usdt = AssetRate(price=D("0.99"), collateral=D(1), bid_buffer=D("0.01"), ask_buffer=D("0.005"))
    total = AssetTotals(wallet=D(200), cross_wallet=D(200), maint_margin=D(80)).in_usd(usdt)
    total += AssetTotals(wallet=D(220), cross_wallet=D(220), maint_margin=D(120)).in_usd(PAR)
    assert (total.maint_margin, total.wallet) == (D("199.596"), D("416.02"))


def test_what_is_owed_counts_more_than_what_is_owned() -> None:
    usdt = asset_rates()["USDT"]
    assert usdt.worth(D(-1)) * -1 < usdt.worth(D(1)) * -1 < 0


def test_long_and_short_under_cross_margin_share_the_price_of_their_net() -> None:
    long = Position(symbol="BTCUSDT", side="LONG", amt=D("0.5"), entry_price=D("81900"))
    short = Position(symbol="BTCUSDT", side="SHORT", amt=D("-0.2"), entry_price=D("83900"))
    price = liquidation_price(LINEAR, [long, short], D("83000"), wallet("7000"))
    # (WB + cumL + cumS − L·EPL + S·EPS) / (L·MMRL + S·MMRS − L + S), of the exchange's FAQ
    assert price == (7000 - D("0.5") * 81900 + D("0.2") * 83900) / (
        D("0.7") * D("0.004") - D("0.3")
    )


def test_the_bracket_at_the_liquidation_price_counts() -> None:
    # 7 BTC are in the second bracket at 83,000, and in the first where they are liquidated
    held = Position(symbol="BTCUSDT", side="BOTH", amt=D(7), entry_price=D("83000"))
    price = liquidation_price(LINEAR, [held], D("83000"), wallet("300000"))
    assert price == (300000 - 7 * D("83000")) / (7 * D("0.004") - 7)
    assert notional(LINEAR, D(7), price) < 300_000 < notional(LINEAR, D(7), D("83000"))


def test_brackets_keep_the_maintenance_margin_continuous() -> None:
    for contract in contracts().values():
        for low, high in zip(contract.brackets, contract.brackets[1:], strict=False):
            edge = D(low.cap)
            below = edge * low.maint_margin_ratio - low.cum
            assert below == edge * high.maint_margin_ratio - high.cum, contract.symbol


def test_an_unknown_row_is_zero() -> None:
    values = valuation(multi_assets=False)
    risk = values.risk(replace(LINEAR, symbol="ETHUSDT"), "LONG")
    assert (risk.notional, risk.maint_margin, risk.live) == (ZERO, ZERO, False)
