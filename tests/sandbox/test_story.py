"""The story: every event in each round, on both markets, and books that stay in balance."""

from collections import Counter
from collections.abc import Iterator

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.feed import EVENTS
from binfut_cli.sandbox.figures import ZERO
from binfut_cli.sandbox.presets import NAMES
from binfut_cli.sandbox.story import CHAPTERS_PER_ROUND, Scene, Story


def told(box: Sandbox, account: str, seed: int = 1, rounds: int = 1) -> Counter[str]:
    """Play rounds at once; count what the streams were told, as `market EVENT`."""
    exchange, counted = box.exchange, Counter[str]()
    for market in exchange.accounts[account].books:
        exchange.listen_keys.start(account, market, exchange.now_ms())
    exchange.listen(lambda news: counted.update([f"{news.market} {(news.event or {})['e']}"]))
    for scene in scenes(box, account, seed, rounds):
        box.act(scene.action)
    return counted


def scenes(box: Sandbox, account: str, seed: int, rounds: int) -> Iterator[Scene]:
    story = Story(box.exchange, account, seed)
    for scene in story.scenes():
        if story.rounds > rounds:
            return
        yield scene


@pytest.mark.parametrize("account", NAMES)
def test_every_event_occurs_and_no_scene_is_impossible(box: Sandbox, account: str) -> None:
    counted = told(box, account)
    missing = {f"usdm {name}" for name in EVENTS[:-1]} - set(counted)
    assert not missing
    coin = {"ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "MARGIN_CALL", "ACCOUNT_CONFIG_UPDATE"}
    assert not {f"coinm {name}" for name in coin} - set(counted)


@pytest.mark.parametrize("account", NAMES)
def test_wallets_are_cross_and_isolated_parts_together(box: Sandbox, account: str) -> None:
    told(box, account, rounds=3)
    exchange = box.exchange
    for book in exchange.accounts[account].books.values():
        for asset, balance in book.balances.items():
            isolated = sum(
                (
                    row.isolated_wallet
                    for row in book.positions.values()
                    if exchange.contracts[row.symbol].margin_asset == asset
                ),
                ZERO,
            )
            assert balance.wallet == balance.cross + isolated


def test_every_wallet_move_is_in_the_ledger(box: Sandbox) -> None:
    told(box, "one-way")
    last: dict[tuple[str, str], str] = {}
    entries = box.ledger()
    assert [entry["id"] for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        if entry["kind"] == "balance":
            place = entry["market"], entry["keys"]["asset"]
            before = entry["before"]["walletBalance"]
            assert last.get(place, before) == before
            last[place] = entry["after"]["walletBalance"]
    assert len(last) >= 3


def test_the_same_seed_tells_the_same_story() -> None:
    def names(seed: int) -> list[object]:
        with Sandbox.start() as box:
            return [s.action.get("symbol") for s in scenes(box, "one-way", seed, 1)]

    assert names(1) == names(1)
    assert names(1) != names(2)


def test_a_round_is_about_half_an_hour(box: Sandbox) -> None:
    pauses = [scene.pause_s for scene in scenes(box, "one-way", 1, 1)]
    assert 20 * 60 < sum(pauses) < 40 * 60
    assert max(pauses) <= 6.0
    assert len(pauses) > 4 * CHAPTERS_PER_ROUND
