"""What the exchange does to a position by itself: funding, margin calls, forced closes."""

from dataclasses import replace
from decimal import Decimal

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import ZERO, rounded
from binfut_cli.sandbox.account.events import margin_call as margin_call_event
from binfut_cli.sandbox.account.events import order_update
from binfut_cli.sandbox.account.margin import Risk
from binfut_cli.sandbox.account.order_rows import order_row
from binfut_cli.sandbox.account.rows import Order
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.actions.algo import expire_all
from binfut_cli.sandbox.exchange.exchange import GONE
from binfut_cli.sandbox.exchange.trade import Trade, execute
from binfut_cli.sandbox.exchange.transaction import Transaction
from binfut_cli.sandbox.params import BadParams

ACCOUNT_LIQUIDATED, SYMBOL_DELISTED = 5, 7  # `er`


def funding(act: Act) -> None:
    """FUNDING_FEE: a cross position pays from `B` alone, an isolated one from its own wallet.

    `rate` is what longs pay shorts; `amount` overrides it with what is credited.
    """
    contract = act.contract()
    rate = act.params.number("rate", "0.0001")
    given = act.params.number("amount") if "amount" in act.params.values else None
    act.params.finish()
    risks = _held(act, contract)
    change = act.change()
    for risk in risks:
        fee = rounded(-risk.notional * rate) if given is None else given / len(risks)
        _charge(change, risk, fee)
    change.publish("FUNDING_FEE", symbol=contract.symbol)


def _charge(change: Transaction, risk: Risk, fee: Decimal) -> None:
    contract = risk.contract
    change.credit(contract.margin_asset, fee, counted=True, cross=not risk.isolated)
    change.income("FUNDING_FEE", fee, contract.margin_asset, contract.symbol)
    if risk.isolated:
        row = change.book.position(contract.symbol, risk.position.side)
        change.position(replace(row, isolated_wallet=row.isolated_wallet + fee))


def _held(act: Act, contract: Contract) -> list[Risk]:
    values = act.exchange.valuation(act.account, act.market)
    risks = [values.risk(contract, side) for side in act.account.sides]
    held = [risk for risk in risks if risk.position.amt]
    if not held:
        raise BadParams(f"there is no position in {contract.symbol}")
    return held


def margin_call(act: Act) -> None:
    """MARGIN_CALL for the positions of a symbol."""
    contract = act.contract()
    act.params.finish()
    risks = _held(act, contract)
    change = act.change()
    cross = any(not risk.isolated for risk in risks)
    wallet = act.book.balance(contract.margin_asset).cross if cross else None
    change.send(margin_call_event(wallet, risks, change.at_ms))
    figures = {"maintMargin": str(sum((risk.maint_margin for risk in risks), ZERO))}
    change.record("marginCall", {"symbol": contract.symbol}, None, figures, "MARGIN_CALL")


def liquidation(act: Act) -> None:
    """Open orders expire, an `autoclose-` order closes, INSURANCE_CLEAR pays what is left."""
    contract, side = act.contract(), act.side()
    risk = _risk(act, contract, side)
    bankrupt = act.exchange.valuation(act.account, act.market).liquidation_price(risk)
    price = act.params.positive("price", bankrupt or risk.mark_price)
    quantity = act.params.positive("quantity", abs(risk.position.amt))
    act.params.finish()
    if quantity > abs(risk.position.amt):
        raise BadParams("quantity must not be above the position")
    change = act.change()
    for order in act.book.open_orders(contract.symbol):
        _expire(act.change(), contract, order, ACCOUNT_LIQUIDATED)
    name = f"autoclose-{change.at_ms}{act.exchange.next_trade_id() % 1_000_000:06d}"
    order = _closing(act, risk, quantity, price, name)
    trade = Trade(quantity=quantity, price=price, execution="CALCULATED")
    _force(change, contract, order, trade)
    _clear(act, contract)


def auto_deleverage(act: Act) -> None:
    """An ADL: an `adl_autoclose` order takes profit away at a price."""
    contract, side = act.contract(), act.side()
    risk = _risk(act, contract, side)
    price = act.params.positive("price", risk.mark_price)
    quantity = act.params.positive("quantity", abs(risk.position.amt))
    act.params.finish()
    if quantity > abs(risk.position.amt):
        raise BadParams("quantity must not be above the position")
    order = _closing(act, risk, quantity, price, "adl_autoclose")
    _force(act.change(), contract, order, Trade(quantity=quantity, price=price))


def delist(act: Act) -> None:
    """A symbol is traded no more: no mark of it is told, and of every account its orders expire.

    Unless it is not to settle them, `settlement_autoclose-` orders close its positions at the mark.
    """
    contract = act.exchange.contracts.get(act.params.text("symbol"))
    status = act.params.choice("status", ("SETTLING", "CLOSE", GONE), "SETTLING")
    settles = act.params.flag("settles", True)
    act.params.finish()
    if contract is None:
        raise BadParams("no contract has this symbol")
    act.exchange.delist(contract, status)
    for account in act.exchange.accounts.values():
        its = replace(act, account=account, market=contract.market)
        for order in its.book.open_orders(contract.symbol):
            _expire(its.change(), contract, order, SYMBOL_DELISTED)
        expire_all(its, contract.symbol)
        for side in account.sides if settles else ():
            _settle(its, act.exchange.risk(account, contract, side))


def _settle(act: Act, risk: Risk) -> None:
    if held := abs(risk.position.amt):
        change = act.change()
        name = f"settlement_autoclose-{change.at_ms}"
        order = _closing(act, risk, held, risk.mark_price, name)
        trade = Trade(quantity=held, price=risk.mark_price, commission=ZERO)
        _force(change, risk.contract, order, trade)


def _risk(act: Act, contract: Contract, side: str) -> Risk:
    risk = act.exchange.risk(act.account, contract, side)
    if not risk.position.amt:
        raise BadParams(f"there is no {side} position in {contract.symbol}")
    return risk


def _closing(act: Act, risk: Risk, quantity: Decimal, price: Decimal, name: str) -> Order:
    is_liquidation = name.startswith("autoclose-")
    return Order(
        order_id=act.exchange.next_id(),
        client_order_id=name,
        symbol=risk.contract.symbol,
        side="SELL" if risk.position.amt > 0 else "BUY",
        position_side=risk.position.side,
        type="LIQUIDATION" if is_liquidation else "LIMIT",
        orig_qty=quantity,
        price=price,
        time_in_force="IOC" if is_liquidation else "GTC",
    )


def _expire(change: Transaction, contract: Contract, order: Order, reason: int) -> None:
    order = change.order(replace(order, status="EXPIRED"))
    event = order_update(contract, order, "EXPIRED", change.at_ms, expiry_reason=reason)
    change.send(event)


def _force(change: Transaction, contract: Contract, order: Order, trade: Trade) -> None:
    order = execute(change, contract, order, trade)
    change.book.forced_orders.append(order_row(contract, order))


def _clear(act: Act, contract: Contract) -> None:
    """The insurance fund fills up what a liquidation left below zero."""
    debt = act.book.balance(contract.margin_asset).wallet
    if debt < 0:
        change = act.change()
        change.credit(contract.margin_asset, -debt, counted=True)
        change.income("INSURANCE_CLEAR", -debt, contract.margin_asset, contract.symbol)
        change.publish("INSURANCE_CLEAR")
