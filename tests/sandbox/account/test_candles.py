"""A mark price's course in candles."""

from decimal import Decimal

from binfut_cli.sandbox.account.candles import DAY_MS, MINUTE_MS, Candle, Candles

T = 1_700_000_040_000 // MINUTE_MS * MINUTE_MS
FIVE = 5 * MINUTE_MS


def candle(open_ms: int, *prices: int) -> Candle:
    return Candle(open_ms, *map(Decimal, prices))


def moved(*moves: tuple[int, int]) -> Candles:
    """Candles of a price that is 100 at first, after moves of so many ms later to a price."""
    candles = Candles(Decimal(100), T)
    for later_ms, price in moves:
        candles.add(Decimal(price), T + later_ms)
    return candles


def test_a_minute_has_its_first_highest_lowest_and_last_price() -> None:
    candles = moved((1, 103), (2, 98), (59_999, 101))
    assert candles.between(T, T, MINUTE_MS) == [candle(T, 100, 103, 98, 101)]


def test_a_minute_without_a_move_is_flat_at_the_price_of_before() -> None:
    candles = moved((1, 103), (2 * MINUTE_MS, 110))
    assert candles.between(T + MINUTE_MS, T + 2 * MINUTE_MS, MINUTE_MS) == [
        candle(T + MINUTE_MS, 103, 103, 103, 103),
        candle(T + 2 * MINUTE_MS, 103, 110, 103, 110),
    ]


def test_longer_spans_are_made_of_minutes_and_begin_at_whole_ones() -> None:
    begin = T - T % FIVE
    candles = Candles(Decimal(100), begin)
    for minute, price in enumerate((104, 97, 105, 99, 102, 111)):
        candles.add(Decimal(price), begin + minute * MINUTE_MS)
    assert candles.between(begin + 3, begin + FIVE, FIVE) == [
        candle(begin, 100, 105, 97, 102),
        candle(begin + FIVE, 102, 111, 102, 111),
    ]


def test_before_the_beginning_the_price_is_the_first() -> None:
    assert moved((1, 90)).between(T - FIVE, T - MINUTE_MS, MINUTE_MS)[0].close == Decimal(100)


def test_what_is_older_than_a_day_is_forgotten_and_its_price_is_not() -> None:
    candles = moved((MINUTE_MS, 105), (DAY_MS + 2 * MINUTE_MS, 120))
    assert candles.between(T + FIVE, T + FIVE, MINUTE_MS)[0].close == Decimal(105)
    assert candles.between(T, T, MINUTE_MS) == [candle(T, 105, 105, 105, 105)]
