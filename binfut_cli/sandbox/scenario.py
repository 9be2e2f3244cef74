"""A lively half hour on one account, both markets, told again and again with other numbers. Pure.

`scenes` yields pauses and actions; every event type occurs in each
round. `ScenarioPlayer` plays them.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from binfut_cli.sandbox.account.contracts import Contract, Market
from binfut_cli.sandbox.account.decimals import ONE
from binfut_cli.sandbox.account.rows import AccountState
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.params import BadParams

Action = dict[str, Any]
SMALL = {"usdm": {"BTCUSDT": "0.010", "ETHUSDT": "0.200"}, "coinm": {"BTCUSD_PERP": "3"}}
CHAPTERS_PER_ROUND = 48  # about half an hour of story time


class ScenarioStep(msgspec.Struct, frozen=True):
    """Wait some story seconds, then act; what the account's state forbids is left out."""

    pause_s: float
    action: Action


class Scenario:
    """Makes scenes from the seed and the account's present state.

    A method for each scene: that is why there are many.
    """

    def __init__(self, exchange: Exchange, account: str, seed: int) -> None:
        self._exchange, self._account = exchange, account
        self._random = random.Random(seed)
        self._ticks = random.Random(f"{seed}/ticks")  # of its own: what happens is not moved by it
        self.rounds = 0  # begun so far

    def scenes(self) -> Iterator[ScenarioStep]:
        """Tell for ever."""
        while True:
            self.rounds += 1
            for chapter in range(CHAPTERS_PER_ROUND):
                for action in self._chapter(chapter):
                    self._drift(self._ticks, 3)
                    yield ScenarioStep(self._random.uniform(2.0, 6.0), self._on(action))

    def _on(self, action: Action) -> Action:
        return {"account": self._account, **action}

    def _chapter(self, number: int) -> Iterator[Action]:
        self._drift(self._random, 30)
        yield from self._trading("usdm")
        yield from self._trading("coinm")
        special = SPECIAL.get(number)
        if special is not None:
            yield from special(self)

    def _drift(self, chance: random.Random, widest: int) -> None:
        """Move every mark price a little, by so many ten thousandths at most."""
        for symbol, mark in list(self._exchange.marks.items()):
            contract = self._exchange.contracts[symbol]
            if contract.status == "TRADING":
                drift = ONE + Decimal(chance.randint(-widest, widest)) / 10_000
                price = (mark * drift).quantize(ONE.scaleb(-contract.price_digits))
                self._exchange.move_mark(symbol, price or mark)

    def _account_state(self) -> AccountState:
        return self._exchange.accounts[self._account]

    def _side(self) -> tuple[str, str]:
        """A side and the position side it opens."""
        side = self._random.choice(("BUY", "SELL"))
        dual = self._account_state().dual_side
        return side, ("LONG" if side == "BUY" else "SHORT") if dual else "BOTH"

    def _trading(self, market: Market) -> Iterator[Action]:
        """Place, sometimes amend, fill in two parts, then close what was opened."""
        symbol = self._random.choice(tuple(SMALL[market]))
        quantity = Decimal(SMALL[market][symbol]) * self._random.randint(1, 4)
        side, position = self._side()
        name = f"story{self._random.getrandbits(40):010x}"
        price = str(self._price(symbol))
        ticket = {"symbol": symbol, "side": side, "positionSide": position}
        yield {"action": "placeOrder", **ticket, "quantity": str(quantity), "price": price,
               "clientOrderId": name}  # fmt: skip
        if self._random.random() < 0.3:
            yield {"action": "amendOrder", "market": market, "clientOrderId": name,
                   "price": str(self._price(symbol))}  # fmt: skip
        if self._random.random() < 0.2:
            yield {"action": "cancelOrder", "market": market, "clientOrderId": name}
            return
        yield {"action": "fill", "market": market, "clientOrderId": name, "maker": True}
        back = "SELL" if side == "BUY" else "BUY"
        burn = {"commissionAsset": "BNB"} if market == "usdm" and self._coin() else {}
        yield {"action": "fill", **ticket, "side": back, "quantity": str(quantity), **burn}

    def _price(self, symbol: str) -> Decimal:
        return self._exchange.marks[symbol]

    def _coin(self) -> bool:
        return self._random.random() < 0.5

    def _amount(self, low: int, high: int) -> str:
        return f"{Decimal(self._random.randint(low, high)) / 100:.2f}"

    def held(self, market: Market) -> list[tuple[Contract, str]]:
        """The contracts and sides with a position."""
        book = self._account_state().books[market]
        rows = [row for row in book.positions.values() if row.amt]
        return [(self._exchange.contracts[row.symbol], row.side) for row in rows]

    # --- the special happenings, one a chapter ---

    def money(self) -> Iterator[Action]:
        """Deposits, withdrawals and transfers."""
        yield {"action": "deposit", "asset": "USDT", "amount": self._amount(1000, 90000)}
        yield {"action": "withdraw", "asset": "USDT", "amount": self._amount(1000, 5000)}
        yield {"action": "transferIn", "asset": "BNB", "amount": self._amount(5, 40)}
        yield {"action": "transferOut", "asset": "BNB", "amount": self._amount(1, 4)}
        yield {"action": "deposit", "market": "coinm", "asset": "BTC", "amount": "0.01"}
        yield {"action": "autoExchange", "from": "USDT", "to": "BNB", "amount": "25"}

    def settings(self) -> Iterator[Action]:
        """Leverage and margin type, there and back."""
        for symbol in ("XRPUSDT", "BNBUSD_PERP"):
            yield {"action": "leverage", "symbol": symbol,
                   "leverage": self._random.randint(2, 50)}  # fmt: skip
            if symbol == "XRPUSDT" and self._account_state().multi_assets:
                continue  # multi-assets mode has no isolated margin
            yield {"action": "marginType", "symbol": symbol, "marginType": "ISOLATED"}
            yield {"action": "marginType", "symbol": symbol, "marginType": "CROSSED"}

    def funding(self) -> Iterator[Action]:
        """The eight-hour mark: every position pays or is paid."""
        rate = str(Decimal(self._random.randint(-10, 20)) / 100_000)
        for market in ("usdm", "coinm"):
            for symbol in dict.fromkeys(c.symbol for c, _ in self.held(market)):
                yield {"action": "funding", "symbol": symbol, "rate": rate}

    def margin(self) -> Iterator[Action]:
        """Margin added to and taken from an isolated position."""
        for contract, side in self.held("usdm"):
            if not self._account_state().books["usdm"].setting(contract.symbol).isolated:
                continue
            where = {"symbol": contract.symbol, "positionSide": side}
            yield {"action": "positionMargin", **where, "amount": "5"}
            yield {"action": "positionMargin", **where, "amount": "-5"}

    def conditional(self) -> Iterator[Action]:
        """Conditional orders: one for each way they end."""
        side, position = self._side()
        for number, end in enumerate(("trigger", "cancel", "expire", "reject", "trigger")):
            name = f"algo{self.rounds}x{self._random.getrandbits(32):08x}"
            kind = "TRAILING_STOP_MARKET" if number == 4 else "STOP_MARKET"
            yield {"action": "placeAlgo", "symbol": "SOLUSDT", "side": side,
                   "positionSide": position, "type": kind, "quantity": "1",
                   "triggerPrice": str(self._price("SOLUSDT")), "clientAlgoId": name}  # fmt: skip
            if number == 4:
                yield {"action": "activateAlgo", "clientAlgoId": name}
            yield {"action": f"{end}Algo", "clientAlgoId": name}
        back = "SELL" if side == "BUY" else "BUY"
        yield {"action": "fill", "symbol": "SOLUSDT", "side": back, "positionSide": position,
               "quantity": "2"}  # fmt: skip

    def robots(self) -> Iterator[Action]:
        """Grid robots on both markets."""
        for symbol in ("BTCUSDT", "BTCUSD_PERP"):
            number = self._random.randint(10**8, 10**9)
            for status, code in (("NEW", 8007), ("WORKING", 8001), ("CANCELLED", 8002)):
                yield {"action": "strategy", "symbol": symbol, "strategyId": number,
                       "status": status, "opCode": code}  # fmt: skip
            yield {"action": "grid", "symbol": symbol, "strategyId": number,
                   "realizedProfit": self._amount(-300, 900)}  # fmt: skip

    def trouble(self) -> Iterator[Action]:
        """The market falls: a margin call, a small liquidation, an ADL, and recovery."""
        side, position = ("BUY", "LONG" if self._side()[1] != "BOTH" else "BOTH")
        symbol = "XRPUSDT"
        ticket = {"symbol": symbol, "positionSide": position}
        yield {"action": "fill", **ticket, "side": side, "quantity": "400"}
        low = (self._price(symbol) * Decimal("0.97")).quantize(Decimal("0.0001"))
        yield {"action": "mark", "symbol": symbol, "price": str(low)}
        yield {"action": "marginCall", "symbol": symbol}
        yield {"action": "liquidation", **ticket, "quantity": "300", "price": str(low)}
        yield {"action": "adl", **ticket, "price": str(low)}
        for contract, _ in self.held("coinm")[:1]:
            yield {"action": "marginCall", "symbol": contract.symbol}
        yield {"action": "deposit", "asset": "USDT", "amount": self._amount(5000, 20000)}

    def mode(self) -> Iterator[Action]:
        """Multi-assets mode on and off, where isolated positions do not forbid it."""
        account = self._account_state()
        book, present = account.books["usdm"], account.multi_assets
        if any(book.setting(contract.symbol).isolated for contract, _ in self.held("usdm")):
            return
        yield {"action": "multiAssets", "multiAssetsMargin": not present}
        yield {"action": "multiAssets", "multiAssetsMargin": present}


SPECIAL: Mapping[int, Callable[[Scenario], Iterator[Action]]] = {
    0: Scenario.money,
    6: Scenario.settings,
    12: Scenario.conditional,
    18: Scenario.funding,
    24: Scenario.robots,
    30: Scenario.margin,
    36: Scenario.mode,
    45: Scenario.trouble,
}


class ScenarioPlayer:
    """Play a story in a thread of its own; `speed` 2 halves its pauses."""

    def __init__(
        self, story: Scenario, act: Callable[[Action], object], lock: Any, speed: float
    ) -> None:
        self._story, self._act, self._lock, self._speed = story, act, lock, speed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="sandbox-story", daemon=True)
        self._thread.start()

    def _tell(self) -> None:
        scenes = self._story.scenes()
        while True:
            with self._lock:
                scene = next(scenes)
            if self._stop.wait(scene.pause_s / self._speed):
                return
            try:
                self._act(scene.action)
            except BadParams:
                continue  # somebody else's action changed what this scene was about

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._stop.set()
        self._thread.join()
