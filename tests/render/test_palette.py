"""The colours, measured: readable on every background they are for, and told apart by everybody."""

import math
import re
from itertools import product

import pytest

from binfut_cli.render.palette import (
    COLOURED,
    MONO,
    PLAIN,
    Background,
    Palette,
    PaletteName,
    Role,
    Style,
    background,
    palette,
    side,
    sign,
)

ROLES = Palette.__struct_fields__
DARK = ("#000000", "#1e1e1e", "#002b36")  # black, a common default, Solarized's
LIGHT = ("#ffffff", "#fdf6e3")
BACKGROUNDS = {
    Background.ANY: DARK + LIGHT,
    Background.DARK: DARK,
    Background.LIGHT: LIGHT,
}
# What is left of a linear colour for an eye that lacks a cone (Machado, Oliveira, Fernandes 2009:
# protanopia, deuteranopia, tritanopia, severity 1), and for one that lacks none.
EYES = {
    "protan": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "deutan": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritan": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}  # fmt: skip
IN_COLOUR = [each for each in PaletteName if each is not PaletteName.MONO]
SHADES = list(product(IN_COLOUR, Background))


def linear(colour: str) -> list[float]:
    """sRGB's three parts without its curve (IEC 61966-2-1)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio; 3 is what it asks for of large text and of graphics."""
    weights = (0.2126, 0.7152, 0.0722)
    dark, light = sorted(
        sum(weight * part for weight, part in zip(weights, linear(each), strict=True))
        for each in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, eye: str) -> tuple[float, float, float]:
    """CIE L*a*b*, D65, of what an eye is left with."""
    rgb = linear(colour)
    seen = [sum(x * y for x, y in zip(row, rgb, strict=True)) for row in EYES[eye]]
    red, green, blue = (min(1.0, max(0.0, part)) for part in seen)
    white = (0.95047, 1.0, 1.08883)
    xyz = (
        0.4124 * red + 0.3576 * green + 0.1805 * blue,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        0.0193 * red + 0.1192 * green + 0.9505 * blue,
    )
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (each / full for each, full in zip(xyz, white, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: Style, other: Style, eye: str = "all") -> float:
    """The distance of two colours in L*a*b*: 2 is just seen, 100 is black from white."""
    return math.dist(lab(str(one.hex), eye), lab(str(other.hex), eye))


@pytest.mark.parametrize(("name", "ground"), SHADES)
def test_every_colour_is_readable_on_the_backgrounds_it_is_for(
    name: PaletteName, ground: Background
) -> None:
    found = palette(name, ground)
    colours = {role: found.of(role).hex for role in ROLES if found.of(role).colour is not None}
    assert colours.keys() == {*ROLES} - {Role.BOLD}
    for colour, behind in product(colours.values(), BACKGROUNDS[ground]):
        assert contrast(str(colour), behind) >= (3 if ground is Background.ANY else 4)


@pytest.mark.parametrize(("name", "ground"), SHADES)
def test_gain_and_loss_and_both_sides_are_told_apart_by_every_eye(
    name: PaletteName, ground: Background
) -> None:
    found = palette(name, ground)
    for eye in EYES:
        assert apart(found.gain, found.loss, eye) > (75 if name is PaletteName.COLORBLIND else 38)
        assert apart(found.long, found.short, eye) > 30
    four = (found.gain, found.loss, found.long, found.short)
    assert all(apart(*pair) > 25 for pair in product(four, four) if pair[0] is not pair[1])


@pytest.mark.parametrize("ground", Background)
def test_mono_has_no_colour_and_still_marks_what_matters(ground: Background) -> None:
    found = palette(PaletteName.MONO, ground)
    assert found is MONO
    assert all(found.of(role).colour is None for role in ROLES)
    assert len({str(found.of(role)) for role in (Role.GAIN, Role.LOSS, Role.WARN, Role.BAD)}) == 4


def test_a_style_as_an_escape_sequence_and_in_richs_words() -> None:
    style = Style(196, bold=True, reverse=True)
    assert (str(style), style.rich, style.hex) == (
        "\x1b[1;7;38;5;196m", "bold reverse #ff0000", "#ff0000",
    )  # fmt: skip
    assert (str(Style(244)), Style(244).hex) == ("\x1b[38;5;244m", "#808080")
    assert (str(Style(faint=True)), Style(faint=True).rich) == ("\x1b[2m", "dim")
    assert (str(Style()), Style().rich, Style().hex) == ("", "", None)


def test_text_is_painted_by_its_role_and_nothing_is_painted_without_one() -> None:
    found = palette()
    assert found.paint("gain", "+1") == found.by_sign("+1") == "\x1b[38;5;30m+1\x1b[0m"
    assert [found.paint("", "0"), found.by_sign("0"), found.by_sign("–")] == ["0", "0", "–"]
    assert found.by_sign("-1") == "\x1b[38;5;196m-1\x1b[0m"


@pytest.mark.parametrize("role", [*ROLES, "", "no role"])
def test_without_colour_nothing_but_the_text_is_left(role: str) -> None:
    assert PLAIN.paint(role, "text") == f"{PLAIN.of(role)}text{PLAIN.off}" == "text"


def test_signs_and_sides_have_their_roles() -> None:
    assert [sign(each) for each in ("+1", "-1", "0", "–", "")] == ["gain", "loss", "", "", ""]
    sides = ("LONG", "BUY", "SHORT", "SELL", "BOTH", None)
    assert [side(each) for each in sides] == ["long", "long", "short", "short", "", ""]


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, Background.ANY),
        ({"COLORFGBG": "15;0"}, Background.DARK),
        ({"COLORFGBG": "0;15"}, Background.LIGHT),
        ({"COLORFGBG": "0;default;7"}, Background.LIGHT),
        ({"COLORFGBG": "7;8"}, Background.DARK),
        ({"COLORFGBG": "0;default"}, Background.ANY),
        ({"COLORFGBG": "0;99"}, Background.ANY),
        ({"COLORFGBG": "15;0", "BINFUT_BACKGROUND": "light"}, Background.LIGHT),
        ({"BINFUT_BACKGROUND": "dark"}, Background.DARK),
        ({"BINFUT_BACKGROUND": "any"}, Background.ANY),
        ({"BINFUT_BACKGROUND": "pink", "COLORFGBG": "0;15"}, Background.LIGHT),
    ],
)
def test_what_the_environment_tells_of_the_background(
    environ: dict[str, str], found: Background
) -> None:
    assert background(environ) is found


def test_every_palette_is_there_on_every_background() -> None:
    for found in (palette(name, ground) for name, ground in product(COLOURED, Background)):
        assert isinstance(found, Palette)
        assert re.fullmatch(r"(\x1b\[[0-9;]+m)?", str(found.bad))
