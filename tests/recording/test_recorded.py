"""One line as a value: what is read of it, what is passed over, what is refused in which words."""

from decimal import Decimal

import msgspec
import pytest

from binfut_cli.codec import Row, Unreadable
from binfut_cli.endpoints import Market
from binfut_cli.recording.recorded import (
    ADDED,
    BalanceRow,
    Odd,
    OrderRow,
    all_recorded,
    body,
    record,
    recorded,
    told_balances,
    told_positions,
    whole,
)
from binfut_cli.render.documents import Lines
from tests.support.recordings import SCOPE, line, simulated

BALANCE = {
    "asset": "USDT", "walletBalance": "1.50", "crossWalletBalance": "1.50",
    "balanceChange": "0", "previous": {"walletBalance": "1"},
}  # fmt: skip


def test_an_update_is_read_with_its_rows() -> None:
    found = recorded(
        line(7, "event", event="ACCOUNT_UPDATE", transactionTime=5, balances=[BALANCE])
    )
    assert (found.seq, found.event, found.transaction_time) == (7, "ACCOUNT_UPDATE", 5)
    assert found.balances is not None
    assert isinstance(found.balances[0], BalanceRow)
    assert found.balances[0].wallet_balance == "1.50"


def test_lines_are_read_together_only_if_each_is_one_record() -> None:
    one, other = line(1), line(2)
    found = all_recorded([one, other])
    assert found is not None
    assert [record.seq for record in found] == [1, 2]
    odd = line(3, "event", event="ACCOUNT_UPDATE", balances=[BALANCE | {"new": "1"}])
    begun, rest = one.split(b',"type"')
    for lines in (
        [one[:-1] + other, b"\n"],
        [begun + b"\n", b',"type"' + rest],
        [begun + b"\n", b',"type"' + rest[:-1] + other],
        [one[:-1] + other],
        [one, odd],
        [one, b"{}\n"],
        [one, other[:40] + b"}\n"],
    ):
        assert all_recorded(lines) is None


@pytest.mark.parametrize("change", [{"new": "1"}, {"walletBalance": None}, {"asset": 5}])
def test_a_row_of_another_shape_is_kept_whole(change: dict[str, object]) -> None:
    found = recorded(line(7, "event", event="ACCOUNT_UPDATE", balances=[BALANCE | change]))
    assert isinstance(found, Odd)
    assert found.balances is None
    assert found.row["balances"] == [BALANCE | change]


def test_an_event_that_has_our_words_for_other_things_is_one_all_the_same() -> None:
    found = recorded(line(7, "event", event="NEW_ONE", status=5, positions="none", reason="x"))
    assert (found.event, found.status, found.positions, found.reason) == (
        "NEW_ONE",
        None,
        None,
        "x",
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "not an object"),
        (b"5", "not an object"),
        (b"{}", "no record"),
        (b'{"v":1,"type":"event"}', "no record"),
        (line(1, v=2), "version 2 of the format; this binfut reads version 1"),
        (line(1, v=2).replace(b"usdm", b"spot"), "version 2"),
        (line(1, market="spot"), "no record"),
        (line(1)[:-9], "truncated"),
        (b"\xff\xfe", "malformed"),
    ],
)
def test_what_is_no_record_is_refused_in_words(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        recorded(data)


def test_a_fraction_is_read_as_it_is_written() -> None:
    config = recorded(line(7, accountConfig={"rate": 0.1})).account_config
    assert config == {"rate": Decimal("0.1")}


def test_a_body_is_the_line_without_its_envelope() -> None:
    (snapshot, *_) = (each for each in simulated() if b'"type":"snapshot"' in each)
    found = body(snapshot)
    assert next(iter(found)) == "feeTier"
    assert "assets" in found
    assert not found.keys() & {"v", "seq", "source"}


HELD = {
    "symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "1", "accumulatedRealized": "0",
    "unrealizedProfit": "0", "marginType": "cross", "isolatedWallet": "0", "positionSide": "BOTH",
    "marginAsset": "USDT", "breakEvenPrice": "1",
}  # fmt: skip


def test_what_a_record_does_not_say_is_nothing() -> None:
    found = msgspec.structs.asdict(recorded(line(7, order={}, from_=1)))
    head = {"v", "type", "market", "env", "profile", "time", "run", "seq", "source"}
    said = {name: each for name, each in found.items() if name not in head and each is not None}
    assert said == {"order": OrderRow()}
    assert {*msgspec.structs.astuple(OrderRow())} == {None}
    assert recorded(line(7)).order is None
    conditional = recorded(line(7, algoOrder={})).algo_order
    assert conditional is not None
    assert {*msgspec.structs.astuple(conditional)} == {None}
    gap = recorded(line(7, "gap_opened", **{"from": 5, "to": 6}))
    assert (gap.from_ms, gap.to_ms) == (5, 6)


@pytest.mark.parametrize(("more", "new"), [({}, {}), ({"new": "1"}, {}), ({}, {"new": "1"})])
def test_what_is_told_of_rows_is_read_of_an_odd_record_too(more: Row, new: Row) -> None:
    found = recorded(line(7, "event", balances=[BALANCE | more], positions=[HELD | new]))
    assert isinstance(found, Odd) is bool(more or new)
    assert told_balances(found) == [("USDT", "1.50")]
    assert told_positions(found) == [("BTCUSDT", "USDT")]
    lacking = recorded(line(7, "event", reason=5 if more else None))
    for told, name in ((told_balances, "balances"), (told_positions, "positions")):
        with pytest.raises(KeyError, match=f"^'{name}'$"):
            told(lacking)


def test_lines_are_read_at_once_if_all_are_as_a_watch_writes_them() -> None:
    lines = [line(number) for number in range(1, 4)]
    assert all_recorded(lines) == [recorded(each) for each in lines]
    for odd in (b"\n", b"{}\n", b"{\n", line(4)[:-1], line(4)[:-1] + b" \n", b" " + line(4)):
        assert all_recorded([*lines, odd]) is None
    assert all_recorded([line(4)[:-1] + b"\t" + line(5), line(6)]) is None


@pytest.mark.parametrize("market", Market)
def test_a_record_that_is_read_is_written_as_it_was(market: Market) -> None:
    lines, written = simulated(market), Lines(SCOPE, "a1")
    found = [record(recorded(each), each) for each in lines]
    assert [*map(written.line, found)] == [*lines]
    assert {each.scope for each in found} == {SCOPE}


STOP = line(9, "stop", reason="signal", events=1, gaps=0, byReason={})


@pytest.mark.parametrize(
    ("type_", "added"),
    [
        ("gap_report", {"conditionalCount": 0}),
        ("heartbeat", {"redacted": 0, "doubts": 0}),
        ("stop", {"redacted": 0, "provenAt": None, "lanes": []}),
    ],
)
def test_what_later_versions_have_added_may_be_lacking(type_: str, added: Row) -> None:
    assert ADDED[type_].keys() >= added.keys()
    told = b'"type":"%b"' % type_.encode()
    *_, found = (each for each in (STOP, *simulated()) if told in each)
    older = {name: each for name, each in whole(found).items() if name not in ADDED[type_]}
    data = msgspec.json.encode(older)
    said = body(Lines(SCOPE, "a1").line(record(recorded(data), data)))
    assert {name: said[name] for name in added} == added


def test_a_record_that_nobody_here_knows_is_none() -> None:
    for data, why in (
        (line(7, "new"), 'this binfut knows no record "new"'),
        (line(7), "no heartbeat: .+"),
        (b"[]", "not an object"),
    ):
        with pytest.raises(Unreadable, match=f"^{why}$"):
            record(recorded(line(7, "new" if b"new" in data else "heartbeat")), data)
