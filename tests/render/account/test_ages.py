"""Old figures of a live table: dim, and their age told; of an answer asked once nothing is."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.palette import palette
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.result import Ages, Result

ROWS: list[Row] = [
    {"symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "80000", "markPrice": "75000",
     "unrealizedProfit": "-5000", "derived": {"liquidationDistance": "0.2"}},
    {"symbol": "ETHUSDT", "positionAmt": "2", "entryPrice": "3000", "markPrice": "3100",
     "unrealizedProfit": "200", "derived": {"liquidationDistance": "0.5"}},
]  # fmt: skip
DIM = str(palette().faint)


def shown(ages: Ages | None, width: int = 200) -> str:
    answer = Result(
        "positions", Market.USDM, 0, {"positions": ROWS}, (POSITIONS,),
        standing="LIVE (proven 3 s ago)", ages=ages,
    )  # fmt: skip
    return report(answer, Scope(Env.PROD, None), Choice(width=width, palette=palette()))


def of(old: dict[tuple[str, str], int]) -> Ages:
    return lambda kind, row, name: old.get((row["symbol"], name), 0)


def test_the_title_tells_how_it_stands() -> None:
    assert shown(None).splitlines()[0].endswith(" · LIVE (proven 3 s ago)")


def test_a_title_that_is_too_long_is_broken_between_its_parts() -> None:
    assert shown(None, width=60).splitlines()[:3] == [
        "USD-M · prod · 1970-01-01 00:00:00 UTC", "LIVE (proven 3 s ago)", "",
    ]  # fmt: skip


@pytest.mark.parametrize("ages", [None, of({}), of({("BTCUSDT", "markPrice"): 15_000})])
def test_what_is_new_is_as_it_is(ages: Ages | None) -> None:
    assert shown(ages) == shown(None)
    assert "old:" not in shown(ages)


def test_what_is_older_than_fifteen_seconds_is_dim_and_its_age_stands_below() -> None:
    old = {("BTCUSDT", "markPrice"): 16_000, ("ETHUSDT", "liquidationDistance"): 75_900}
    text = shown(of(old))
    (bitcoin,) = (line for line in text.splitlines() if "BTCUSDT" in line)
    (ether,) = (line for line in text.splitlines() if "ETHUSDT" in line)
    assert f"{DIM}75,000" in bitcoin
    assert f"{DIM}  up to 75 s old: Distance, Mark\x1b[0m\n" in text
    assert ether.count(DIM) == shown(None).splitlines()[5].count(DIM) + 1


def test_where_all_is_old_no_column_is_named() -> None:
    assert "  up to 20 s old: all\x1b[0m\n" in shown(lambda kind, row, name: 20_000)
