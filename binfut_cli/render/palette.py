"""The colours there are, by what they say: of lines, of tables, and of what draws itself.

Colours are numbers of xterm's 256, which every terminal of today knows, and which do not change
with its theme. Where the background is not told, they stand about as far from black as from white.
Gain and loss, LONG and SHORT stay apart for eyes that lack a cone, too; and none says anything
alone: amounts have their sign, sides their word. `tests/render/test_palette.py` measures all of it.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

_LEVELS = (0, 95, 135, 175, 215, 255)  # of xterm's colour cube


class Role:
    """What a style says: the name of one of a palette's."""

    GAIN = "gain"
    LOSS = "loss"
    LONG = "long"
    SHORT = "short"
    WARN = "warn"
    BAD = "bad"  # must not be overlooked
    FAINT = "faint"  # beside the matter, or of no use
    BOLD = "bold"  # titles


class PaletteName(StrEnum):
    """The palettes to choose from."""

    DEFAULT = "default"
    COLORBLIND = "colorblind"  # blue and orange, which the most eyes tell apart
    MONO = "mono"  # weight and inversion alone


class Background(StrEnum):
    """What a terminal's background is, as far as it is told."""

    ANY = "any"
    DARK = "dark"
    LIGHT = "light"


class Style(msgspec.Struct, frozen=True):
    """How text looks; in an f-string, the escape sequence that begins it.

    `colour` is one of xterm's 256, None for the terminal's own.
    """

    colour: int | None = None
    bold: bool = False
    faint: bool = False
    underline: bool = False
    reverse: bool = False

    def __str__(self) -> str:
        marks = (("1", self.bold), ("2", self.faint), ("4", self.underline), ("7", self.reverse))
        codes = [code for code, is_on in marks if is_on]
        if self.colour is not None:
            codes.append(f"38;5;{self.colour}")
        return f"\x1b[{';'.join(codes)}m" if codes else ""

    @property
    def hex(self) -> str | None:
        """The colour as `#rrggbb`."""
        if self.colour is None:
            return None
        if self.colour >= 232:
            return "#" + f"{8 + 10 * (self.colour - 232):02x}" * 3  # a grey
        place = self.colour - 16
        parts = (_LEVELS[place // 36], _LEVELS[place // 6 % 6], _LEVELS[place % 6])
        return "#" + "".join(f"{part:02x}" for part in parts)

    @property
    def rich(self) -> str:
        """The same in rich's and Textual's words; "" for plain text."""
        marks = (
            ("bold", self.bold),
            ("dim", self.faint),
            ("underline", self.underline),
            ("reverse", self.reverse),
        )
        words = [word for word, is_on in marks if is_on]
        return " ".join([*words, *([self.hex] if self.hex else [])])


class Palette(msgspec.Struct, frozen=True):
    """A style for each role; no colour at all is one more palette."""

    gain: Style = Style()
    loss: Style = Style()
    long: Style = Style()
    short: Style = Style()
    warn: Style = Style()
    bad: Style = Style()
    faint: Style = Style()
    bold: Style = Style()

    @property
    def off(self) -> str:
        """What ends a style."""
        return "" if self == PLAIN else "\x1b[0m"

    def of(self, role: str) -> Style:
        """The style of a role; a plain one for "" and for what is none."""
        return getattr(self, role) if role in ROLES else Style()

    def paint(self, role: str, shown: str) -> str:
        """Text in the style of a role."""
        if not role or self is PLAIN:  # most lines go where there is no colour
            return shown
        return f"{begin}{shown}{self.off}" if (begin := str(self.of(role))) else shown

    def by_sign(self, shown: str) -> str:
        """A signed amount in the colour of its sign."""
        return shown if self is PLAIN else self.paint(sign(shown), shown)


def sign(shown: str) -> str:
    """The role of a signed amount; "" for zero and for what is none."""
    return Role.GAIN if shown.startswith("+") else Role.LOSS if shown.startswith("-") else ""


def side(name: object) -> str:
    """The role of a side: of a position, or of the order that would make one."""
    return {"LONG": Role.LONG, "BUY": Role.LONG, "SHORT": Role.SHORT, "SELL": Role.SHORT}.get(
        str(name), ""
    )


RATIO_WARN, RATIO_BAD = Decimal("0.5"), Decimal("0.8")
NEAR_WARN, NEAR_BAD = Decimal("0.15"), Decimal("0.05")


def of_ratio(ratio: Decimal) -> str:
    """The role of a margin ratio: at 1, liquidation begins."""
    return Role.BAD if ratio >= RATIO_BAD else Role.WARN if ratio >= RATIO_WARN else ""


def of_distance(distance: Decimal) -> str:
    """The role of a distance to the liquidation price: at 0, it is there."""
    return Role.BAD if distance <= NEAR_BAD else Role.WARN if distance <= NEAR_WARN else ""


ROLES = frozenset(Palette.__struct_fields__)
PLAIN = Palette()
MONO = Palette(
    loss=Style(bold=True),
    warn=Style(underline=True),
    bad=Style(bold=True, reverse=True),
    faint=Style(faint=True),
    bold=Style(bold=True),
)


def _of(gain: int, loss: int, long: int, short: int, warn: int, faint: int) -> Palette:
    return Palette(
        gain=Style(gain),
        loss=Style(loss),
        long=Style(long),
        short=Style(short),
        warn=Style(warn, bold=True),
        bad=Style(loss, bold=True, reverse=True),
        faint=Style(faint),
        bold=Style(bold=True),
    )


COLOURED: Mapping[PaletteName, Mapping[Background, Palette]] = {
    PaletteName.DEFAULT: {
        Background.ANY: _of(30, 196, 33, 100, 130, 244),
        Background.DARK: _of(44, 203, 75, 186, 220, 246),
        Background.LIGHT: _of(23, 160, 26, 58, 94, 242),
    },
    PaletteName.COLORBLIND: {
        Background.ANY: _of(33, 166, 30, 100, 130, 244),
        Background.DARK: _of(75, 214, 80, 186, 220, 246),
        Background.LIGHT: _of(26, 130, 23, 58, 94, 242),
    },
    PaletteName.MONO: dict.fromkeys(Background, MONO),
}


def palette(
    name: PaletteName = PaletteName.DEFAULT, background: Background = Background.ANY
) -> Palette:
    """A palette on a background."""
    return COLOURED[name][background]


def background(environ: Mapping[str, str]) -> Background:
    """What the environment tells of the terminal: BINFUT_BACKGROUND, or else COLORFGBG.

    COLORFGBG ends with the background, one of 16 colours: konsole, rxvt and iTerm2 set it.
    """
    told = environ.get("BINFUT_BACKGROUND", "")
    if told in (Background.DARK, Background.LIGHT):
        return Background(told)
    last = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not (last.isascii() and last.isdigit()) or int(last) > 15:
        return Background.ANY
    return Background.LIGHT if int(last) in (7, 15) else Background.DARK
