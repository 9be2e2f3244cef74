"""The wire samples are what INDEX.md says: whole, sourced, without floats or private keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

WIRE = Path(__file__).parents[1] / "wire"
FILES = sorted(WIRE.glob("*/*.json"))
NAMES = [file.relative_to(WIRE).as_posix() for file in FILES]

# Ratios that the exchange itself sends as JSON numbers.
WITH_FLOATS = {
    "coinm/rest_leverage_bracket.json",
    "usdm/rest_api_trading_status.json",
    "usdm/rest_leverage_bracket.json",
}
# API keys and listenKeys that the exchange's manual prints.
PUBLISHED_KEYS = {
    "WsCMN0a4KHUPTQuX6IUnqEZfB1inxmv1qR4kbf1LuEjur5VdbzqvyxqG9TSjVVxv",
    "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1",
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
}
EVENTS_OF_BOTH = {
    "ACCOUNT_CONFIG_UPDATE",
    "ACCOUNT_UPDATE",
    "GRID_UPDATE",
    "MARGIN_CALL",
    "ORDER_TRADE_UPDATE",
    "STRATEGY_UPDATE",
    "listenKeyExpired",
}
EVENTS_OF_USDM = {"ALGO_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT", "TRADE_LITE"}


def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
    return dict(pairs)


def load(name: str) -> dict[str, Any]:
    text = (WIRE / name).read_text(encoding="utf-8")
    sample = json.loads(text, object_pairs_hook=no_twins)
    assert isinstance(sample, dict)
    return sample


def body(name: str) -> Any:
    return load(f"{name}.json")["body"]


def leaves(value: Any) -> Iterator[Any]:
    """Every value that is neither an object nor an array."""
    match value:
        case dict():
            for inner in value.values():
                yield from leaves(inner)
        case list():
            for inner in value:
                yield from leaves(inner)
        case _:
            yield value


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_a_source_a_note_and_a_body(name: str) -> None:
    sample = load(name)
    assert set(sample) == {"source", "note", "body"}
    assert re.match(r"https://|recorded\b|composed from the fields of https://", sample["source"])
    assert sample["note"].endswith(".")
    assert isinstance(sample["body"], dict | list)
    assert sample["body"]


def test_only_known_samples_hold_floats() -> None:
    for name in NAMES:
        floats = [leaf for leaf in leaves(load(name)["body"]) if isinstance(leaf, float)]
        assert bool(floats) == (name in WITH_FLOATS), name


def test_every_key_in_a_sample_is_a_published_one() -> None:
    for name in NAMES:
        texts = [leaf for leaf in leaves(load(name)["body"]) if isinstance(leaf, str)]
        keys = {key for text in texts for key in re.findall(r"\b\w{40,}\b", text)}
        assert keys <= PUBLISHED_KEYS, name


def test_the_index_lists_exactly_the_files() -> None:
    index = (WIRE / "INDEX.md").read_text(encoding="utf-8")
    rows = [line for line in index.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {load(name)['note']} |" for name in NAMES]


@pytest.mark.parametrize(
    ("market", "events"), [("usdm", EVENTS_OF_BOTH | EVENTS_OF_USDM), ("coinm", EVENTS_OF_BOTH)]
)
def test_every_documented_event_has_a_sample(market: str, events: set[str]) -> None:
    bodies = [load(name)["body"] for name in NAMES if name.startswith(market)]
    found = {sample["e"] for sample in bodies if isinstance(sample, dict) and "e" in sample}
    assert found - {"SOMETHING_NEW"} == events


def rows(event: Any, table: str) -> list[dict[str, str]]:
    found = event["a"][table]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("step", ["deposit", "close", "margin_type"])
def test_a_delta_of_the_thread_is_a_part_of_its_full_event(step: str) -> None:
    delta, full = body(f"usdm/thread_838_{step}"), body(f"usdm/thread_838_{step}_full")
    assert {**delta, "a": None} == {**full, "a": None}
    for table in ("B", "P"):
        assert all(row in rows(full, table) for row in rows(delta, table))
        assert len(rows(delta, table)) <= len(rows(full, table))


@pytest.mark.parametrize("step", ["deposit", "close", "margin_type"])
def test_a_wallet_of_the_thread_is_its_cross_and_isolated_parts(step: str) -> None:
    full = body(f"usdm/thread_838_{step}_full")
    usdt = rows(full, "B")[0]
    isolated = sum(Decimal(row["iw"]) for row in rows(full, "P"))
    assert Decimal(usdt["wb"]) == Decimal(usdt["cw"]) + isolated


def test_the_recorded_account_adds_up() -> None:
    account = body("usdm/rest_v3_account_multi_assets")
    wallet, profit = account["totalWalletBalance"], account["totalUnrealizedProfit"]
    assert Decimal(wallet) + Decimal(profit) == Decimal(account["totalMarginBalance"])
    assert body("usdm/wsapi_v2_account_status_recorded")["result"] == account


def test_the_recorded_coin_position_adds_up() -> None:
    position, contract_size = body("coinm/rest_position_risk")[0], 100
    usd = Decimal(position["positionAmt"]) * contract_size
    mark, entry = Decimal(position["markPrice"]), Decimal(position["entryPrice"])
    assert round(usd / mark, 8) == Decimal(position["notionalValue"])
    assert round(usd / entry - usd / mark, 8) == Decimal(position["unRealizedProfit"])
