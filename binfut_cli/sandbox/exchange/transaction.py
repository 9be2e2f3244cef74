"""One change of one account: rows are replaced, the ledger is written, one event tells the delta.

Delta semantics: `B` has only assets that changed, `P` only rows of changed symbols, values inside a
row are absolute, `bc` leaves out profit and commission.
"""

from decimal import Decimal

from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.decimals import ZERO, plain, rounded
from binfut_cli.sandbox.account.events import account_update, balance_row, position_row
from binfut_cli.sandbox.account.history_rows import Flow, income_row
from binfut_cli.sandbox.account.margin import Risk
from binfut_cli.sandbox.account.rows import (
    JSON,
    AccountState,
    AlgoOrder,
    Balance,
    Order,
    Position,
    SymbolSettings,
)
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.ledger import Entry


class Transaction:
    """Collect what one happening changes, at one moment; `tell` sends it.

    A method for each thing that can be changed: that is why there are many.
    """

    def __init__(self, exchange: Exchange, account: AccountState, market: Market) -> None:
        self.exchange, self.account, self.market = exchange, account, market
        self.book = account.books[market]
        self.at_ms = exchange.now_ms()
        self._balances: dict[str, Decimal] = {}
        self._positions: dict[tuple[str, str], None] = {}

    # --- balances ---

    def credit(self, asset: str, amount: Decimal, *, counted: bool, cross: bool = True) -> None:
        """Add to a wallet; `counted` puts it into `bc`; `cross` false leaves the cross part."""
        old = self.book.balance(asset)
        self._book_balance(
            replace(
                old,
                wallet=rounded(old.wallet + amount),
                cross=rounded(old.cross + amount) if cross and old.margin else old.cross,
            ),
            amount if counted else ZERO,
        )

    def lock(self, asset: str, amount: Decimal) -> None:
        """Move from the cross part of a wallet to an isolated one (back when negative)."""
        old = self.book.balance(asset)
        self._book_balance(replace(old, cross=rounded(old.cross - amount)), ZERO)

    def touch(self, asset: str) -> None:
        """Push an asset that did not change, as a margin type change does."""
        self._balances.setdefault(asset, ZERO)

    def _book_balance(self, new: Balance, counted: Decimal) -> None:
        old = self.book.balance(new.asset)
        new = replace(new, update_time=self.at_ms)
        self.book.balances[new.asset] = new
        self._balances[new.asset] = self._balances.get(new.asset, ZERO) + counted
        self.record(
            "balance",
            {"asset": new.asset},
            _balance_figures(old),
            _balance_figures(new),
            "ACCOUNT_UPDATE",
        )

    # --- positions ---

    def position(self, new: Position) -> None:
        """Replace a position row."""
        old = self.book.position(new.symbol, new.side)
        self.book.positions[new.symbol, new.side] = new = replace(new, update_time=self.at_ms)
        self._positions[new.symbol, new.side] = None
        self.record(
            "position",
            {"symbol": new.symbol, "positionSide": new.side},
            self._position_figures(old),
            self._position_figures(new),
            "ACCOUNT_UPDATE",
        )

    def include(self, symbol: str, *, all_rows: bool = False) -> None:
        """Push a symbol's used rows though they did not change."""
        sides = ("BOTH", *self.account.sides) if self._sends_both(symbol) else self.account.sides
        for side in dict.fromkeys(sides):
            if all_rows or side == "BOTH" or self.book.position(symbol, side).initialised:
                self._positions[symbol, side] = None

    def _sends_both(self, symbol: str) -> bool:
        if not self.account.dual_side:
            return True
        return self.exchange.rules.both_row or self.book.setting(symbol).isolated

    # --- settings and orders: the ledger knows, ACCOUNT_UPDATE does not ---

    def setting(self, symbol: str, new: SymbolSettings, event: str) -> None:
        """Replace what the user chose for a symbol."""
        old, self.book.settings[symbol] = self.book.setting(symbol), new
        self.record(
            "config", {"symbol": symbol}, _setting_figures(old), _setting_figures(new), event
        )

    def order(self, new: Order) -> Order:
        """Add or replace an order, stamped with this moment."""
        old = self.book.orders.get(new.order_id)
        new = replace(new, update_time=self.at_ms, time=old.time if old else self.at_ms)
        self.book.orders[new.order_id] = new
        keys = {"orderId": str(new.order_id), "symbol": new.symbol}
        before = _order_figures(old) if old else None
        self.record("order", keys, before, _order_figures(new), "ORDER_TRADE_UPDATE")
        return new

    def algo_order(self, new: AlgoOrder) -> AlgoOrder:
        """Add or replace a conditional order, stamped with this moment."""
        old = self.book.algo_orders.get(new.algo_id)
        new = replace(new, update_time=self.at_ms, time=old.time if old else self.at_ms)
        self.book.algo_orders[new.algo_id] = new
        keys = {"algoId": str(new.algo_id), "symbol": new.symbol}
        before = {"status": old.status} if old else None
        self.record("algoOrder", keys, before, {"status": new.status}, "ALGO_UPDATE")
        return new

    # --- history ---

    def income(self, kind: str, amount: Decimal, asset: str, symbol: str, trade: str = "") -> None:
        """Add a row to the income history."""
        flow = Flow(
            kind=kind,
            amount=amount,
            asset=asset,
            symbol=symbol,
            time=self.at_ms,
            number=self.exchange.next_id(),
            trade=trade,
        )
        self.book.income.append(income_row(self.market, flow))

    def record(
        self, kind: str, keys: dict[str, str], before: JSON | None, after: JSON, event: str | None
    ) -> None:
        """Write a ledger entry."""
        ledger = self.exchange.ledger
        ledger.add(
            Entry(
                id=ledger.next_id,
                T=self.at_ms,
                E=self.at_ms,
                account=self.account.name,
                market=self.market,
                kind=kind,
                keys=keys,
                before=before,
                after=after,
                event=event,
            )
        )

    # --- telling ---

    def publish(self, reason: str, symbol: str | None = None) -> None:
        """Send ACCOUNT_UPDATE with what changed; `symbol` becomes `a.S` of a funding fee."""
        balances = [balance_row(self.book.balance(a), bc) for a, bc in self._balances.items()]
        event = account_update(reason, balances, self._position_rows(), self.at_ms)
        if symbol is not None:
            event["a"]["S"] = symbol
        self.send(event)

    def send(self, event: JSON) -> None:
        """Send any event of this moment."""
        self.exchange.publish(self.account, self.market, event)

    def _position_rows(self) -> list[JSON]:
        for symbol in dict.fromkeys(key[0] for key in self._positions):
            if self.account.dual_side and self._sends_both(symbol):
                self.include(symbol, all_rows=not self.exchange.rules.both_row)
        order = {"BOTH": 0, "LONG": 1, "SHORT": 2}
        keys = sorted(self._positions, key=lambda key: order[key[1]])
        return [position_row(self._risk(*key)) for key in keys]

    def _risk(self, symbol: str, side: str) -> Risk:
        contract = self.exchange.contracts[symbol]
        return self.exchange.risk(self.account, contract, side)

    def _position_figures(self, row: Position) -> JSON:
        return {
            "positionAmt": plain(row.amt),
            "entryPrice": plain(row.entry_price),
            "breakEvenPrice": plain(row.break_even_price),
            "accumulatedRealized": plain(row.accumulated_realized),
            "isolatedWallet": plain(row.isolated_wallet),
        }


def _balance_figures(row: Balance) -> JSON:
    return {"walletBalance": plain(row.wallet), "crossWalletBalance": plain(row.cross)}


def _setting_figures(row: SymbolSettings) -> JSON:
    return {"leverage": row.leverage, "marginType": row.margin_type}


def _order_figures(row: Order) -> JSON:
    return {
        "status": row.status,
        "origQty": plain(row.orig_qty),
        "executedQty": plain(row.executed_qty),
        "price": plain(row.price),
    }
