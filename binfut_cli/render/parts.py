"""What lines are put together from: moments, legs, prices, fields, alarms."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from binfut_cli.render.ansi import Palette
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, signed
from binfut_cli.wire import Row, decimal

KIND_WIDTH = 8
ARROW = "→"


def clock(time_ms: int) -> str:
    """Local time of day: a watch is read beside a clock."""
    return f"{datetime.fromtimestamp(time_ms / 1000).astimezone():%H:%M:%S.%f}"[:-3]


def leg(row: Row) -> str:
    """A position's symbol, and its side if it has one."""
    side = row.get("positionSide", "BOTH")
    return str(row["symbol"]) if side == "BOTH" else f"{row['symbol']} {side}"


def fields(row: Row, *names: str) -> str:
    """Some fields of a row side by side, as far as it has them."""
    return " ".join(plain(row[name]) for name in names if row.get(name) is not None)


def at(price: Any) -> str:
    """A price behind what it is of; nothing for none."""
    return f" @ {amount(price)}" if decimal(price) else ""


def proceeds(row: Row, palette: Palette) -> Iterator[str]:
    """What a fill cost and brought, as far as it is not zero."""
    if decimal(row.get("commission")):
        yield f"fee {amount(row['commission'])} {plain(row.get('commissionAsset'))}"
    if decimal(row.get("realizedPnl")):
        yield f"realized {palette.by_sign(signed(row['realizedPnl']))}"


def alarm(palette: Palette, kind: str) -> str:
    """A kind of line that must not be overlooked."""
    return f"{palette.warn}{kind:<{KIND_WIDTH}}{palette.off}"
