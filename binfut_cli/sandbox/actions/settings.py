"""What a user sets: leverage, margin type, position margin, modes; and what a test sets."""

from decimal import Decimal

from msgspec.structs import fields, replace

from binfut_cli.sandbox.account.decimals import ZERO, rounded
from binfut_cli.sandbox.account.events import leverage_changed, multi_assets_changed
from binfut_cli.sandbox.account.history_rows import margin_change_row
from binfut_cli.sandbox.account.margin import notional
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.params import BadParams


def leverage(act: Act) -> None:
    """ACCOUNT_CONFIG_UPDATE `ac`."""
    contract, value = act.contract(), act.params.integer("leverage")
    act.params.finish()
    if not 1 <= value <= contract.brackets[0].initial_leverage:
        raise BadParams(f"leverage must be 1 to {contract.brackets[0].initial_leverage}")
    change = act.change()
    setting = replace(act.book.setting(contract.symbol), leverage=value)
    change.setting(contract.symbol, setting, "ACCOUNT_CONFIG_UPDATE")
    change.send(leverage_changed(contract.symbol, value, change.at_ms))


def margin_type(act: Act) -> None:
    """ACCOUNT_UPDATE MARGIN_TYPE_CHANGE: the symbol's rows, and the margin asset."""
    contract = act.contract()
    isolated = act.params.choice("marginType", ("CROSSED", "ISOLATED")) == "ISOLATED"
    act.params.finish()
    if act.account.multi_assets and isolated and act.market == "usdm":
        raise BadParams("multi-assets mode has no isolated margin (-4168)")
    setting = act.book.setting(contract.symbol)
    if setting.isolated == isolated:
        raise BadParams("the symbol has this margin type already (-4046)")
    change = act.change()
    new = replace(setting, isolated=isolated)
    change.setting(contract.symbol, new, "ACCOUNT_UPDATE")
    for side in act.account.sides:
        row = act.book.position(contract.symbol, side)
        if row.amt:
            needed = abs(notional(contract, row.amt, row.entry_price)) / setting.leverage
            wallet = rounded(needed) if isolated else ZERO
            change.lock(contract.margin_asset, wallet - row.isolated_wallet)
            change.position(replace(row, isolated_wallet=wallet))
    change.touch(contract.margin_asset)
    change.include(contract.symbol)
    change.publish("MARGIN_TYPE_CHANGE")


def position_margin(act: Act) -> None:
    """MARGIN_TRANSFER: add to (or, below zero, take from) an isolated position's wallet."""
    contract, side = act.contract(), act.side()
    amount = act.params.number("amount")
    act.params.finish()
    row = act.book.position(contract.symbol, side)
    if not row.amt or not act.book.setting(contract.symbol).isolated:
        raise BadParams("there is no isolated position to add margin to")
    if row.isolated_wallet + amount < 0:
        raise BadParams("the position's wallet has less than that")
    change = act.change()
    change.lock(contract.margin_asset, amount)
    change.position(replace(row, isolated_wallet=row.isolated_wallet + amount))
    act.book.margin_changes.append(
        margin_change_row(contract.margin_asset, row, amount, change.at_ms)
    )
    change.publish("MARGIN_TRANSFER")


def multi_assets(act: Act) -> None:
    """ACCOUNT_CONFIG_UPDATE `ai` (usdm)."""
    on = act.params.flag("multiAssetsMargin")
    act.params.finish()
    book = act.account.books["usdm"]
    isolated = any(row.amt and book.setting(row.symbol).isolated for row in book.positions.values())
    if on and isolated:
        raise BadParams("multi-assets mode has no isolated margin (-4167)")
    act.market = "usdm"
    change = act.change()
    before, act.account.multi_assets = act.account.multi_assets, on
    figures = ({"multiAssetsMargin": before}, {"multiAssetsMargin": on})
    change.record("config", {}, *figures, "ACCOUNT_CONFIG_UPDATE")
    change.send(multi_assets_changed(on, change.at_ms))


def position_mode(act: Act) -> None:
    """Change hedge or one-way mode on both markets. No event exists for it."""
    dual = act.params.flag("dualSidePosition")
    act.params.finish()
    books = act.account.books.values()
    if any(row.amt for book in books for row in book.positions.values()):
        raise BadParams("the position mode can change only without positions (-4068)")
    change = act.change()
    before, act.account.dual_side = act.account.dual_side, dual
    figures = ({"dualSidePosition": before}, {"dualSidePosition": dual})
    change.record("config", {}, *figures, None)


def mark(act: Act) -> None:
    """Move a mark price. No event tells of it."""
    contract = act.contract()
    price = act.params.positive("price")
    act.params.finish()
    act.exchange.move_mark(contract.symbol, price)


def rules(act: Act) -> None:
    """Change the exchange's rules; the parameters are those of `Rules`, in camelCase."""
    changes = {}
    for rule in fields(Rules):
        name = _camel(rule.name)
        if name in act.params.values:
            changes[rule.name] = _rule(act, name, rule.default)
    act.params.finish()
    act.exchange.change_rules(act.exchange.with_rules(**changes))


def _rule(act: Act, name: str, default: object) -> object:
    if isinstance(default, bool):
        return act.params.flag(name)
    if isinstance(default, int):
        return act.params.integer(name)
    value: object = act.params.value(name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | Decimal)
        or value < 0
        or (value == 0 and default)
    ):
        raise BadParams(f"{name} must be a number of seconds above zero")
    return float(value)


def _camel(name: str) -> str:
    first, *rest = name.removesuffix("_s").split("_")
    return first + "".join(word.title() for word in rest)
