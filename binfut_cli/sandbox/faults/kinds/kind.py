"""What a kind of fault is: where it fits, how parameters make it, what it strikes by default."""

from collections.abc import Callable, Mapping

import msgspec

from binfut_cli.sandbox.faults.armed import Effect, Layer
from binfut_cli.sandbox.params import Params

MESSAGES: tuple[Layer, ...] = ("stream", "wsApi")
TEXTS: tuple[Layer, ...] = ("stream", "wsApi", "rest")
REPLIES: tuple[Layer, ...] = ("wsApi", "rest")
HTTP: tuple[Layer, ...] = ("rest", "handshake")


class Kind(msgspec.Struct, frozen=True):
    """A fault: its layers (the first is the default), its maker, and what it strikes.

    `on` holds unless the parameters say another; empty strikes anything.
    """

    layers: tuple[Layer, ...]
    make: Callable[[Params], Effect]
    on: tuple[str, ...] = ()


Kinds = Mapping[str, Kind]


def plain(effect: Effect) -> Callable[[Params], Effect]:
    """Make an effect that takes no parameters."""
    return lambda params: effect
