"""`account commission`: which symbols are asked about, how fast, and what one of them cannot spoil.

The exchange and the client have one clock, which moves when somebody waits.
"""

from collections.abc import Iterator

import pytest

from binfut_cli.api.client import AccountClient, Get
from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.errors import (
    AnswerError,
    AuthError,
    BinfutError,
    BusyError,
    ExchangeError,
    NetworkError,
    RateLimitedError,
)
from binfut_cli.resources.commission import AT_ONCE, WEIGHT, commission
from binfut_cli.resources.history.pace import AGAIN, HALF, TURN, Pace
from binfut_cli.resources.result.result import Result
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.program import account
from tests.support.samples import body

NOW = 1_790_000_000_000
RATES = {
    "makerCommissionRate": "0.000200",
    "takerCommissionRate": "0.000400",
    "rpiCommissionRate": "0.000050",
}


class Scene:
    """An exchange and a client of one clock."""

    def __init__(self) -> None:
        self.ms = NOW
        self.sandbox = Sandbox.start(clock=self.now, rules=Rules(weight_limit=10**5))
        self.reasons: list[str] = []

    def now(self) -> int:
        return self.ms

    def wait(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)

    def pace(self, most: int = HALF) -> Pace:
        return Pace(most, now_ms=self.now, wait=self.wait, resting=self.reasons.append)

    def client(self, market: Market = Market.USDM) -> AccountClient:
        return account(self.sandbox, market, now_ms=self.now)

    def ask(self, *symbols: str, market: Market = Market.USDM, most: int = HALF) -> Result:
        with self.client(market) as of:
            return commission(of, symbols, self.pace(most))


@pytest.fixture
def scene() -> Iterator[Scene]:
    found = Scene()
    with found.sandbox:
        yield found


def symbols(found: Result) -> list[str]:
    return [row["symbol"] for row in found.rows("commissionRates")]


def strangers(count: int) -> list[str]:
    return [f"NOPE{number}USDT" for number in range(count)]


def test_the_held_symbols_are_those_with_a_position_or_an_open_order(scene: Scene) -> None:
    assert symbols(scene.ask()) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]  # of SOL an order alone
    assert symbols(scene.ask(market=Market.COINM)) == ["BTCUSD_PERP", "BTCUSD_281229"]


def test_a_row_is_as_the_exchange_wrote_it(scene: Scene) -> None:
    assert scene.ask("ETHUSDT").document == {"commissionRates": [{"symbol": "ETHUSDT", **RATES}]}
    (row,) = scene.ask("ETHUSD_PERP", market=Market.COINM).rows("commissionRates")
    assert row.keys() == body("coinm/rest_commission_rate").keys()


def test_symbols_come_as_given_once_and_of_this_market_only(scene: Scene) -> None:
    found = scene.ask("ETHUSDT", "BTCUSD_PERP", "BTCUSDT", "ETHUSDT")
    assert symbols(found) == ["ETHUSDT", "BTCUSDT"]


def test_an_account_that_holds_nothing_is_asked_about_nothing() -> None:
    with Sandbox.start(account="coinm") as sandbox, account(sandbox) as of:
        assert commission(of).document == {"commissionRates": []}


def test_many_symbols_take_their_turns_within_a_share_of_the_minute(scene: Scene) -> None:
    most = 2 * AT_ONCE * WEIGHT
    found = scene.ask("BTCUSDT", *strangers(3 * AT_ONCE), "ETHUSDT", most=most)
    assert symbols(found) == ["BTCUSDT", "ETHUSDT"]
    assert set(scene.reasons) == {TURN}
    assert NOW + 20_000 <= scene.ms <= NOW + 120_000


def test_one_symbol_refused_leaves_the_others_and_is_named(scene: Scene) -> None:
    found = scene.ask("BTCUSDT", "NOPEUSDT", "ETHUSDT")
    assert symbols(found) == ["BTCUSDT", "ETHUSDT"]
    (lack,) = found.read.lacking
    assert (lack.what, lack.error.message) == (
        "commissionRate of NOPEUSDT",
        "NOPEUSDT is not a symbol of usdm.",
    )
    assert found.document["incomplete"] == ["commissionRate of NOPEUSDT"]
    assert len(scene.reasons) == 0


def test_of_none_but_unknown_symbols_the_refusal_is_the_answer(scene: Scene) -> None:
    with pytest.raises(ExchangeError, match="NOPE0USDT is not a symbol of usdm"):
        scene.ask(*strangers(2))


def fault(kind: str, **more: object) -> Row:
    return {"fault": kind, "layer": "rest", "on": "commissionRate", **more}


BAN = fault("httpStatus", status=418, count=None)
LIMIT = fault("httpStatus", status=429, headers={"Retry-After": "7"})
BUSY = fault("httpStatus", status=503, count=None)
GONE = fault("reset", count=None)
KEY = fault("httpStatus", status=401, body='{"code":-2015,"msg":"Invalid API-key"}', count=None)


@pytest.mark.parametrize(
    ("found", "error"),
    [(BAN, RateLimitedError), (BUSY, BusyError), (GONE, NetworkError), (KEY, AuthError)],
)
def test_what_any_symbol_would_meet_ends_the_asking(
    scene: Scene, found: Row, error: type[BinfutError]
) -> None:
    scene.sandbox.fault(found)
    with scene.client() as of, pytest.raises(error):
        commission(of, ["BTCUSDT", *strangers(AT_ONCE), "ETHUSDT"], scene.pace())
    assert scene.ms == NOW  # nothing was waited for
    with scene.client() as of:
        of.get(Get("/fapi/v1/time", signed=False))
        assert of.weight
        assert of.weight.count <= AT_ONCE * WEIGHT + 1


def test_what_was_told_before_it_ended_stands(scene: Scene) -> None:
    scene.sandbox.fault({**GONE, "after": AT_ONCE})
    given = ["BTCUSDT", *strangers(AT_ONCE - 1), "ETHUSDT", "SOLUSDT"]
    found = scene.ask(*given)
    assert symbols(found) == ["BTCUSDT"]
    by_name = {lack.what: lack.error for lack in found.read.lacking}
    assert isinstance(by_name["commissionRate of ETHUSDT"], NetworkError)
    assert by_name["commissionRate of ETHUSDT"] is by_name["commissionRate of SOLUSDT"]
    assert set(scene.reasons) == {AGAIN}


def test_a_429_is_waited_for_and_nothing_is_lost(scene: Scene) -> None:
    scene.sandbox.fault(LIMIT)
    found = scene.ask("BTCUSDT", "ETHUSDT", "SOLUSDT")
    assert symbols(found) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert not found.read.lacking
    assert scene.ms >= NOW + 7_000


@pytest.mark.parametrize("value", [None, "", "free", [], {}, True])
def test_an_odd_rate_is_shown_as_sent_and_noted(scene: Scene, value: object) -> None:
    scene.sandbox.fault(fault("field", path="makerCommissionRate", value=value))
    found = scene.ask("BTCUSDT")
    assert found.read.odd == ("commissionRate[BTCUSDT].makerCommissionRate",)
    assert found.rows("commissionRates")[0]["makerCommissionRate"] == value


def test_an_answer_of_another_symbol_is_none(scene: Scene) -> None:
    scene.sandbox.fault(fault("field", path="symbol", value="ETHUSDT"))
    found = scene.ask("BTCUSDT")
    assert found.document == {"commissionRates": [], "incomplete": ["commissionRate of BTCUSDT"]}
    assert isinstance(found.read.lacking[0].error, AnswerError)


@pytest.mark.parametrize("name", ["v2/account.status", "v2/account.position"])
def test_one_of_two_replies_tells_what_is_held(scene: Scene, name: str) -> None:
    scene.sandbox.fault({"fault": "wsError", "on": name, "code": -1109})
    found = scene.ask()
    assert symbols(found) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert found.document["incomplete"] == [name]


def test_an_amount_that_cannot_be_read_may_be_a_position(scene: Scene) -> None:
    path = "result.positions.0.positionAmt"
    scene.sandbox.fault({"fault": "field", "layer": "wsApi", "on": "account.status", "path": path})
    assert "BTCUSDT" in symbols(scene.ask())
