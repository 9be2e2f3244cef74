"""The view of an account: after a reading, a mark, a fill, a transfer, a loss of coverage."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from binfut_cli.codec import Row, same
from binfut_cli.endpoints import Lane, Market
from binfut_cli.resources.status import snapshot, status
from binfut_cli.stream.events import Event
from binfut_cli.stream.fold.audit import Stamps
from binfut_cli.stream.live.live_account import LiveAccount
from binfut_cli.stream.live.marks import Marks
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Verdict
from binfut_cli.stream.state import State
from tests.support.simulation import Simulation

READ_MS = 1_000_000


class Looking:
    """An account of the sandbox, read once, and what is told of it since."""

    def __init__(self, name: str, market: Market = Market.USDM) -> None:
        self.lane, self.marks = Lane(market), Marks()
        with Simulation(market, 1, name=name).client() as client:
            self.document, self.once = snapshot(client).document, status(client).document
        self.state = State(self.document)
        self.account = LiveAccount(self.lane, self.marks)
        self.account.read(self.document, READ_MS, self.state)

    def view(self, after_ms: int = 0, **standing: Any) -> LiveView:
        how = {"verdict": Verdict.LIVE, "reason": "", **standing}
        found = self.account.view(self.state, {}, Standing(self.lane, READ_MS + after_ms, **how))
        assert found is not None
        return found

    def update(self, balances: list[Row], positions: list[Row]) -> None:
        body = {"reason": "ORDER", "balances": balances, "positions": positions}
        self.state.apply(Event("ACCOUNT_UPDATE", None, None, body))

    def position(self, view: LiveView, symbol: str) -> Row:
        return next(row for row in view.answer.rows("positions") if row["symbol"] == symbol)


@pytest.fixture
def one_way() -> Looking:
    return Looking("one-way")


@pytest.mark.parametrize("market", list(Market))
@pytest.mark.parametrize("name", ["one-way", "multi-assets", "hedge", "coinm"])
def test_where_nothing_happened_it_is_the_answer_itself(name: str, market: Market) -> None:
    looking = Looking(name, market)
    view = looking.view(after_ms=4000)
    assert view.answer.document == looking.once
    assert list(view.answer.document) == list(looking.once)
    for row in view.answer.rows("positions"):
        ages = [view.age_ms("positions", row, name) for name in ("positionAmt", "markPrice", "adl")]
        assert ages == [0, 4000, 4000]
    assert not view.has_changed


def test_a_mark_moves_what_depends_on_it_and_nothing_else(one_way: Looking) -> None:
    before = one_way.position(one_way.view(), "BTCUSDT")
    one_way.marks.take("BTCUSDT", "75000", READ_MS + 3000)
    view = one_way.view(after_ms=5000)
    row = one_way.position(view, "BTCUSDT")
    moved = {name for name in row if row[name] != before[name]}
    assert {"markPrice", "unrealizedProfit", "notional", "maintMargin", "derived"} <= moved
    assert not {"liquidationPrice", "positionAmt", "entryPrice", "adl", "leverage"} & moved
    assert view.age_ms("positions", row, "unrealizedProfit") == 2000
    assert view.age_ms("positions", row, "liquidationDistance") == 5000
    assert view.age_ms("positions", row, "positionAmt") == 0
    other = one_way.position(view, "ETHUSDT")
    assert view.age_ms("positions", other, "markPrice") == 5000
    assert view.age_ms("totals", {}, "totalMarginBalance") == 5000  # as its oldest mark
    assert view.age_ms("balances", {"asset": "BNB"}, "marginBalance") == 0


def test_an_older_mark_than_was_read_moves_nothing(one_way: Looking) -> None:
    one_way.marks.take("BTCUSDT", "75000", READ_MS)
    assert one_way.view().answer.document == one_way.once


def test_a_fill_has_figures_of_the_new_size_and_none_of_the_old(one_way: Looking) -> None:
    one_way.marks.take("BTCUSDT", "80000", READ_MS + 1000)
    told = {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "3", "entryPrice": "81000"}
    one_way.update([], [told | {"breakEvenPrice": "81010", "isolatedWallet": "0"}])
    view = one_way.view(after_ms=1500)
    row = one_way.position(view, "BTCUSDT")
    assert (row["notional"], row["unrealizedProfit"]) == ("240000.00000000", "-3000.00000000")
    assert same(row["maintMargin"], "960")
    lacking = ("liquidationPrice", "adl", "openOrderInitialMargin", "initialMargin", "bidNotional")
    assert not row.keys() & set(lacking)
    assert row["derived"]["liquidationDistance"] is None
    assert row["derived"]["marginRatio"] is not None
    assert view.has_changed
    assert "availableBalance" not in view.answer.document
    assert view.answer.document["totalMaintMargin"] is not None


def test_the_next_reading_has_it_all_again(one_way: Looking) -> None:
    told = {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "3"}
    one_way.update([], [told])
    document = one_way.document
    rows = [row | told if row["symbol"] == "BTCUSDT" else row for row in document["positions"]]
    one_way.account.read(document | {"positions": rows}, READ_MS + 2000, one_way.state)
    view = one_way.view(after_ms=2000)
    assert one_way.position(view, "BTCUSDT")["liquidationPrice"]
    assert not view.has_changed


def test_a_wallet_that_changed_counts_at_once(one_way: Looking) -> None:
    usdt = {"asset": "USDT", "walletBalance": "20000", "crossWalletBalance": "19000"}
    one_way.update([usdt], [])
    view = one_way.view()
    found = view.answer.document
    assert same(found["totalWalletBalance"], "20000")
    more = 19000 - Decimal(one_way.once["totalCrossWalletBalance"])
    assert Decimal(found["availableBalance"]) == Decimal(one_way.once["availableBalance"]) + more
    assert view.has_changed


def test_what_comes_into_an_empty_account_counts_at_once(one_way: Looking) -> None:
    """An asset of which there is nothing is not listed."""
    totals = {name: "0" for name in one_way.document if name.startswith("total")}
    empty = {**one_way.document, **totals, "availableBalance": "0", "assets": [], "positions": []}
    one_way.state = State(empty)
    one_way.account.read(empty, READ_MS, one_way.state)
    for wallet in ("500", "0"):
        one_way.update(
            [{"asset": "USDT", "walletBalance": wallet, "crossWalletBalance": wallet}], []
        )
        document = one_way.view(after_ms=1000).answer.document
        assert same(document["totalWalletBalance"], wallet)
        assert same(document["totalMarginBalance"], wallet)
        assert document.get("availableBalance") == ("0" if wallet == "0" else None)


def test_totals_of_several_margin_assets_wait_for_the_next_reading() -> None:
    looking = Looking("multi-assets")
    looking.update([{"asset": "BNB", "walletBalance": "9", "crossWalletBalance": "9"}], [])
    view = looking.view(after_ms=3000)
    names = ("totalWalletBalance", "totalMarginBalance", "totalMaintMargin")
    assert [view.answer.document[name] for name in names] == [looking.once[name] for name in names]
    assert view.age_ms("totals", {}, "totalWalletBalance") == 3000
    position = view.answer.rows("positions")[0]
    assert view.age_ms("positions", position, "marginRatio") == 3000


def test_a_position_of_which_nothing_was_read_waits_for_a_mark(one_way: Looking) -> None:
    told = {"symbol": "XRPUSDT", "positionSide": "BOTH", "positionAmt": "10", "entryPrice": "2"}
    one_way.update([], [told | {"marginType": "cross", "isolatedWallet": "0"}])
    assert "unrealizedProfit" not in one_way.position(one_way.view(), "XRPUSDT")
    one_way.marks.take("XRPUSDT", "2.5", READ_MS + 500)
    row = one_way.position(one_way.view(after_ms=600), "XRPUSDT")
    assert (row["unrealizedProfit"], row["isolated"]) == ("5.00000000", False)


def test_while_nothing_is_covered_all_that_the_stream_tells_grows_old(one_way: Looking) -> None:
    view = one_way.view(
        after_ms=60_000, verdict=Verdict.GAP, gap_ms=READ_MS + 10_000, proven_ms=READ_MS
    )
    row = one_way.position(view, "BTCUSDT")
    assert view.age_ms("positions", row, "positionAmt") == 50_000
    assert view.age_ms("positions", row, "markPrice") == 60_000
    assert view.is_old
    assert not one_way.view(after_ms=15_000).is_old


def test_a_reading_in_part_is_taken_only_if_there_is_no_other(one_way: Looking) -> None:
    part = {**one_way.document, "positions": [], "incomplete": ["positions"]}
    one_way.account.read(part, READ_MS + 1000, one_way.state)
    assert one_way.view().answer.rows("positions")
    fresh = LiveAccount(one_way.lane, one_way.marks)
    assert fresh.view(one_way.state, {}, Standing(one_way.lane, 0, Verdict.GAP, "")) is None
    fresh.read(part, READ_MS, one_way.state)
    assert fresh.read_ms == READ_MS


def test_a_row_is_made_anew_only_where_something_of_it_changed(one_way: Looking) -> None:
    def made() -> dict[str, int]:
        one_way.view()
        return {key[0]: id(leg) for key, (_, _, leg) in one_way.account._legs.items()}

    before = made()
    assert made() == before
    one_way.marks.take("BTCUSDT", "75000", READ_MS + 1)
    after = made()
    assert {name for name in after if after[name] != before[name]} == {"BTCUSDT"}


def test_when_a_row_last_changed_is_told(one_way: Looking) -> None:
    standing = Standing(one_way.lane, READ_MS, Verdict.LIVE, "")
    later = 1_999_000_000_000
    view = one_way.account.view(one_way.state, {"USDT": later}, standing)
    assert view is not None
    found = {row["asset"]: row["updateTime"] for row in view.answer.rows("assets")}
    assert found["USDT"] == later != found["BNB"]
    assert replace(view, time_ms=0).age_ms("assets", {"asset": "USDT"}) == 0


def test_totals_that_were_read_in_another_mode_are_not_shown() -> None:
    looking = Looking("coinm")
    config = {"accountConfig": {"multiAssetsMargin": True}}
    looking.state.apply(Event("ACCOUNT_CONFIG_UPDATE", None, None, config))
    view = looking.view()
    assert view.has_changed
    assert view.answer.document["multiAssetsMargin"] is True
    assert not {"totalWalletBalance", "availableBalance"} & view.answer.document.keys()


def test_a_fill_leaves_its_position_without_a_ratio_of_before() -> None:
    looking = Looking("multi-assets")
    looking.marks.take("BTCUSDT", "80000", READ_MS + 1)
    usdt = {"asset": "USDT", "walletBalance": "4000", "crossWalletBalance": "4000"}
    told = {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "9", "entryPrice": "80000"}
    looking.update([usdt], [told])
    ratios = {
        row["symbol"]: row["derived"]["marginRatio"]
        for row in looking.view().answer.rows("positions")
        if Decimal(row["positionAmt"])
    }
    assert ratios.pop("BTCUSDT") is None
    assert set(ratios.values()) == {looking.once["derived"]["marginRatio"]}


@pytest.mark.parametrize("odd", [None, "x", []])
def test_an_odd_value_spoils_nothing_but_itself(odd: Any) -> None:
    looking = Looking("one-way")
    document = looking.document
    names = {
        "totals": [n for n in document if n not in ("assets", "positions", "symbols", "derived")],
        "assets": [n for n in document["assets"][0] if n != "asset"],
        "positions": [
            n for n in document["positions"][0] if n not in ("symbol", "positionSide", "derived")
        ],
    }
    for kind, fields in names.items():
        for name in fields:
            bent = dict(document)
            if kind == "totals":
                bent[name] = odd
            else:
                bent[kind] = [row | {name: odd} for row in document[kind]]
            account = LiveAccount(looking.lane, looking.marks)
            account.read(bent, READ_MS, looking.state)
            looking.marks.take("BTCUSDT", "75000", READ_MS + 1)
            stamps: Stamps = {"USDT": READ_MS, ("BTCUSDT", "BOTH"): READ_MS}
            live = Standing(looking.lane, READ_MS + 2, Verdict.LIVE, "")
            assert account.view(looking.state, stamps, live) is not None, (kind, name)
