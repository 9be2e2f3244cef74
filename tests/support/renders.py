"""Answers as people see them, whole, at every width: `python -m tests.support.renders` writes them.

`tests/render/account/golden/` has a file for each, to be read in a review;
`tests/render/account/documents/` has what `binfut account … --env sandbox --json` once printed.
"""

import copy
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Env, Market, Scope
from binfut_cli.render import zone
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.result.result import Result
from tests.support.declared import COMMANDS
from tests.support.samples import body

HERE = Path(__file__).parents[1] / "render" / "account"
GOLDEN, DOCUMENTS = HERE / "golden", HERE / "documents"
WIDTHS = (60, 80, 120, 200)
RECORDED = "usdm/wsapi_v2_account_status_recorded"
TIME_MS = 1_722_161_170_000
QUOTED = (
    # symbol, size, entry, mark, liquidation, leverage
    ("BTCUSDT", "0.750", "109250.41866667", "112345.67123456", "98765.43210987", 20),
    ("ETHUSDT", "-12.400", "4210.883", "4180.25987654", "4401.73000000", 25),
    ("BNBUSDT", "30.00", "905.1", "905.20000000", "0", 5),
    ("XRPUSDT", "-15000.0", "2.18345", "2.18312345", "2.29001234", 10),
    ("DOGEUSDT", "250000", "0.15123", "0.15098765", "0.13900000", 20),
    ("1000SHIBUSDT", "-900000", "0.0081234", "0.00812345", "0.00912345", 10),
    ("SHIBUSDT", "123456789", "0.00000812", "0.00000811", "0.00000702", 10),
    ("1000000MOGUSDT", "45000", "0.7612", "0.76098877", "0.75012345", 50),
    ("币安人生USDT", "-1250.5", "0.3012", "0.29987654", "0.44123456", 5),
)
"""Positions at prices from 112,345 down to 0.00000811, of symbols from 7 to 14 columns wide."""


def recorded(command: str, name: str) -> Result:
    """What the program once printed of an account of the sandbox."""
    text = (DOCUMENTS / f"{name}-{command}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    head = {key: document.pop(key) for key in ("v", "type", "market", "env", "profile", "time")}
    market = Market(head["market"])
    return Result(head["type"], market, head["time"], document, COMMANDS[command])


def answer(market: Market, account: Row, positions: list[Row]) -> Result:
    """An account's status, made of the exchange's replies."""
    called = MARKET_APIS[market]
    document, _ = whole(market, {called.status_method: account, called.position_method: positions})
    return Result("accountStatus", market, TIME_MS, document, COMMANDS["status"])


def multi() -> Result:
    """The recorded multi-assets account, with a second, Chinese, symbol that is short."""
    account = copy.deepcopy(body(RECORDED)["result"])
    chinese = {**account["positions"][0], "symbol": "币安人生USDT", "positionAmt": "-12.5"}
    account["multiAssetsMargin"] = True  # as the old account.status says
    account["positions"].append({**chinese, "unrealizedProfit": "-0.00008144"})
    (risk,) = body("usdm/rest_v3_position_risk")
    other = {**risk, "symbol": "币安人生USDT", "liquidationPrice": "0", "markPrice": "0.3"}
    return answer(Market.USDM, account, [risk, other])


def single() -> Result:
    """The recorded single-asset account, which has no position."""
    return answer(Market.USDM, body("usdm/rest_v2_account_single_asset"), [])


def coins() -> Result:
    """The recorded coin position, in the account of the manual."""
    return answer(Market.COINM, body("coinm/rest_account"), body("coinm/rest_position_risk"))


def many() -> Result:
    """An account with positions at all prices, one of them isolated."""
    account = copy.deepcopy(recorded("status", "one-way").document)
    account["positions"] = [_position(*quoted) for quoted in QUOTED]
    return answer(Market.USDM, account, account["positions"])


def _position(
    symbol: str, size: str, entry: str, mark: str, liquidation: str, leverage: int
) -> Row:
    """A position's row: plain figures, none of which the tables are to compute."""
    isolated = symbol.startswith("1000SHIB")
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": size,
        "entryPrice": entry,
        "breakEvenPrice": entry,
        "markPrice": mark,
        "liquidationPrice": liquidation,
        "unrealizedProfit": "-12.34567890" if size.startswith("-") else "2321.43920842",
        "notional": "84259.25342592",
        "maintMargin": "337.03701370",
        "initialMargin": "4212.96267130",
        "positionInitialMargin": "4212.96267130",
        "openOrderInitialMargin": "0",
        "marginAsset": "USDT",
        "isolatedWallet": "500.00000000" if isolated else "0",
        "isolated": isolated,
        "leverage": leverage,
        "adl": 2,
    }


def ruined() -> Result:
    """An account whose losses are larger than its balance: nothing stands behind its positions."""
    account = copy.deepcopy(recorded("status", "one-way").document)
    account |= {"totalUnrealizedProfit": "-13000.00000000", "totalMarginBalance": "-519.49681757"}
    usdt, position = account["assets"][0], account["positions"][0]
    usdt |= {"unrealizedProfit": "-13000.00000000", "marginBalance": "-519.49681757"}
    position |= {"unrealizedProfit": "-13000.00000000", "markPrice": "72583.73333333"}
    return answer(Market.USDM, account, account["positions"])


def nothing(market: Market) -> Result:
    """An account that holds nothing at all."""
    return answer(market, {"assets": [], "positions": []}, [])


CASES: dict[str, Callable[[], Result]] = {
    **{
        f"{command}-{name}": partial(recorded, command, name)
        for name, command in sorted(path.stem.rsplit("-", 1) for path in DOCUMENTS.glob("*.json"))
    },
    "status-recorded-multi-assets": multi,
    "status-recorded-single-asset": single,
    "status-recorded-coinm": coins,
    "status-many": many,
    "status-ruined": ruined,
    "status-nothing-usdm": partial(nothing, Market.USDM),
    "status-nothing-coinm": partial(nothing, Market.COINM),
}
"""Every answer that is shown, by the name of its file."""


def rendered(name: str) -> str:
    """An answer at all widths, and with every digit: without colour, in UTC."""
    answer, scope = CASES[name](), Scope(Env.SANDBOX, None)
    choices = {f"{width} columns": Choice(width=width, chart=True) for width in WIDTHS}
    choices["wide: all columns, every digit"] = Choice(wide=True, chart=True)
    return "\n".join(
        f"{f'== {title} ':=<{choice.width or 80}}\n{report(answer, scope, choice)}"
        for title, choice in choices.items()
    )


if __name__ == "__main__":
    zone.use("UTC")
    for name in CASES:
        (GOLDEN / f"{name}.txt").write_text(rendered(name), encoding="utf-8")
