"""What the watch before knew, and since when to doubt."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import RecordingError
from binfut_cli.recording.reader import Line
from binfut_cli.recording.recorded import recorded
from binfut_cli.recording.writing.log_file import LogFile
from binfut_cli.recording.writing.previous import UNSURE_MS, Previous, Reading, previous
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.fold.reported_orders import conditional_key, fill_key
from tests.support.recordings import SCOPE, line, simulated, written

LANE = Lane(Market.USDM, SCOPE)
T0 = 1_791_000_000_000
READ: dict[str, Any] = {
    "source": "snapshot",
    "assets": [{"asset": "USDT", "walletBalance": "10", "crossWalletBalance": "10"}],
    "positions": [],
}
CONNECTED = {"status": "CONNECTED", "reason": "reading the account"}
GAP: dict[str, Any] = {
    "gap": 1, "from": T0 + 7000, "to": T0 + 9000, "reason": "lost", "certainty": "possible",
    "cause": "transport",
}  # fmt: skip
STOP: dict[str, Any] = {"reason": "SIGTERM", "events": 0, "gaps": 0, "byReason": {}, "lanes": []}


def beat(seq: int, proven_ms: int | None) -> bytes:
    return line(seq, status="LIVE", provenAt=proven_ms, events=0, gaps=0, backlogBytes=0)


def begun(*more: bytes, first: int = 1, **head: Any) -> list[bytes]:
    connected = line(first, "status", **CONNECTED, **head)
    return [connected, line(first + 1, "snapshot", **READ, **head), *more]


def left(tmp_path: Path, lines: list[bytes]) -> Previous:
    found = previous(written(tmp_path / "day.ndjson", lines))
    assert found is not None
    return found


def known(tmp_path: Path, lines: list[bytes]) -> KnownAccount:
    return left(tmp_path, lines).known[LANE]


@pytest.mark.parametrize(
    ("more", "proven_ms"),
    [
        ([], T0 + 1000),  # all that happened after the subscription is in doubt
        ([beat(3, None)], T0 + 1000),
        ([beat(3, T0 + 2500)], T0 + 2500),
        ([beat(3, T0 + 2500), line(4, "stop", provenAt=T0 + 3500, **STOP)], T0 + 3500),
        ([beat(3, T0 + 2500), line(4, "stop", market=None, provenAt=T0 + 3500, **STOP)],
         T0 + 3500),
        ([beat(3, T0 + 2500), line(4, "status", **CONNECTED)], T0 + 2500),
        ([beat(3, T0 + 2500), line(4, "gap", **GAP)], T0 + 2500),
    ],
)  # fmt: skip
def test_what_was_proven_was_told(tmp_path: Path, more: list[bytes], proven_ms: int) -> None:
    assert known(tmp_path, begun(*more)).proven_ms == proven_ms - UNSURE_MS


def test_a_gap_that_was_open_at_the_end_begins_the_doubt(tmp_path: Path) -> None:
    open_gap = {**GAP, "open": True}
    early = line(4, "gap", **open_gap, possibleFrom=T0 - 5000)
    assert known(tmp_path, begun(beat(3, T0 + 20_000), early)).proven_ms == T0 - 5000
    late = line(4, "gap", **open_gap)
    assert known(tmp_path, begun(beat(3, T0 + 20_000), late)).proven_ms == T0 + 7000
    assert known(tmp_path, begun(beat(3, T0 + 2500), late)).proven_ms == T0 + 1500


def test_a_later_run_that_read_the_account_has_closed_it(tmp_path: Path) -> None:
    before = begun(beat(3, T0 + 2500), line(4, "gap", **{**GAP, "open": True}))
    after = begun(first=1, run="b2", time=T0 + 50_000)
    found = left(tmp_path, [*before, *after])
    assert found.run == "b2"
    assert found.known[LANE].proven_ms == T0 + 50_000 - UNSURE_MS


def test_a_later_run_that_never_read_it_leaves_the_doubt_as_it_was(tmp_path: Path) -> None:
    after = [line(1, "status", run="b2", time=T0 + 50_000, **CONNECTED)]
    assert known(tmp_path, [*begun(beat(3, T0 + 2500)), *after]).proven_ms == T0 + 1500


def test_a_lane_of_an_earlier_run_is_known_from_that(tmp_path: Path) -> None:
    coinm = begun(market="coinm", run="a0")
    found = left(tmp_path, [*coinm, *begun()])
    assert found.run == "a1"
    assert set(found.known) == {LANE, Lane(Market.COINM, Scope(Env.SANDBOX, "one-way"))}


def test_an_account_that_was_never_read_is_not_known(tmp_path: Path) -> None:
    assert not left(tmp_path, [line(1, "status", **CONNECTED)]).known


def test_of_a_lane_that_had_only_begun_nothing_is_known(tmp_path: Path) -> None:
    begins = line(1, "segment", market="usdm", number=1)
    assert left(tmp_path, [begins, *begun(first=2)]).known.keys() == {LANE}
    reading = Reading()
    reading.take(Line("", 1, recorded(begins), begins))
    assert reading.known() == {}


def test_the_fold_is_the_watchs_and_orders_are_remembered(tmp_path: Path) -> None:
    update = {"event": "ACCOUNT_UPDATE", "eventTime": T0, "transactionTime": T0 + 42,
              "reason": "DEPOSIT", "positions": [], "balances": [
        {"asset": "USDT", "walletBalance": "12", "crossWalletBalance": "12", "balanceChange": "2",
         "previous": {}}]}  # fmt: skip
    orders = [
        {"symbol": "BTCUSDT", "orderId": number, "status": status, "executionType": kind, **more}
        for number, status, kind, more in (
            ("1", "NEW", "NEW", {}),
            ("2", "FILLED", "TRADE", {"tradeId": "77"}),
        )
    ]
    told = [
        line(4 + place, "event", event="ORDER_TRADE_UPDATE", transactionTime=T0 + 50, order=order)
        for place, order in enumerate(orders)
    ]
    waiting = [
        {"symbol": "BTCUSDT", "algoId": number, "algoStatus": status}
        for number, status in (("8", "NEW"), ("9", "CANCELED"))
    ]
    told += [
        line(6 + place, "event", event="ALGO_UPDATE", transactionTime=T0 + 60, algoOrder=order)
        for place, order in enumerate(waiting)
    ]
    found = known(tmp_path, begun(line(3, "event", **update), *told))
    assert found.state.balances["USDT"]["walletBalance"] == "12"
    assert found.stamps["USDT"] == T0 + 42
    assert list(found.orders.open) == [("BTCUSDT", "1")]
    assert found.orders.was_told(fill_key("BTCUSDT", "77"))
    assert list(found.orders.waiting) == [("BTCUSDT", "8")]
    assert found.orders.was_told(conditional_key("BTCUSDT", "9", "CANCELED"))


REPORT: dict[str, Any] = {
    "gap": 1, "from": T0 + 7000, "to": T0 + 9000, "sums": [], "flowCount": 0, "fillCount": 0,
    "orderCount": 0, "unread": [], "notRecoverable": [],
}  # fmt: skip
READ_AGAIN = {
    **READ,
    "assets": [{"asset": "USDT", "walletBalance": "12", "crossWalletBalance": "12"}],
}


def test_a_gap_without_a_report_is_owed_with_what_changed_over_it(tmp_path: Path) -> None:
    gap = begun(line(3, "gap", **GAP), line(4, "snapshot", **READ_AGAIN))
    (owed,) = known(tmp_path, gap).owed
    assert (owed.gap.number, owed.gap.from_ms, owed.gap.to_ms) == (1, T0 + 7000, T0 + 9000)
    assert (owed.before, owed.after, owed.read_ms) == ({"USDT": "10"}, {"USDT": "12"}, T0 + 4000)
    again = [line(1, "gap", run="b2", **{**GAP, "gap": 3}), line(2, "snapshot", run="b2", **READ)]
    (owed,) = known(tmp_path, [*gap, *again]).owed
    assert (owed.gap.number, owed.after) == (3, {"USDT": "12"})
    assert not known(tmp_path, [*gap, line(5, "gap_report", **REPORT)]).owed
    reported = line(3, "gap_report", run="b2", **{**REPORT, "gap": 3})
    assert not known(tmp_path, [*gap, *again, reported]).owed


@pytest.mark.parametrize("more", [{"open": True}, {"cause": "consumer"}, {"cause": "continuity"}])
def test_of_other_gaps_nothing_is_owed(tmp_path: Path, more: dict[str, Any]) -> None:
    gap = line(3, "gap", **{**GAP, **more})
    assert not known(tmp_path, begun(gap, line(4, "snapshot", **READ_AGAIN))).owed


def test_a_simulated_recording_is_read_without_a_finding(tmp_path: Path) -> None:
    found = left(tmp_path, list(simulated()))
    assert not found.findings.said
    assert found.known[LANE].state.balances


def test_nothing_is_known_from_an_empty_file(tmp_path: Path) -> None:
    assert previous(written(tmp_path / "day.ndjson", [])) is None


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\0\1\2", b'{"v":2,"type":"snapshot"}\n'])
def test_a_file_of_which_nothing_can_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError, match="no watch can go on from that"):
        previous(written(tmp_path / "day.ndjson", [content]))


def test_what_cannot_be_read_among_what_can_is_told(tmp_path: Path) -> None:
    found = left(tmp_path, [*begun(), b"{torn\n", beat(3, T0 + 2500)])
    assert len(found.findings.said) == 1
    assert found.known[LANE].proven_ms == T0 + 1500


def test_after_a_power_cut_at_any_byte_nothing_before_is_lost_and_the_rest_in_doubt(
    tmp_path: Path,
) -> None:
    """Whatever the disk had of a file: a whole record is known, and what is not lies in a gap."""
    whole = b"".join(simulated())
    ends = [place for place, byte in enumerate(whole, 1) if byte == ord("\n")]
    path, chance = tmp_path / "cut.ndjson", random.Random(7)
    for cut in (chance.randrange(ends[4], len(whole)) for _ in range(12)):
        path.write_bytes(whole[:cut])
        path.chmod(0o600)
        file, torn = LogFile.opened(path)
        file.close()
        end = max(each for each in ends if each <= cut)
        assert (path.read_bytes(), torn) == (whole[:end], cut - end)
        (found,) = left(tmp_path, whole[:end].splitlines(keepends=True)).known.values()
        lost = [json.loads(text)["time"] for text in whole[end:].splitlines()]
        assert found.proven_ms < min(lost, default=found.proven_ms + 1)
