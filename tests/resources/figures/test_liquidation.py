"""At the exchange's own liquidation price the margin ratio that decides is 1, and before it less.

For any account that the sandbox can hold: read through its views, as the client reads it, and
compared with a computation of its own, from what the account holds.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.resources.balances import balances
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.positions import positions
from binfut_cli.resources.status import status
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.account.contracts import Contract, contracts
from binfut_cli.sandbox.account.rows import AccountState, Balance, Book, Position, SymbolSettings
from binfut_cli.sandbox.api.coinm_views import CoinmViews
from binfut_cli.sandbox.api.usdm_views import UsdmViews
from binfut_cli.sandbox.exchange.clock import Clock
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.program import account

D = Decimal
ZERO = D(0)
DIGIT = D("1e-8")  # what the exchange writes amounts with
NAMES: dict[Market, Literal["usdm", "coinm"]] = {Market.USDM: "usdm", Market.COINM: "coinm"}
SYMBOLS = {
    Market.USDM: ("BTCUSDT", "ETHUSDT", "XRPUSDT", "BTCUSDC", "ETHUSDC"),
    Market.COINM: ("BTCUSD_PERP", "BTCUSD_281229", "ETHUSD_PERP"),
}
ASSETS = {Market.USDM: ("USDT", "USDC", "BNB"), Market.COINM: ("BTC", "ETH")}


@dataclass
class Held:
    """An account on one market, with the exchange that it is at."""

    market: Market
    exchange: Exchange
    account: AccountState

    @property
    def book(self) -> Book:
        return self.account.books[NAMES[self.market]]

    def read(self) -> Row:
        """The account as `binfut account status` prints it."""
        if self.market is Market.COINM:
            coinm = CoinmViews(self.exchange, self.account)
            parts = {
                "account.status": coinm.account_status(),
                "account.position": coinm.positions(None, None),
            }
            return whole(self.market, parts)[0]
        usdm = UsdmViews(self.exchange, self.account)
        rows, old = usdm.positions_v2(None), usdm.account_status()
        parts = {
            "v2/account.status": usdm.account_status_v2(),
            "v2/account.position": rows,
            "account.status": old,
        }
        return whole(self.market, parts)[0]


def fractions(low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(D(low), D(high), places=4)


@st.composite
def legs(draw: Any, contract: Contract, side: str) -> Position:
    """A position worth between a few USD and what the highest bracket takes."""
    worth = draw(st.sampled_from([D(50), D(5000), D(200_000), D(900_000), D(8_000_000)]))
    unit = contract.size if contract.inverse else contract.mark_price
    amt = round(worth * draw(fractions("0.5", "2")) / unit, contract.quantity_digits)
    assume(amt)
    sign = draw(st.sampled_from([1, -1])) if side == "BOTH" else 1 if side == "LONG" else -1
    entry = contract.mark_price * draw(fractions("0.9", "1.1"))
    entry = round(entry, contract.price_digits)
    return Position(symbol=contract.symbol, side=side, amt=amt * sign, entry_price=entry)


@st.composite
def held(draw: Any, market: Market) -> Held:
    """Any account: a mode, legs, which of them are isolated, and wallets that hold them or not."""
    dual = draw(st.booleans())
    multi = market is Market.USDM and draw(st.booleans())
    book = Book(market=NAMES[market])
    locked: dict[str, Decimal] = {}
    for symbol in draw(st.lists(st.sampled_from(SYMBOLS[market]), min_size=1, unique=True)):
        contract = contracts()[symbol]
        isolated = not multi and draw(st.booleans())
        book.settings[symbol] = SymbolSettings(isolated=isolated)
        balanced, size = draw(st.booleans()), ZERO
        for side in draw(sides(dual)):
            row = draw(legs(contract, side))
            if balanced and size:  # a hedge of all but a little of the other leg
                amt = round(size * draw(fractions("0.95", "1.05")), contract.quantity_digits)
                row = replace(row, amt=-amt)
            size = row.amt
            if isolated:
                own = round(
                    value(contract, row, contract.mark_price) * draw(fractions("0.02", "0.5")), 8
                )
                row = replace(row, isolated_wallet=own)
                locked[contract.margin_asset] = locked.get(contract.margin_asset, ZERO) + own
            book.positions[symbol, side] = row
    for asset in ASSETS[market]:
        part = draw(fractions("0.01", "1.5"))
        used = [
            value(contracts()[row.symbol], row, contracts()[row.symbol].mark_price)
            for row in book.positions.values()
            if contracts()[row.symbol].margin_asset == asset and not row.isolated_wallet
        ]
        cross = round(sum(used, ZERO) * part, 8) if used else D(draw(st.integers(0, 3)))
        wallet = cross + locked.get(asset, ZERO)
        book.balances[asset] = Balance(asset=asset, wallet=wallet, cross=cross, update_time=1)
    books = {NAMES[market]: book}
    state = AccountState(name="a", alias="a", books=books, dual_side=dual, multi_assets=multi)
    exchange = Exchange([state], clock=Clock(), seed=1, rules=Rules(), past=False)
    exchange.contracts = {symbol: contracts()[symbol] for symbol in SYMBOLS[market]}
    return Held(market, exchange, state)


def sides(dual: bool) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from([("LONG",), ("SHORT",), ("LONG", "SHORT")] if dual else [("BOTH",)])


# -- the same figures, computed from what the account holds ---------------------------------


def unit(contract: Contract, price: Decimal) -> Decimal:
    return contract.size / price if contract.inverse else price


def value(contract: Contract, row: Position, price: Decimal) -> Decimal:
    return abs(row.amt) * unit(contract, price)


def gain(contract: Contract, row: Position, price: Decimal) -> Decimal:
    moved = unit(contract, price) - unit(contract, row.entry_price)
    return row.amt * (-moved if contract.inverse else moved)


def needed(contract: Contract, row: Position, price: Decimal) -> Decimal:
    """Maintenance margin bracket by bracket: each part of the value at its own rate."""
    left, total = value(contract, row, price), ZERO
    for tier in contract.brackets[:-1]:
        part = min(left, D(tier.cap - tier.floor))
        left, total = left - part, total + part * tier.maint_margin_ratio
    return total + left * contract.brackets[-1].maint_margin_ratio


@dataclass
class Pool:
    """What a margin ratio is made of."""

    maint: Decimal = ZERO
    balance: Decimal = ZERO

    @property
    def ratio(self) -> Decimal | None:
        if not self.maint:
            return None
        return self.maint / self.balance if self.balance > 0 else D("Infinity")


def pools(of: Held) -> dict[object, Pool]:
    """By asset, by (symbol, side) of an isolated leg, or None for the account."""
    found: dict[object, Pool] = {}
    for asset in ASSETS[of.market]:
        found[asset] = Pool(balance=of.book.balance(asset).cross)
    for key, row in of.book.positions.items():
        contract, mark = contracts()[row.symbol], of.exchange.marks[row.symbol]
        isolated = of.book.setting(row.symbol).isolated
        name = key if isolated else contract.margin_asset
        pool = found.setdefault(name, Pool(balance=row.isolated_wallet))
        pool.maint += needed(contract, row, mark)
        pool.balance += gain(contract, row, mark)
    if of.account.multi_assets:
        whole = Pool()
        for asset in ASSETS[of.market]:
            rate, pool = of.exchange.rates[asset], found[asset]
            whole.balance += min(pool.balance * rate.bid, pool.balance * rate.ask)
            whole.maint += pool.maint * rate.ask
        return {None: whole}
    return found


def decides(of: Held, row: Row) -> object:
    """The name of the pool that decides over a position row."""
    if of.account.multi_assets:
        return None
    if of.book.setting(row["symbol"]).isolated:
        return row["symbol"], row["positionSide"]
    return contracts()[row["symbol"]].margin_asset


def near(
    found: str | None, expected: Decimal | None, pool: Pool, slack: Decimal = 40 * DIGIT
) -> bool:
    """Whether a ratio is as expected, but for the digits that its parts are written with."""
    if found is None or expected is None:
        return found is None is expected or pool.maint < slack
    if not pool.balance > slack:  # about nothing: any size is right, and infinite too
        return D(found) > 1
    written = slack * (1 + pool.maint / pool.balance) / (pool.balance - slack)
    return abs(D(found) - pool.maint / pool.balance) <= written + DIGIT


# -- the promises ---------------------------------------------------------------------------


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_every_ratio_is_that_of_what_the_account_holds(market: Market, data: Any) -> None:
    of = data.draw(held(market))
    found, expected = of.read(), pools(of)
    for row in live(found):
        pool = expected[decides(of, row)]
        assert near(row["derived"]["marginRatio"], pool.ratio, pool), row
    for row in found["assets"]:
        if of.account.multi_assets:
            assert row["derived"]["marginRatio"] in (found["derived"]["marginRatio"], None)
        elif row["asset"] in expected:
            pool = expected[row["asset"]]
            assert near(row["derived"]["marginRatio"], pool.ratio, pool), row


def live(found: Row) -> list[Row]:
    return [row for row in found["positions"] if D(row["positionAmt"])]


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_at_the_liquidation_price_the_ratio_is_one(market: Market, data: Any) -> None:
    of = data.draw(held(market))
    row = data.draw(st.sampled_from(live(of.read())))
    price, start = D(row["liquidationPrice"]), of.exchange.marks[row["symbol"]]
    assume(price > 0)
    before = seen(of, row, start)
    there = seen(of, row, price)
    pool = pools(of)[decides(of, row)]
    exposed = sum(
        (abs(leg.amt) for leg in of.book.positions.values() if leg.symbol == row["symbol"]), ZERO
    )
    contract = contracts()[row["symbol"]]
    moved = exposed * abs(unit(contract, price) - unit(contract, price + DIGIT))
    slack = 40 * DIGIT + 2 * moved
    assume(pool.maint > slack)  # of less there are no digits left to tell a ratio by
    assert near(there.ratio, D(1), Pool(pool.maint, pool.maint), slack)
    assert there.distance in ("0", None)
    assert before.distance is not None
    if before.ratio is not None and abs(D(before.ratio) - 1) > D("0.001"):
        assert (D(before.distance) > 0) is (D(before.ratio) < 1)
        assert abs(D(before.distance) - abs(price - start) / start * sign(before.distance)) < DIGIT


def sign(figure: str) -> int:
    return -1 if figure.startswith("-") else 1


@dataclass
class Seen:
    ratio: str | None
    distance: str | None


def seen(of: Held, row: Row, mark: Decimal) -> Seen:
    """What is shown of a position once its mark is moved."""
    of.exchange.move_mark(row["symbol"], mark)
    key = row["symbol"], row["positionSide"]
    (now,) = (r for r in of.read()["positions"] if (r["symbol"], r["positionSide"]) == key)
    return Seen(now["derived"]["marginRatio"], now["derived"]["liquidationDistance"])


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_on_the_way_there_the_ratio_rises(market: Market, data: Any) -> None:
    """Steadily within a bracket; a large position that leaves one may first come to need less."""
    of = data.draw(held(market))
    row = data.draw(st.sampled_from(live(of.read())))
    price, start = D(row["liquidationPrice"]), of.exchange.marks[row["symbol"]]
    pool = pools(of)[decides(of, row)]
    assume(price > 0 and pool.ratio is not None and pool.ratio < D("0.99"))
    steps = [start + (price - start) * part / 5 for part in range(6)]
    pairs = pairwise([risen(of, row, mark) for mark in steps])
    falls = [after[0] < before[0] - before[1] - after[1] for before, after in pairs]
    assert falls == sorted(falls, reverse=True)  # once it rises, it never falls again
    if len({brackets(of, row["symbol"], mark) for mark in (start, price)}) == 1:
        assert not any(falls)


def risen(of: Held, row: Row, mark: Decimal) -> tuple[Decimal, Decimal]:
    """The ratio shown at a mark, and how far the digits of its parts may move it."""
    shown, pool = seen(of, row, mark).ratio, pools(of)[decides(of, row)]
    assume(shown is not None and pool.maint > 100 * DIGIT)  # else there are too few of them
    ratio = D(str(shown))
    return ratio, ratio * 40 * DIGIT * (1 / pool.maint + 1 / pool.balance) + DIGIT


def brackets(of: Held, symbol: str, mark: Decimal) -> tuple[int, ...]:
    contract = contracts()[symbol]
    rows = [row for row in of.book.positions.values() if row.symbol == symbol]
    return tuple(contract.bracket(value(contract, row, mark)).bracket for row in rows)


# -- over real sockets ----------------------------------------------------------------------


def shown(sandbox: Sandbox, ask: Any, kind: str, market: Market, **key: str) -> Row:
    """The row of a question's answer that has these values."""
    with account(sandbox, market) as found:
        rows = ask(found).rows(kind)
    (row,) = (row for row in rows if key.items() <= row.items())
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize(
    ("name", "market", "leg", "isolated"),
    [
        ("one-way", Market.USDM, "BTCUSDT", False),
        ("one-way", Market.USDM, "ETHUSDT", True),  # isolated beside cross
        ("one-way", Market.COINM, "BTCUSD_PERP", False),
        ("multi-assets", Market.USDM, "ETHUSDC", False),
        ("hedge", Market.USDM, "BTCUSDT SHORT", False),
        ("hedge", Market.USDM, "ETHUSDT LONG", True),
        ("hedge", Market.COINM, "BTCUSD_PERP SHORT", False),
        ("coinm", Market.COINM, "ETHUSD_PERP", True),
    ],
)
def test_every_command_says_the_same_at_the_liquidation_price(
    name: str, market: Market, leg: str, isolated: bool
) -> None:
    symbol, _, side = leg.partition(" ")
    key = {"symbol": symbol, "positionSide": side or "BOTH"}
    with Sandbox.start(account=name) as sandbox:
        row = shown(sandbox, positions, "positions", market, **key)
        assert D(row["derived"]["liquidationDistance"]) > 0
        sandbox.act({"action": "mark", "symbol": symbol, "price": row["liquidationPrice"]})
        row = shown(sandbox, positions, "positions", market, **key)
        asset = {"asset": contracts()[symbol].margin_asset}
        assert shown(sandbox, status, "positions", market, **key) == row
        ratios = {
            shown(sandbox, status, "assets", market, **asset)["derived"]["marginRatio"],
            shown(sandbox, balances, "balances", market, **asset)["derived"]["marginRatio"],
        }
    assert (row["derived"]["liquidationDistance"], row["isolated"]) == ("0", isolated)
    assert abs(D(row["derived"]["marginRatio"]) - 1) < D("1e-5")
    assert len(ratios) == 1
    assert isolated or ratios == {row["derived"]["marginRatio"]}
