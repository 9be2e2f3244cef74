"""What a keeper says of a loss, and how long it waits after it."""

import pytest

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.codec import dumps
from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import AuthError, BinfutError, BusyError, ExchangeError, RateLimitedError
from binfut_cli.stream.coverage.errors import NotSubscribed
from binfut_cli.stream.coverage.subscription.subscription import Stretch
from binfut_cli.stream.messages import CoverageLost
from binfut_cli.stream.records import Cause, Gap, Record
from binfut_cli.stream.state import MOST_ROWS
from tests.support.simulation import EPOCH_MS, Simulation


@pytest.mark.parametrize(
    ("exc", "least"),
    [
        (ConnectionClosed("x", 1006), 1),
        (ConnectionClosed("x", 1008), 30),
        (BusyError("x", hint="y"), 1),
        (ExchangeError("a firewall", hint="y"), 300),
        (ExchangeError("x", hint="y", exchange_code=-1121), 1),
        (AuthError("x", hint="y", exchange_code=-2015), 60),
    ],
)
def test_the_wait_fits_the_loss(exc: BinfutError, least: float) -> None:
    session = Simulation(Market.USDM, 1).engine.supervisors[Lane(Market.USDM)]
    assert session._wait_for(exc, 1.0) == least


def test_a_loss_begins_where_coverage_had_a_hole_before_it() -> None:
    """The last of two streams may prove more than both did together."""
    sim = Simulation(Market.USDM, 1)
    session = sim.engine.supervisors[Lane(Market.USDM)]
    end = NotSubscribed("x", EPOCH_MS + 95_000)
    session._context.stopped.set()
    session._report(Stretch(end, proven_ms=EPOCH_MS + 50_000), end, 1.0)
    lost = sim._setup.backlog.take(0)
    assert isinstance(lost, CoverageLost)
    assert lost.covered_ms == EPOCH_MS + 50_000


def test_no_wait_ends_before_the_exchange_says_so() -> None:
    sim = Simulation(Market.USDM, 1)
    sim._setup.gate.close(RateLimitedError("x", hint="y", retry_at_ms=EPOCH_MS + 90_000))
    session = sim.engine.supervisors[Lane(Market.USDM)]
    assert session._wait_for(ConnectionClosed("x"), 1.0) == 90.0


def test_nothing_is_asked_while_the_gate_is_closed() -> None:
    """A ban is met while running: the stream stays, and not one request is sent until it ends."""
    sim = Simulation(Market.USDM, 1, every_s=10**9)
    banned = RateLimitedError("x", hint="y", retry_at_ms=EPOCH_MS + 900_000)
    asked: list[int] = []
    sim.at(300, lambda: sim._setup.gate.close(banned))
    sim.at(301, lambda: asked.append(sim.asked.total()))
    sim.at(899, lambda: asked.append(sim.asked.total()))
    sim.run(1200)
    assert asked[0] == asked[1]
    assert sim.asked.total() > asked[1]  # and audits go on after it
    assert sim.records["gap"] == 0


def flood(sim: Simulation) -> None:
    """The stream tells of more assets than an account has."""
    rows = [{"a": f"A{number}", "wb": "1", "cw": "1"} for number in range(MOST_ROWS)]
    told = {"e": "ACCOUNT_UPDATE", "E": EPOCH_MS, "T": EPOCH_MS, "a": {"B": rows}}
    sim.wires[-1]._waiting.append((TEXT, dumps(told)))


def test_a_stream_that_tells_of_too_much_is_given_up_and_the_account_is_read_anew() -> None:
    said: list[Record] = []
    sim = Simulation(Market.USDM, 1, every_s=10**9, told=said.append)
    sim.at(300, lambda: flood(sim))
    sim.run(600)
    (gap,) = [record.body for record in said if isinstance(record.body, Gap)]
    assert (gap.cause, gap.certainty, gap.reason) == (
        Cause.AUDIT, "certain", "The stream told of more than is kept of an account.",
    )  # fmt: skip
    assert gap.from_ms <= EPOCH_MS + 300_000 <= gap.to_ms
    assert sim.records["snapshot"] == 2
    assert sim.records["resync"] >= MOST_ROWS - 100  # what it had told, taken back
    assert sim.records["drift"] == 0
