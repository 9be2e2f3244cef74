"""The line of an alert: what it is of, which condition, which figures; red while it matters."""

from typing import Any

import msgspec
import pytest

from binfut_cli.endpoints import Market
from binfut_cli.render.palette import PLAIN, palette
from binfut_cli.render.watch.lines import Lines
from binfut_cli.stream.records import Alert, Record

BTC = {"symbol": "BTCUSDT", "positionSide": "BOTH"}
PRICES = {"markPrice": "76000.00000000", "liquidationPrice": "73734.60"}


def line(body: Alert, palette: Any = PLAIN) -> str:
    (found,) = Lines(palette).lines(Record.of(body, 5, Market.USDM))
    return found.partition(" ")[2]


@pytest.mark.parametrize(
    ("text", "key", "figures", "expected"),
    [
        (
            "liquidationDistance<5%", BTC, {"liquidationDistance": "0.02980743", **PRICES},
            "BTCUSDT         liquidationDistance<5%: 2.98%  mark 76,000  liquidation 73,734.6",
        ),
        (
            "roe<0 and isolated==true", {"symbol": "B\x1b", "positionSide": "LONG"},
            {"roe": "-1.5", "isolated": True},
            r"B\u{1b} LONG    roe<0 and isolated==true: roe -150.00%  isolated true",
        ),
        (
            "markPrice>1", BTC, {"markPrice": "76000", "liquidationPrice": "73734.6"},
            "BTCUSDT         markPrice>1: 76,000  liquidation 73,734.6",
        ),
        ("assets.marginRatio>80%", {"asset": "USDT"}, {"marginRatio": "Infinity"},
         "USDT            assets.marginRatio>80%: Infinity"),
        ("updateTime>5 or leverage>2", BTC, {"updateTime": 1795680000000, "leverage": None},
         "BTCUSDT         updateTime>5 or leverage>2: updateTime 1795680000000  leverage –"),
    ],
)  # fmt: skip
def test_one_that_fires(text: str, key: Any, figures: Any, expected: str) -> None:
    assert line(Alert(1, "fired", text, "positions", key, figures, 5)) == f"ALERT    {expected}"


def test_the_other_states() -> None:
    of: Any = ("roe<0", "positions", BTC, {"roe": "0.5"}, 5)
    assert line(Alert(1, "cleared", *of)) == "CLEAR    BTCUSDT         roe<0 is clear: 50.00%"
    again = msgspec.structs.replace(Alert(1, "fired", *of), again=2)
    assert line(again).endswith("roe<0 (told 3 times): 50.00%")
    assert line(Alert(1, "known", *of)).endswith("roe<0 can be judged again")
    lacking = Alert(1, "unknown", "roe<0", "totals", {}, {}, 5, "roe of \x1b is 16 s old")
    assert line(lacking) == (
        r"ALERT    account         roe<0 is not known to hold or not: roe of \u{1b} is 16 s old"
    )


def test_colour_says_which_of_them_matter() -> None:
    of: Any = ("roe<0", "positions", BTC, {"roe": "-1"}, 5)
    colours = palette()
    fired, clear = (line(Alert(1, state, *of), colours) for state in ("fired", "cleared"))
    assert fired.startswith(colours.paint("bad", "ALERT"))
    assert clear.startswith(colours.paint("gain", "CLEAR"))
