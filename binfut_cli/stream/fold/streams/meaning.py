"""What an event says, however it is written: what makes copies of two streams the same. Pure.

Two servers of an exchange need not write alike: one may be newer and say more, order its keys
otherwise, or write an amount with more zeros. What such a copy says would be taken for another
change.
"""

from hashlib import blake2b
from string import digits

from binfut_cli.codec import canonical, decimal
from binfut_cli.stream.events import NAMES, SPELLED, Event

Meaning = tuple[str, int | None, bytes]
"""An event's name, its transaction time, and what it says."""
SAID = SPELLED - {"marginAsset"}  # which is the symbol's, not the event's, and not documented
WHOLE = ("", "-")  # what stands before the digits of such a number


def meaning(event: Event) -> Meaning:
    """An event without when it was sent, and if it is documented, without what is not.

    It is the same for two events that say the same, also of one stream: those are to be counted.
    """
    said = _said(event.body) if event.name in NAMES else event.body
    digest = blake2b(canonical(said), digest_size=16).digest()
    return event.name, event.transaction_time, digest


def _said(value: object) -> object:
    """What is known of a value, with its numbers written plainly."""
    if type(value) is dict:
        return {
            key: _plain(each)
            if type(each) is str and not (each.isalpha() or each.isdigit())
            else _said(each)
            for key, each in value.items()
            if key in SAID
        }
    return [*map(_said, value)] if type(value) is list else value


def _plain(text: str) -> str:
    """A number without an exponent, and without zeros behind it; any other text as it is."""
    head = text.rstrip(digits)
    is_short = head.endswith(".") and not text.endswith("0")
    if head in WHOLE or is_short or (number := decimal(text)) is None:
        return text
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
