"""`account income` over many pages: whole, within its share, and whole as far as it could be read.

The exchange and the client have one clock, which moves when somebody waits.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import MOST_ROWS, Row, dumps, rows_of
from binfut_cli.commands.options.option_types import when
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
from binfut_cli.resources.history.lacking import Lacking
from binfut_cli.resources.history.pace import Pace
from binfut_cli.resources.history.pages import PAGE, Span
from binfut_cli.resources.income import DAY_MS, Reading, Wanted, iso
from binfut_cli.resources.result.lenient import Reading as Parts
from binfut_cli.resources.result.lenient import names_asset
from binfut_cli.resources.result.result import Result
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from tests.support.program import account

NOW = 1_790_000_000_000


class Clock:
    """The time of everybody here."""

    def __init__(self) -> None:
        self.ms = NOW

    def now(self) -> int:
        return self.ms

    def wait(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)


class Scene:
    """An account with many flows behind it, on an exchange of the same clock."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox, self.clock = sandbox, clock
        self.weights: list[int] = []
        self.span = Span(NOW - 31 * DAY_MS, NOW)

    def fill(self, count: int) -> None:
        self.sandbox.act({"action": "flows", "symbol": "BTCUSDT", "count": count})

    def reading(self, of: AccountClient, span: Span | None = None, most: int = 10**6) -> Reading:
        pace = Pace(most, now_ms=self.clock.now, wait=self.clock.wait)

        def progress(rows: int, reached_ms: int) -> None:
            assert of.weight is not None
            self.weights.append(of.weight.count)

        return Reading(of, Wanted(span or self.span), pace, progress)

    def read(self, span: Span | None = None, most: int = 10**6) -> Result:
        with account(self.sandbox, now_ms=self.clock.now) as of:
            return self.reading(of, span, most).answer()


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = Clock()
    with Sandbox.start(clock=clock.now, rules=Rules(weight_limit=10**5)) as sandbox:
        yield Scene(sandbox, clock)


def counted(rows: list[Row]) -> Counter[bytes]:
    return Counter(map(dumps, rows))


def test_several_pages_come_whole_within_their_share_of_each_minute(scene: Scene) -> None:
    scene.fill(6500)
    found = scene.read(most=90)
    assert len(found.rows("flows")) == 6500 + 219
    assert len(counted(found.rows("flows"))) == 6500 + 219
    assert max(scene.weights) == 90
    assert len(scene.weights) == 7
    assert scene.clock.ms == NOW + 101_000  # a second into the second minute after this
    assert "incomplete" not in found.document


def test_thirteen_hundred_flows_within_ten_milliseconds_come_once_each() -> None:
    clock = Clock()
    with Sandbox.start(account="hedge", clock=clock.now) as sandbox:
        found = Scene(sandbox, clock).read().rows("flows")
    assert len(counted(found)) == len(found) > 1300
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)


@pytest.mark.parametrize("headers", [{"Retry-After": "20"}, {}])
def test_a_refusal_for_asking_too_much_is_waited_out(scene: Scene, headers: Row) -> None:
    scene.fill(2500)
    limited = {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 429}
    scene.sandbox.fault({**limited, "after": 2, "headers": headers})
    found = scene.read()
    assert len(counted(found.rows("flows"))) == 2500 + 219
    assert (found.ended_by, found.document["to"]) == (None, NOW)
    assert scene.clock.ms >= NOW + 20_000


def test_the_exchanges_own_limit_is_survived(scene: Scene) -> None:
    """Where --max-weight is above what there is."""
    scene.sandbox.act({"action": "rules", "weightLimit": 70})
    scene.fill(5000)
    assert len(counted(scene.read().rows("flows"))) == 5000 + 219


BAN = {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 418}
GONE = {"fault": "reset", "layer": "rest", "on": "income", "count": None}
PORTAL = {"fault": "portal", "layer": "rest", "on": "income"}
BUSY = {"fault": "httpStatus", "layer": "rest", "on": "income", "status": 503, "count": None}
LONG = {**BAN, "status": 429, "headers": {"Retry-After": "301"}}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (BAN, RateLimitedError),
        (LONG, RateLimitedError),
        (GONE, NetworkError),
        (BUSY, BusyError),
        (PORTAL, AnswerError),
    ],
)
def test_what_ends_early_is_whole_as_far_as_it_goes_and_can_be_gone_on_with(
    scene: Scene, fault: Row, error: type[BinfutError]
) -> None:
    scene.fill(2500)
    whole = scene.read()
    scene.sandbox.fault({**fault, "after": 2})
    part = scene.read()
    assert isinstance(part.ended_by, error)
    assert part.document["incomplete"] == ["income"]
    end = part.document["to"]
    assert 1900 < len(part.rows("flows")) <= 2 * PAGE
    assert counted(part.rows("flows")) == counted(
        [row for row in whole.rows("flows") if row["time"] <= end]
    )
    scene.sandbox.clear_faults()
    start = _start(part.ended_by.hint)
    assert start == end + 1
    rest = scene.read(Span(start, NOW))
    assert counted(part.rows("flows") + rest.rows("flows")) == counted(whole.rows("flows"))


def _start(hint: str) -> int:
    """The moment that a hint says to go on from, as the program would read it."""
    options = hint.split("Then go on with ")[1].rstrip(".").split()
    named = dict(zip(options[::2], options[1::2], strict=True))
    assert named["--market"] == "usdm"
    assert when(named["--to"], "--to") == NOW
    return when(named["--from"], "--from")


@pytest.mark.parametrize(
    ("fault", "error"), [(BAN, RateLimitedError), (GONE, NetworkError), (PORTAL, AnswerError)]
)
def test_where_nothing_is_read_the_failure_is_the_answer(
    scene: Scene, fault: Row, error: type[BinfutError]
) -> None:
    scene.sandbox.fault(fault)
    with pytest.raises(error) as caught:
        scene.read()
    assert "go on" not in caught.value.hint
    assert scene.clock.ms == NOW


def test_a_failure_that_passes_is_not_told(scene: Scene) -> None:
    scene.fill(2500)
    scene.sandbox.fault({**GONE, "after": 2, "count": 3})
    found = scene.read()
    assert len(counted(found.rows("flows"))) == 2500 + 219
    assert found.ended_by is None


def test_what_is_read_can_be_had_at_any_time(scene: Scene) -> None:
    scene.fill(2500)
    seen: list[Result] = []
    with account(scene.sandbox, now_ms=scene.clock.now) as of:
        reading = scene.reading(of)
        assert reading.so_far() is None
        assert reading.after(None).split()[3] == iso(scene.span.start_ms)

        def look(rows: int, reached_ms: int) -> None:
            found = reading.so_far()
            assert found is not None
            seen.append(found)

        reading._progress = look
        whole = reading.answer()
        options = [reading.after(each) for each in seen]
    found = [each.document for each in seen]
    assert ["incomplete" in each for each in found] == [True] * 2 + [False]
    for each in found:
        expected = [row for row in whole.rows("flows") if row["time"] <= each["to"]]
        assert each["flows"] == expected
    assert [each.split()[3] for each in options[:-1]] == [
        iso(each["to"] + 1) for each in found[:-1]
    ]
    assert (options[-1], found[-1]) == ("", whole.document)


@pytest.mark.parametrize("value", [None, "n/a", True, {}])
def test_an_odd_amount_refuses_nothing(scene: Scene, value: Any) -> None:
    bent = {"fault": "field", "layer": "rest", "on": "income", "path": "0.income", "value": value}
    scene.sandbox.fault(bent)
    found = scene.read()
    assert found.rows("flows")[0]["income"] == value
    assert len(found.rows("flows")) == 219


@pytest.mark.parametrize("value", [None, "soon", -1])
def test_an_odd_time_refuses_nothing(scene: Scene, value: Any) -> None:
    bent = {"fault": "field", "layer": "rest", "on": "income", "path": "7.time", "value": value}
    scene.sandbox.fault(bent)
    found = scene.read()
    assert found.rows("flows")[7]["time"] == value
    assert len(found.rows("flows")) == 219


@pytest.mark.parametrize("market", list(Market))
def test_a_type_that_a_market_does_not_take_is_named(market: Market) -> None:
    with Sandbox.start() as sandbox, account(sandbox, market) as of:
        wanted = Wanted(Span(of.now_ms() - DAY_MS, of.now_ms()), income_type="NOPE")
        with pytest.raises(Lacking, match=f"NOPE is not a type of {market} income") as caught:
            Reading(of, wanted).answer()
    assert "REALIZED_PNL, " in caught.value.hint
    assert caught.value.exchange_code == -1130
    assert caught.value.exit_status == ExchangeError.exit_status


@pytest.mark.slow
def test_a_hundred_thousand_rows_come_whole(scene: Scene) -> None:
    scene.fill(100_000)
    found = scene.read(most=1200)
    assert len(counted(found.rows("flows"))) == 100_000 + 219
    assert max(scene.weights) == 1200


def test_a_list_of_more_rows_than_any_account_has_is_lacking_and_the_rest_stands() -> None:
    rows = [{"asset": f"A{number}"} for number in range(MOST_ROWS + 1)]
    reading = Parts({"status": {}, "balance": rows})
    assert reading.listed("balance", rows, "assets", names_asset) == []
    ((what, error),) = [(lack.what, lack.error) for lack in reading.read().lacking]
    assert (what, error.message) == ("assets", "The answer to balance lists 20001 assets.")
    with pytest.raises(AnswerError, match="not a list of at most 20000 rows"):
        rows_of(rows, "income")


def test_what_everybody_may_read_is_no_answer_about_an_account() -> None:
    refused = AuthError("No.", hint="Look.")
    with pytest.raises(AuthError):
        Parts({"openOrders": refused, "marks": []}, ("marks",))
    with pytest.raises(AnswerError):  # its shape shows later that it is none
        Parts({"openOrders": {}, "marks": []}, ("marks",)).rows("openOrders", "orders", bool)
    assert Parts({"openOrders": [], "marks": refused}, ("marks",)).has("openOrders")
