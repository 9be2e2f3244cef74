"""Money that comes and goes without a trade."""

from collections.abc import Callable
from decimal import Decimal

from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.figures import rounded
from binfut_cli.sandbox.words import BadWords

IN = ("DEPOSIT", "ADMIN_DEPOSIT", "COIN_SWAP_DEPOSIT", "WITHDRAW_REJECT", "INSURANCE_CLEAR")
OUT = ("WITHDRAW", "ADMIN_WITHDRAW", "COIN_SWAP_WITHDRAW", "OPTIONS_PREMIUM_FEE")
EITHER = ("ADJUSTMENT", "ASSET_TRANSFER", "OPTIONS_SETTLE_PROFIT")
USDM_ONLY = ("WITHDRAW_REJECT", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT", "AUTO_EXCHANGE")


def move(reason: str) -> Callable[[Act], None]:
    """Make the action of one ACCOUNT_UPDATE reason."""

    def moved(act: Act) -> None:
        if act.market == "coinm" and reason in USDM_ONLY:
            raise BadWords(f"{reason} exists on usdm only")
        amount = act.words.number if reason in EITHER else act.words.positive
        _credit(act, reason, amount("amount"))

    return moved


def _credit(act: Act, reason: str, amount: Decimal) -> None:
    asset = act.words.text("asset")
    act.words.finish()
    change = act.change()
    signed = -amount if reason in OUT else amount
    change.credit(asset, signed, counted=True)
    kind = "INSURANCE_CLEAR" if reason == "INSURANCE_CLEAR" else "TRANSFER"
    change.income(kind, signed, asset, "")
    change.tell(reason)


def auto_exchange(act: Act) -> None:
    """AUTO_EXCHANGE: one asset covers another's debt, at index prices (usdm)."""
    if act.market == "coinm":
        raise BadWords("AUTO_EXCHANGE exists on usdm only")
    source, target = act.words.text("from"), act.words.text("to")
    amount = act.words.positive("amount")
    act.words.finish()
    rates = act.exchange.rates
    if source not in rates or target not in rates:
        raise BadWords("from and to must be margin assets")
    change = act.change()
    change.credit(source, -amount, counted=True)
    bought = rounded(amount * rates[source].price / rates[target].price)
    change.credit(target, bought, counted=True)
    change.income("AUTO_EXCHANGE", -amount, source, "")
    change.income("AUTO_EXCHANGE", bought, target, "")
    change.tell("AUTO_EXCHANGE")
