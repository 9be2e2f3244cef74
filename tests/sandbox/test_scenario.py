"""The story: every event in each round, on both markets, and books that stay in balance."""

from collections import Counter
from collections.abc import Iterator

import pytest

from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.account.decimals import ZERO
from binfut_cli.sandbox.account.presets import NAMES
from binfut_cli.sandbox.api.subscriptions import EVENTS
from binfut_cli.sandbox.scenario import CHAPTERS_PER_ROUND, Scenario, ScenarioStep


def told(sandbox: Sandbox, account: str, seed: int = 1, rounds: int = 1) -> Counter[str]:
    """Play rounds at once; count what the streams were told, as `market EVENT`."""
    exchange, counted = sandbox.exchange, Counter[str]()
    for market in exchange.accounts[account].books:
        exchange.listen_keys.start(account, market, exchange.now_ms())
    exchange.listen(lambda news: counted.update([f"{news.market} {(news.event or {})['e']}"]))
    for scene in scenes(sandbox, account, seed, rounds):
        sandbox.act(scene.action)
    return counted


def scenes(sandbox: Sandbox, account: str, seed: int, rounds: int) -> Iterator[ScenarioStep]:
    story = Scenario(sandbox.exchange, account, seed)
    for scene in story.scenes():
        if story.rounds > rounds:
            return
        yield scene


@pytest.mark.parametrize("account", NAMES)
def test_every_event_occurs_and_no_scene_is_impossible(sandbox: Sandbox, account: str) -> None:
    counted = told(sandbox, account)
    missing = {f"usdm {name}" for name in EVENTS[:-1]} - set(counted)
    assert not missing
    coin = {"ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "MARGIN_CALL", "ACCOUNT_CONFIG_UPDATE"}
    assert not {f"coinm {name}" for name in coin} - set(counted)


@pytest.mark.parametrize("account", NAMES)
def test_wallets_are_cross_and_isolated_parts_together(sandbox: Sandbox, account: str) -> None:
    told(sandbox, account, rounds=3)
    exchange = sandbox.exchange
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


def test_every_wallet_move_is_in_the_ledger(sandbox: Sandbox) -> None:
    told(sandbox, "one-way")
    last: dict[tuple[str, str], str] = {}
    entries = sandbox.ledger()
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
        with Sandbox.start() as sandbox:
            return [s.action.get("symbol") for s in scenes(sandbox, "one-way", seed, 1)]

    assert names(1) == names(1)
    assert names(1) != names(2)


def test_a_round_is_about_half_an_hour(sandbox: Sandbox) -> None:
    pauses = [scene.pause_s for scene in scenes(sandbox, "one-way", 1, 1)]
    assert 20 * 60 < sum(pauses) < 40 * 60
    assert max(pauses) <= 6.0
    assert len(pauses) > 4 * CHAPTERS_PER_ROUND
