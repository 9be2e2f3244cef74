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
from binfut_cli.stream.live.live_account import LiveAccount
from binfut_cli.stream.live.marks import Marks
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
        self.account.read(self.document, READ_MS, self.state)

    def move(self, symbol: str, price: Decimal) -> None:
        self.of.exchange.move_mark(symbol, price)
        self.marks.keep(set(self.of.exchange.marks) - {symbol})
        self.marks.take(symbol, f"{price:.8f}", READ_MS + 1000)

    def tell(self, wallet: Balance, filled: Position) -> None:
        """What an ACCOUNT_UPDATE says of a fill."""
        funds = {"walletBalance": str(wallet.wallet), "crossWalletBalance": str(wallet.cross)}
        row = {"symbol": filled.symbol, "positionSide": filled.side}
        row |= {"positionAmt": str(filled.amt), "entryPrice": str(filled.entry_price)}
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

    The second in multi-assets mode, and where legs balance so well that no digits are left.
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


def move_all(looking: Looking, data: Any) -> None:
    for symbol in sorted({key[0] for key in by_leg(looking.document["positions"])}):
        drift = 1 + D(data.draw(st.integers(-300, 300))) / 10_000
        mark = looking.of.exchange.marks[symbol]
        looking.move(symbol, (mark * drift).quantize(mark))


@given(data=st.data())
@pytest.mark.parametrize("market", list(Market))
def test_it_is_what_the_exchange_says_at_these_marks(market: Market, data: Any) -> None:
    looking = Looking(data.draw(held(market)), brackets())
    move_all(looking, data)
    check(looking)


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


def test_without_brackets_it_is_what_was_read_and_as_old() -> None:
    looking = Looking(plain(), {})
    looking.move("BTCUSDT", D(75_000))
    view = looking.view()
    row = by_leg(view.answer.rows("positions"))["BTCUSDT", "BOTH"]
    read = by_leg(looking.document["positions"])["BTCUSDT", "BOTH"]
    assert row["liquidationPrice"] == read["liquidationPrice"]
    assert view.age_ms("positions", row, "liquidationPrice") == 1000


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
