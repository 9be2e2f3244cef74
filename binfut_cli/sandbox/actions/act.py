"""One action on one account."""

from dataclasses import dataclass

from binfut_cli.sandbox.catalog import Contract, Market
from binfut_cli.sandbox.change import Change
from binfut_cli.sandbox.exchange import Exchange
from binfut_cli.sandbox.rows import AccountState, Book
from binfut_cli.sandbox.words import Words


@dataclass(slots=True)
class Act:
    """One action on one account: the words, and what they are about."""

    exchange: Exchange
    account: AccountState
    market: Market
    words: Words

    @property
    def book(self) -> Book:
        """The rows concerned."""
        return self.account.books[self.market]

    def change(self) -> Change:
        """A change of the account, at this moment."""
        return Change(self.exchange, self.account, self.market)

    def contract(self) -> Contract:
        """The contract that `symbol` names."""
        return self.exchange.contract(self.market, self.words.text("symbol"))

    def side(self) -> str:
        """The position side; BOTH may be left out in one-way mode."""
        sides = self.account.sides
        default = {} if self.account.dual_side else {"default": "BOTH"}
        return self.words.choice("positionSide", sides, **default)
