"""What a watch for people says of an alert: of what, which condition, with which figures."""

from collections.abc import Iterator
from typing import Any

from binfut_cli.codec import decimal
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import percent
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.events.digits import Digits, amount
from binfut_cli.render.watch.events.fragments import Speech, Told, leg
from binfut_cli.stream.records import Alert

_RATIOS = ("marginRatio", "liquidationDistance", "roe")
_NAMES = {"markPrice": "mark", "liquidationPrice": "liquidation"}


def told(speech: Speech, body: Alert) -> Told:
    """Its line: loud where it fires, or nobody can say whether it should."""
    is_over = body.state in ("cleared", "known")
    word, role = ("CLEAR", Role.GAIN) if is_over else ("ALERT", Role.BAD)
    return Told(word, name(body), [*parts(body, speech.digits)], role)


def name(body: Alert) -> str:
    """What it is of."""
    if "symbol" in body.key:
        return leg(body.key)
    return str(body.key.get("asset", "account" if body.kind == "totals" else body.kind))


def parts(body: Alert, digits: Digits) -> Iterator[str]:
    """What became of it, and the figures: each with its name, but the only one that it names."""
    text = plain(body.expression)
    if body.state == "unknown":
        yield f"{text} is not known to hold or not: {plain(body.reason)}"
        return
    if body.state == "known":
        yield f"{text} can be judged again"
        return
    again = f" (told {body.again + 1} times)" if body.again else ""
    said = f"{text} is clear" if body.state == "cleared" else f"{text}{again}"
    asked = [each for each in body.figures if each in body.expression]
    for place, (each, found) in enumerate(body.figures.items()):
        shown = _figure(each, found, digits)
        named = shown if [each] == asked else f"{_NAMES.get(each, plain(each))} {shown}"
        yield named if place else f"{said}: {named}"


def _figure(name: str, value: Any, digits: Digits) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _RATIOS and decimal(value) is not None:
        return percent(value)
    if name == "liquidationPrice":
        return digits.average(value)
    return plain(value) if isinstance(value, int) or name.endswith("Id") else amount(value)
