"""A curve in a terminal, of dots that Unicode packs eight to a character.

plotext would draw it too, and takes most of a second to load.
"""

from collections.abc import Sequence
from decimal import Decimal

HEIGHT = 8
LABEL = 16
NARROWEST = 20
_BLANK = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a character: columns of four

Point = tuple[int, Decimal]
"""A moment in ms, and a value that holds from then on."""


def chart(points: Sequence[Point], width: int, high: str, low: str) -> list[str]:
    """The lines of a chart of steps; `high` and `low` name its top and its bottom."""
    columns = max(width - LABEL - 2, NARROWEST)
    rows = [[0] * columns for _ in range(HEIGHT)]
    heights = _heights(points, columns * 2)
    for x, (y, before) in enumerate(zip(heights, [heights[0], *heights], strict=False)):
        for dot in range(min(y, before), max(y, before) + 1):
            rows[HEIGHT - 1 - dot // 4][x // 2] |= _DOTS[x % 2][3 - dot % 4]
    labels = [high, *[""] * (HEIGHT - 2), low]
    return [
        f"{label:>{LABEL}} ┤{''.join(chr(_BLANK + dots) for dots in row)}".rstrip()
        for label, row in zip(labels, rows, strict=True)
    ]


def _heights(points: Sequence[Point], columns: int) -> list[int]:
    """How high the curve is in each column of dots, from 0."""
    first, last = points[0][0], points[-1][0]
    low, high = min(value for _, value in points), max(value for _, value in points)
    scale = (HEIGHT * 4 - 1) / (high - low) if high > low else Decimal(0)
    found, at = [], 0
    for column in range(columns):
        moment = first + (last - first) * column // (columns - 1)
        while at + 1 < len(points) and points[at + 1][0] <= moment:
            at += 1
        found.append(int((points[at][1] - low) * scale))
    return found
