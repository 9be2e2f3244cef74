"""One action on one account."""

import msgspec

from binfut_cli.sandbox.account.contracts import Contract, Market
from binfut_cli.sandbox.account.rows import AccountState, Book
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.transaction import Transaction
from binfut_cli.sandbox.params import Params


class Act(msgspec.Struct):
    """One action on one account: the parameters, and what they are about."""

    exchange: Exchange
    account: AccountState
    market: Market
    params: Params

    @property
    def book(self) -> Book:
        """The rows concerned."""
        return self.account.books[self.market]

    def change(self) -> Transaction:
        """A change of the account, at this moment."""
        return Transaction(self.exchange, self.account, self.market)

    def contract(self) -> Contract:
        """The contract that `symbol` names."""
        return self.exchange.contract(self.market, self.params.text("symbol"))

    def side(self) -> str:
        """The position side; BOTH may be left out in one-way mode."""
        sides = self.account.sides
        default = {} if self.account.dual_side else {"default": "BOTH"}
        return self.params.choice("positionSide", sides, **default)
