"""What a watch for people says of an alert: of what, which condition, with which figures."""

from typing import Any

from binfut_cli.codec import decimal
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
            return f"{text} can be judged again"
        case "cleared":
            return f"{text} is clear: {_figures(body)}"
    again = f" (told {body.again + 1} times)" if body.again else ""
    return f"{text}{again}: {_figures(body)}"


def _figures(body: Alert) -> str:
    """The figures, each with its name; without, if it is the only one that the expression names."""
    asked = [each for each in body.figures if each in body.expression]
    names = {asked[0]: ""} if len(asked) == 1 else {}
    return ", ".join(
        f"{names.get(each, f'{_NAMES.get(each, plain(each))} ')}{_figure(each, found)}"
        for each, found in body.figures.items()
    )


def _figure(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _RATIOS and decimal(value) is not None:
        return percent(value)
    return plain(value) if isinstance(value, int) or name.endswith("Id") else amount(value)
