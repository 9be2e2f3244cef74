"""`setAccount`: give an account an exact state on one market. `flows`: give it a longer past."""

from typing import Any

from binfut_cli.sandbox.account.decimals import ONE, ZERO
from binfut_cli.sandbox.account.history_rows import Flow, income_row
from binfut_cli.sandbox.account.rows import Balance, Book, Position, SymbolSettings
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.params import BadParams, Params

SIDES = ("BOTH", "LONG", "SHORT")
DAY_MS = 86_400_000
MOST_FLOWS = 1_000_000


def set_account(act: Act) -> None:
    """Replace all of the market, its past included, and the modes given."""
    params = act.params
    dual = params.flag("dualSidePosition", act.account.dual_side)
    multi = params.flag("multiAssetsMargin", act.account.multi_assets)
    book = Book(market=act.market)
    for row in _rows(params, "positions"):
        _add_position(act, book, row)
    for row in _rows(params, "balances"):
        _add_balance(act, book, row)
    params.finish()
    act.account.books[act.market] = book
    act.exchange.forget_past(act.account, act.market)
    act.account.dual_side, act.account.multi_assets = dual, multi
    change = act.change()
    held = {"balances": len(book.balances), "positions": len(book.positions)}
    change.record("account", {}, None, held, None)


def _rows(params: Params, name: str) -> list[Params]:
    rows: Any = params.value(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadParams(f"{name} must be a list of objects")
    return [Params(row) for row in rows]


def _add_position(act: Act, book: Book, row: Params) -> None:
    contract = act.exchange.contract(act.market, row.text("symbol"))
    position = Position(
        symbol=contract.symbol,
        side=row.choice("positionSide", SIDES, "BOTH"),
        amt=row.number("positionAmt", "0"),
        entry_price=row.number("entryPrice", "0"),
        break_even_price=row.number("breakEvenPrice", row.value("entryPrice", "0")),
        accumulated_realized=row.number("accumulatedRealized", "0"),
        isolated_wallet=row.number("isolatedWallet", "0"),
        update_time=row.integer("updateTime", 0),
    )
    if position.amt and position.entry_price <= 0:
        raise BadParams(f"the position in {contract.symbol} needs an entryPrice")
    isolated = row.choice("marginType", ("cross", "isolated"), "cross") == "isolated"
    settings = SymbolSettings(leverage=row.integer("leverage", 20), isolated=isolated)
    row.finish()
    book.positions[position.symbol, position.side] = position
    book.settings[position.symbol] = settings


def _add_balance(act: Act, book: Book, row: Params) -> None:
    asset = row.text("asset")
    contracts = act.exchange.contracts
    locked = sum(
        (
            position.isolated_wallet
            for position in book.positions.values()
            if contracts[position.symbol].margin_asset == asset
        ),
        ZERO,
    )
    wallet = row.number("walletBalance")
    margin = row.flag("margin", True)
    book.balances[asset] = Balance(
        asset=asset,
        wallet=wallet,
        cross=row.number("crossWalletBalance", wallet - locked if margin else ZERO),
        margin=margin,
        update_time=row.integer("updateTime", 0),
    )
    row.finish()


def flows(act: Act) -> None:
    """Add commissions to the income history, evenly over some days up to now.

    They explain nothing, like all of the past: no balance moves, and nobody is told.
    """
    params = act.params
    count, days = params.integer("count"), params.integer("days", 30)
    contract = act.contract()
    params.finish()
    if not (0 < count <= MOST_FLOWS and 0 < days <= 365):
        raise BadParams(f"count must be 1 to {MOST_FLOWS}, and days 1 to 365")
    end_ms, fee = act.exchange.now_ms(), -ONE.scaleb(-4)
    for left in range(count, 0, -1):
        flow = Flow(
            kind="COMMISSION",
            amount=fee,
            asset=contract.margin_asset,
            symbol=contract.symbol,
            time=end_ms - left * days * DAY_MS // count,
            number=act.exchange.next_id(),
        )
        act.book.income.append(income_row(act.market, flow))
