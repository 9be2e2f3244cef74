"""A REST route: what answers it, what it costs, what it asks for; and one admitted request."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

import msgspec

from binfut_cli.sandbox.account.contracts import Contract, Market
from binfut_cli.sandbox.account.rows import AccountState, Book
from binfut_cli.sandbox.api.authentication import require
from binfut_cli.sandbox.api.coinm_views import CoinmViews
from binfut_cli.sandbox.api.usdm_views import UsdmViews
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.past import History


class Security(Enum):
    """What a route asks for: nothing, an API key, or a signature."""

    NONE = auto()
    KEY = auto()
    SIGNED = auto()


class Ask(msgspec.Struct, frozen=True):
    """One admitted request."""

    exchange: Exchange
    market: Market
    account: AccountState
    params: Mapping[str, str]

    def symbol(self) -> str | None:
        """The optional `symbol`, which must be traded here."""
        name = self.params.get("symbol")
        if name is not None:
            self.exchange.contract(self.market, name)
        return name

    def contracts(self) -> list[Contract]:
        """The contract asked for, or all."""
        name = self.symbol()
        listed = self.exchange.trading(self.market)
        return [c for c in listed if name in (None, c.symbol)]

    def one(self) -> Contract:
        """The contract of `symbol`, which is mandatory."""
        return self.exchange.contract(self.market, require(self.params, "symbol"))

    @property
    def book(self) -> Book:
        """What the account holds on the market asked."""
        return self.account.books[self.market]

    @property
    def past(self) -> History:
        """What happened on the market asked before the exchange opened."""
        return self.exchange.past(self.account, self.market)

    @property
    def usdm(self) -> UsdmViews:
        """The usdm reads."""
        return UsdmViews(self.exchange, self.account)

    @property
    def coinm(self) -> CoinmViews:
        """The coinm reads."""
        return CoinmViews(self.exchange, self.account)


class Route(msgspec.Struct, frozen=True):
    """A route: what answers it, its weight with and without `symbol`, and its security.

    `by_limit` is for those whose weight goes by how many rows are asked for instead.
    """

    answer: Callable[[Ask], Any]
    weight: int = 1
    weight_all: int | None = None
    security: Security = Security.SIGNED
    by_limit: Callable[[Mapping[str, str]], int] | None = None

    def cost(self, params: Mapping[str, str]) -> int:
        """The weight of a request with these parameters."""
        if self.by_limit is not None:
            return self.by_limit(params)
        return self.weight if self.weight_all is None or "symbol" in params else self.weight_all
