"""One line as a value: what is read of it, what is passed over, what is refused in which words."""

import pytest

from binfut_cli.codec import Unreadable
from binfut_cli.recording.recorded import BalanceRow, Odd, all_recorded, body, recorded
from tests.support.recordings import line, simulated

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


def test_a_body_is_the_line_without_its_envelope() -> None:
    (snapshot, *_) = (each for each in simulated() if b'"type":"snapshot"' in each)
    found = body(snapshot)
    assert next(iter(found)) == "feeTier"
    assert "assets" in found
    assert not found.keys() & {"v", "seq", "source"}
