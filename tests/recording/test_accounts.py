"""The fold of a recording: what a watch's own fold had, in rows that say only what is known."""

from typing import Any

import pytest
from hypothesis import given, settings

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Lane, Market
from binfut_cli.recording.account import RecordedAccount
from binfut_cli.recording.accounts import Accounts, RecordedLane, lane_of, others
from binfut_cli.recording.proof import Proof
from binfut_cli.recording.recorded import Recorded, body, recorded
from binfut_cli.render.documents import Lines
from binfut_cli.resources.figures.account_document import rederived
from binfut_cli.stream.fold.audit import differing
from binfut_cli.stream.records import Cause, Gap, Record
from binfut_cli.stream.state import BALANCE_FIELDS, POSITION_FIELDS, State
from tests.stream.test_promises import COURSES, MARKETS, Course, Steps
from tests.support.recordings import SCOPE, line, simulated


def folded(lines: Any) -> Accounts:
    accounts = Accounts()
    for each in lines:
        accounts.take(recorded(each), each)
    return accounts


def lane(accounts: Accounts, market: Market = Market.USDM) -> RecordedLane:
    return accounts.lanes[Lane(market, SCOPE)]


def fields(state: State) -> tuple[Any, ...]:
    """All that only events change."""
    return (
        {key: [row.get(name) for name in BALANCE_FIELDS] for key, row in state.balances.items()},
        {key: [row.get(name) for name in POSITION_FIELDS] for key, row in state.positions.items()},
        state.leverage,
        state.multi_assets_margin,
        state.unsure,
    )


class Written(Course):
    """A watch whose records are folded as they are written, beside its own fold."""

    def __init__(self, market: Market) -> None:
        super().__init__(market)
        self.accounts, self._lines = Accounts(), Lines(SCOPE, "a1")

    def note(self, record: Record) -> None:
        super().note(record)
        data = self._lines.line(record)
        self.accounts.take(recorded(data), data)


@settings(max_examples=settings.default.max_examples // 5)  # type: ignore[union-attr]
@given(COURSES, MARKETS)
def test_the_fold_is_what_the_watch_had(course: Steps, market: Market) -> None:
    watched = Written(market)
    watched.sim.at(5, watched.deposit)
    now = 10.0
    for pause, trouble in course:
        now += pause
        watched.sim.at(now, lambda trouble=trouble: trouble(watched))  # type: ignore[misc]
    watched.sim.run(now + 200)
    (reducer,) = watched.sim.engine.reducers.values()
    theirs = reducer._account.state
    ours = lane(watched.accounts, market).account
    assert fields(ours.state()) == fields(theirs)
    document = ours.document()
    assert document is not None
    assert differing(State(document), theirs) == []


@pytest.mark.parametrize("market", Market)
def test_an_account_as_it_was_read_is_the_snapshot(market: Market) -> None:
    """Digit for digit, with what is derived."""
    head = [each for each in simulated(market) if b'"type":"snapshot"' in each][:1]
    found = lane(folded(head), market).account.document()
    assert found is not None
    read = body(head[0])
    for row in [*found["positions"], *read["positions"]]:
        row.pop("marginType", None)
    assert found == read
    assert rederived(market, found) == found


UPDATE: Row = {
    "event": "ACCOUNT_UPDATE", "transactionTime": 1_791_000_000_500, "reason": "ORDER",
    "balances": [{"asset": "USDT", "walletBalance": "7", "crossWalletBalance": "6",
                  "balanceChange": "0", "previous": {}}],
    "positions": [],
}  # fmt: skip


def test_a_row_that_has_changed_says_only_what_the_stream_told() -> None:
    snapshot = next(each for each in simulated() if b'"type":"snapshot"' in each)
    found = lane(folded([snapshot, line(2, "event", **UPDATE)])).account.document()
    assert found is not None
    rows = {row["asset"]: row for row in found["assets"]}
    rows["USDT"].pop("derived")
    assert rows["USDT"] == {
        "asset": "USDT", "walletBalance": "7", "crossWalletBalance": "6", "marginAvailable": True,
        "updateTime": 1_791_000_000_500,
    }  # fmt: skip
    assert "availableBalance" in rows["USDC"]
    assert not [name for name in found if name.startswith("total")]


def test_fields_that_nobody_knows_survive_whatever_rows_come_between() -> None:
    snapshot = next(each for each in simulated() if b'"type":"snapshot"' in each)
    (row,) = UPDATE["balances"]
    odd = {**UPDATE, "balances": [{**row, "walletBalance": "8", "new": "1"}]}
    newest = {**UPDATE, "balances": [{"asset": "USDT", "crossWalletBalance": "5"}]}
    events = [line(seq, "event", **each) for seq, each in enumerate((UPDATE, odd, newest), 2)]
    state = lane(folded([snapshot, *events])).account.state()
    told = {name: state.balances["USDT"][name] for name in ("walletBalance", "crossWalletBalance")}
    assert told == {"walletBalance": "8", "crossWalletBalance": "5"}
    assert state.balances["USDT"]["new"] == "1"


def test_a_restart_begins_anew_and_keeps_what_was_known_until_then() -> None:
    first, again = simulated(), simulated(run="b2")
    accounts = folded([*first, *again[:2]])
    assert lane(accounts).account.state().balances
    assert accounts.run == "b2"
    assert fields(lane(folded([*first, *again])).account.state()) == fields(
        lane(folded(again)).account.state()
    )


def test_a_run_that_has_only_begun_takes_nothing_from_the_one_before() -> None:
    begun = line(1, "segment", number=1, previousRun="a1", run="b2", market=None)
    accounts = folded([*simulated(), begun])
    assert accounts.run == "a1"
    assert lane(accounts).account.state().balances


def test_a_lane_of_an_earlier_run_is_not_of_the_last() -> None:
    accounts = folded([*simulated(Market.COINM), *simulated(Market.USDM, run="b2")])
    assert [each.market for each in accounts.lanes] == [Market.USDM]


# -- what is proven -------------------------------------------------------------------------


def proof(*lines: bytes) -> Any:
    return lane(folded(lines)).proof()


def status(seq: int, verdict: str) -> bytes:
    return line(seq, "status", status=verdict, reason=verdict.lower())


def at(seq: int) -> int:
    return 1_791_000_000_000 + seq * 1000


def test_live_is_since_the_stream_began_to_cover() -> None:
    begun = [status(1, "CONNECTED"), status(2, "LIVE"), status(3, "QUIET"), status(4, "LIVE")]
    assert not proof(begun[0]).is_live
    assert (proof(*begun).is_live, proof(*begun).live_since) == (True, at(2))
    lost = proof(*begun, status(5, "GAP"))
    assert (lost.is_live, lost.live_since, lost.reason) == (False, None, "gap")
    again = proof(*begun, status(5, "GAP"), status(6, "CONNECTED"), status(7, "LIVE"))
    assert again.live_since == at(7)


def test_live_since_before_the_reading_began_is_not_guessed() -> None:
    for first in (status(9, "LIVE"), line(9, status="LIVE", provenAt=5, events=1, gaps=0)):
        assert (proof(first).is_live, proof(first).live_since) == (True, None)


def test_the_last_proof_is_the_latest_that_was_told() -> None:
    beats = [line(seq, status="LIVE", provenAt=told) for seq, told in ((1, 5), (2, 900), (3, None))]
    assert proof(*beats).proven_ms == 900


def test_a_stop_tells_how_far_each_market_was_proven() -> None:
    ends = [
        {"market": m, "provenAt": at, "unreported": []} for m, at in (("usdm", 950), ("coinm", 7))
    ]
    told = {"market": None, "reason": "SIGTERM", "provenAt": 7, "lanes": ends}
    beat = line(1, status="LIVE", provenAt=900)
    assert proof(beat, line(2, "stop", **told)).proven_ms == 950


def test_after_a_stop_nothing_is_covered() -> None:
    begun = [status(1, "CONNECTED"), status(2, "LIVE")]
    ended = proof(*begun, line(3, "stop", market=None, reason="SIGTERM"))
    assert (ended.is_live, ended.live_since, ended.ended_ms) == (False, None, at(3))


def test_a_proof_says_what_was_told_and_what_was_found_out_later() -> None:
    accounts, lines = Accounts(), simulated()
    found = {accounts.take(recorded(each), each) for each in lines}
    one = lane(accounts)
    assert found - {None} == {one}
    assert (one.run, one.time_ms) == ("a1", recorded(lines[-1]).time)
    read = [recorded(each).time for each in lines if b'"type":"snapshot"' in each]
    gap, told = Gap(1, 20, 90, "x", "possible", Cause.TRANSPORT), one.coverage
    assert told.live_since is not None
    assert one.proof(gap, 7) == Proof(
        verdict="LIVE",
        reason=told.reason,
        is_live=True,
        live_since=told.live_since,
        read_ms=read[-1],
        proven_ms=told.proven_ms,
        confirmed_ms=7,
        ended_ms=None,
        gap=gap,
    )
    over = one.proof(ended_ms=9)
    assert (over.verdict, over.is_live, over.live_since, over.ended_ms) == ("LIVE", False, None, 9)


SNAPSHOT = line(0, "snapshot", assets=[], positions=[])


def updated(seq: int, wallet: str = "1", /, **more: Any) -> Recorded:
    """An ACCOUNT_UPDATE of one asset, but for what is said otherwise."""
    row = {"asset": "USDT", "walletBalance": wallet, "crossWalletBalance": "1"}
    told = {"balances": [{**row, "balanceChange": "0"}], "positions": [], "transactionTime": seq}
    kind = more.pop("type_", "event")
    return recorded(line(seq, kind, **{"event": "ACCOUNT_UPDATE", **told, **more}))


def test_what_is_no_update_of_one_account_until_then_is_another() -> None:
    found = [
        updated(1),
        updated(2, event="ORDER_TRADE_UPDATE"),
        updated(3),
        updated(4),
        updated(2, type_="new"),
        updated(2, market=None),
        updated(2, balances=[{"asset": "USDT"}]),
        updated(3, market="coinm"),
    ]
    assert others(found, found[2].time) == [1, 3, 4, 5, 6]


def test_a_record_is_of_one_account_or_of_several() -> None:
    assert lane_of(updated(1)) == Lane(Market.USDM, SCOPE)
    assert lane_of(updated(1, market="coinm")) == Lane(Market.COINM, SCOPE)
    assert lane_of(updated(1, market=None)) is None


def test_updates_taken_at_once_are_folded_as_one_by_one() -> None:
    told = [
        updated(1, "1"),
        updated(2, "2", market="coinm"),
        updated(3, "3", run="b"),
        updated(4, "4", profile="other"),
        updated(5, "5", market="coinm", run="b"),
        updated(6, "6"),
        updated(7, "7", run="b"),
    ]
    one, other = Accounts(), Accounts()
    for found in (one, other):
        found.take(recorded(SNAPSHOT), SNAPSHOT)
    for each in told:
        one.take(each, b"")
    other.update(told[:1])
    other.update([])
    other.update(told[1:])
    for found in (one, other):
        assert found.run == "b"
        assert {
            lane: (each.run, each.time_ms, each.account.state().balances["USDT"]["walletBalance"])
            for lane, each in found.every.items()
        } == {
            lane_of(last): (last.run, last.time, wallet)
            for last, wallet in ((told[6], "7"), (told[4], "5"), (told[3], "4"))
        }
        assert [*found.lanes] == [lane_of(told[6]), lane_of(told[4])]
        assert found.lanes[Lane(Market.USDM, SCOPE)].account.read_ms == recorded(SNAPSHOT).time


def test_a_row_that_does_not_say_what_it_is_of_is_refused_in_words() -> None:
    odd = updated(1, balances=[{"walletBalance": "1"}])
    with pytest.raises(Unreadable, match=r"^no event: a row does not say what it is of$"):
        Accounts().take(odd, b"")


ASSET = {"asset": "USDT", "walletBalance": "1", "crossWalletBalance": "1", "updateTime": 3,
         "marginAvailable": True, "availableBalance": "1"}  # fmt: skip
LONG = {"symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "1", "leverage": 5}
READ: Row = {
    "totalWalletBalance": "1", "assets": [ASSET], "positions": [LONG],
    "symbols": [{"symbol": "BTCUSDT", "leverage": 5}],
}  # fmt: skip


def read(**more: object) -> RecordedAccount:
    found = RecordedAccount(Market.USDM)
    assert found.document() is None
    found.read({**READ, **more}, 9)
    return found


def document(account: RecordedAccount) -> Row:
    found = account.document()
    assert found is not None
    return found


def configured(**configs: object) -> Recorded:
    return recorded(line(7, "event", event="ACCOUNT_CONFIG_UPDATE", **configs))


@pytest.mark.parametrize(("more", "read_ms"), [({}, 9), ({"readAt": 5}, 5), ({"readAt": "5"}, 9)])
def test_a_snapshot_was_taken_when_it_says_so_itself(more: Row, read_ms: int) -> None:
    found = read(**more)
    assert found.read_ms == read_ms
    assert "readAt" not in document(found)


@pytest.mark.parametrize("more", [{}, {"new": "1"}])
def test_a_row_is_stamped_with_when_it_was_told_of(more: Row) -> None:
    account, told = read(), updated(7, "2")
    row = {"asset": "USDT", "walletBalance": "2", "crossWalletBalance": "1", "balanceChange": "0"}
    account.apply(updated(7, "2", balances=[row | more]) if more else told)
    assert account.stamps()["USDT"] == 7
    (asset,) = document(account)["assets"]
    assert (asset["walletBalance"], asset["updateTime"]) == ("2", 7)
    assert asset["marginAvailable"] is True
    assert "availableBalance" not in asset
    assert "updateTime" not in document(account)["positions"][0]
    account.apply(updated(8, "3"))
    assert account.state().balances["USDT"].get("new") == more.get("new")
    assert account.stamps()["USDT"] == 8


def test_an_odd_row_that_does_not_say_what_it_is_of_changes_nothing() -> None:
    account = read()
    for rows in ({"positions": [{"positionAmt": "1"}]}, {"balances": [{"new": "1"}]}):
        with pytest.raises(KeyError):
            account.apply(updated(7, "2", **rows))
    assert account.state().balances["USDT"]["walletBalance"] == "1"


def test_a_new_setting_is_in_every_row_that_tells_it_and_leaves_no_total() -> None:
    account = read(multiAssetsMargin=False)
    assert document(account)["totalWalletBalance"] == "1"
    account.apply(configured(symbolConfig={"symbol": "BTCUSDT", "leverage": 7}))
    for kind in ("positions", "symbols"):
        assert [row["leverage"] for row in document(account)[kind]] == [7]
    assert document(account)["totalWalletBalance"] == "1"
    account.apply(configured(accountConfig={"multiAssetsMargin": True}))
    assert document(account)["multiAssetsMargin"] is True
    assert "totalWalletBalance" not in document(account)
    untold = read()
    untold.apply(configured(accountConfig={"multiAssetsMargin": True}))
    assert document(untold)["totalWalletBalance"] == "1"


def test_odd_positions_and_settings_are_folded_as_any_other() -> None:
    account = read()
    held = [
        {"symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "2"},
        {"symbol": "ETHUSDT", "positionAmt": "3"},
    ]
    account.apply(updated(7, balances=[], positions=held))
    amounts = {key: row["positionAmt"] for key, row in account.state().positions.items()}
    assert amounts == {("BTCUSDT", "LONG"): "2", ("ETHUSDT", "BOTH"): "3"}
    assert {key: account.stamps()[key] for key in amounts} == dict.fromkeys(amounts, 7)
    assert ["leverage" in row for row in document(account)["positions"]] == [True, False]
    config: Row = {"symbol": "BTCUSDT", "leverage": 7}
    account.apply(configured(symbolConfig=config, reason=5))
    account.apply(configured(accountConfig={"multiAssetsMargin": True}, reason=5))
    other = line(8, "event", event="NEW", reason=5, symbolConfig={**config, "leverage": 9})
    account.apply(recorded(other))
    assert account.state().leverage == {"BTCUSDT": 7}
    assert account.state().multi_assets_margin is True


def test_an_update_that_does_not_say_when_leaves_a_row_as_old_as_it_was() -> None:
    account, row = read(), {"asset": "USDT", "walletBalance": "2", "balanceChange": "1"}
    account.apply(updated(7, balances=[{**row, "crossWalletBalance": "1"}], transactionTime=None))
    known = account.state().balances["USDT"]
    assert (known["walletBalance"], known["updateTime"]) == ("2", 3)
    assert not known.keys() & {"previous", "balanceChange"}
    assert [each["updateTime"] for each in document(account)["assets"]] == [3]
    held = {"symbol": "ETHUSDT", "positionAmt": "3"}
    account.apply(updated(8, balances=[], positions=[held], transactionTime=None))
    assert ["updateTime" in each for each in document(account)["positions"]] == [False, False]
