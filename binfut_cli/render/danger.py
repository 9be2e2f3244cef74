"""From which figures on a colour warns: how full a margin is, how near a liquidation."""

from decimal import Decimal

from binfut_cli.render.palette import Role

RATIO_WARN, RATIO_BAD = Decimal("0.5"), Decimal("0.8")
NEAR_WARN, NEAR_BAD = Decimal("0.15"), Decimal("0.05")


def of_ratio(ratio: Decimal) -> Role | str:
    """The role of a margin ratio: at 1, liquidation begins."""
    return Role.BAD if ratio >= RATIO_BAD else Role.WARN if ratio >= RATIO_WARN else ""


def of_distance(distance: Decimal) -> Role | str:
    """The role of a distance to the liquidation price: at 0, it is there."""
    return Role.BAD if distance <= NEAR_BAD else Role.WARN if distance <= NEAR_WARN else ""
