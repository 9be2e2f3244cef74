"""What the sandbox's ledger says, in a form to compare an SDK's readings with."""

from decimal import Decimal
from typing import Any

from binfut_cli.sandbox import Sandbox

LIVELY: dict[str, list[dict[str, Any]]] = {
    "usdm": [
        {"action": "deposit", "asset": "BNB", "amount": "0.75"},
        {"action": "fill", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.125"},
        {"action": "fill", "symbol": "ETHUSDT", "side": "BUY", "quantity": "0.4"},
        {"action": "leverage", "symbol": "BTCUSDT", "leverage": 33},
        {"action": "marginType", "symbol": "BTCUSDT", "marginType": "ISOLATED"},
    ],
    "coinm": [
        {"action": "deposit", "market": "coinm", "asset": "ETH", "amount": "0.75"},
        {"action": "fill", "symbol": "BTCUSD_PERP", "side": "BUY", "quantity": "7"},
        {"action": "leverage", "symbol": "BTCUSD_PERP", "leverage": 33},
    ],
}
"""Changes of the first account, so that there is something to agree on."""

Figures = dict[Any, dict[str, Any]]


def live(sandbox: Sandbox, market: str) -> None:
    for action in LIVELY[market]:
        sandbox.act(action)


def last(sandbox: Sandbox, kind: str) -> Figures:
    """The figures after the last change of each row of a kind, by the row's keys."""
    entries = [entry for entry in sandbox.ledger() if entry["kind"] == kind]
    return {tuple(entry["keys"].values()): entry["after"] for entry in entries}


def number(text: str) -> Decimal:
    """A figure at the eight places that answers have; the ledger has more."""
    return Decimal(text).quantize(Decimal("1e-8"))


def numbers(row: dict[str, Any], names: dict[str, str]) -> dict[str, Decimal]:
    """Some fields of a row as numbers, each under the ledger's name for it."""
    return {told: number(row[name]) for told, name in names.items() if name in row}


def agree(ledger: Figures, read: dict[Any, dict[str, Decimal]]) -> None:
    """Every row of the ledger was read, and every figure read of it is the ledger's."""
    assert ledger
    for keys, figures in ledger.items():
        assert read[keys]
        assert read[keys] == {name: number(figures[name]) for name in read[keys]}


def wallets(answer: Any) -> dict[Any, dict[str, Decimal]]:
    """The balances of an account or of a balance answer, by asset."""
    rows = answer if isinstance(answer, list) else answer["assets"]
    wallet = "balance" if isinstance(answer, list) else "walletBalance"
    names = {"walletBalance": wallet, "crossWalletBalance": "crossWalletBalance"}
    return {(row["asset"],): numbers(row, names) for row in rows}


def positions(answer: Any) -> dict[Any, dict[str, Decimal]]:
    """The positions of an account or of a position answer, by symbol and side."""
    rows = answer if isinstance(answer, list) else answer["positions"]
    same = ("positionAmt", "entryPrice", "breakEvenPrice", "isolatedWallet")
    names = {name: name for name in same}
    return {(row["symbol"], row["positionSide"]): numbers(row, names) for row in rows}
