"""An account of many positions, of which some cells change with every look."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS

POSITIONS = 500
CHANGED = 50  # rows, four cells each
FIELDS = ("markPrice", "unrealizedProfit", "notional", "liquidationDistance")
LANE = Lane(Market.USDM, Scope(Env.SANDBOX, "bench"))
NOW_MS = 1_795_700_000_000


def row(number: int) -> dict[str, Any]:
    """A position."""
    return {
        "symbol": f"SYM{number:03}USDT", "positionSide": "BOTH", "positionAmt": f"{number + 1}.5",
        "entryPrice": f"{1000 + number}.25", "leverage": 20, "isolated": False,
        "maintMargin": "12.5", "breakEvenPrice": f"{1000 + number}.5",
        "liquidationPrice": f"{900 + number}.75", "adl": 1,
        **moved(number, 0), "derived": {"roe": "0.01", "marginRatio": "0.25",
        "liquidationDistance": distance(number, 0)},
    }  # fmt: skip


def moved(number: int, tick: int) -> dict[str, str]:
    """What a mark price moves."""
    mark = Decimal(1000 + number) + Decimal(tick % 97) / 10
    size = Decimal(number) + Decimal("1.5")
    profit = (mark - Decimal(1000 + number) - Decimal("0.25")) * size
    return {
        "markPrice": str(mark), "unrealizedProfit": str(profit), "notional": str(mark * size)
    }  # fmt: skip


def distance(number: int, tick: int) -> str:
    """How far it is to liquidation: the order of rows stays."""
    return str(Decimal(number + 10) / 10_000 + Decimal(tick % 97) / 10_000_000)


def frames() -> Iterator[Frame]:
    """A frame for every look; the rows that change are spread over those that are seen."""
    rows, tick = [row(number) for number in range(POSITIONS)], 0
    document = {
        "totalWalletBalance": "10000", "totalMarginBalance": "11000",
        "assets": [], "positions": rows, "derived": {"marginRatio": "0.25", "totalsUnit": "USDT"},
    }  # fmt: skip
    while True:
        answer = Result("accountStatus", Market.USDM, NOW_MS, dict(document), KINDS)
        account = Account(LANE, answer, standing="LIVE", why="Proven 3 s ago.")
        yield Frame(NOW_MS + tick * 250, (account,))
        tick += 1
        rows = [
            {**each, **moved(number, tick),
             "derived": {**each["derived"], "liquidationDistance": distance(number, tick)}}
            if number < CHANGED else each
            for number, each in enumerate(rows)
        ]  # fmt: skip
        document["positions"] = rows
