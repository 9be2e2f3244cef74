"""What belongs together is put together; what does not come is waited for shortly, and not lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.render.watch.moments import (
    HOLD_MS,
    MOST_HELD,
    Fill,
    Moment,
    Moments,
    Reread,
    Unchanged,
    record_of,
)
from binfut_cli.stream.records import (
    Cause,
    Changed,
    Counts,
    Drift,
    Gap,
    Record,
    Resync,
    Status,
    Stop,
    Verdict,
)

NOW = 1_700_049_600_123


def event(name: str, market: Market | None = Market.USDM, **body: Any) -> Record:
    row: Row = {"event": name, "transactionTime": NOW, **body}
    return Record("event", market, NOW, "stream", row)


def notice(trade: str = "1", symbol: str = "BTCUSDT") -> Record:
    return event("TRADE_LITE", symbol=symbol, tradeId=trade)


def order(trade: str = "1", symbol: str = "BTCUSDT", how: str = "TRADE", **body: Any) -> Record:
    row = {"symbol": symbol, "tradeId": trade, "executionType": how}
    return event("ORDER_TRADE_UPDATE", order=row, **body)


def update(*symbols: str, reason: str = "ORDER", **body: Any) -> Record:
    rows = [{"symbol": symbol} for symbol in symbols or ("BTCUSDT",)]
    return event("ACCOUNT_UPDATE", reason=reason, balances=[], positions=rows, **body)


def other(body: Any, market: Market | None = Market.USDM) -> Record:
    return Record.of(body, NOW, market)


def snapshot(market: Market = Market.USDM) -> Record:
    return Record("snapshot", market, NOW, "snapshot", {"assets": [], "positions": []})


GAP = other(Gap(1, NOW, NOW, "It broke.", "possible", Cause.TRANSPORT))
LIVE = other(Status(Verdict.LIVE, "connected"))


def taken(*records: Record, moments: Moments | None = None) -> list[Moment]:
    found = moments or Moments()
    return [moment for each in records for moment in found.take(each, NOW)]


def test_the_parts_of_a_fill_are_one_in_whatever_order_they_come() -> None:
    parts = notice(), update(), order()
    for first, second, third in (
        parts, parts[::-1], (parts[1], parts[0], parts[2]), (parts[2], parts[0], parts[1])
    ):  # fmt: skip
        moments = Moments()
        assert taken(first, second, third, moments=moments) == [Fill(parts[2], parts[1])]
        assert moments.rest() == []


def test_a_fill_without_a_notice_is_whole() -> None:
    assert taken(update(), order()) == [Fill(order(), update())]


def test_fills_of_one_moment_are_told_apart() -> None:
    fills = [(order(trade), update()) for trade in "123"]
    one_by_one = [part for order_, update_ in fills for part in (update_, order_)]
    together = [update for _, update in fills] + [order for order, _ in fills]
    notices = [notice(trade) for trade in "123"]
    for each in (one_by_one, together, [*notices, *one_by_one]):
        assert taken(*each) == [Fill(*fill) for fill in fills]


def test_an_update_of_another_symbol_is_not_of_this_fill() -> None:
    moments = Moments()
    assert taken(update("ETHUSDT"), order(), moments=moments) == []
    assert moments.due(NOW + HOLD_MS) == [update("ETHUSDT"), order()]


@pytest.mark.parametrize("part", [notice(), update(), order()])
def test_a_part_that_stays_alone_is_told_after_a_moment(part: Record) -> None:
    moments = Moments()
    assert taken(part, moments=moments) == []
    assert moments.due(NOW + HOLD_MS - 1) == []
    assert moments.due(NOW + HOLD_MS) == [part]
    assert moments.due(NOW + 2 * HOLD_MS) == []


def test_a_clock_that_is_set_back_keeps_nothing_waiting() -> None:
    moments = Moments()
    taken(update(), moments=moments)
    assert moments.due(NOW - 5) == [update()]


@pytest.mark.parametrize(
    "then",
    [
        event("MARGIN_CALL", positions=[]),
        update(reason="DEPOSIT"),
        order(how="NEW"),
        update(transactionTime=NOW + 1),
        GAP,
        LIVE,
        snapshot(),
        other(Stop.of("limit", 1, 0, {}, 0, []), None),
    ],
)
def test_what_happens_next_has_what_waits_told_first(then: Record) -> None:
    moments = Moments()
    assert taken(update(), moments=moments) == []
    found = [*taken(then, moments=moments), *moments.rest()]
    assert [*map(record_of, found)] == [update(), then]


def test_what_happens_on_another_market_disturbs_nothing() -> None:
    elsewhere = event("MARGIN_CALL", Market.COINM, positions=[])
    assert taken(update(), elsewhere, order()) == [elsewhere, Fill(order(), update())]


def test_a_notice_that_comes_after_its_fill_was_told_says_nothing_new() -> None:
    moments = Moments()
    taken(update(), order(), moments=moments)
    assert taken(notice(), moments=moments) == []
    assert moments.rest() == []


def test_a_notice_may_be_ahead_of_what_happened_before_it() -> None:
    placed = order(how="NEW")
    assert taken(notice(), placed, update(), order()) == [placed, Fill(order(), update())]


def test_in_detail_every_event_stays_alone() -> None:
    parts = [notice(), update(), order()]
    assert taken(*parts, moments=Moments(detail=True)) == parts


def test_for_what_is_not_shown_nothing_waits() -> None:
    orders = Moments(lambda name: name == "ORDER_TRADE_UPDATE")
    assert taken(order(), moments=orders) == [order()]
    updates = Moments(lambda name: name == "ACCOUNT_UPDATE")
    assert taken(update(), moments=updates) == [update()]
    notices = Moments(lambda name: name == "TRADE_LITE")
    assert taken(notice(), moments=notices) == [notice()]


def resync(field: str, symbol: str = "BTCUSDT", kind: type[Changed] = Resync) -> Record:
    return other(kind("position", {"symbol": symbol}, field, "1", "2"))


def test_the_fields_of_a_row_are_one() -> None:
    records = resync("positionAmt"), resync("entryPrice"), resync("positionAmt", "ETHUSDT")
    size, entry, ether = (each.body for each in records)
    assert taken(GAP, snapshot(), *records, LIVE) == [
        GAP,
        snapshot(),
        Reread(records[0], [size, entry]),  # type: ignore[list-item]
        Reread(records[2], [ether]),  # type: ignore[list-item]
        LIVE,
    ]


def test_a_drift_is_no_resync_of_the_same_row() -> None:
    records = resync("positionAmt"), resync("entryPrice", kind=Drift)
    moments = Moments()
    found = [*taken(*records, moments=moments), *moments.rest()]
    assert [*map(record_of, found)] == [*records]


def test_after_a_gap_it_is_said_that_nothing_had_changed() -> None:
    moments = Moments()
    assert taken(snapshot(), LIVE, moments=moments) == [snapshot(), LIVE]
    after = taken(GAP, snapshot(), LIVE, moments=moments)
    assert after == [GAP, Unchanged(snapshot()), LIVE]


def test_what_is_held_is_told_once_and_in_detail_after_each_gap() -> None:
    for detail, count in ((False, 1), (True, 3)):
        moments = Moments(detail=detail)
        found = taken(snapshot(), *[GAP, snapshot(), LIVE] * 2, moments=moments)
        assert found.count(snapshot()) == count


def test_of_too_many_parts_none_is_kept() -> None:
    moments = Moments()
    told = taken(*(notice(str(trade)) for trade in range(3 * MOST_HELD)), moments=moments)
    told += taken(*(update() for _ in range(3 * MOST_HELD)), moments=moments)
    assert len(moments.rest()) <= 2 * MOST_HELD
    assert len(told) >= 4 * MOST_HELD


RECORDS = st.sampled_from(
    [
        *(notice(trade) for trade in "12"), *(order(trade) for trade in "12"),
        order(how="NEW"), update(), update("ETHUSDT"), update(transactionTime=NOW + 1),
        update(reason="DEPOSIT"), event("MARGIN_CALL", positions=[]),
        event("ACCOUNT_UPDATE", Market.COINM, reason="ORDER", balances=[], positions=[]),
        resync("positionAmt"), resync("entryPrice"), resync("positionAmt", "ETHUSDT"),
        GAP, LIVE, other(Counts().heartbeat(0, 0)),
    ]
)  # fmt: skip


@given(st.lists(st.tuples(RECORDS, st.integers(0, HOLD_MS)), max_size=40))
def test_nothing_is_swallowed_whatever_comes(steps: list[tuple[Record, int]]) -> None:
    """All but notices of fills that are told in full, and snapshots that tell nothing new."""
    moments, now_ms, found = Moments(), NOW, list[Moment]()
    for record, wait_ms in steps:
        now_ms += wait_ms
        found += [*moments.take(record, now_ms), *moments.due(now_ms)]
    found += moments.rest()
    told = [part for moment in found for part in _records(moment)]
    given_ = [record for record, _ in steps]
    fills = [record.row["order"]["tradeId"] for record in given_ if _is_fill(record)]
    for record in given_:
        if record.body != notice().body or record.row["tradeId"] not in fills:
            assert given_.count(record) >= told.count(record)
        if record.type != "event" or record.row["event"] != "TRADE_LITE":
            assert given_.count(record) == told.count(record)
        elif record.row["tradeId"] not in fills:
            assert record in told


def _is_fill(record: Record) -> bool:
    is_order = record.type == "event" and record.row["event"] == "ORDER_TRADE_UPDATE"
    return is_order and record.row["order"]["executionType"] == "TRADE"


def _records(moment: Moment) -> list[Record]:
    match moment:
        case Fill(record, update):
            return [record, update]
        case Reread(record, fields):
            return [replace(record, body=each, type=each.type) for each in fields]
        case Unchanged():
            return [moment.record]
        case record:
            return [record]
