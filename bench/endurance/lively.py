"""An exchange on which something happens so many times a second, and what it told of it."""

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

from binfut_cli.sandbox import Sandbox
from tests.support.life import happen

OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})
FORGET_S = 5.0
APART_S = 0.0015
"""Between two happenings, so that no two are in one millisecond: the ledger tells them by it."""


class Lively:
    """Makes things happen on a thread of its own; leave the block to have them end."""

    def __init__(self, sandbox: Sandbox, per_s: float, seed: int, markets: Sequence[str]) -> None:
        self._sandbox, self._pause_s, self._markets = sandbox, 1 / per_s, markets
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="life")

    def __enter__(self) -> "Lively":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let nothing happen any more."""
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        forget_s = due_s = time.monotonic()
        while not self._over.wait(max(APART_S, due_s - time.monotonic())):
            happen(self._sandbox, self._chance, self._chance.choice(self._markets))
            due_s += self._pause_s * 2 * self._chance.random()
            if time.monotonic() >= forget_s:
                forget_s = time.monotonic() + FORGET_S
                forget_closed_orders(self._sandbox)


def forget_closed_orders(sandbox: Sandbox) -> None:
    """Have the exchange forget closed orders, which it reads through for every answer."""
    with sandbox.exchange.lock:
        for account in sandbox.exchange.accounts.values():
            for book in account.books.values():
                for number in [n for n, o in book.orders.items() if o.status not in OPEN]:
                    del book.orders[number]


def changes(sandbox: Sandbox, market: str) -> list[dict[str, Any]]:
    """What the ledger has of the watched account, but for its keys."""
    name = sandbox.accounts[0].name
    return [
        entry
        for entry in sandbox.ledger()
        if entry["account"] == name and entry["market"] == market and entry["kind"] != "listenKey"
    ]
