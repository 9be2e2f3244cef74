"""What a kind of fault is: where it fits, how its words make it, what it strikes by default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from binfut_cli.sandbox.faults import Bend, Layer
from binfut_cli.sandbox.words import Words

MESSAGES: tuple[Layer, ...] = ("stream", "wsApi")
TEXTS: tuple[Layer, ...] = ("stream", "wsApi", "rest")
REPLIES: tuple[Layer, ...] = ("wsApi", "rest")
HTTP: tuple[Layer, ...] = ("rest", "handshake")


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault: its layers (the first is the default), its maker, and what it strikes.

    `on` holds unless the words say another; empty strikes anything.
    """

    layers: tuple[Layer, ...]
    make: Callable[[Words], Bend]
    on: tuple[str, ...] = ()


Kinds = Mapping[str, Kind]


def plain(bend: Bend) -> Callable[[Words], Bend]:
    """Make a bend that takes no words."""
    return lambda words: bend
