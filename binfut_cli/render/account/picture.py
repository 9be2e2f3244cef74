"""Coloured text as a picture, an SVG. rich draws it; nothing in it leads to a server."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from binfut_cli.render.palette import Background

Colour = tuple[int, int, int]

_DARK: tuple[Colour, Colour] = (24, 26, 31), (214, 217, 222)  # background, text
_LIGHT: tuple[Colour, Colour] = (252, 252, 252), (36, 41, 47)
_SIXTEEN: list[Colour] = [
    (0, 0, 0), (190, 60, 60), (50, 150, 80), (180, 130, 40),
    (60, 110, 200), (160, 80, 180), (40, 150, 160), (200, 200, 200),
]  # fmt: skip
"""Of the terminal's own colours, which a palette does not use."""

TEMPLATE = """\
<svg class="binfut" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
 font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 16px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


Drawing = Sequence[Text]
"""Lines in colours, each as it is drawn."""


def picture(lines: Drawing, background: Background, columns: int = 0) -> bytes:
    """Lines on a terminal of so many columns, or as many as they take, as an SVG.

    A background that is not told is a dark one.
    """
    console = Console(
        width=max([columns, *(line.cell_len for line in lines)]), file=io.StringIO(), record=True,
        force_terminal=True, legacy_windows=False, color_system="truecolor", highlight=False,
        markup=False, emoji=False,
    )  # fmt: skip
    for line in lines:
        console.print(line, soft_wrap=True)
    theme = TerminalTheme(*(_LIGHT if background is Background.LIGHT else _DARK), _SIXTEEN)
    drawn = console.export_svg(
        title="binfut", theme=theme, code_format=TEMPLATE, unique_id="binfut"
    )
    return drawn.encode("utf-8", "backslashreplace")


def of_text(text: str) -> list[Text]:
    """Text with escape sequences for colours, as lines."""
    return [Text.from_ansi(line) for line in text.splitlines()]
