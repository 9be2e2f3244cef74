"""The few colours of a watch's lines, as escape sequences; no colour at all is one more palette."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """What to write before coloured text, and what after it."""

    gain: str = ""
    loss: str = ""
    warn: str = ""
    bad: str = ""
    faint: str = ""
    bold: str = ""
    off: str = ""

    def paint(self, role: str, shown: str) -> str:
        """Text in the style of a role: "gain", "warn" …; "" is none."""
        begin = getattr(self, role) if role else ""
        return f"{begin}{shown}{self.off}" if begin else shown

    def by_sign(self, shown: str) -> str:
        """A signed amount in the colour of its sign."""
        colour = self.gain if shown.startswith("+") else self.loss if shown.startswith("-") else ""
        return f"{colour}{shown}{self.off}" if colour else shown


PLAIN = Palette()
COLOURED = Palette(
    gain="\x1b[32m",
    loss="\x1b[31m",
    warn="\x1b[1;33m",
    bad="\x1b[1;31m",
    faint="\x1b[2m",
    bold="\x1b[1m",
    off="\x1b[0m",
)


def palette(colour: bool) -> Palette:
    """The palette for an output."""
    return COLOURED if colour else PLAIN
