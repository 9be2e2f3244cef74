"""Two moments of an account compared: what differs, for programs and as a watch tells it."""

import random
from itertools import pairwise

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane, Market
from binfut_cli.recording.accounts import Accounts
from binfut_cli.recording.moments.differences import as_events, rows
from binfut_cli.recording.recorded import recorded
from binfut_cli.stream.fold.audit import differing
from binfut_cli.stream.state import State
from tests.support.recordings import SCOPE, simulated


def states(market: Market, number: int) -> list[State]:
    """The account after some of its records."""
    lines, accounts, found = simulated(market), Accounts(), list[State]()
    chosen = {*random.Random(2).sample(range(10, len(lines)), number), len(lines) - 1}
    for place, line in enumerate(lines):
        accounts.take(recorded(line), line)
        if place in chosen:
            found.append(accounts.lanes[Lane(market, SCOPE)].account.state())
    return found


@pytest.mark.parametrize("market", Market)
def test_the_events_lead_from_one_to_the_other(market: Market) -> None:
    some = states(market, 12)
    changed = 0
    for old, new in [*pairwise(some), (some[-1], some[0])]:
        before, events = old.copy(), as_events(old, new)
        for event in events:
            before.apply(event)
        assert differing(before, new) == []
        assert bool(events) == bool(rows(old, new))
        changed += len(rows(old, new))
    assert changed > 10


def document(**more: object) -> Row:
    asset = {"asset": "USDT", "walletBalance": "1.50", "crossWalletBalance": "1.5"}
    return {"assets": [asset], "positions": [], "multiAssetsMargin": False, **more}


def test_a_row_for_every_field_with_its_change() -> None:
    old = State(document())
    asset = {"asset": "USDT", "walletBalance": "1.2", "crossWalletBalance": "1.500"}
    held = {"symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "2", "entryPrice": "9"}
    new = State(document(assets=[asset], positions=[held], multiAssetsMargin=True))
    assert rows(old, new) == [
        {"kind": "balance", "asset": "USDT", "field": "walletBalance",
         "before": "1.50", "after": "1.2", "derived": {"change": "-0.3"}},
        {"kind": "position", "symbol": "BTCUSDT", "positionSide": "LONG", "field": "positionAmt",
         "before": "0", "after": "2", "derived": {"change": "2"}},
        {"kind": "position", "symbol": "BTCUSDT", "positionSide": "LONG", "field": "entryPrice",
         "before": "0", "after": "9", "derived": {"change": "9"}},
        {"kind": "accountConfig", "field": "multiAssetsMargin",
         "before": "false", "after": "true", "derived": {"change": None}},
    ]  # fmt: skip


def test_what_is_not_listed_any_more_holds_nothing() -> None:
    held = {"symbol": "BTCUSDT", "positionAmt": "2", "entryPrice": "9"}
    old, new = State(document(positions=[held])), State(document(assets=[]))
    (event,) = as_events(old, new)
    (balance,), (position,) = event.body["balances"], event.body["positions"]
    assert (balance["walletBalance"], balance["previous"]["walletBalance"]) == ("0", "1.50")
    assert (position["positionAmt"], position["previous"]["positionAmt"]) == ("0", "2")
