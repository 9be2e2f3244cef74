"""An account that nobody has activated is told apart from one with a strange answer."""

from collections.abc import Callable

import pytest

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import Row
from binfut_cli.errors import ExchangeError
from binfut_cli.resources.balances import balances
from binfut_cli.resources.figures.activation import check_balances, check_totals
from binfut_cli.resources.positions import positions
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import snapshot, status
from binfut_cli.sandbox import Sandbox
from tests.support.program import account, at, binfut, environment

TOTALS = (
    "totalInitialMargin",
    "totalMaintMargin",
    "totalWalletBalance",
    "totalUnrealizedProfit",
    "totalMarginBalance",
    "totalPositionInitialMargin",
    "totalOpenOrderInitialMargin",
    "totalCrossWalletBalance",
    "totalCrossUnPnl",
)
SAID = "the futures account is not activated"


def test_all_totals_must_be_empty() -> None:
    empty: Row = dict.fromkeys(TOTALS, "")
    with pytest.raises(ExchangeError) as caught:
        check_totals({**empty, "assets": [], "positions": []})
    assert caught.value.message == f"Nothing is in the answer: {SAID}."
    assert caught.value.hint == (
        "Activate it on the exchange's futures page, signed in as the key's owner, and run again."
    )
    check_totals({**empty, "totalCrossUnPnl": "0"})
    check_totals({"assets": [], "positions": []})  # coinm has no totals


def test_all_balances_must_be_empty() -> None:
    with pytest.raises(ExchangeError, match=SAID):
        check_balances([{"asset": "USDT", "balance": ""}, {"asset": "BNB", "balance": ""}])
    check_balances([{"asset": "USDT", "balance": ""}, {"asset": "BNB", "balance": "0"}])
    check_balances([])


@pytest.mark.parametrize(
    "name", ["balance", "crossWalletBalance", "crossUnPnl", "availableBalance"]
)
def test_each_amount_of_a_balance_is_looked_at(name: str) -> None:
    with pytest.raises(ExchangeError, match=SAID):
        check_balances([{"asset": "USDT", name: ""}])


def inactive(sandbox: Sandbox) -> None:
    """Have every amount empty in what the exchange answers over the WebSocket API."""
    sandbox.fault({"fault": "emptyText", "layer": "wsApi", "count": None})


@pytest.mark.parametrize(
    "ask", [status, snapshot, positions, balances], ids=lambda ask: str(ask.__name__)
)
def test_whoever_reads_the_account_says_so(
    sandbox: Sandbox, ask: Callable[[AccountClient], Result]
) -> None:
    inactive(sandbox)
    with account(sandbox) as found, pytest.raises(ExchangeError, match=SAID):
        ask(found)


def test_the_program_says_so_and_a_watch_does_not_try_for_ever(sandbox: Sandbox) -> None:
    inactive(sandbox)
    for command in (("account", "status"), ("watch", "--stream-url", sandbox.stream["usdm"])):
        done = binfut(*command, *at(sandbox), env=environment(sandbox))
        assert done.status == 4
        assert SAID in done.err
        assert "Activate it" in done.err
