"""The account as a fold: deltas, previous values, hedge legs, and what differs between two."""

import copy
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Row, dumps, same
from binfut_cli.endpoints import Market
from binfut_cli.resources.figures.models import leg
from binfut_cli.stream import events
from binfut_cli.stream.events import BALANCE, POSITION, Event, account_updates, decode_other
from binfut_cli.stream.state import (
    BALANCE_FIELDS,
    MOST_BYTES,
    MOST_FIELDS,
    MOST_ROWS,
    POSITION_FIELDS,
    Difference,
    State,
    differences,
    is_held,
    untold,
)
from tests.support.samples import body, event


def update(balances: list[Row] | None = None, positions: list[Row] | None = None) -> Event:
    rows: Row = {"reason": "ORDER", "balances": balances or [], "positions": positions or []}
    return Event("ACCOUNT_UPDATE", 1, 1, copy.deepcopy(rows))


def config(**rows: Row) -> Event:
    return Event("ACCOUNT_CONFIG_UPDATE", 1, 1, rows)


def state(**document: Any) -> State:
    return State({"assets": [], "positions": [], **document})


LONG = {"symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "0.010", "entryPrice": "5"}
SHORT = {"symbol": "BTCUSDT", "positionSide": "SHORT", "positionAmt": "-0.020", "entryPrice": "6"}
USDT = {"asset": "USDT", "walletBalance": "10.00", "crossWalletBalance": "9"}


def test_a_changed_row_says_what_it_was_before() -> None:
    found = state(assets=[USDT])
    first = update([{"asset": "USDT", "walletBalance": "12", "crossWalletBalance": "9.000"}])
    found.apply(first)
    assert first.body["balances"][0]["previous"] == {"walletBalance": "10.00"}
    second = update([{"asset": "USDT", "walletBalance": "13"}])
    found.apply(second)
    assert second.body["balances"][0]["previous"] == {"walletBalance": "12"}
    assert found.balances["USDT"] == {
        "asset": "USDT",
        "walletBalance": "13",
        "crossWalletBalance": "9.000",
    }


@pytest.mark.parametrize("now", ["10", "10.0", "10.00000000", "1e1"])
def test_another_spelling_of_the_same_number_is_no_change(now: str) -> None:
    found = state(assets=[USDT])
    told = update([{"asset": "USDT", "walletBalance": now}])
    found.apply(told)
    assert told.body["balances"][0]["previous"] == {}
    assert found.balances["USDT"]["walletBalance"] == now


def test_the_change_of_one_event_is_no_state_of_the_account() -> None:
    found = state(assets=[USDT])
    for change in ("1", "2"):
        told = update([{"asset": "USDT", "walletBalance": "10", "balanceChange": change}])
        found.apply(told)
        assert told.body["balances"][0]["previous"] == {}


def test_an_asset_that_nobody_knew_has_no_previous_values() -> None:
    found = state()
    told = update([USDT])
    found.apply(told)
    assert told.body["balances"][0]["previous"] is None
    assert found.balances == {"USDT": USDT}


def test_a_position_that_nobody_knew_was_flat() -> None:
    found = state()
    told = update(positions=[LONG])
    found.apply(told)
    assert told.body["positions"][0]["previous"] == {"positionAmt": "0", "entryPrice": "0"}
    assert found.positions == {("BTCUSDT", "LONG"): {**LONG, "isolatedWallet": "0"}}


@pytest.mark.parametrize(
    ("config", "previous"),
    [
        ({"isolated": False}, {"marginType": "cross"}),
        ({"isolated": True}, {}),
        ({}, {}),
    ],
)
def test_a_flat_position_has_the_margin_type_of_its_symbol(config: Row, previous: Row) -> None:
    found = state(symbols=[{"symbol": "BTCUSDT", "leverage": 5, **config}])
    for each in (found.copy(), found):
        row = {"symbol": "BTCUSDT", "positionAmt": "0", "marginType": "isolated"}
        told = update(positions=[row])
        each.apply(told)
        assert told.body["positions"][0]["previous"] == previous


def test_the_legs_of_a_hedge_are_kept_apart() -> None:
    found = state(positions=[LONG, SHORT])
    told = update(positions=[{**SHORT, "positionAmt": "-0.030"}])
    found.apply(told)
    assert told.body["positions"][0]["previous"] == {"positionAmt": "-0.020"}
    assert found.positions["BTCUSDT", "LONG"] == LONG
    assert found.positions["BTCUSDT", "SHORT"]["positionAmt"] == "-0.030"


def test_a_row_that_is_missing_is_unchanged() -> None:
    found = state(assets=[USDT, {"asset": "BNB", "walletBalance": "1"}], positions=[LONG, SHORT])
    found.apply(update([{"asset": "BNB", "walletBalance": "2"}]))
    assert found.balances["USDT"] == USDT
    assert list(found.positions.values()) == [LONG, SHORT]


def test_later_events_change_nothing_in_an_earlier_one_or_in_the_snapshot() -> None:
    document = {"assets": [dict(USDT)], "positions": [dict(LONG)]}
    found = State(document)
    first = update([{"asset": "USDT", "walletBalance": "12"}])
    found.apply(first)
    kept = copy.deepcopy(first.body)
    found.apply(update([{"asset": "USDT", "walletBalance": "13"}], [{**LONG, "positionAmt": "9"}]))
    assert first.body == kept
    assert document == {"assets": [USDT], "positions": [LONG]}


def test_what_rows_are_known_by_is_their_asset_or_their_leg() -> None:
    found = state().apply(update([USDT], [LONG, SHORT]))
    assert found == ["USDT", ("BTCUSDT", "LONG"), ("BTCUSDT", "SHORT")]
    assert state().apply(event("usdm/margin_call")) == []


def test_a_mode_that_is_no_yes_or_no_is_unknown() -> None:
    assert state(multiAssetsMargin="true").multi_assets_margin is None


def test_other_events_leave_the_account_alone() -> None:
    found = state(assets=[USDT], positions=[LONG])
    told = event("usdm/margin_call")
    before = copy.deepcopy(told.body)
    found.apply(told)
    assert told.body == before
    assert (found.balances, list(found.positions.values())) == ({"USDT": USDT}, [LONG])


@pytest.mark.parametrize(
    ("document", "previous"),
    [
        ({}, None),
        ({"symbols": [{"symbol": "BTCUSDT", "leverage": 20}]}, {"leverage": 20}),
        ({"positions": [{**LONG, "leverage": 7}]}, {"leverage": 7}),
        ({"positions": [{**LONG, "leverage": "odd"}]}, {"leverage": "odd"}),
        ({"positions": [LONG]}, None),
    ],
)
def test_a_new_leverage_says_the_old(document: Row, previous: Row | None) -> None:
    found = state(**document)
    told = event("usdm/account_config_update_leverage")
    found.apply(told)
    assert told.body["symbolConfig"] == {
        "symbol": "BTCUSDT",
        "leverage": 25,
        "previous": previous,
    }
    again = event("usdm/account_config_update_leverage")
    found.apply(again)
    assert again.body["symbolConfig"]["previous"] == {"leverage": 25}


@pytest.mark.parametrize(
    ("before", "previous"), [(None, None), (False, {"multiAssetsMargin": False})]
)
def test_a_new_mode_says_the_old(before: bool | None, previous: Row | None) -> None:
    found = state(multiAssetsMargin=before)
    told = event("usdm/account_config_update_multi_assets")
    found.apply(told)
    assert told.body["accountConfig"] == {"multiAssetsMargin": True, "previous": previous}
    assert found.multi_assets_margin is True


# The forum thread of the 2020 upgrade prints each event before and after it: whole, then as a
# delta. Folding the deltas must give the wholes, but for what had no event of its own: unrealised
# profit, and the margin type of the LONG leg, which the delta of the last step leaves out.
STEPS = ("deposit", "close", "margin_type")
WITHOUT_AN_EVENT = {
    ("BTCUSDT", "LONG"): {"unrealizedProfit", "isolatedWallet"},
    ("ETHUSDT", "LONG"): {"marginType"},
}


def full(step: str) -> tuple[dict[str, Row], dict[tuple[str, str], Row]]:
    """The state that an event from before the upgrade spells out."""
    told = event(f"usdm/thread_838_{step}_full").body
    balances = {row["asset"]: row for row in told["balances"]}
    return balances, {leg(row): row for row in told["positions"]}


def folded(upto: str) -> State:
    """The first whole event, and every delta since, up to a step."""
    balances, positions = full("deposit")
    found = State({"assets": list(balances.values()), "positions": list(positions.values())})
    for step in STEPS[: STEPS.index(upto) + 1]:
        found.apply(event(f"usdm/thread_838_{step}"))
    return found


@pytest.mark.parametrize("step", STEPS)
def test_the_deltas_of_the_thread_fold_to_its_whole_states(step: str) -> None:
    found, (balances, positions) = folded(step), full(step)
    assert found.balances == balances
    assert found.positions.keys() == positions.keys()
    for key, expected in positions.items():
        differing = {
            name for name in expected if not same(found.positions[key][name], expected[name])
        }
        assert differing <= WITHOUT_AN_EVENT.get(key, set())


def test_the_deposit_of_the_thread_from_its_initial_state() -> None:
    found = State(body("usdm/thread_838_initial_state"))
    told = event("usdm/thread_838_deposit")
    found.apply(told)
    assert told.body["balances"][0]["previous"] == {"walletBalance": "0.01575839"}
    assert {asset: row["walletBalance"] for asset, row in found.balances.items()} == {
        "USDT": "94.89888561",
        "BNB": "0.02575839",
    }
    assert {key: row["positionAmt"] for key, row in found.positions.items()} == {
        ("BTCUSDT", "LONG"): "0.01",
        ("ETHUSDT", "SHORT"): "-0.01",
    }


def test_the_close_of_the_thread_from_its_initial_state() -> None:
    found = State(body("usdm/thread_838_initial_state"))
    told = event("usdm/thread_838_close")
    found.apply(told)
    both, short = told.body["positions"]
    assert both["previous"] == {}  # the snapshot lists live legs only: this one was flat
    assert short["previous"] == {"positionAmt": "-0.01"}
    assert not is_held(found.positions["ETHUSDT", "SHORT"])
    assert is_held(found.positions["BTCUSDT", "LONG"])


def test_settings_that_name_no_symbol_say_nothing_of_a_position() -> None:
    told = update(positions=[LONG])
    state(symbols=[{}, {"marginType": "CROSSED"}]).apply(told)
    assert told.body["positions"][0]["previous"] == {"positionAmt": "0", "entryPrice": "0"}


def test_the_margin_type_of_the_thread_says_the_old_one() -> None:
    found = folded("close")
    told = event("usdm/thread_838_margin_type")
    found.apply(told)
    assert [row["previous"] for row in told.body["positions"]] == [{"marginType": "cross"}] * 2


def test_two_equal_states_do_not_differ() -> None:
    shorter = {"asset": "USDT", "walletBalance": "10", "crossWalletBalance": "9.0"}
    assert list(differences(state(assets=[USDT]), state(assets=[shorter]))) == []
    assert list(differences(state(), state(assets=[{"asset": "BTC", "walletBalance": "0"}]))) == []


@pytest.mark.parametrize("field", BALANCE_FIELDS)
def test_a_balance_that_differs_is_told(field: str) -> None:
    new = {**USDT, field: "7"}
    assert list(differences(state(assets=[USDT]), state(assets=[new]))) == [
        Difference("balance", {"asset": "USDT"}, field, USDT[field], "7")
    ]


@pytest.mark.parametrize("field", POSITION_FIELDS)
def test_a_position_that_differs_is_told(field: str) -> None:
    old = {**LONG, "isolatedWallet": "1", "marginType": "cross"}
    other = "isolated" if field == "marginType" else "7"
    found = list(differences(state(positions=[old]), state(positions=[{**old, field: other}])))
    key = {"symbol": "BTCUSDT", "positionSide": "LONG"}
    assert found == [Difference("position", key, field, old[field], other)]


@pytest.mark.parametrize("field", POSITION_FIELDS)
@pytest.mark.parametrize("odd", ["", "odd", None, True, [], {}])
def test_what_cannot_be_read_is_no_difference(field: str, odd: object) -> None:
    old = {**LONG, "isolatedWallet": "1", "marginType": "cross"}
    one, other = state(positions=[old]), state(positions=[{**old, field: odd}])
    assert not [*differences(one, other), *differences(other, one)]


def test_a_row_that_a_reading_in_part_does_not_list_is_no_difference() -> None:
    part, whole = state(incomplete=["positions"]), state(assets=[USDT], positions=[LONG])
    assert not [*differences(part, whole), *differences(whole, part)]
    assert len(list(differences(state(), whole))) == 4


def test_what_a_reading_in_part_does_not_tell_stays_as_it_was() -> None:
    symbols = [{"symbol": "BTCUSDT", "leverage": 20}]
    before = state(assets=[USDT], positions=[LONG], symbols=symbols, multiAssetsMargin=True)
    part = state(
        assets=[{**USDT, "walletBalance": "7"}], incomplete=["account.status", "positions"]
    )
    part.keep_unread(before)
    assert part.balances["USDT"]["walletBalance"] == "7"
    assert list(part.positions.values()) == [LONG]
    assert (part.leverage, part.multi_assets_margin) == ({"BTCUSDT": 20}, True)


def test_a_field_that_cannot_be_read_stays_as_it_was() -> None:
    before = state(assets=[USDT], positions=[LONG])
    odd = {**LONG, "positionAmt": "NaN", "entryPrice": "6"}
    after = state(assets=[{"asset": "USDT", "walletBalance": "7"}], positions=[odd])
    after.keep_unread(before)
    assert after.balances["USDT"] == {**USDT, "walletBalance": "7"}
    assert list(after.positions.values()) == [{**LONG, "entryPrice": "6"}]
    odder = state(assets=[{**USDT, "walletBalance": ""}])
    odder.keep_unread(state(assets=[{**USDT, "walletBalance": "x"}]))
    assert odder.balances["USDT"]["walletBalance"] == ""


def test_a_setting_that_was_told_once_is_expected_ever_after() -> None:
    part = state(symbols=TEN)
    part.keep_unread(state(multiAssetsMargin=True))
    assert untold(part, state(), part) == ["leverage", "multiAssetsMargin"]


TEN = [{"symbol": "BTCUSDT", "leverage": 10}]
ODD = [{"symbol": "BTCUSDT", "leverage": None}]
UNREADABLE = {**USDT, "walletBalance": ""}


@pytest.mark.parametrize(
    ("known", "read", "names"),
    [
        (
            {"assets": [USDT]},
            {"assets": [{**USDT, "walletBalance": ""}]},
            ["walletBalance of USDT"],
        ),
        ({}, {"assets": [{**USDT, "walletBalance": ""}]}, ["walletBalance of USDT"]),
        ({"assets": [USDT]}, {"assets": [{**USDT, "walletBalance": "7"}]}, []),
        ({"assets": [{**USDT, "walletBalance": ""}]}, {"assets": [USDT]}, []),
        ({"positions": [LONG]}, {}, []),
        ({"positions": [LONG]}, {"positions": [SHORT]}, []),
        ({"positions": [LONG]}, {"incomplete": ["positions"]}, ["rows", "('BTCUSDT', 'LONG')"]),
        ({"incomplete": ["positions"]}, {"incomplete": ["positions"]}, []),
        ({"incomplete": ["positions"]}, {"positions": [LONG]}, []),
        ({"symbols": TEN}, {"symbols": ODD}, ["leverage of BTCUSDT"]),
        ({"symbols": TEN}, {}, ["leverage"]),
        ({"symbols": ODD}, {"symbols": TEN}, []),
        ({"symbols": ODD}, {"symbols": ODD}, []),
        ({"symbols": TEN}, {"symbols": TEN}, []),
        ({"assets": [USDT]}, {"incomplete": ["assets"]}, ["rows", "USDT"]),
        ({"assets": [UNREADABLE]}, {"assets": [UNREADABLE]}, []),
        (
            {"assets": [USDT], "incomplete": ["assets"]},
            {"assets": [UNREADABLE], "incomplete": ["assets"]},
            ["walletBalance of USDT"],
        ),
        ({"multiAssetsMargin": False}, {"multiAssetsMargin": 1}, ["multiAssetsMargin"]),
    ],
)
def test_what_one_reading_tells_and_another_does_not(
    known: Row, read: Row, names: list[str]
) -> None:
    assert untold(state(**known), state(**read), state(**known)) == names


def test_a_refused_row_that_holds_nothing_by_now_is_not_missed() -> None:
    part = state(incomplete=["positions"])
    before = state(positions=[LONG], incomplete=["positions"])
    assert untold(before, part, before) == ["('BTCUSDT', 'LONG')"]
    now = state(positions=[{**LONG, "positionAmt": "0"}])
    assert untold(before, part, now) == untold(before, part, state()) == []


@pytest.mark.parametrize(
    ("lacking", "unsure"), [("assets", True), ("positions", True), ("account.status", False)]
)
def test_only_rows_that_are_lacking_make_rows_unsure(lacking: str, unsure: bool) -> None:
    found = state(incomplete=[lacking])
    assert found.unsure is found.copy().unsure is unsure


def test_a_reading_in_part_leaves_the_margin_types_of_what_it_does_not_tell() -> None:
    part = state()
    part.keep_unread(state(symbols=[{"symbol": "BTCUSDT", "isolated": True}]))
    told = update(positions=[{**LONG, "marginType": "cross"}])
    part.apply(told)
    assert told.body["positions"][0]["previous"]["marginType"] == "isolated"


@pytest.mark.parametrize(
    ("before", "now", "margin_type"),
    [
        ({"isolated": True}, {"isolated": False}, "cross"),  # it is told otherwise now
        ({"isolated": True}, {"leverage": 5}, "isolated"),  # it is not told
        ({"isolated": False}, None, "cross"),
        ({"leverage": 5}, {"leverage": 7}, None),
    ],
)
def test_a_margin_type_that_a_reading_does_not_tell_is_as_it_was(
    before: Row, now: Row | None, margin_type: str | None
) -> None:
    other = {"symbol": "ETHUSDT", "isolated": False}
    listed = [] if now is None else [{"symbol": "BTCUSDT", **now}]
    found = state(symbols=[other, *listed])
    found.keep_unread(state(symbols=[{"symbol": "BTCUSDT", **before}]))
    told = update(positions=[{**LONG, "marginType": "odd"}])
    found.apply(told)
    previous = told.body["positions"][0]["previous"]
    assert previous.get("marginType") == margin_type


def test_what_a_whole_reading_does_not_list_is_gone() -> None:
    whole = state()
    whole.keep_unread(state(assets=[USDT], positions=[LONG]))
    assert not whole.balances
    assert not whole.positions


def test_a_position_that_a_reading_in_part_did_not_list_was_not_surely_flat() -> None:
    found = state(incomplete=["positions"])
    told = update(positions=[LONG])
    found.apply(told)
    assert told.body["positions"][0]["previous"] is None


def test_what_moves_with_the_mark_price_is_no_difference() -> None:
    old = {**LONG, "unrealizedProfit": "1", "maintMargin": "2", "updateTime": 3}
    new = {**LONG, "unrealizedProfit": "4", "maintMargin": "5", "updateTime": 6}
    assert list(differences(state(positions=[old]), state(positions=[new]))) == []


def test_a_row_that_one_state_does_not_list_holds_nothing() -> None:
    settings = {"isolatedWallet": "7", "marginType": "isolated"}  # which nothing held has not
    opened = list(differences(state(), state(assets=[USDT], positions=[{**LONG, **settings}])))
    assert [(found.field, found.before, found.after) for found in opened] == [
        ("walletBalance", "0", "10.00"),
        ("crossWalletBalance", "0", "9"),
        ("positionAmt", "0", "0.010"),
        ("entryPrice", "0", "5"),
    ]
    closed = list(differences(state(assets=[USDT], positions=[LONG]), state()))
    assert [(found.field, found.before, found.after) for found in closed] == [
        (found.field, found.after, found.before) for found in opened
    ]


def test_settings_that_differ_are_told() -> None:
    old = state(symbols=[{"symbol": "A", "leverage": 5}], multiAssetsMargin=False)
    same_again = state(symbols=[{"symbol": "A", "leverage": 5}], multiAssetsMargin=False)
    new = state(symbols=[{"symbol": "A", "leverage": 7}], multiAssetsMargin=True)
    unknown = state()
    assert list(differences(old, same_again)) == list(differences(old, unknown)) == []
    assert list(differences(old, new)) == [
        Difference("symbolConfig", {"symbol": "A"}, "leverage", 5, 7),
        Difference("accountConfig", {}, "multiAssetsMargin", False, True),
    ]


def test_differences_come_in_the_same_order_every_time() -> None:
    names = ["ZZZ", "BTC", "USDT", "A"]
    new = state(assets=[{"asset": name, "walletBalance": "1"} for name in names])
    assert [found.key["asset"] for found in differences(state(), new)] == sorted(names)


def test_a_snapshot_that_says_isolated_speaks_the_streams_words() -> None:
    old = state(positions=[{**LONG, "isolated": False}])
    new = state(positions=[{**LONG, "isolated": True}])
    assert [(found.before, found.after) for found in differences(old, new)] == [
        ("cross", "isolated")
    ]
    both = state(positions=[{**LONG, "isolated": False, "marginType": "isolated"}])
    assert list(differences(new, both)) == []  # the stream's own word comes first


@pytest.mark.parametrize(
    ("amount", "held"),
    [("1", True), ("-0.001", True), ("0", False), ("0.000", False), (None, False), ("x", False)],
)
def test_what_counts_as_a_position(amount: str | None, held: bool) -> None:
    assert is_held({"positionAmt": amount}) is held
    assert not is_held({})


def test_a_copy_stays_as_it_is() -> None:
    first = State(
        {
            "assets": [{"asset": "BNB", "walletBalance": "1"}],
            "positions": [{**LONG}],
            "multiAssetsMargin": True,
        }
    )
    kept = first.copy()
    first.apply(update([{"asset": "BNB", "walletBalance": "2"}], [{**LONG, "positionAmt": "99"}]))
    assert kept.balances["BNB"]["walletBalance"] == "1"
    assert [row["positionAmt"] for row in kept.positions.values()] == [LONG["positionAmt"]]
    assert kept.multi_assets_margin is True
    assert list(differences(kept, first.copy()))


# -- bounds ----------------------------------------------------------------------------------


def assets(count: int) -> Event:
    return update([{"asset": f"A{number}", "walletBalance": "1"} for number in range(count)])


def test_no_more_rows_are_kept_than_any_account_has() -> None:
    found = state(assets=[USDT])
    many = assets(MOST_ROWS)
    found.apply(many)
    assert found.is_full
    assert len(found.balances) == MOST_ROWS
    assert all(row["previous"] is None for row in many.body["balances"])
    assert found.apply(update([{"asset": "USDT", "walletBalance": "12"}])) == []
    assert found.balances["USDT"]["walletBalance"] == "10.00"  # it is read anew


def test_positions_and_leverage_are_bounded_too() -> None:
    found = state()
    rows = [{"symbol": f"S{number}", "positionAmt": "1"} for number in range(MOST_ROWS + 1)]
    found.apply(update(positions=rows))
    assert (found.is_full, len(found.positions)) == (True, MOST_ROWS)
    found = state()
    for number in range(MOST_ROWS + 1):
        found.apply(config(symbolConfig={"symbol": f"S{number}", "leverage": 1}))
    assert (found.is_full, len(found.leverage)) == (True, MOST_ROWS)


def test_a_row_has_so_many_fields_at_most() -> None:
    for known in ([], [USDT]):
        found = state(assets=known)
        fields = {f"f{number}": "1" for number in range(MOST_FIELDS)}
        found.apply(update([{"asset": "USDT", **fields}]))
        assert found.is_full
        assert len(found.balances.get("USDT", {})) <= MOST_FIELDS


def test_an_account_that_holds_every_symbol_is_not_full() -> None:
    names = [f"SYMBOL{number}USDT" for number in range(700)]
    row = {f"field{number}": "12345.67890123" for number in range(15)}
    rows = [{**LONG, **row, "symbol": name, "positionSide": side, "leverage": 20}
            for name in names for side in ("BOTH", "LONG", "SHORT")]  # fmt: skip
    found = state(positions=rows)
    found.apply(update(positions=rows))
    found.weigh()
    assert not found.is_full


@pytest.mark.parametrize("value", ["x" * MOST_BYTES, [{}] * 30_000])
def test_what_is_large_in_few_rows_is_found_by_its_weight(value: object) -> None:
    found = state(assets=[USDT])
    found.apply(update([{"asset": "USDT", "new": value}]))
    assert not found.is_full
    found.weigh()
    assert found.is_full


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("10", "1E1", False),
        ("-0", "0.00", False),
        ("10", "10.00000001", True),
        ("NaN", "NaN ", True),
        ("sNaN", "0", True),
        ("cross", "isolated", True),
        (True, False, True),
        (None, "0", True),
        (["1"], {"a": "1"}, True),
    ],
)
def test_previous_values_are_those_of_other_worth(
    before: object, after: object, is_told: bool
) -> None:
    found = state(assets=[{"asset": "USDT", "walletBalance": before}])
    told = update([{"asset": "USDT", "walletBalance": after}])
    found.apply(told)
    previous = {"walletBalance": before} if is_told else {}
    assert told.body["balances"][0]["previous"] == previous
    assert found.balances["USDT"]["walletBalance"] == after


# -- typed updates ---------------------------------------------------------------------------

PAID = {"a": "USDT", "wb": "1", "cw": "1", "bc": "1"}
HELD = {"s": "BTCUSDT", "pa": "1", "ep": "1", "cr": "1", "up": "1", "mt": "cross", "iw": "1",
        "ps": "LONG", "bep": "1", "ma": "USDT"}  # fmt: skip


class Alike:
    """States that are told the same: as any event, typed, typed for mappings, and unasked."""

    def __init__(self) -> None:
        self.plain, self.asked, self.mapped, self.unasked = (
            state(assets=[USDT], positions=[LONG]) for _ in range(4)
        )

    def tell(self, *rows: Row) -> tuple[list[Row], list[Row]]:
        """Tell them of balances and positions: what a record says of these."""
        message = encoded(rows)
        event, typed = decoded(message), account_updates([message])
        keys, said = self.plain.apply(event), (event.body["balances"], event.body["positions"])
        assert typed is not None
        assert dumps(self.asked.update(typed[0])) == dumps((keys, *said))  # in the same order
        assert dumps(self.mapped.update(typed[0], mapped=True)) == dumps((keys, *said))
        assert self.unasked.follow(typed[0]) == keys
        return said

    def tell_untyped(self, *rows: Row) -> None:
        """The same, none of them typed."""
        message = encoded(rows)
        for each in (self.plain, self.asked, self.mapped, self.unasked):
            each.apply(decoded(message))

    def look(self) -> None:
        """Look at their rows, which are the same."""
        for each in (self.asked, self.mapped, self.unasked):
            assert each.balances == self.plain.balances
            assert each.positions == self.plain.positions


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("between", [[], [("BNB", "ETHUSDT")]])
def test_a_row_that_is_told_again_is_a_mapping_only_where_all_are_to_be(
    between: list[tuple[str, str]],
) -> None:
    states, message = [state(), state()], encoded([PAID, HELD])
    others = [encoded([{**PAID, "a": asset}, {**HELD, "s": each}]) for asset, each in between]
    decoded(message)  # from which the order of its keys is learned
    typed = account_updates([message, *others, message])
    assert typed is not None
    for told in typed:
        kinds = [
            {type(row) is dict for rows in each.update(told, mapped=mapped)[1:] for row in rows}
            for each, mapped in zip(states, (True, False), strict=True)
        ]
    assert kinds == [{True}, {False}]
    assert states[1].update(typed[0])[1:] == states[1].update(typed[0], mapped=False)[1:]


def encoded(rows: Iterable[Row]) -> bytes:
    told = {key: [row for row in rows if name in row] for key, name in (("B", "a"), ("P", "s"))}
    return dumps({"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {**told, "m": "ORDER"}})


def decoded(message: bytes) -> Event:
    event = decode_other(message, Market.USDM)
    assert isinstance(event, Event)
    return event


def told_again(one: Row, other: Row) -> Row:
    """What is said of a row's fields before, after it was told typed once."""
    known = Alike()
    known.tell(one)
    balances, positions = known.tell(other)
    known.look()
    (row,) = [*balances, *positions]
    return dict(row["previous"])


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [
        ("1", "2", True),
        ("1", "1.0", False),
        ("0", "-0", False),
        ("1", "-", True),
        ("-", "1", True),
        ("1.1.1", "1.1.2", True),
        ("-", "-", False),
        ("", "--", True),
        ("0.10", "00.1", False),
        ("-0.0", "00.0", False),
        ("0.1", "0.2", True),
    ],
)
@pytest.mark.parametrize(
    ("row", "key"),
    [(PAID, key) for key in ("wb", "cw")]
    + [(HELD, key) for key in ("pa", "ep", "bep", "cr", "up", "iw")],
)
def test_a_typed_row_that_is_told_again_says_what_it_was(
    row: Row, key: str, before: str, now: str, is_told: bool
) -> None:
    name = {**BALANCE, **POSITION}[key]
    expected = {name: before} if is_told else {}
    assert told_again({**row, key: before}, {**row, key: now}) == expected


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("key", ["mt", "ma"])
def test_a_typed_position_says_its_margin_from_before(key: str) -> None:
    found = told_again({**HELD, "pa": "1"}, {**HELD, "pa": "1.0", "ep": "2", key: "other"})
    assert found == {"entryPrice": "1", POSITION[key]: HELD[key]}


@pytest.mark.usefixtures("nothing_learned")
def test_the_change_of_one_typed_event_is_no_state_of_the_account() -> None:
    assert told_again(PAID, {**PAID, "bc": "2"}) == {}
    assert told_again(PAID, {**PAID, "bc": "2", "wb": "-"}) == {"walletBalance": "1"}


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(("row", "first", "then"), [(PAID, "wb", "cw"), (HELD, "pa", "ep")])
def test_what_a_typed_row_was_is_in_its_own_order(
    row: Row, first: str, then: str, turn: int
) -> None:
    turned = {key: row[key] for key in [*row][::turn]}
    found = told_again(turned, {**turned, first: "5", then: "6"})
    names = {**BALANCE, **POSITION}
    assert [*found] == [names[key] for key in (first, then)][::turn]


@pytest.mark.usefixtures("nothing_learned")
def test_a_typed_row_is_known_by_its_asset_or_its_leg() -> None:
    known = Alike()
    known.tell(PAID, HELD)
    short, bnb = {**HELD, "ps": "SHORT", "pa": "3"}, {**PAID, "a": "BNB", "wb": "3"}
    (balance,), (position,) = known.tell(bnb, short)
    assert balance["previous"] is None
    assert position["previous"]["positionAmt"] == "0"
    known.look()
    assert known.asked.positions["BTCUSDT", "SHORT"]["positionAmt"] == "3"
    assert known.unasked.positions["BTCUSDT", "LONG"]["positionAmt"] == "1"


PAID_BNB = {**PAID, "a": "BNB"}
HELD_SHORT = {**HELD, "ps": "SHORT"}
HELD_ETH = {**HELD, "s": "ETHUSDT"}


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize(
    "then",
    [
        (PAID, PAID_BNB, HELD, HELD_SHORT),
        (PAID_BNB, PAID, HELD, HELD_SHORT),
        (PAID, PAID_BNB, HELD_SHORT, HELD),
        (PAID, PAID_BNB, HELD_ETH, HELD_SHORT),
        (PAID, HELD, HELD_SHORT),
        (PAID, PAID_BNB, HELD),
        (PAID, PAID_BNB, HELD, HELD_SHORT, HELD_ETH),
        (PAID, PAID_BNB, HELD, HELD_ETH),
        (PAID, PAID, HELD, HELD),
        (),
    ],
)
def test_rows_told_behind_others_say_what_those_were(then: tuple[Row, ...]) -> None:
    known = Alike()
    for amount, rows in enumerate(
        [(PAID, PAID_BNB, HELD, HELD_SHORT), then, then, (PAID, PAID_BNB, HELD, HELD_SHORT)]
    ):
        known.tell(*({**row, "cw": f"{amount}"} if "a" in row else row for row in rows))
        known.tell(*({**row, "ep": f"{amount}"} if "s" in row else row for row in rows))
    known.look()


@pytest.mark.usefixtures("nothing_learned")
def test_of_rows_that_are_told_again_the_keys_are_the_very_same_list() -> None:
    """By that whoever asks knows which events belong together."""
    known = Alike()
    known.tell(PAID, PAID_BNB, HELD, HELD_SHORT)
    typed = account_updates([encoded([PAID, PAID_BNB, HELD, HELD_SHORT])] * 3)
    assert typed is not None
    for told in (
        [known.asked.update(each)[0] for each in typed],
        [known.mapped.update(each, mapped=True)[0] for each in typed],
        [known.unasked.follow(each) for each in typed],
    ):
        assert told[0] is told[1] is told[2]


@pytest.mark.usefixtures("nothing_learned")
def test_a_row_that_an_event_tells_twice_is_told_twice_again() -> None:
    known = Alike()
    for rows in ([{**PAID, "wb": f"{n}"}, {**PAID, "wb": f"{n + 1}"}] for n in (1, 3, 5)):
        balances, _ = known.tell(*rows)
    assert [row["previous"] for row in balances] == [{"walletBalance": "4"}, {"walletBalance": "5"}]
    known.tell_untyped({**PAID, "wb": "9"})
    assert known.tell({**PAID, "wb": "8"})[0][0]["previous"] == {"walletBalance": "9"}
    known.look()


amounts = st.sampled_from([*("0", "0.00", "10", "1.0", "10.0", "-5", "-6") * 6, "-", "1.1.1", ""])
VALUES = {
    **dict.fromkeys(("wb", "cw", "bc", "pa", "ep", "bep", "cr", "up", "iw"), amounts),
    "a": st.sampled_from(["USDT", "BNB"]),
    "s": st.sampled_from(["BTCUSDT", "ETHUSDT"]),
    "ps": st.sampled_from(["BOTH", "LONG"]),
    "mt": st.sampled_from(["cross", "isolated"]),
    "ma": st.sampled_from(["USDT", "BNFCR"]),
}


def row_of(keys: list[str]) -> st.SearchStrategy[Row]:
    """A row that has these keys in this order."""
    values = st.tuples(*map(VALUES.__getitem__, keys))
    return values.map(lambda told: dict(zip(keys, told, strict=True)))


@st.composite
def updates(draw: st.DrawFn) -> list[tuple[list[Row], bool]]:
    """The rows of updates that are written in one of two ways, and whether each is typed."""
    ways = []
    for lacking in ("", draw(st.sampled_from(["ma", "ps", "ep", "wb"]))):
        orders = [draw(st.permutations([*kind])) for kind in (PAID, HELD)]
        rows = [row_of([key for key in order if key != lacking]) for order in orders]
        ways.append(st.lists(st.one_of(rows), max_size=4))
    return draw(st.lists(st.tuples(st.one_of(ways), st.sampled_from([True, True, False]))))


@given(updates(), st.booleans())
def test_a_typed_update_is_folded_as_any_other(
    told: list[tuple[list[Row], bool]], looks: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_layouts", {})
        patch.setattr(events, "_forms", {})
        known = Alike()
        for rows, is_typed in told:
            (known.tell if is_typed else known.tell_untyped)(*rows)
            if looks:
                known.look()
        known.look()
