"""What is shown of the events: filters by kind and by symbol, of records and of lines."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError
from binfut_cli.render.palette import PLAIN
from binfut_cli.render.watch.lines import Lines
from binfut_cli.render.watch.moments import Fill
from binfut_cli.render.watch.shown import ALL, KINDS, Shown
from binfut_cli.stream.events import NAMES
from binfut_cli.stream.records import Record
from tests.support.stories import shown, story

UPDATE: Row = {
    "event": "ACCOUNT_UPDATE", "reason": "ORDER", "transactionTime": 1,
    "balances": [{"asset": "USDT", "walletBalance": "2", "previous": {"walletBalance": "1"}}],
    "positions": [
        {"symbol": symbol, "positionAmt": "2", "previous": {"positionAmt": "1"}}
        for symbol in ("BTCUSDT", "ETHUSDT")
    ],
}  # fmt: skip
DEPOSIT: Row = {**UPDATE, "reason": "DEPOSIT", "positions": []}
ORDER: Row = {
    "event": "ORDER_TRADE_UPDATE", "transactionTime": 1,
    "order": {"symbol": "BTCUSDT", "executionType": "TRADE", "lastFilledQty": "1", "origQty": "1"},
}  # fmt: skip
PLACED: Row = {"event": "ORDER_TRADE_UPDATE", "order": {"symbol": "A", "executionType": "NEW"}}
CALL: Row = {"event": "MARGIN_CALL", "positions": [{"symbol": "ETHUSDT"}]}
LEVERAGE: Row = {"event": "ACCOUNT_CONFIG_UPDATE", "symbolConfig": {"symbol": "BTCUSDT"}}
NOTICE: Row = {"event": "TRADE_LITE", "symbol": "BTCUSDT"}
EACH = {
    "update": UPDATE, "deposit": DEPOSIT, "order": ORDER, "placed": PLACED, "call": CALL,
    "leverage": LEVERAGE, "notice": NOTICE,
}  # fmt: skip


@pytest.mark.parametrize(
    ("events", "symbols", "passes"),
    [
        (None, None, set(EACH)),
        ("balance", None, {"update", "deposit"}),
        ("position", None, {"update"}),
        ("order", None, {"order", "placed", "notice"}),
        ("fill", None, {"order", "notice"}),
        ("fills,margin-call", None, {"order", "notice", "call"}),
        ("Margin-Call, setting", None, {"call", "leverage"}),
        ("ACCOUNT_UPDATE", None, {"update", "deposit"}),
        ("account_update,balance", None, {"update", "deposit"}),
        (None, "BTCUSDT", {"update", "order", "leverage", "notice"}),
        (None, "ethusdt", {"update", "call"}),
        (None, "ethusdt,a", {"update", "call", "placed"}),
        ("order", "A,SOLUSDT", {"placed"}),
    ],
)
def test_which_events_pass(events: str | None, symbols: str | None, passes: set[str]) -> None:
    wanted = Shown.of(events, symbols)
    assert {name for name, row in EACH.items() if wanted.wants(row)} == passes
    assert all(wanted.comes(EACH[name]["event"]) for name in passes)


def test_every_word_is_of_documented_events_and_each_of_these_is_of_one() -> None:
    told = {name for names in KINDS.values() for name in names}
    assert told == set(NAMES) - {"listenKeyExpired"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ballance", "balance"),
        ("ordr,position", "order"),
        ("ACCOUNT_UPDAT", "ACCOUNT_UPDATE"),
        ("positoin", "position"),
    ],
)
def test_who_misspells_an_event_is_told_which_one_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        Shown.of(text, None)
    assert f"Did you mean {meant!r}?" in caught.value.message


@pytest.mark.parametrize("text", ["", ",", "order,", " "])
def test_a_list_has_no_empty_names(text: str) -> None:
    for events, symbols in ((text, None), (None, text)):
        with pytest.raises(UsageError, match="has an empty name"):
            Shown.of(events, symbols)


def told(wanted: Shown, row: Row = UPDATE) -> list[str]:
    record = Record("event", Market.USDM, 1, "stream", row)
    return [
        line.split()[1] + " " + line.split()[2] for line in Lines(PLAIN, shown=wanted).lines(record)
    ]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (ALL, ["BALANCE USDT", "POSITION BTCUSDT", "POSITION ETHUSDT"]),
        (Shown.of("balance", None), ["BALANCE USDT"]),
        (Shown.of("position", None), ["POSITION BTCUSDT", "POSITION ETHUSDT"]),
        (Shown.of("ACCOUNT_UPDATE", "ETHUSDT"), ["BALANCE USDT", "POSITION ETHUSDT"]),
        (Shown.of("position", "ETHUSDT"), ["POSITION ETHUSDT"]),
    ],
)
def test_of_an_update_the_rows_that_are_wanted_have_lines(wanted: Shown, kinds: list[str]) -> None:
    assert told(wanted) == kinds


def test_of_a_fill_what_is_wanted_is_told() -> None:
    order, update = (Record("event", Market.USDM, 1, "stream", row) for row in (ORDER, UPDATE))
    for events, has in (("fill", (False, False)), ("fill,position", (True, False))):
        first, *_ = Lines(PLAIN, shown=Shown.of(events, None)).told(Fill(order, update))
        assert ("position 1 → 2" in first, "wallet" in first) == has


@pytest.mark.parametrize("wanted", [Shown.of("setting", None), Shown.of(None, "XRPUSDT")])
def test_what_is_about_the_watch_itself_is_shown_whatever_is_wanted(wanted: Shown) -> None:
    records = story()
    own = ("GAP", "RESYNC", "MISSED", "REPORT", "RAW", "LIVE", "RECONNECTING", "BANNED", "STOP")

    def about_the_watch(text: str) -> list[str]:
        return [line for line in text.splitlines() if set(line.split()[1:3]) & set(own)]

    all_of_it = about_the_watch(shown(records, 200))
    assert {word for line in all_of_it for word in line.split()[1:3]} >= set(own)
    filtered = shown(records, 200, wanted=wanted)
    assert about_the_watch(filtered) == all_of_it
    assert "XRPUSDT" in filtered
    assert "ETHUSDT" not in filtered.replace("changed in the gap", "")
