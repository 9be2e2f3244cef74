"""Items to records: buffer, snapshot, fold, gap and resync; and no message that breaks it."""

import json
from collections.abc import Iterator
from dataclasses import replace as replaced
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from binfut_cli.api.transport.frames import TEXT
from binfut_cli.auth.redaction import Redactor
from binfut_cli.codec import Row
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import ExchangeError, NetworkError
from binfut_cli.render.documents import Lines as Json
from binfut_cli.render.palette import PLAIN
from binfut_cli.render.watch.lines import Lines
from binfut_cli.resources.figures.account_document import whole
from binfut_cli.resources.result.lenient import Lack, Read
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.clock_offset import ClockOffset
from binfut_cli.stream.events import Rows
from binfut_cli.stream.fold.outcome import Judged, LaneState, Outcome
from binfut_cli.stream.fold.reducer import _FOLDS, Reducer
from binfut_cli.stream.gap_report import GapChange, HistoryFindings
from binfut_cli.stream.messages import (
    AccountReread,
    AuditRead,
    Batch,
    BracketsRead,
    CoverageLost,
    GapBackfilled,
    Health,
    LaneEnded,
    LaneMessage,
    MessagesDropped,
    SnapshotTaken,
    StreamOpened,
    ThreadCrashed,
)
from binfut_cli.stream.records import Cause, Gap, LaneEnd, Raw, Record, Resync, Status, Verdict
from tests.support.bodies import bodies
from tests.support.samples import FRAMES, body, encoded, market

LANE = Lane(Market.USDM)
KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
UNSAFE = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u061c\u200b\u200e\u200f\ufeff"}
UNSAFE |= {*map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def taken(
    wallet: str = "10", amount: str = "1", *, time_ms: int = 20, **more: Any
) -> SnapshotTaken:
    document = {
        "assets": [{"asset": "USDT", "walletBalance": wallet}],
        "positions": [{"symbol": "BTCUSDT", "positionAmt": amount, "entryPrice": "5"}],
        **more,
    }
    parts = {"v2/account.status": document, "v2/account.position": []}
    told, read = whole(Market.USDM, parts)
    found = Result("snapshot", Market.USDM, time_ms, told, KINDS, read=read)
    return SnapshotTaken(LANE, time_ms, found, time_ms)


def batch(*messages: object, time_ms: int = 30, where: Market = Market.USDM) -> Batch:
    return Batch(Lane(where), time_ms, [(TEXT, encoded(message)) for message in messages])


def wallet(amount: str) -> Row:
    return {"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {"B": [{"a": "USDT", "wb": amount}]}}


def opened(time_ms: int = 10) -> StreamOpened:
    return StreamOpened(LANE, time_ms)


def audit(read: SnapshotTaken) -> AuditRead:
    return AuditRead(LANE, read.time_ms, read.snapshot, read.time_ms, 7)


def lost(*, time_ms: int = 50, covered_ms: int = 40, **more: Any) -> CoverageLost:
    error = NetworkError("The stream ended.", hint="It is opened anew.")
    retry_s = None if more.get("fatal") else 1.25
    return CoverageLost(LANE, time_ms, covered_ms, error, retry_s, **more)


def reducer(where: Market = Market.USDM, *, keep_raw: bool = False) -> Reducer:
    return Reducer(Lane(where), keep_raw=keep_raw)


def records(found: Reducer, *items: LaneMessage) -> list[Record]:
    return [record for message in items for record in found.take(message).records]


def live() -> Reducer:
    found = reducer()
    records(found, opened(), taken())
    return found


def told(found: list[Record]) -> list[Any]:
    """What a list of records says, in short."""
    return [_told(record) for record in found]


def _told(record: Record) -> Any:
    match record.body:
        case Status(verdict=verdict):
            return verdict
        case {"balances": [row]}:
            return row["walletBalance"], row["previous"]
        case Resync() as body:
            return body.field, body.before, body.after
        case _:
            return record.type


def test_the_account_is_read_after_the_stream_is_open_and_events_wait_for_it() -> None:
    found = reducer()
    assert told(records(found, opened())) == ["CONNECTED"]
    assert records(found, batch(wallet("11")), batch(wallet("12"), wallet("13"))) == []
    assert told(records(found, taken("10"))) == [
        "snapshot",
        "LIVE",
        ("11", {"walletBalance": "10"}),
        ("12", {"walletBalance": "11"}),
        ("13", {"walletBalance": "12"}),
    ]
    assert told(records(found, batch(wallet("14")))) == [("14", {"walletBalance": "13"})]


def test_an_event_that_the_snapshot_already_has_changes_nothing() -> None:
    found = reducer()
    records(found, opened(), batch(wallet("10.0")))
    assert told(records(found, taken("10")))[-1] == ("10.0", {})


def test_a_snapshot_is_the_document_and_has_its_own_time() -> None:
    message = taken(time_ms=777)
    snapshot = records(reducer(), opened(), message)[1]
    assert snapshot == Record(
        "snapshot", Market.USDM, 777, "snapshot", message.snapshot.document, None
    )


def test_a_loss_is_a_gap_a_new_snapshot_and_what_differs() -> None:
    found = live()
    records(found, batch(wallet("11")))
    assert told(records(found, lost(covered_ms=40))) == ["GAP"]
    assert told(records(found, opened(60))) == ["CONNECTED"]
    assert records(found, batch(wallet("13"))) == []
    after = records(found, taken("12", "3", time_ms=70))
    assert told(after) == [
        "gap",
        "snapshot",
        ("walletBalance", "11", "12"),
        ("positionAmt", "1", "3"),
        "LIVE",
        ("13", {"walletBalance": "12"}),
    ]
    assert after[0].body == Gap(1, 40, 60, "The stream ended.", "possible", Cause.TRANSPORT)
    assert [record.source for record in after] == [
        "watch", "snapshot", "snapshot", "snapshot", "watch", "stream",
    ]  # fmt: skip


def test_the_first_snapshot_follows_no_gap() -> None:
    assert told(records(reducer(), opened(), taken())) == ["CONNECTED", "snapshot", "LIVE"]


def test_a_gap_is_told_once() -> None:
    found = live()
    records(found, lost(), opened(60), taken())
    assert told(records(found, batch(wallet("11")))) == [("11", {"walletBalance": "10"})]
    again = records(found, lost(covered_ms=90), opened(95), taken("11"))
    assert [gap.from_ms for gap in bodies(again, Gap)] == [90]


def test_failed_attempts_make_one_gap_from_the_first_loss_to_the_last_opening() -> None:
    found = live()
    steps: list[LaneMessage] = [
        lost(covered_ms=40),
        lost(covered_ms=55, certain=True),
        opened(60),
        lost(covered_ms=62),
    ]
    assert told(records(found, *steps)) == ["GAP", "GAP", "CONNECTED", "GAP"]
    (gap,) = bodies(records(found, opened(80), taken()), Gap)
    assert (gap.from_ms, gap.to_ms) == (40, 80)
    assert gap.certainty == "certain"  # one loss of the three was


def test_a_certain_loss_says_so() -> None:
    found = live()
    (gap,) = bodies(records(found, lost(certain=True), opened(60), taken()), Gap)
    assert gap.certainty == "certain"


def test_events_received_before_a_loss_are_printed() -> None:
    found = live()
    records(found, lost(), opened(60), batch(wallet("11")), batch(wallet("12")))
    assert told(records(found, lost())) == [
        ("11", {"walletBalance": "10"}),
        ("12", {"walletBalance": "11"}),
        "GAP",
    ]
    assert told(records(found, opened(80), taken("12"))) == [
        "CONNECTED",
        "gap",
        "snapshot",
        "LIVE",
    ]


def test_events_received_before_the_account_was_ever_read_are_printed_too() -> None:
    found = reducer()
    records(found, opened(), batch(wallet("11")))
    event, verdict = records(found, lost(fatal=True))
    assert event.row["balances"] == [{"asset": "USDT", "walletBalance": "11"}]
    assert verdict.body == Status(Verdict.GAP, "The stream ended.")


def test_an_account_that_could_not_be_read_has_failed_and_the_error_is_told_whole() -> None:
    found = reducer()
    failures = records(found, lost(unread=True), lost(unread=True, fatal=True))
    first, last = bodies(failures, Status)
    assert (first.verdict, first.retry_in_ms) == (Verdict.FAILED, 1250)
    assert first.error is not None
    assert first.error.hint == "It is opened anew."
    assert (last.error, last.retry_in_ms) == (first.error, None)
    assert told(records(found, opened(60), taken())) == ["CONNECTED", "snapshot", "LIVE"]


def test_a_loss_says_when_the_next_attempt_follows() -> None:
    (verdict,) = records(live(), lost())
    said = Status(Verdict.GAP, "The stream ended.", retry_in_ms=1250)
    assert verdict == Record("status", Market.USDM, 50, "watch", said)


def test_a_gap_that_is_open_as_the_watch_ends_is_told() -> None:
    found = live()
    records(found, lost(certain=True))
    (gap,) = found.ended(90)
    said = Gap(1, 40, 90, "The stream ended.", "certain", Cause.TRANSPORT, is_open=True)
    assert gap == Record("gap", Market.USDM, 90, "watch", said)
    assert found.lane_end().unreported == (1,)
    assert found.ended(90) == []


def test_a_stream_whose_account_was_not_read_again_closes_no_gap() -> None:
    found = live()
    records(found, lost(), opened(60), batch(wallet("11"), time_ms=70))
    event, gap = found.ended(90)
    assert (event.type, gap.type) == ("event", "gap")
    assert [(g.from_ms, g.to_ms, g.is_open) for g in bodies([gap], Gap)] == [(40, 90, True)]


def test_a_watch_that_ends_covered_says_up_to_when_that_was_proven() -> None:
    found = live()
    assert found.ended(90) == []
    assert found.lane_end() == LaneEnd(Market.USDM, found.counts.proven_ms, ())
    assert found.counts.proven_ms != 0
    assert reducer().lane_end() == LaneEnd(Market.USDM, None, ())


def test_a_drift_that_its_keeper_had_not_heard_of_is_an_open_gap() -> None:
    found = live()
    for _ in range(2):
        records(found, audit(taken("12", time_ms=80)))
    (gap,) = bodies(found.ended(90), Gap)
    assert (gap.cause, gap.certainty, gap.to_ms) == (Cause.AUDIT, "certain", 90)


def test_what_came_before_the_account_was_ever_read_is_in_doubt() -> None:
    found = reducer()
    assert found.ended(90) == []
    records(found, opened(20), batch(wallet("11")))
    event, told_gap = found.ended(90)
    (gap,) = bodies([told_gap], Gap)
    assert (event.type, gap.from_ms, gap.to_ms, gap.is_open) == ("event", 20, 90, True)


def test_what_was_received_and_will_not_be_printed_is_an_open_gap() -> None:
    (gap,) = bodies(live().ended(90, MessagesDropped(LANE, 3, 30, 40)), Gap)
    assert (gap.from_ms, gap.to_ms, gap.messages) == (30, 90, 3)
    assert (gap.cause, gap.certainty, gap.is_open) == (Cause.CONSUMER, "certain", True)


def test_a_fault_of_our_own_ends_the_watch() -> None:
    with pytest.raises(ZeroDivisionError):
        reducer().take(ThreadCrashed(LANE, ZeroDivisionError()))


def test_every_message_of_a_lane_has_its_fold() -> None:
    assert {Batch, *_FOLDS} == set(get_args(LaneMessage))


def test_an_outcome_says_all_that_others_must_know() -> None:
    found = reducer()
    assert found.take(lost(unread=True)).lane is LaneState.UNREAD
    assert replace(found.take(opened()), records=[]) == Outcome([])
    assert found.take(taken()).lane is LaneState.READ
    assert replace(found.take(batch(wallet("11"))), records=[]) == Outcome([])
    assert found.take(batch([])).uncertain
    assert found.take(MessagesDropped(LANE, 3, 30, 40)).uncertain
    fatal = lost(fatal=True)
    assert found.take(fatal).fatal is fatal.error
    assert found.take(LaneEnded(LANE)) == Outcome([], lane=LaneState.ENDED)


def test_a_gap_is_looked_up_when_a_check_agrees_or_coverage_ends_again() -> None:
    for settling in (audit(taken("11", time_ms=75)), lost(covered_ms=75)):
        found = live()
        records(found, lost(), opened(60))
        assert found.take(taken("11", time_ms=70)).gap_change is None
        change = found.take(settling).gap_change
        assert change is not None
        assert (change.before, change.after) == ({"USDT": "10"}, {"USDT": "11"})
        assert found.take(settling).gap_change is None


def test_a_check_is_judged_by_its_number_and_one_that_comes_too_early_finds_nothing() -> None:
    found = reducer()
    records(found, opened())
    assert found.take(audit(taken("11"))).judged == Judged(7, "clean")
    records(found, taken())
    judged = [found.take(audit(taken("11"))).judged for _ in range(2)]
    assert judged == [Judged(7, "doubt"), Judged(7, "drift")]


def test_every_message_of_a_batch_is_one_record_in_its_order() -> None:
    found = records(live(), batch(wallet("1"), {"e": "NEW"}, [], wallet("2"), time_ms=99))
    assert [record.type for record in found] == ["event", "event", "raw", "event"]
    assert {record.time_ms for record in found} == {99}


def test_what_cannot_be_read_is_printed_as_it_came() -> None:
    payloads = [b"\xff{", b'{"result":null,"id":1}', b'{"e":"ACCOUNT_UPDATE","a":5}', b""]
    messages = [(TEXT, payload) for payload in payloads]
    found = records(live(), Batch(LANE, 5, messages))
    assert [record.type for record in found] == ["raw"] * 4
    assert [record.raw for record in found] == payloads
    said = bodies(found, Raw)
    assert [each.text for each in said] == ["\\xff{", *map(bytes.decode, payloads[1:])]
    assert said[1].reason == "an answer nobody waits for"
    assert said[2].reason == "an unknown shape: ACCOUNT_UPDATE"


def test_the_bytes_of_an_event_are_kept_only_where_they_are_asked_for() -> None:
    payload = encoded(wallet("1"))
    for keep in (True, False):
        found = reducer(keep_raw=keep)
        records(found, opened(), taken())
        (event,) = records(found, batch(wallet("1")))
        assert event.raw == (payload if keep else None)


@pytest.mark.parametrize(
    "message",
    [
        {"e": "listenKeyExpired", "E": 1, "listenKey": KEY},
        {"e": "listenKeyExpired", "E": 1, "listenKey": "another"},
        {"stream": KEY, "data": wallet("1")},
        {"stream": f"{KEY}@ACCOUNT_UPDATE", "data": wallet("1")},
        {"result": [f"{KEY}@ACCOUNT_UPDATE"], "id": 3},
        {"e": "SOMETHING_NEW", "key": KEY},
        {"e": "SOMETHING_NEW", "listenKey": "another"},
        {"e": "ORDER_TRADE_UPDATE", "o": {"s": "A", "c": KEY}},
        [KEY],
    ],
)
def test_no_record_shows_a_listen_key(message: object) -> None:
    redactor = Redactor()
    redactor.learn(KEY)
    found = reducer(keep_raw=True)
    records(found, opened(), taken())
    (record,) = records(found, batch(message))
    assert record.raw is not None
    written = json_line(record), record.raw, *map(str.encode, human(record))
    shown = b"".join(map(redactor.clean, written))
    assert redactor.hidden
    assert KEY.encode() not in shown
    assert b"another" not in shown


def test_a_loss_after_a_drift_begins_where_the_account_last_agreed() -> None:
    """The computer may fall asleep before the deaf stream is given up: it was deaf all the same."""
    found = reducer()
    records(found, opened(10_000), taken(time_ms=20_000))
    for number in (1, 2):
        other = taken("11", time_ms=80_000).snapshot
        told = records(found, AuditRead(LANE, other.time_ms, other, 80_000, number))
    assert "drift" in {record.type for record in told}
    records(found, lost(time_ms=90_000, covered_ms=89_000))
    again = records(found, opened(95_000), taken("11", time_ms=96_000))
    (gap,) = bodies(again, Gap)
    assert (gap.from_ms, gap.certainty) == (19_000, "certain")


@pytest.mark.parametrize("odd", ["", None, {}])
def test_a_check_that_reads_less_than_was_read_before_proves_nothing(odd: Any) -> None:
    found = live()
    proven_ms = found.counts.proven_ms
    part = found.take(audit(taken(odd, time_ms=90_000)))
    assert (part.records, part.judged) == ([], Judged(7, "part"))
    assert found.counts.proven_ms == proven_ms
    whole = found.take(audit(taken(time_ms=95_000)))
    assert (whole.records, whole.judged) == ([], Judged(7, "clean"))
    assert found.counts.proven_ms == 94_000


def test_a_gap_is_not_looked_up_by_a_check_in_part() -> None:
    found = live()
    records(found, lost(), opened(60), taken(time_ms=70))
    odd: Any = None
    assert found.take(audit(taken(odd, time_ms=90))).gap_change is None
    assert found.take(audit(taken(time_ms=95))).gap_change is not None


def test_what_could_not_be_read_at_first_is_taken_from_a_check() -> None:
    found, odd = reducer(), None
    records(found, opened(), taken(odd))  # type: ignore[arg-type]
    assert told(records(found, audit(taken("12", time_ms=90_000)))) == ["snapshot"]
    assert records(found, audit(taken("12", time_ms=95_000))) == []
    (event,) = records(found, batch(wallet("13")))
    assert isinstance(event.body, dict)
    assert event.body["balances"][0]["previous"] == {"walletBalance": "12"}
    judged = [found.take(audit(taken("14", time_ms=99_000))).judged for _ in range(2)]
    assert judged == [Judged(7, "doubt"), Judged(7, "drift")]


def test_a_field_that_is_never_told_is_not_waited_for() -> None:
    found, odd = reducer(), None
    records(found, opened(), taken(odd))  # type: ignore[arg-type]
    records(found, batch(wallet("13")))  # the stream tells it
    outcome = found.take(audit(taken(odd, time_ms=90_000)))  # type: ignore[arg-type]
    assert (outcome.records, outcome.judged) == ([], Judged(7, "clean"))


def json_line(record: Record) -> bytes:
    return Json(Scope(Env.PROD, None), "run").line(record)


def human(record: Record) -> list[str]:
    return Lines(PLAIN).lines(record)


def check_printable(record: Record) -> None:
    lines = human(record)
    assert lines
    assert not [line for line in lines if UNSAFE & set(line)]
    line = json_line(record)
    assert line.count(b"\n") == 1
    assert not UNSAFE & set(line[:-1].decode())
    assert json.loads(line)["type"] == record.type


@pytest.mark.parametrize("name", FRAMES)
def test_every_sample_is_one_record_for_people_and_for_programs(name: str) -> None:
    found = reducer(market(name))
    records(found, opened(), taken())
    for _ in range(2):  # a duplicate is known by what it changes: nothing
        (record,) = records(found, batch(body(name), where=market(name)))
        assert record.type == ("raw" if "control_" in name else "event")
        check_printable(record)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside a body."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[key], (*path, key))


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """A body with another value at a path."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


ODD: list[object] = [
    None,
    "x",
    "\u202e\x1b]0;",
    7,
    -1.5,
    True,
    [],
    [1],
    [{}],
    {},
    {"a": 1},
    {"s": "x"},
]


@pytest.mark.parametrize("name", [name for name in FRAMES if "_full" not in name])
def test_no_odd_value_anywhere_in_a_message_breaks_a_watch(name: str) -> None:
    found, sample = reducer(market(name)), body(name)
    records(found, opened(), taken())
    for path in paths(sample):
        odd = [put(sample, path, value) for value in ODD]
        told = records(found, batch(*odd, where=market(name)))
        assert len(told) == len(odd)
        for record in told:
            check_printable(record)


@given(st.lists(st.binary(max_size=48), max_size=4))
def test_no_bytes_break_a_watch(payloads: list[bytes]) -> None:
    told = records(live(), Batch(LANE, 1, [(TEXT, payload) for payload in payloads]))
    assert len(told) == len(payloads)
    for record in told:
        check_printable(record)


@pytest.mark.parametrize("number", ["1e99999999", "-1e-99999999", "1e999999999999999999999"])
def test_a_number_beyond_all_bounds_is_printed_short(number: str) -> None:
    payload = f'{{"e":"ACCOUNT_UPDATE","a":{{"B":[{{"a":"USDT","wb":{number}}}]}}}}'.encode()
    (record,) = records(live(), Batch(LANE, 1, [(TEXT, payload)]))
    assert all(len(line) < 300 for line in human(record))
    assert len(json_line(record)) < 600


@pytest.mark.parametrize("depth", [100, 600, 900])
def test_no_depth_of_an_event_hides_a_gap(depth: int) -> None:
    """What is deep is kept as it came, and a gap needs a copy of what is known."""
    found, deep = live(), "[" * depth + "]" * depth
    row = f'{{"a":"USDT","wb":"5","odd":{deep}}}'
    payload = f'{{"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{{"B":[{row}]}}}}'.encode()
    told = records(found, Batch(LANE, 30, [(TEXT, payload)]))
    assert [record.type for record in told] == ["event"]
    told = records(found, lost(), opened(60), taken(time_ms=70))
    assert "gap" in [record.type for record in told]


# -- going on from the watch before ---------------------------------------------------------------

PROVEN_MS = 5000


def going_on(wallet_was: str = "10", amount: str = "1") -> Reducer:
    """A watch that goes on from one that knew this, and had proven it up to then."""
    before = reducer()
    records(before, opened(), taken(wallet_was, amount))
    known = before.known()
    assert known is not None
    return Reducer(LANE, known=replaced(known, proven_ms=PROVEN_MS))


def test_what_happened_between_two_runs_is_a_gap_and_what_differs() -> None:
    found = going_on()
    assert told(records(found, opened(60_000))) == ["CONNECTED"]
    after = records(found, taken("12", "3", time_ms=60_500))
    assert told(after) == [
        "gap",
        "snapshot",
        ("walletBalance", "10", "12"),
        ("positionAmt", "1", "3"),
        "LIVE",
    ]
    (gap,) = [record.body for record in after if isinstance(record.body, Gap)]
    assert (gap.from_ms, gap.to_ms, gap.cause) == (PROVEN_MS, 60_000, Cause.RESTART)
    assert gap.certainty == "possible"


def test_what_another_watch_had_is_handed_over() -> None:
    known = live().known()
    assert known is not None
    known = replaced(known, proven_ms=PROVEN_MS, left=Cause.HANDOVER)
    found = Reducer(LANE, known=known)
    (gap,) = bodies(records(found, opened(60_000), taken(time_ms=60_500)), Gap)
    assert (gap.from_ms, gap.to_ms, gap.cause) == (PROVEN_MS, 60_000, Cause.HANDOVER)
    assert gap.reason == "Another watch had the account."


def test_history_is_asked_of_the_time_between_two_runs() -> None:
    found = going_on()
    records(found, opened(60_000), taken("12", "3", time_ms=60_500))
    change = found.take(audit(taken("12", "3", time_ms=61_000))).gap_change
    assert change is not None
    assert (change.before, change.after) == ({"USDT": "10"}, {"USDT": "12"})
    assert change.gap.from_ms == PROVEN_MS


def test_a_gap_that_the_watch_before_left_without_a_report_is_asked_of_again() -> None:
    """Under a number of this watch, and before the restart's own."""
    old = Gap(7, 1000, 2000, "It broke.", "possible", Cause.TRANSPORT)
    owed = GapChange(old, 2500, {"USDT": "9"}, {"USDT": "10"})
    known = live().known()
    assert known is not None
    found = Reducer(LANE, known=replaced(known, proven_ms=PROVEN_MS, owed=(owed,)))
    all_told = records(found, opened(60_000), taken(time_ms=60_500))
    after = bodies(all_told, Gap)
    assert {each.time_ms for each in all_told if isinstance(each.body, Gap)} == {60_500}
    assert [(each.number, each.from_ms, each.cause) for each in after] == [
        (1, 1000, Cause.TRANSPORT),
        (2, PROVEN_MS, Cause.RESTART),
    ]
    assert found.lane_end().unreported == (1, 2)
    asked = [found.take(audit(taken(time_ms=61_000 + n))).gap_change for n in range(3)]
    assert [each and each.gap.number for each in asked] == [2, 1, None]
    assert asked[1] is not None
    assert (asked[1].before, asked[1].after) == ({"USDT": "9"}, {"USDT": "10"})
    found.take(GapBackfilled(LANE, 70_000, asked[1], HistoryFindings()))
    assert found.lane_end().unreported == (2,)


def test_it_is_told_once_and_later_gaps_are_their_own() -> None:
    found = going_on()
    records(found, opened(60_000), taken(time_ms=60_500))
    records(found, lost(time_ms=70_000, covered_ms=69_000), opened(71_000))
    (gap,) = bodies(records(found, taken(time_ms=71_500)), Gap)
    assert (gap.number, gap.from_ms, gap.to_ms, gap.cause) == (2, 69_000, 71_000, Cause.TRANSPORT)


def test_attempts_that_fail_do_not_end_it() -> None:
    found = going_on()
    records(found, lost(time_ms=50_000, covered_ms=50_000, unread=True), opened(60_000))
    records(found, lost(time_ms=61_000, covered_ms=61_000, unread=True), opened(90_000))
    (gap,) = bodies(records(found, taken(time_ms=90_500)), Gap)
    assert (gap.from_ms, gap.to_ms, gap.cause) == (PROVEN_MS, 90_000, Cause.RESTART)


@pytest.mark.parametrize("steps", [(), (opened(60_000),), (lost(unread=True, time_ms=60_000),)])
def test_if_the_account_is_never_read_it_stays_open(steps: tuple[LaneMessage, ...]) -> None:
    found = going_on()
    records(found, *steps)
    (gap,) = bodies(found.ended(99_000), Gap)
    assert (gap.from_ms, gap.to_ms, gap.is_open) == (PROVEN_MS, 99_000, True)
    assert (gap.cause, found.lane_end().proven_ms) == (Cause.RESTART, PROVEN_MS)


def test_a_clock_that_is_wrong_does_not_stretch_it() -> None:
    found = going_on()
    ahead = StreamOpened(LANE, 90_000, offset=ClockOffset(-30_100, -30_000))
    records(found, ahead)
    (gap,) = bodies(records(found, taken(time_ms=90_500)), Gap)
    assert (gap.from_ms, gap.to_ms) == (PROVEN_MS, 60_000)


def test_what_is_known_is_a_copy() -> None:
    found = live()
    known = found.known()
    assert known is not None
    records(found, batch(wallet("11")))
    assert known.state.balances["USDT"]["walletBalance"] == "10"
    assert reducer().known() is None


# -- the words, the times and the numbers of what is told ------------------------------------


def test_what_is_said_of_coverage_has_its_moment_and_its_words() -> None:
    quiet = Health(LANE, 25, Verdict.QUIET, "Nothing has happened.")
    said = records(reducer(), opened(10), taken(time_ms=20), quiet)
    statuses = [(record.time_ms, record.body) for record in said if record.type == "status"]
    assert statuses == [
        (10, Status(Verdict.CONNECTED, "reading the account")),
        (20, Status(Verdict.LIVE, "connected and read whole")),
        (25, Status(Verdict.QUIET, "Nothing has happened.")),
    ]


def test_how_well_the_account_was_read_is_said() -> None:
    refused = ExchangeError("Refused.", hint="Ask again.")
    lacking = tuple(Lack(name, refused) for name in ("orders", "marks"))
    said = []
    for read in (Read(lacking), Read(odd=("a.b", "c.d")), Read(lacking[:1], ("a.b",))):
        found, message = reducer(), taken()
        message = replaced(message, snapshot=replace(message.snapshot, read=read))
        said.append(bodies(records(found, opened(), message), Status)[-1].reason)
    assert said == [
        "connected and read without orders (Refused.), marks (Refused.)",
        "connected and read whole; not as documented: a.b, c.d",
        "connected and read without orders (Refused.); not as documented: a.b",
    ]


def test_gaps_are_numbered_whoever_tells_of_them() -> None:
    found, drops = live(), [MessagesDropped(LANE, 3, at, at + 5) for at in (30, 37, 86)]
    told = records(found, *drops[:2])
    assert [found.next_gap(), found.next_gap()] == [3, 4]
    told += records(found, lost(), opened(60), taken(time_ms=70))
    records(found, lost(time_ms=85, covered_ms=80), opened(87), batch(wallet("11")))
    told += found.ended(95, drops[2])
    gaps = [(record.body.number, record.time_ms) for record in told if isinstance(record.body, Gap)]
    assert gaps == [(1, 35), (2, 42), (5, 70), (6, 95), (7, 95)]
    assert [record.type for record in told[-3:]] == ["event", "gap", "gap"]


def test_what_a_recording_lacks_is_a_gap_that_the_watch_has_not() -> None:
    found = live()
    told = found.unwritten(9, 3000, 4500, "The disk is full.")
    gap = Gap(9, 2000, 4500, "The disk is full.", "certain", Cause.RECORDING)
    assert told == Record("gap", Market.USDM, 4500, "watch", gap)
    assert found.next_gap() == 1


def test_what_is_known_was_read_at_its_moment_and_is_proven_as_far_as_was_told() -> None:
    found = reducer()
    records(found, opened(), taken(None, time_ms=20))  # type: ignore[arg-type]
    for moment_ms, message in ((20, None), (90_000, audit(taken("12", time_ms=90_000)))):
        records(found, *([message] if message else []))
        known = found.known()
        assert known is not None
        assert (known.read_ms, known.proven_ms) == (moment_ms, found.counts.proven_ms)
    assert reducer().known() is None


def test_what_waited_and_could_not_be_read_makes_all_uncertain_once_it_is_told() -> None:
    found = reducer()
    records(found, opened(), batch([]))
    assert found.take(taken()).uncertain is True
    records(found, lost(), opened(60), batch([]))
    outcome = found.take(lost())
    assert outcome.uncertain is True
    assert outcome.lane is None
    assert found.take(lost()).uncertain is False


def test_bytes_are_not_kept_unless_they_are_asked_for() -> None:
    found = Reducer(LANE)
    (event,) = records(found, opened(), taken(), batch(wallet("1")))[-1:]
    assert event.raw is None


def changed(amount: str, at_ms: int, *, time_ms: int, confirms: bool = True) -> AuditRead:
    """A check that finds a balance which changed at a moment."""
    asset = {"asset": "USDT", "walletBalance": amount, "updateTime": at_ms}
    read = taken(assets=[asset], time_ms=time_ms)
    return replaced(audit(read), confirms=confirms)


@pytest.mark.parametrize(("at_ms", "confirms"), [(11, True), (10, False)])
def test_what_differs_at_two_looks_is_drift_with_its_moment_and_its_words(
    at_ms: int, confirms: bool
) -> None:
    found = live()
    looks = [changed("12", at_ms, time_ms=time, confirms=confirms) for time in (80, 90)]
    doubt, drift = map(found.take, looks)
    assert (doubt.records, doubt.judged) == ([], Judged(7, "doubt"))
    assert drift.judged == Judged(7, "drift")
    status, *differences = drift.records
    words = Status(Verdict.DRIFT, "The account is not as the stream told it.")
    assert (status.time_ms, status.body) == (90, words)
    assert [(each.type, each.time_ms) for each in differences] == [("drift", 90)]


def test_what_changed_before_the_stream_was_subscribed_is_a_resync_of_the_check_that_confirms() -> (
    None
):
    found = live()
    outcome = [found.take(changed("12", 10, time_ms=time)) for time in (80, 90)][1]
    assert outcome.judged == Judged(7, "clean")
    assert [(each.type, each.time_ms) for each in outcome.records] == [
        ("snapshot", 90),
        ("resync", 90),
    ]
    assert outcome.records[0].row["assets"][0]["walletBalance"] == "12"
    assert found.take(changed("12", 10, time_ms=95)) == Outcome([], judged=Judged(7, "clean"))


def test_a_check_before_the_account_was_read_says_nothing() -> None:
    found = reducer()
    records(found, opened())
    assert found.take(audit(taken("11"))) == Outcome([], judged=Judged(7, "clean"))


@pytest.mark.parametrize("where", Market)
def test_an_event_says_the_same_however_it_was_read_and_its_rows_are_wanted(where: Market) -> None:
    frames = [encoded(body(name)) for name in FRAMES if market(name) is where]
    updates = [each for each in frames if b'"ACCOUNT_UPDATE"' in each]
    brought = [(TEXT, each) for each in (*updates, *updates, *updates[::-1])]
    assert len(updates) > 2
    said = []
    for rows in (Rows.MAPPED, Rows.WRITTEN):
        for size in (1, 2, len(brought)):
            found = Reducer(Lane(where), rows=rows)
            records(found, replace_lane(opened(), where), replace_lane(taken(), where))
            reads = [brought[start : start + size] for start in range(0, len(brought), size)]
            events = records(found, *(Batch(Lane(where), 30, read) for read in reads))
            said.append(Json(Scope(Env.SANDBOX, "p"), "r").text(events))
            assert [record.row for record in events] == [
                {name: value for name, value in json.loads(line).items() if name in record.row}
                for record, line in zip(events, said[0].splitlines(), strict=True)
            ]
    assert len(set(said)) == 1


def replace_lane(message: Any, where: Market) -> Any:
    return replaced(message, lane=Lane(where))


def test_how_a_lane_stands_is_told_with_what_it_said_last() -> None:
    found = live()
    records(found, Health(LANE, 60, Verdict.STALE, "No answer.", 2.0))
    standing = found.standing(70)
    assert (standing.lane, standing.time_ms) == (LANE, 70)
    assert (standing.verdict, standing.reason) == (Verdict.STALE, "No answer.")
    assert (standing.retry_ms, standing.banned_until_ms, standing.gap_ms) == (2060, None, None)
    records(found, lost())
    standing = found.standing(70, 500)
    assert (standing.verdict, standing.banned_until_ms) == (Verdict.GAP, 570)
    assert standing.gap_ms == found._loss.since_ms is not None
    assert (found.state, found.stamps) == (found._account.state, found._account.stamps)


def test_what_is_only_for_those_who_look_says_nothing() -> None:
    found = live()
    assert records(found, BracketsRead(LANE, []), AccountReread(LANE, 60, taken().snapshot)) == []
