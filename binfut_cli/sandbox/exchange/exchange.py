"""The exchange without its sockets: accounts, keys, prices, ledger, and who listens. Pure.

Time comes from the clock it is given; every public method is called under `lock`.
"""

import copy
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from binfut_cli.sandbox.account.candles import Candles
from binfut_cli.sandbox.account.contracts import AssetRate, Contract, Market, asset_rates, contracts
from binfut_cli.sandbox.account.decimals import rounded
from binfut_cli.sandbox.account.margin import Risk, Valuation
from binfut_cli.sandbox.account.rows import JSON, AccountState
from binfut_cli.sandbox.exchange.clock import Clock
from binfut_cli.sandbox.exchange.ledger import Entry, Ledger
from binfut_cli.sandbox.exchange.listen_keys import ListenKey, ListenKeys, alphanumerics
from binfut_cli.sandbox.exchange.past import History, Past
from binfut_cli.sandbox.exchange.refusal import bad_key_format, bad_symbol, unknown_key
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.exchange.signing import HmacKey, Verifier
from binfut_cli.sandbox.exchange.weight import WeightPool

FIRST_ORDER_ID = 8389765991000000001  # beyond 2^53, as real ids are


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key, the account it opens and how its signatures are checked."""

    api_key: str
    account: str
    verifier: Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a listener hears: an event object, a text to be passed on as it is, or that its
    subscription is forgotten.

    It is for the subscribers of a listenKey, or of a public `stream`.
    """

    listen_key: str
    market: Market
    stream: str = ""
    event: JSON | None = None
    text: str | None = None
    forgotten: bool = False

    @property
    def subject(self) -> str:
        """The event's name, `raw` for a text."""
        return "raw" if self.event is None else str(self.event.get("e"))


Listener = Callable[[Publication], None]
GONE = "GONE"
"""The status of a symbol of which nobody is told any more."""


class Exchange:
    """The state of everything, and the one place that tells listeners about it.

    All parts of an exchange meet here, and one moment is the same for all: that is why it is large.
    """

    def __init__(
        self,
        accounts: Iterable[AccountState],
        *,
        clock: Clock,
        seed: int,
        rules: Rules,
        past: bool = True,
    ) -> None:
        self.lock = threading.RLock()
        self.clock, self.seed, self.rules = clock, seed, rules
        self.accounts = {account.name: account for account in accounts}
        self.contracts: Mapping[str, Contract] = contracts()
        self.marks = {name: c.mark_price for name, c in self.contracts.items()}
        opened_ms = clock.now_ms()
        self.candles = {name: Candles(mark, opened_ms) for name, mark in self.marks.items()}
        self.ledger = Ledger()
        self.listen_keys = ListenKeys(seed)
        self.rest_weight = WeightPool(rules.weight_limit)
        # The usdm WS-API counts by itself; coinm's still shares with REST (docs of 2026-10).
        self.ws_weight: dict[Market, WeightPool] = {
            "usdm": WeightPool(rules.weight_limit),
            "coinm": self.rest_weight,
        }
        self.keys: dict[str, ApiKey] = {}
        self.revoked: set[str] = set()  # accounts whose keys are refused
        self._replicas: dict[str, tuple[AccountState, int]] = {}
        self._listeners: list[Listener] = []
        self._ids = itertools.count(FIRST_ORDER_ID)
        self._trades = itertools.count(6_412_000_001)
        for account in self.accounts.values():
            self.add_key(account.name, HmacKey(self.secret(account.name)))
        self._pasts = self._opened() if past else {}
        self.change_rules(rules)

    def _opened(self) -> dict[tuple[str, Market], Past]:
        now, pasts = self.clock.now_ms(), dict[tuple[str, Market], Past]()
        for account in self.accounts.values():
            for market, book in account.books.items():
                pasts[account.name, market] = Past(
                    account=account.name,
                    market=market,
                    contracts=self.contracts,
                    prices=dict(self.marks),
                    wallets={row.asset: row.wallet for row in book.balances.values()},
                    positions=tuple(book.positions.values()),
                    opened_ms=now,
                    seed=self.seed,
                    number=len(pasts),
                )
        return pasts

    def past(self, account: AccountState, market: Market) -> History:
        """What happened to an account on a market before the exchange opened."""
        past = self._pasts.get((account.name, market))
        return past.history if past else History()

    def forget_past(self, account: AccountState, market: Market) -> None:
        """Let a market of an account have no past."""
        self._pasts.pop((account.name, market), None)

    def change_rules(self, rules: Rules) -> None:
        """Put other rules in force, from now on."""
        self.rules = rules
        for pool in (self.rest_weight, self.ws_weight["usdm"]):
            pool.limit = rules.weight_limit
        self.listen_keys.lifetime_ms = round(rules.listen_key_age_s * 1000)

    # --- keys ---

    def secret(self, account: str) -> str:
        """The HMAC secret of an account, fixed by its name and the seed."""
        return alphanumerics("secret", self.seed, account)

    def add_key(self, account: str, verifier: Verifier) -> ApiKey:
        """Register a key for an account; its text depends on kind and number only."""
        kind = type(verifier).__name__
        number = sum(key.account == account for key in self.keys.values())
        text = alphanumerics("apiKey", self.seed, account, kind, number)
        key = ApiKey(api_key=text, account=account, verifier=verifier)
        self.keys[text] = key
        return key

    def key(self, text: str) -> ApiKey:
        """Look an API key up; refuse a malformed (-2014) or unknown (-2015) one."""
        if len(text) != 64 or not (text.isascii() and text.isalnum()):
            raise bad_key_format()
        key = self.keys.get(text)
        if key is None or key.account in self.revoked:
            raise unknown_key()
        return key

    # --- what reads are answered from ---

    def read(self, account: str) -> AccountState:
        """An account as a read sees it: as it is, or as a copy that lags has it."""
        replica, until_ms = self._replicas.get(account, (self.accounts[account], 0))
        return replica if self.now_ms() < until_ms else self.accounts[account]

    def lag(self, account: AccountState, for_ms: int) -> None:
        """Let reads see the account as it is now for a while."""
        self._replicas[account.name] = (copy.deepcopy(account), self.now_ms() + for_ms)

    # --- facts and prices ---

    def now_ms(self) -> int:
        """The exchange's time."""
        return self.clock.now_ms()

    def next_id(self) -> int:
        """A fresh order, algo order or transaction id."""
        return next(self._ids)

    def next_trade_id(self) -> int:
        """A fresh trade id."""
        return next(self._trades)

    def contract(self, market: Market, symbol: str) -> Contract:
        """A trading symbol of a market; refuse any other (-1121)."""
        contract = self.contracts.get(symbol)
        if contract is None or contract.market != market or contract.status != "TRADING":
            raise bad_symbol()
        return contract

    def listed(self, market: Market) -> list[Contract]:
        """All symbols of a market, in their order."""
        known = self.contracts.values()
        return [c for c in known if c.market == market and c.status != GONE]

    def delist(self, contract: Contract, status: str) -> None:
        """Let a symbol be traded no more, nor its mark be told; `GONE` is not even listed."""
        self.contracts = {**self.contracts, contract.symbol: replace(contract, status=status)}

    def trading(self, market: Market) -> list[Contract]:
        """The symbols of a market in TRADING status."""
        return [c for c in self.listed(market) if c.status == "TRADING"]

    def valuation(self, account: AccountState, market: Market) -> Valuation:
        """Value a book at the present prices."""
        book = account.books[market]
        return Valuation(account, book, self.contracts, self.marks, self.rates)

    def risk(self, account: AccountState, contract: Contract, side: str) -> Risk:
        """Value one row at the present price."""
        return self.valuation(account, contract.market).risk(contract, side)

    @property
    def rates(self) -> dict[str, AssetRate]:
        """What assets count in USD at the present prices: coins as their marks have moved."""
        return {asset: self._moved(asset, rate) for asset, rate in asset_rates().items()}

    def _moved(self, asset: str, rate: AssetRate) -> AssetRate:
        first = contracts().get(f"{asset}USDT")
        if first is None or (mark := self.marks[first.symbol]) == first.mark_price:
            return rate
        return replace(rate, price=rounded(rate.price * mark / first.mark_price))

    def move_mark(self, symbol: str, price: Decimal) -> None:
        """Set a mark price; no event tells of it."""
        self.marks[symbol] = price
        self.candles[symbol].add(price, self.now_ms())

    # --- listeners ---

    def listen(self, listener: Listener) -> None:
        """Add a listener to everything told."""
        self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """Remove a listener."""
        self._listeners.remove(listener)

    def publish(self, account: AccountState, market: Market, event: JSON) -> None:
        """Send an event to the account's live listenKey, if it has one."""
        self._publish(account, market, event=event)

    def publish_raw(self, account: AccountState, market: Market, text: str) -> None:
        """Send any text to the account's live listenKey, as it is."""
        self._publish(account, market, text=text)

    def publish_public(self, market: Market, stream: str, event: JSON) -> None:
        """Send an event to whoever subscribed to a public stream."""
        told = Publication(listen_key="", market=market, stream=stream, event=event)
        for listener in tuple(self._listeners):
            listener(told)

    @property
    def is_heard(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._listeners)

    def forget_subscriptions(self, account: AccountState, market: Market) -> None:
        """Let all streams of the account's live listenKey forget it."""
        self._publish(account, market, forgotten=True)

    def _publish(self, account: AccountState, market: Market, **said: Any) -> None:
        if live := self.listen_keys.live(account.name, market):
            told = Publication(listen_key=live.key, market=market, **said)
            for listener in tuple(self._listeners):
                listener(told)

    def end_listen_key(self, account: AccountState, market: Market, event: JSON | None) -> None:
        """End a live key; sockets stay open and hear nothing more after the event."""
        if event is not None:
            self.publish(account, market, event)
        if ended := self.listen_keys.end(account.name, market):
            self._record_key(ended, "listenKeyExpired" if event else None)

    def expire_listen_keys(self) -> None:
        """End the keys whose time is over, and say so on their streams."""
        for key in self.listen_keys.overdue(self.now_ms()):
            event = {"e": "listenKeyExpired", "E": self.now_ms(), "listenKey": key.key}
            self.end_listen_key(self.accounts[key.account], key.market, event)

    def _record_key(self, key: ListenKey, event: str | None) -> None:
        now = self.now_ms()
        self.ledger.add(
            Entry(
                id=self.ledger.next_id,
                T=now,
                E=now,
                account=key.account,
                market=key.market,
                kind="listenKey",
                keys={},
                before={"expires": key.expires_ms},
                after=None,
                event=event,
            )
        )

    def hurried_rules(self) -> Rules:
        """The present rules, in this computer's seconds."""
        return self.rules.hurried(self.clock.speed)

    def with_rules(self, **changes: Any) -> Rules:
        """The present rules with some changed."""
        return replace(self.rules, **changes)
