"""What a trade does to a position, against frames recorded on 2026-10-11."""

from decimal import Decimal

import pytest

from binfut_cli.sandbox.account.contracts import contracts
from binfut_cli.sandbox.account.fills import TAKER, filled
from binfut_cli.sandbox.account.rows import Position

D = Decimal
LINEAR, INVERSE = contracts()["BTCUSDT"], contracts()["BTCUSD_PERP"]
EMPTY = Position(symbol="BTCUSDT", side="BOTH")


def held(amt: str, entry: str) -> Position:
    price = D(entry)
    return Position(
        symbol="BTCUSDT", side="BOTH", amt=D(amt), entry_price=price, break_even_price=price
    )


@pytest.mark.parametrize(
    ("contract", "price", "break_even"),
    [(LINEAR, "83008.1", "83041.30324"), (INVERSE, "82945.2", "82978.37808")],
    ids=["usdm", "coinm"],
)
def test_break_even_after_a_taker_fill(contract: object, price: str, break_even: str) -> None:
    chosen = LINEAR if contract is LINEAR else INVERSE
    done = filled(chosen, EMPTY, D(1), D(price), TAKER)
    assert done.position.entry_price == D(price)
    assert done.position.break_even_price == D(break_even)
    assert (done.realized, done.opened) == (D(0), D(1))


def test_a_short_breaks_even_below_its_entry() -> None:
    done = filled(LINEAR, EMPTY, D(-1), D(100), TAKER)
    assert done.position.break_even_price == D("99.96")


def test_more_of_the_same_averages_the_entry() -> None:
    done = filled(LINEAR, held("1", "100"), D(3), D(200), TAKER)
    assert (done.position.amt, done.position.entry_price) == (D(4), D(175))


def test_inverse_entries_average_by_coin() -> None:
    done = filled(INVERSE, held("1", "50000"), D(1), D(100000), TAKER)
    assert abs(done.position.entry_price - D("66666.66666666667")) < D("1e-9")


def test_a_reduced_position_keeps_its_entry_and_counts_its_profit() -> None:
    done = filled(LINEAR, held("-2", "100"), D(1), D(90), TAKER)
    assert (done.position.amt, done.position.entry_price, done.realized) == (D(-1), D(100), D(10))
    assert done.position.accumulated_realized == 10


def test_a_closed_position_has_no_prices() -> None:
    done = filled(LINEAR, held("0.001", "83008.1"), D("-0.001"), D("82908.1"), TAKER)
    row = done.position
    assert (row.amt, row.entry_price, row.break_even_price) == (D(0), D(0), D(0))
    assert done.realized == D("-0.1")


def test_a_flip_realises_the_old_and_enters_at_the_price() -> None:
    done = filled(LINEAR, held("1", "100"), D(-3), D(110), TAKER)
    assert (done.closed, done.opened, done.realized) == (D(1), D(-2), D(10))
    assert (done.position.amt, done.position.entry_price) == (D(-2), D(110))
