"""Money that comes and goes without a trade."""

from collections.abc import Callable
from decimal import Decimal

from binfut_cli.sandbox.account.decimals import rounded
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.params import BadParams

IN = ("DEPOSIT", "ADMIN_DEPOSIT", "COIN_SWAP_DEPOSIT", "WITHDRAW_REJECT", "INSURANCE_CLEAR")
OUT = ("WITHDRAW", "ADMIN_WITHDRAW", "COIN_SWAP_WITHDRAW", "OPTIONS_PREMIUM_FEE")
EITHER = ("ADJUSTMENT", "ASSET_TRANSFER", "OPTIONS_SETTLE_PROFIT")
USDM_ONLY = ("WITHDRAW_REJECT", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT", "AUTO_EXCHANGE")


def move(reason: str) -> Callable[[Act], None]:
    """Make the action of one ACCOUNT_UPDATE reason."""

    def moved(act: Act) -> None:
        if act.market == "coinm" and reason in USDM_ONLY:
            raise BadParams(f"{reason} exists on usdm only")
        amount = act.params.number if reason in EITHER else act.params.positive
        _credit(act, reason, amount("amount"))

    return moved


def _credit(act: Act, reason: str, amount: Decimal) -> None:
    asset = act.params.text("asset")
    act.params.finish()
    change = act.change()
    signed = -amount if reason in OUT else amount
    change.credit(asset, signed, counted=True)
    kind = "INSURANCE_CLEAR" if reason == "INSURANCE_CLEAR" else "TRANSFER"
    change.income(kind, signed, asset, "")
    change.publish(reason)


def auto_exchange(act: Act) -> None:
    """AUTO_EXCHANGE: one asset covers another's debt, at index prices (usdm)."""
    if act.market == "coinm":
        raise BadParams("AUTO_EXCHANGE exists on usdm only")
    source, target = act.params.text("from"), act.params.text("to")
    amount = act.params.positive("amount")
    act.params.finish()
    rates = act.exchange.rates
    if source not in rates or target not in rates:
        raise BadParams("from and to must be margin assets")
    change = act.change()
    change.credit(source, -amount, counted=True)
    bought = rounded(amount * rates[source].price / rates[target].price)
    change.credit(target, bought, counted=True)
    change.income("AUTO_EXCHANGE", -amount, source, "")
    change.income("AUTO_EXCHANGE", bought, target, "")
    change.publish("AUTO_EXCHANGE")
