"""The accounts the exchange opens with. Their holdings are constants, so documents stay true."""

import copy
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import DELIVERY, Market
from binfut_cli.sandbox.account.rows import (
    AccountState,
    AlgoOrder,
    Balance,
    Book,
    Order,
    Position,
    SymbolSettings,
)

OPENED_MS = 1790000000000
BREAK_EVEN = Decimal("0.0004")  # the taker fee that moved each entry's break-even price
NAMES = ("one-way", "multi-assets", "hedge", "coinm")


def accounts() -> tuple[AccountState, ...]:
    """Open every account anew."""
    return (_one_way(), _multi_assets(), _hedge(), _coinm())


def copies(account: AccountState, count: int) -> Iterator[AccountState]:
    """So many accounts that hold what another holds, with names of their own."""
    for number in range(2, count + 2):
        yield replace(copy.deepcopy(account), name=f"{account.name}-{number}")


def _held(symbol: str, amt: str, entry: str, side: str = "BOTH", **more: str) -> Position:
    size, price = Decimal(amt), Decimal(entry)
    return Position(
        symbol=symbol,
        side=side,
        amt=size,
        entry_price=price,
        break_even_price=price * (1 + BREAK_EVEN.copy_sign(size)),
        accumulated_realized=Decimal(more.get("realized", "0")),
        isolated_wallet=Decimal(more.get("isolated", "0")),
        update_time=OPENED_MS + 3_600_000,
    )


def _book(
    market: Market,
    wallets: dict[str, str],
    positions: tuple[Position, ...] = (),
    settings: dict[str, SymbolSettings] | None = None,
    locked: dict[str, str] | None = None,
) -> Book:
    book = Book(market=market, settings=dict(settings or {}))
    for asset, wallet in wallets.items():
        total = Decimal(wallet)
        cross = total - Decimal((locked or {}).get(asset, "0"))
        book.balances[asset] = Balance(
            asset=asset, wallet=total, cross=cross, update_time=OPENED_MS if total else 0
        )
    book.positions = {(row.symbol, row.side): row for row in positions}
    return book


def _one_way() -> AccountState:
    usdm = _book(
        "usdm",
        {"USDT": "12480.50318243", "USDC": "350.00000000", "BNB": "1.25000000"},
        (
            _held("BTCUSDT", "1.500", "81250.4", realized="-23.20024001"),
            _held("ETHUSDT", "-2.400", "3185.20", isolated="764.44800000", realized="11.40310000"),
        ),
        {"ETHUSDT": SymbolSettings(leverage=10, isolated=True)},
        {"USDT": "764.44800000"},
    )
    _rest_orders(usdm)
    coinm = _book(
        "coinm",
        {"BTC": "0.25000000", "ETH": "3.50000000"},
        (
            _held("BTCUSD_PERP", "-1200", "83500.0", realized="0.00184210"),
            _held(f"BTCUSD_{DELIVERY}", "400", "84100.0"),
        ),
        {"BTCUSD_PERP": SymbolSettings(leverage=10)},
    )
    return AccountState(name="one-way", alias="SgsRmYoCmY", books={"usdm": usdm, "coinm": coinm})


def _rest_orders(book: Book) -> None:
    resting = Order(
        order_id=8389765990000000101,
        client_order_id="web_x7Kq2mSOLbid0001",
        symbol="SOLUSDT",
        side="BUY",
        position_side="BOTH",
        type="LIMIT",
        orig_qty=Decimal("20"),
        price=Decimal("150.0000"),
        time=OPENED_MS,
        update_time=OPENED_MS,
    )
    stop = AlgoOrder(
        algo_id=4000000000101,
        client_algo_id="web_stopBTC00000001",
        symbol="BTCUSDT",
        side="SELL",
        position_side="BOTH",
        type="STOP_MARKET",
        quantity=Decimal("1.500"),
        trigger_price=Decimal("78000.0"),
        reduce_only=True,
        time=OPENED_MS,
        update_time=OPENED_MS,
    )
    book.orders[resting.order_id] = resting
    book.algo_orders[stop.algo_id] = stop


def _multi_assets() -> AccountState:
    usdm = _book(
        "usdm",
        {"USDT": "4200", "USDC": "1500", "BNB": "3", "BTC": "0.05"},
        (
            _held("BTCUSDT", "1.200", "82100.0"),
            _held("ETHUSDC", "-1.500", "3098.40"),
            _held("测试USDT", "5000", "0.12150"),
        ),
    )
    coinm = _book("coinm", {"BTC": "0.02000000"}, (_held("BTCUSD_PERP", "25", "82500.0"),))
    return AccountState(
        name="multi-assets",
        alias="mYfWAuTiuX",
        books={"usdm": usdm, "coinm": coinm},
        multi_assets=True,
    )


def _hedge() -> AccountState:
    usdm = _book(
        "usdm",
        {"USDT": "8000.00000000", "BNB": "0.50000000"},
        (
            _held("BTCUSDT", "0.500", "81900.0", "LONG"),
            _held("BTCUSDT", "-0.200", "83900.0", "SHORT"),
            _held("ETHUSDT", "1.200", "3050.00", "LONG", isolated="366.00000000"),
            _held("ETHUSDT", "-0.500", "3160.00", "SHORT", isolated="158.00000000"),
        ),
        {"ETHUSDT": SymbolSettings(leverage=10, isolated=True)},
        {"USDT": "524.00000000"},
    )
    coinm = _book(
        "coinm",
        {"BTC": "0.10000000"},
        (
            _held("BTCUSD_PERP", "300", "82700.0", "LONG"),
            _held("BTCUSD_PERP", "-100", "83300.0", "SHORT"),
        ),
    )
    return AccountState(
        name="hedge", alias="kQhedgeSgs", books={"usdm": usdm, "coinm": coinm}, dual_side=True
    )


def _coinm() -> AccountState:
    usdm = _book("usdm", {"USDT": "12.50000000"})
    coinm = _book(
        "coinm",
        {"BTC": "0.60000000", "ETH": "8.00000000"},
        (
            _held("BTCUSD_PERP", "2000", "81200.0"),
            _held(f"BTCUSD_{DELIVERY}", "-1500", "83950.0"),
            _held("ETHUSD_PERP", "-400", "3090.00", isolated="0.14000000"),
        ),
        {"ETHUSD_PERP": SymbolSettings(leverage=10, isolated=True)},
        {"ETH": "0.14000000"},
    )
    return AccountState(name="coinm", alias="cmAlias7Qx", books={"usdm": usdm, "coinm": coinm})
