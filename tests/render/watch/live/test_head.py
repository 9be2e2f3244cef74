from decimal import Decimal

import pytest

from binfut_cli.render.watch.live import head
from binfut_cli.render.watch.live.frames.frame import Account, age
from binfut_cli.render.watch.live.spans import Line
from tests.support.screens import COINM, NOW_MS, USDM, account, position


def text(line: Line) -> str:
    return "".join(span.text for span in line)


def test_the_worst_asset_speaks_where_assets_stand_alone() -> None:
    shared, alone = account().ratio, account(lane=COINM).ratio
    assert shared is not None
    assert alone is not None
    assert (shared.number, alone.number, alone.of) == (Decimal("0.25"), Decimal("0.6"), "BTC")
    assert Account(USDM).ratio is None


def test_the_ratio_and_the_nearest_liquidation_come_before_bar_and_curve() -> None:
    near = account(position("BTCUSDT", "0.02"))
    history = [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]
    assert text(head.ratio(near, history, 200)) == (
        " Margin ratio 25.00%  Nearest liquidation 2.00% BTCUSDT  █████···············  ▁▄█"
    )
    short = text(head.ratio(near, history, 60))
    assert short == " Margin ratio 25.00%  Nearest liquidation 2.00% BTCUSDT"
    beside = text(head.ratio(near, history * 9, 88))
    assert beside.endswith("█████···············  ▁▄█▁▄█▁▄█")
    assert len(beside) == 88
    assert text(head.ratio(near, history, 40)) == " Ratio 25.00%  Distance 2.00% BTCUSDT"


def test_an_infinite_ratio_is_a_full_bar() -> None:
    bare = account(lane=COINM)
    assert bare.answer is not None
    bare.answer.document["assets"][0]["derived"]["marginRatio"] = "Infinity"
    assert "no balance BTC  Nearest liquidation –  " + "█" * 20 in text(
        head.ratio(bare, [Decimal("Infinity")] * 2, 100)
    )


@pytest.mark.parametrize(
    ("values", "shown"),
    [([], ""), ([5], "▁"), ([1, 1], "▁▁"), ([1, 8], "▁█"), ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█")],
)
def test_a_curve_goes_from_its_lowest_to_its_highest(values: list[int], shown: str) -> None:
    assert head.wave(list(map(Decimal, values)), 20) == shown
    assert head.wave([Decimal(9), *map(Decimal, values)], len(values) or 1) == shown or not values


def test_a_breath_does_not_look_like_a_leap() -> None:
    ratios = [Decimal(each) for each in ("0.0336", "0.0334", "0.0335")]
    assert head.wave(ratios, 20) == "▁▁▁"
    assert head.wave([*ratios, Decimal("0.05")], 20) == "▁▁▁█"


def test_every_account_has_its_name_and_what_is_wrong_with_it() -> None:
    accounts = [account(), account(lane=COINM, standing="GAP"), Account(USDM)]
    line, ends = head.tabs(accounts, 0, 200)
    assert text(line) == (
        " 1 one-way USD-M 25.00%  2 coinm COIN-M 60.00% GAP  3 one-way USD-M – READING "
    )
    assert ends == [24, 51, len(text(line))]


def test_the_chosen_account_is_seen_however_many_there_are() -> None:
    accounts = [account()] * 9
    line, ends = head.tabs(accounts, 8, 60)
    assert " 9 one-way" in text(line)
    assert len(text(line)) <= 60
    assert ends[:7] == [0] * 7


def test_figures_older_than_15_s_tell_their_age() -> None:
    times = (0, 14_999, 15_000, 119_999, 120_000, 7_200_000)
    ages = [age(NOW_MS - ms, NOW_MS) for ms in times]
    assert ages == ["", "", "15 s old", "119 s old", "2 min old", "2 h old"]
    assert age(None, NOW_MS) == ""


def test_assets_that_do_not_fit_are_counted() -> None:
    many = account(lane=COINM)
    assert many.answer is not None
    many.answer.document["assets"] *= 3
    shown = head.figures(many, 80, 2)
    assert text(shown[0]).startswith(" BTC  Wallet 0.5")
    assert text(shown[1]) == " 2 more assets"


def test_totals_are_broken_between_figures() -> None:
    shown = [text(line) for line in head.figures(account(), 40, 2)]
    assert shown == [" Margin balance 1,100.50", " Wallet balance 1,000.00  USDT"]
