"""Of any account, what is computed of its liquidation is what the exchange says at those marks."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from binfut_cli.codec import Row, decimal
from binfut_cli.endpoints import Lane, Market
from binfut_cli.resources.figures.models import leg
from binfut_cli.sandbox.account.contracts import contracts
from binfut_cli.sandbox.account.rows import AccountState, Balance, Book, Position, SymbolSettings
from binfut_cli.sandbox.exchange.clock import Clock
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.stream.events import Event
from binfut_cli.stream.live.formulas.brackets import Bracket, Brackets
from binfut_cli.stream.live.formulas.liquidation import Backing, liquidation_price
from binfut_cli.stream.live.formulas.liquidation import Held as Held_
from binfut_cli.stream.live.formulas.multi_assets import Rate, Rates
from binfut_cli.stream.live.formulas.valuation import Terms
from binfut_cli.stream.live.legs import Leg, Together
from binfut_cli.stream.live.liquidations import Liquidations
from binfut_cli.stream.live.live_account import LiveAccount
from binfut_cli.stream.live.marks import Marks, index_of
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Verdict
from binfut_cli.stream.state import State
from tests.resources.figures.test_liquidation import Held, held

D = Decimal
READ_MS = 1_000_000
CLOSE = D("0.00002")  # entry prices are told with eight decimals


def brackets() -> Brackets:
    return {
        name: tuple(
            Bracket(D(tier.floor), tier.maint_margin_ratio, tier.cum) for tier in contract.brackets
        )
        for name, contract in contracts().items()
    }


class Looking:
    """An account that was read once, and whose marks have moved since."""

    def __init__(self, of: Held, known: Brackets) -> None:
        self.of, self.marks, self.document = of, Marks(), of.read()
        self.account = LiveAccount(Lane(of.market), self.marks)
        self.account.brackets = known
        self.state = State(self.document)
        self.rate(after_ms=-200)
        self.account.read(self.document, READ_MS, self.state)

    def rate(self, after_ms: int = 1000) -> None:
        """What assets count is told, at the marks as they are now."""
        found = self.of.exchange.rates.items()
        time_ms = READ_MS + after_ms
        self.marks.take_all(
            {index_of(name): Rate(each.bid, each.ask, time_ms) for name, each in found}
        )

    def move(self, symbol: str, price: Decimal) -> None:
        self.of.exchange.move_mark(symbol, price)
        self.marks.keep(set(self.of.exchange.marks) - {symbol})
        self.marks.take(symbol, f"{price:.8f}", READ_MS + 1000)

    def tell(self, wallet: Balance, filled: Position) -> None:
        """What an ACCOUNT_UPDATE says of a fill."""
        funds = {"walletBalance": str(wallet.wallet), "crossWalletBalance": str(wallet.cross)}
        row = {"symbol": filled.symbol, "positionSide": filled.side}
        row |= {"positionAmt": str(filled.amt), "entryPrice": str(filled.entry_price)}
        is_isolated = self.of.book.settings[filled.symbol].isolated
        row |= {"marginAsset": wallet.asset, "isolatedWallet": str(filled.isolated_wallet)}
        row |= {"marginType": "isolated" if is_isolated else "cross"}
        body = {"reason": "ORDER", "balances": [{"asset": wallet.asset, **funds}]}
        self.state.apply(Event("ACCOUNT_UPDATE", None, None, {**body, "positions": [row]}))

    def view(self) -> LiveView:
        live = Standing(Lane(self.of.market), READ_MS + 1000, Verdict.LIVE, "")
        found = self.account.view(self.state, {}, live)
        assert found is not None
        return found


def by_leg(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {leg(row): row for row in rows if decimal(row["positionAmt"])}


def check(looking: Looking) -> None:
    """Every price is what the exchange says now, or told to be what it said when it was read.

    The second where nobody tells what assets count, and where legs balance so well that no digits
    are left.
    """
    view, now = looking.view(), by_leg(looking.of.read()["positions"])
    read = by_leg(looking.document["positions"])
    for key, row in by_leg(view.answer.rows("positions")).items():
        found = row.get("liquidationPrice")
        if found is None or view.moment("positions", row, "liquidationPrice") == READ_MS:
            assert found in (None, read[key]["liquidationPrice"])
        else:
            price = D(now[key]["liquidationPrice"])
            assert abs(D(found) - price) <= price * CLOSE, key


def check_totals(looking: Looking) -> None:
    """In multi-assets mode they are what the exchange says now, to the digits that are told."""
    view, now = looking.view(), looking.of.read()
    if not looking.of.account.multi_assets or view.age_ms("totals", {}, "totalMarginBalance"):
        return
    found = view.answer.document
    size = sum(abs(D(row["walletBalance"])) * 1000 for row in now["assets"]) + 1
    for name in (each for each in found if each.startswith("total")):
        assert abs(D(found[name]) - D(now[name])) <= size * D("1e-7"), name


def move_all(looking: Looking, data: Any) -> None:
    for symbol in sorted({key[0] for key in by_leg(looking.document["positions"])}):
        drift = 1 + D(data.draw(st.integers(-300, 300))) / 10_000
        mark = looking.of.exchange.marks[symbol]
        looking.move(symbol, (mark * drift).quantize(mark))
    looking.rate()


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_it_is_what_the_exchange_says_at_these_marks(market: Market, data: Any) -> None:
    looking = Looking(data.draw(held(market)), brackets())
    move_all(looking, data)
    check(looking)
    check_totals(looking)


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_it_is_what_the_exchange_says_after_a_fill(market: Market, data: Any) -> None:
    looking = Looking(data.draw(held(market)), brackets())
    book, fee = looking.of.book, D("0.00012345")
    key = data.draw(st.sampled_from(sorted(by_leg(looking.document["positions"]))))
    more = data.draw(st.sampled_from([D("0.5"), D("1.25"), D(2)]))
    filled, asset = book.positions[key], contracts()[key[0]].margin_asset
    digits = contracts()[key[0]].quantity_digits
    filled = replace(filled, amt=round(filled.amt * more, digits) or filled.amt)
    before = book.balance(asset)
    wallet = replace(before, wallet=before.wallet - fee, cross=before.cross - fee)
    book.positions[key], book.balances[asset] = filled, wallet
    looking.tell(wallet, filled)
    move_all(looking, data)
    check(looking)
    check_totals(looking)


def test_a_plain_account_is_computed_at_each_mark_and_after_a_fill() -> None:
    looking = Looking(plain(), brackets())
    looking.move("BTCUSDT", D(75_000))
    looking.move("ETHUSDT", D(3050))
    check(looking)
    filled = Position(symbol="ETHUSDT", side="BOTH", amt=D(-9), entry_price=D(3000))
    looking.of.book.positions["ETHUSDT", "BOTH"] = filled
    looking.tell(looking.of.book.balance("USDT"), filled)
    looking.move("ETHUSDT", D(3100))
    looking.move("BTCUSDT", D(75_500))
    view = looking.view()
    rows = by_leg(view.answer.rows("positions"))
    assert {view.age_ms("positions", row, "liquidationPrice") for row in rows.values()} == {0}
    assert {view.age_ms("positions", row, "liquidationDistance") for row in rows.values()} == {0}
    assert all(row["derived"]["liquidationDistance"] for row in rows.values())
    check(looking)


def test_in_multi_assets_mode_all_of_it_is_of_one_moment() -> None:
    looking = Looking(several(), brackets())
    looking.move("BTCUSDT", D(75_000))
    looking.move("ETHUSDC", D(3050))
    looking.rate(after_ms=800)
    check(looking)
    check_totals(looking)
    view = looking.view()
    rows = [*by_leg(view.answer.rows("positions")).values()]
    for name in ("marginRatio", "liquidationPrice", "liquidationDistance"):
        assert {view.age_ms("positions", row, name) for row in rows} == {200}
    for name in ("totalWalletBalance", "totalMarginBalance", "totalMaintMargin", "marginRatio"):
        assert view.age_ms("totals", {}, name) == 200
    assert view.answer.document["totalWalletBalance"] != looking.document["totalWalletBalance"]
    free, now = D(view.answer.document["availableBalance"]), looking.of.read()["availableBalance"]
    haircut = D("0.05") * looking.of.book.balances["BTC"].wallet * (83_012 - 75_000)
    assert abs(free - D(now)) < haircut + 1


def test_in_multi_assets_mode_no_more_is_free_than_nothing() -> None:
    looking = Looking(several(), brackets())
    read = looking.document["availableBalance"]
    looking.move("BTCUSDT", D(90_000))
    looking.rate()
    more = looking.view().answer.document
    assert D(more["availableBalance"]) > D(read) == D(more["maxWithdrawAmount"])
    looking.move("BTCUSDT", D(50_000))
    looking.rate(after_ms=1001)
    less = looking.view().answer.document
    assert D(less["availableBalance"]) == D(less["maxWithdrawAmount"]) == 0


def test_an_asset_that_came_after_the_reading_counts_from_its_first_rate_on() -> None:
    looking = Looking(several(), brackets())
    funds = {"asset": "SOL", "walletBalance": "2", "crossWalletBalance": "2"}
    assert funds["asset"] not in {row["asset"] for row in looking.document["assets"]}
    body = {"reason": "DEPOSIT", "balances": [funds], "positions": []}
    looking.state.apply(Event("ACCOUNT_UPDATE", None, None, body))
    looking.marks.take_all({index_of("SOL"): Rate(D(150), D(151), READ_MS + 1000)})
    looking.rate()
    view, now = looking.view(), looking.of.read()
    for name in ("totalWalletBalance", "totalMarginBalance"):
        assert abs(D(view.answer.document[name]) - D(now[name]) - 300) < D("0.001")


@pytest.mark.parametrize("lacking", ["USDC", "BTC"])
def test_where_what_an_asset_counts_is_not_told_the_totals_are_as_they_were_read(
    lacking: str,
) -> None:
    looking = Looking(several(), brackets())
    looking.rate()
    late = {index_of(lacking): Rate(D(1), D(1), READ_MS)}
    looking.marks._rates |= late  # it was last told before the reading
    looking.move("BTCUSDT", D(75_000))
    view = looking.view()
    assert view.answer.document["totalMarginBalance"] == looking.document["totalMarginBalance"]
    assert view.age_ms("totals", {}, "totalMarginBalance") == 1000


def test_rates_that_do_not_explain_what_was_read_are_of_no_use() -> None:
    """A haircut of which the formula knows nothing."""
    looking = Looking(several(), brackets())
    looking.account._read["totalWalletBalance"] = "12345.00000000"
    looking.move("BTCUSDT", D(75_000))
    looking.rate()
    view = looking.view()
    assert view.answer.document["totalWalletBalance"] == "12345.00000000"
    assert view.age_ms("totals", {}, "totalWalletBalance") == 1000


@pytest.mark.parametrize("multi", [False, True])
def test_the_first_position_of_a_pool_is_computed_from_the_first_mark_on(multi: bool) -> None:
    empty = several() if multi else plain()
    filled = empty.book.positions.pop(("BTCUSDT", "BOTH"))
    empty.book.positions.clear()
    looking = Looking(empty, brackets())
    looking.tell(empty.book.balance("USDT"), filled)
    empty.book.positions["BTCUSDT", "BOTH"] = filled
    looking.move("BTCUSDT", D(82_000))
    looking.rate()
    check(looking)
    view = looking.view()
    (row,) = by_leg(view.answer.rows("positions")).values()
    assert row["derived"]["liquidationDistance"] is not None
    assert row["derived"]["marginRatio"] is not None
    assert view.has_changed  # and it is read as soon as may be


def test_without_brackets_it_is_what_was_read_and_as_old() -> None:
    looking = Looking(plain(), {})
    looking.move("BTCUSDT", D(75_000))
    view = looking.view()
    row = by_leg(view.answer.rows("positions"))["BTCUSDT", "BOTH"]
    read = by_leg(looking.document["positions"])["BTCUSDT", "BOTH"]
    assert row["liquidationPrice"] == read["liquidationPrice"]
    assert view.age_ms("positions", row, "liquidationPrice") == 1000


def several() -> Held:
    """A long and a short in two assets that stand for each other, with a coin."""
    found = plain()
    short = replace(found.book.positions.pop(("ETHUSDT", "BOTH")), symbol="ETHUSDC")
    found.book.positions["ETHUSDC", "BOTH"] = short
    found.book.settings["ETHUSDC"] = SymbolSettings()
    for asset, owned in (("USDC", D(4000)), ("BTC", D("0.1"))):
        funds = Balance(asset=asset, wallet=owned, cross=owned, update_time=1)
        found.book.balances[asset] = funds
    return Held(found.market, found.exchange, replace(found.account, multi_assets=True))


TERMS = Terms(Market.USDM, tiers=(Bracket(D(0), D("0.004"), D(0)),))
CASH: dict[str, Row] = {"USDT": {"crossWalletBalance": "10000", "marginBalance": "10000"}}
AT = "70281.12449799"  # where one BTC is liquidated that cost 80000, with that cash
RATES = {"USDT": Rate(D(1), D(1), 1)}


def position(amount: str = "1", price: str = AT, symbol: str = "BTCUSDT", **more: str) -> Row:
    """One that has just been opened at 80000."""
    value = D(amount) * 80_000
    return {
        "symbol": symbol, "positionSide": "BOTH", "positionAmt": amount, "marginAsset": "USDT",
        "entryPrice": "80000", "markPrice": "80000", "unrealizedProfit": "0",
        "maintMargin": str(abs(value) * D("0.004")), "isolatedWallet": "0",
        "notional": str(value), "liquidationPrice": price, **more,
    }  # fmt: skip


def told(
    *rows: Row,
    now: list[Row] | None = None,
    assets: dict[str, Row] = CASH,
    rates: Rates | None = None,
) -> dict[str, str]:
    """What is told of rows that were read, or of what became of them since, by their symbols."""
    known = Liquidations(Market.USDM, rows, assets, lambda _: TERMS, rates)
    legs = [Leg.of(Market.USDM, None, row, has_changed=False) for row in now or rows]
    return {each.symbol: price for each, price in known.prices(legs, assets, rates).items()}


def test_what_is_explained_is_told() -> None:
    assert told(position()) == {"BTCUSDT": AT}
    assert told(position("0.1", "0")) == {"BTCUSDT": "0"}  # it is paid for in full


@pytest.mark.parametrize("price", ["70281", "70282", "0", "x", "140562.248"])
def test_what_is_not_explained_is_not_told(price: str) -> None:
    assert told(position(price=price)) == {}
    assert told(position(price=price), now=[position()]) == {}


def test_each_is_explained_or_not_by_itself_and_a_new_one_by_all() -> None:
    btc = position("0.5", "60305.22088353")  # (40000 - 10000 + 32) / (0.5 - 0.002)
    eth = position("-0.1", "177689.24302789", "ETHUSDT")  # (8000 + 10000 - 160) / 0.1004
    new = position("0", symbol="SOLUSDT")
    both = {row["symbol"]: row["liquidationPrice"] for row in (btc, eth)}
    assert told(btc, eth) == both
    opened = [btc, eth, {**new, "positionAmt": "0.000001"}]
    assert told(btc, eth, now=opened) == {**both, "SOLUSDT": "0"}
    odd = eth | {"liquidationPrice": "7"}
    assert told(btc, odd, now=[btc, eth]) == {"BTCUSDT": both["BTCUSDT"]}
    assert told(btc, odd, now=opened) == {"BTCUSDT": both["BTCUSDT"]}


@pytest.mark.parametrize(
    "assets", [{}, {"USDT": {"crossWalletBalance": "x"}}, {"USDC": {"crossWalletBalance": "1"}}]
)
def test_without_a_wallet_nobody_can_tell(assets: dict[str, Row]) -> None:
    assert told(position(), assets=assets) == {}


@pytest.mark.parametrize("lacking", ["unrealizedProfit", "maintMargin", "markPrice", "notional"])
def test_a_leg_that_cannot_be_read_hides_all_of_its_pool(lacking: str) -> None:
    other = position("0.0001", "0", "ETHUSDT") | {lacking: "x"}
    for rates in (None, RATES):
        assert told(position(), other, rates=rates) == {}
    assert told(position(), now=[position(), other]) == {}
    assert told(position(), now=[position() | {lacking: "x"}]) == {}


def test_a_leg_without_value_explains_nothing() -> None:
    assert told(position(notional="0")) == {}


def test_an_asset_without_a_rate_counts_nothing_that_anybody_knows() -> None:
    assert told(position(), rates=RATES) == {"BTCUSDT": AT}
    assets = {**CASH, "USDC": {"crossWalletBalance": "0"}}
    assert told(position(), assets=assets, rates={"USDC": Rate(D(1), D(1), 1)}) == {}


@pytest.mark.parametrize(("off", "is_told"), [("0.0014", True), ("0.0026", False)])
def test_rates_of_another_moment_may_miss_a_price_by_two_thousandths_of_all(
    off: str, is_told: bool
) -> None:
    """Of a coin that is worth as much as the position."""
    assets = {"USDT": {"crossWalletBalance": "10000"}, "BTC": {"marginBalance": "1"}}
    assets["BTC"]["crossWalletBalance"] = "0"
    rates = {**RATES, "BTC": Rate(D(80_000), D(80_000), 1)}
    price = str(D(AT) * (1 + D(off)))
    assert bool(told(position(price=price), assets=assets, rates=rates)) is is_told
    assert not told(position(price=price))


@pytest.mark.parametrize(("off", "is_told"), [("0.0095", True), ("0.0105", False)])
def test_what_is_left_of_legs_that_balance_may_be_off_by_a_hundredth(
    off: str, is_told: bool
) -> None:
    long, short = position(positionSide="LONG"), position("-1", positionSide="SHORT")
    at = D(10_000) / (2 * D("0.004"))
    rows = [row | {"liquidationPrice": str(at * (1 + D(off)))} for row in (long, short)]
    assert bool(told(*rows, rates=RATES)) is is_told


@pytest.mark.parametrize(("off", "is_told"), [("0.0000025", True), ("0.0000035", False)])
def test_of_a_tiny_position_the_digits_of_its_figures_count(off: str, is_told: bool) -> None:
    """It is worth a tenth of a USDT: eight decimals of that are few."""
    assets = {"USDT": {"crossWalletBalance": "0.0125"}}
    at = D("70281.12449799") * (1 + D(off))
    row = position("0.00000125", str(at))
    assert bool(told(row, assets=assets)) is is_told


def test_a_coin_is_known_by_its_symbol_where_it_is_not_told() -> None:
    terms = Terms(Market.COINM, D(100), TERMS.tiers)
    at = liquidation_price(terms, [Held_(D(100), D(80_000))], D(80_000), Backing(D("0.025")))
    row = {
        "symbol": "BTCUSD_PERP", "positionSide": "BOTH", "positionAmt": "100",
        "entryPrice": "80000", "markPrice": "80000", "unrealizedProfit": "0",
        "maintMargin": "0.0005", "isolatedWallet": "0", "notionalValue": "0.125",
        "liquidationPrice": f"{at:.8f}",
    }  # fmt: skip
    assets = {"BTC": {"crossWalletBalance": "0.025"}}
    known = Liquidations(Market.COINM, [row], assets, lambda _: terms)
    legs = [Leg.of(Market.COINM, row, row, has_changed=False)]
    assert known.prices(legs, assets) == {Together("BTC", "BTCUSD_PERP"): f"{at:.8f}"}
    other = Leg.of(Market.COINM, None, row | {"symbol": "BTCUSD_261225"}, has_changed=True)
    found = known.prices([other], assets)
    assert found == {Together("BTC", "BTCUSD_261225"): f"{at:.8f}"}


def plain() -> Held:
    """A long and a short in one pool."""
    book = Book(market="usdm")
    for symbol, amount, entry in (("BTCUSDT", "1", "80000"), ("ETHUSDT", "-8", "3000")):
        row = Position(symbol=symbol, side="BOTH", amt=D(amount), entry_price=D(entry))
        book.positions[symbol, "BOTH"] = row
        book.settings[symbol] = SymbolSettings()
    book.balances["USDT"] = Balance(asset="USDT", wallet=D(15_000), cross=D(15_000), update_time=1)
    account = AccountState(name="a", alias="a", books={"usdm": book})
    exchange = Exchange([account], clock=Clock(), seed=1, rules=Rules(), past=False)
    return Held(Market.USDM, exchange, account)
