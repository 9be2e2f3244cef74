"""What a watch for people says of an alert: of what, which condition, with which figures."""

from typing import Any

from binfut_cli.codec import Row, decimal
from binfut_cli.render.ansi import Palette
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, percent
from binfut_cli.render.watch.fragments import KIND_WIDTH, leg
from binfut_cli.stream.records import Alert

_RATIOS = ("marginRatio", "liquidationDistance", "roe")
_NAMES = {"markPrice": "mark", "liquidationPrice": "liquidation"}


def line(body: Alert, palette: Palette) -> tuple[str, str, str]:
    """(kind, name, text) of its line: red where it fires, or nobody can say whether it should."""
    colour = palette.gain if body.state in ("cleared", "known") else palette.loss + palette.bold
    word = "CLEAR" if body.state in ("cleared", "known") else "ALERT"
    return f"{colour}{word:<{KIND_WIDTH}}{palette.off}", name(body), told(body)


def name(body: Alert) -> str:
    """What it is of."""
    if "symbol" in body.key:
        return leg(body.key)
    return str(body.key.get("asset", "account" if body.kind == "totals" else body.kind))


def told(body: Alert) -> str:
    """What became of it, with the figures."""
    text = plain(body.expression)
    match body.state:
        case "unknown":
            return f"{text} is not known to hold or not: {plain(body.reason)}"
        case "known":
            return f"{text}: it is known again whether it holds"
        case "cleared":
            return f"{text} is clear: {_figures(body.figures)}"
    again = f" (told {body.again + 1} times)" if body.again else ""
    return f"{text}{again}: {_figures(body.figures)}"


def _figures(row: Row) -> str:
    return ", ".join(f"{_NAMES.get(name, plain(name))} {_figure(name, row[name])}" for name in row)


def _figure(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _RATIOS and decimal(value) is not None:
        return percent(value)
    return plain(value) if isinstance(value, int) or name.endswith("Id") else amount(value)
