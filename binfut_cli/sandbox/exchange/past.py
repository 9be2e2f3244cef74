"""What happened to an account in the 30 days before the exchange opened. Pure.

It is made up when it is first asked for, and depends on account, seed and opening time only:
funding fees of the perpetual positions every 8 h (UTC), round trips with their fees and profits,
and a transfer of each asset. It looks plausible, but adds up to no balance and no position, and is
no change of the ledger. One account also has an order filled in so many pieces within some
milliseconds that a page of 1000 rows ends inside one of them.
"""

import itertools
import random
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Contract, Market
from binfut_cli.sandbox.account.decimals import ONE, ZERO, rounded
from binfut_cli.sandbox.account.fills import MAKER, TAKER
from binfut_cli.sandbox.account.history_rows import Fill, Flow, income_row, trade_row
from binfut_cli.sandbox.account.margin import notional, profit
from binfut_cli.sandbox.account.order_rows import order_row
from binfut_cli.sandbox.account.rows import JSON, Order, Position
from binfut_cli.sandbox.exchange.listen_keys import alphanumerics

HOUR_MS = 3_600_000
FUNDING_MS = 8 * HOUR_MS
SPAN_MS = 30 * 24 * HOUR_MS
ROUND_TRIPS = 6
FIRST_ID = 8389765980000000001  # below the ids of what happens later
FIRST_TRADE = 6_400_000_001
IDS = 1_000_000  # of each kind for one account and market
PIECES: Mapping[tuple[str, Market], int] = {("hedge", "usdm"): 1300}
PIECES_A_MS = 130
PIECES_AGO_MS = 3 * 24 * HOUR_MS  # inside the 7 days that usdm gives without being asked for more


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as REST shows them, oldest first."""

    income: tuple[JSON, ...] = ()
    trades: tuple[JSON, ...] = ()
    orders: tuple[JSON, ...] = ()


class Past(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the past is made from: the account as it was when the exchange opened.

    `number` tells accounts and markets apart, so that ids are unique.
    """

    account: str
    market: Market
    contracts: Mapping[str, Contract]
    prices: Mapping[str, Decimal]
    wallets: Mapping[str, Decimal]
    positions: tuple[Position, ...]
    opened_ms: int
    seed: int
    number: int

    @cached_property
    def history(self) -> History:
        """Make it up on first use."""
        return _Chronicle(self).write()


class _Chronicle:
    """Writes one history, row by row."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._random = random.Random(f"{past.seed}/{past.account}/{past.market}")
        self._ids = itertools.count(FIRST_ID + past.number * IDS)
        self._trade_ids = itertools.count(FIRST_TRADE + past.number * IDS)
        self._start_ms = past.opened_ms - SPAN_MS
        self._income: list[JSON] = []
        self._trades: list[JSON] = []
        self._orders: list[JSON] = []

    def write(self) -> History:
        past = self._past
        for asset, amount in past.wallets.items():
            self._flow("TRANSFER", amount, asset, self._start_ms + self._random.randrange(HOUR_MS))
        for position in past.positions:
            contract = past.contracts[position.symbol]
            if "PERPETUAL" in contract.contract_type:
                self._funding(contract, position)
            for _ in range(ROUND_TRIPS):
                self._round_trip(contract, position)
        if pieces := PIECES.get((past.account, past.market)):
            self._in_pieces(past.positions[0], pieces)
        time = itemgetter("time")
        return History(
            income=tuple(sorted(self._income, key=time)),
            trades=tuple(sorted(self._trades, key=time)),
            orders=tuple(sorted(self._orders, key=time)),
        )

    def _flow(
        self, kind: str, amount: Decimal, asset: str, time: int, symbol: str = "", trade: int = 0
    ) -> None:
        flow = Flow(
            kind=kind,
            amount=amount,
            asset=asset,
            symbol=symbol,
            time=time,
            number=trade or next(self._ids),  # fee and profit of a trade share their `tranId`
            trade=str(trade or ""),
        )
        self._income.append(income_row(self._past.market, flow))

    def _price(self, contract: Contract, chance: random.Random) -> Decimal:
        """A price within 3 % of the first one."""
        price = self._past.prices[contract.symbol]
        moved = price * (ONE + Decimal(chance.randint(-300, 300)) / 10_000)
        return rounded(moved, contract.price_digits)

    def _funding(self, contract: Contract, position: Position) -> None:
        first = self._start_ms + FUNDING_MS - self._start_ms % FUNDING_MS
        for time in range(first, self._past.opened_ms, FUNDING_MS):
            # Everyone pays or receives at the same rate and price.
            chance = random.Random(f"{self._past.seed}/{contract.symbol}/{time}")
            rate = Decimal(chance.randint(-4, 12) or 10) / 100_000
            value = notional(contract, position.amt, self._price(contract, chance))
            fee = rounded(-value * rate)
            self._flow("FUNDING_FEE", fee, contract.margin_asset, time, contract.symbol)

    def _round_trip(self, contract: Contract, position: Position) -> None:
        """Open a tenth of the position's size more, and close it some hours later."""
        unit = ONE.scaleb(-contract.quantity_digits)
        size = max(unit, rounded(abs(position.amt) / 10, contract.quantity_digits))
        signed = size.copy_sign(position.amt)
        time = self._start_ms + self._random.randrange(SPAN_MS - FUNDING_MS)
        entry, price = (self._price(contract, self._random) for _ in range(2))
        order = self._order(contract, position.side, signed, entry, time)
        self._fill(contract, order, self._piece(contract, size, entry, time))
        time += self._random.randrange(HOUR_MS, FUNDING_MS)
        order = self._order(contract, position.side, -signed, price, time)
        realized = rounded(profit(contract, signed, entry, price))
        closing = replace(self._piece(contract, size, price, time), realized=realized)
        self._fill(contract, order, closing)

    def _in_pieces(self, position: Position, pieces: int) -> None:
        contract = self._past.contracts[position.symbol]
        unit = ONE.scaleb(-contract.quantity_digits).copy_sign(position.amt)
        price = self._price(contract, self._random)
        time = self._past.opened_ms - PIECES_AGO_MS
        order = self._order(contract, position.side, unit * pieces, price, time)
        for number in range(pieces):
            at_ms = time + number // PIECES_A_MS
            self._fill(contract, order, self._piece(contract, abs(unit), price, at_ms, maker=True))

    def _order(
        self, contract: Contract, position_side: str, signed: Decimal, price: Decimal, time: int
    ) -> Order:
        number = next(self._ids)
        order = Order(
            order_id=number,
            client_order_id=alphanumerics("past", number, length=22),
            symbol=contract.symbol,
            side="BUY" if signed > 0 else "SELL",
            position_side=position_side,
            type="LIMIT",
            orig_qty=abs(signed),
            executed_qty=abs(signed),
            price=price,
            avg_price=price,
            status="FILLED",
            time=time,
            update_time=time,
        )
        self._orders.append(order_row(contract, order))
        return order

    def _piece(
        self, contract: Contract, size: Decimal, price: Decimal, time: int, *, maker: bool = False
    ) -> Fill:
        fee = abs(notional(contract, size, price)) * (MAKER if maker else TAKER)
        return Fill(
            trade_id=next(self._trade_ids),
            quantity=size,
            price=price,
            realized=ZERO,
            fee=rounded(fee),
            fee_asset=contract.margin_asset,
            maker=maker,
            time=time,
        )

    def _fill(self, contract: Contract, order: Order, fill: Fill) -> None:
        self._trades.append(trade_row(contract, order, fill))
        told, asset = (fill.time, contract.symbol, fill.trade_id), contract.margin_asset
        if fill.realized:
            self._flow("REALIZED_PNL", fill.realized, asset, *told)
        self._flow("COMMISSION", -fill.fee, asset, *told)
