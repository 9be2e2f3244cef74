"""What is served of an account: what is known of it, and nothing in place of what is not."""

import math
from dataclasses import replace
from typing import Any

import pytest

from binfut_cli.codec import Row
from binfut_cli.commands.watch.accounts.sharing import Lease
from binfut_cli.commands.watch.metrics.figures import LOST_MS, METRICS, figures
from binfut_cli.commands.watch.metrics.observing import Counted, Observed
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView, Moments, key_of
from binfut_cli.stream.records import Verdict

LANE = Lane(Market.USDM, Scope(Env.PROD, "main"))
HEAD = ("prod", "main", "usdm")
NOW_MS, NOW_S = 1_000_000, 50.0
LIVE = Standing(LANE, NOW_MS, Verdict.LIVE, "connected", proven_ms=NOW_MS - 2_000)
COUNTED = Counted(
    7, 1, 2, {"certain": 1, "possible": 0}, {"certain": 2.5, "possible": 0.0}, 30, None
)  # fmt: skip
HELD = {
    "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "-0.1", "markPrice": "77000.1",
    "entryPrice": "80000", "liquidationPrice": "0", "unrealizedProfit": "-12.5",
    "derived": {"liquidationDistance": None, "marginRatio": "Infinity", "roe": None},
}  # fmt: skip
EMPTY = {"symbol": "ETHUSDT", "positionSide": "LONG", "positionAmt": "0.000", "markPrice": "3000",
         "derived": {}}  # fmt: skip


def seen(*positions: Row, assets: tuple[Row, ...] = (), age_ms: int = 0, **totals: Any) -> Observed:
    document = {"assets": [*assets], "positions": [*positions], "derived": {}, **totals}
    rows = [("totals", document), *(("positions", row) for row in positions)]
    rows += [("assets", row) for row in assets]
    moment_ms = NOW_MS - age_ms
    moments = {
        key_of(*each): Moments(NOW_MS, NOW_MS, moment_ms, NOW_MS, moment_ms) for each in rows
    }
    answer = Result("accountStatus", LANE.market, NOW_MS, document, KINDS)
    view = LiveView(LANE, NOW_MS, answer, moments, LIVE)
    return Observed(NOW_S, {LANE: LIVE}, {LANE: view}, {LANE: COUNTED}, 4096)


def found(of: Observed, later_s: float = 0.0) -> dict[tuple[str, ...], float]:
    """Each figure by its metric's name without `binfut_`, and the labels after the account's."""
    told = [*figures(of, NOW_S + later_s, str)]
    assert {each.metric for each in told} <= {*METRICS}
    assert all(len(each.labels) == len(each.metric.labels) for each in told)
    assert all(each.labels[:3] == HEAD for each in told if each.labels)
    keys = [(each.metric.name.removeprefix("binfut_"), *each.labels[3:]) for each in told]
    assert len(keys) == len(set(keys))
    return dict(zip(keys, (float(each.number) for each in told), strict=True))


def test_a_position_has_the_figures_that_are_known() -> None:
    of = found(seen(HELD, EMPTY))
    btc = {key[0]: number for key, number in of.items() if key[1:] == ("BTCUSDT", "BOTH")}
    assert btc == {
        "position_size": -0.1, "position_mark_price": 77000.1, "position_entry_price": 80000,
        "position_unrealized_profit": -12.5, "position_margin_ratio": math.inf,
    }  # fmt: skip
    assert {key: of[key] for key in of if "ETHUSDT" in key} == {
        ("position_size", "ETHUSDT", "LONG"): 0
    }


@pytest.mark.parametrize("odd", [None, "", "x", "NaN", [], {}, True, 1.5])
def test_what_is_no_number_is_not_there(odd: object) -> None:
    of = found(seen({**HELD, "markPrice": odd}))
    assert not [key for key in of if key[0] == "position_mark_price"]
    assert ("position_entry_price", "BTCUSDT", "BOTH") in of


def test_an_asset_without_anything_has_its_empty_wallet() -> None:
    nothing = {"asset": "BNB", "walletBalance": "0", "unrealizedProfit": "0", "crossUnPnl": "0",
               "initialMargin": "0", "marginBalance": "0", "derived": {}}  # fmt: skip
    some = {**nothing, "asset": "USDT", "walletBalance": "5.50", "marginBalance": "5.5",
            "derived": {"marginRatio": "0.03"}}  # fmt: skip
    of = found(seen(assets=(nothing, some)))
    assert {key: of[key] for key in of if "BNB" in key} == {("asset_wallet_balance", "BNB"): 0}
    assert of["asset_wallet_balance", "USDT"] == 5.5
    assert of["asset_margin_ratio", "USDT"] == 0.03


def test_the_totals_have_their_unit() -> None:
    of = found(seen(totalWalletBalance="12.5", derived={"totalsUnit": "USDT", "marginRatio": None}))
    assert of["account_wallet_balance", "USDT"] == 12.5
    assert ("account_margin_ratio", "USDT") not in of


def test_ages_go_on_while_nothing_new_is_observed() -> None:
    of = found(seen(HELD, age_ms=4_000), later_s=30)
    assert (of["figures_age_seconds",], of["proof_age_seconds",]) == (34, 32)
    assert of["observation_age_seconds",] == 30


def test_a_figure_that_is_too_old_is_not_known_any_more() -> None:
    row = {**HELD, "liquidationPrice": "90000"}
    key = ("position_liquidation_price", "BTCUSDT", "BOTH")
    assert key in found(seen(row, age_ms=LOST_MS))
    of = found(seen(row, age_ms=LOST_MS + 1))
    assert key not in of
    assert ("position_mark_price", "BTCUSDT", "BOTH") in of
    assert not [each for each in found(seen(row), LOST_MS / 1000 + 1) if each[0].startswith("pos")]


def test_how_the_watch_stands() -> None:
    of = found(seen())
    verdicts = {key[1]: number for key, number in of.items() if key[0] == "verdict"}
    assert verdicts == {each.value: each is Verdict.LIVE for each in Verdict}
    assert (of["covered",], of["backlog_bytes",]) == (1, 4096)
    assert (of["events",], of["doubts",], of["reconnects",]) == (7, 1, 2)
    assert (of["gaps", "certain"], of["gap_seconds", "certain"]) == (1, 2.5)
    assert of["gaps", "possible"] == of["gap_seconds", "possible"] == 0
    assert of["request_weight_used",] == 30


def test_what_was_never_told_is_not_there() -> None:
    unread = replace(LIVE, verdict=Verdict.CONNECTED, proven_ms=None)
    counted = replace(COUNTED, weight=None, limit=None)
    of = found(replace(seen(), standings={LANE: unread}, views={}, counted={LANE: counted}))
    names = {key[0] for key in of}
    assert of["covered",] == 0
    assert not names & {"proof_age_seconds", "uncovered_seconds", "figures_age_seconds",
                        "request_weight_used", "request_weight_limit"}  # fmt: skip
    lost = replace(LIVE, verdict=Verdict.GAP, gap_ms=NOW_MS - 9_000)
    assert found(replace(seen(), standings={LANE: lost}))["uncovered_seconds",] == 9


def test_a_share_tells_who_has_an_account_and_how_often_it_came() -> None:
    has, had = (replace(seen(), leases={LANE: Lease(epoch, 2)}) for epoch in (7, None))
    told = found(has)
    assert told["lease_held",] == 1
    assert told["lease_epoch",] == 7
    assert told["takeovers",] == 2
    told = found(had)
    assert told["lease_held",] == 0
    assert told["takeovers",] == 2
    assert ("lease_epoch",) not in told
    assert not [name for name, *_ in found(seen()) if name.startswith(("lease", "takeovers"))]


def test_an_account_without_a_name_has_an_empty_one() -> None:
    lane = Lane(Market.COINM, None)
    of = Observed(NOW_S, {lane: replace(LIVE, lane=lane)}, {}, {lane: COUNTED}, 0)
    assert {each.labels[:3] for each in figures(of, NOW_S, str) if each.labels} == {
        ("", "", "coinm")
    }
