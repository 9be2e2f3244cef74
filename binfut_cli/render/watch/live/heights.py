"""How the lines of a screen are shared out. Pure."""

from typing import NamedTuple

LEAST_TABLE = 3  # a title, a head, a row
LEAST_TOLD = 3  # a title and two lines


class Heights(NamedTuple):
    """The lines of each part; 0 for one that is not there."""

    positions: int
    orders: int
    told: int


def shared(room: int, positions: int, orders: int | None) -> Heights:
    """Share so many lines out among so many rows; `orders` is None if they are not known.

    Positions come first, and what nobody needs is for what was told; but a third of the room is
    always for that, and a quarter for orders, if there are any.
    """
    told = max(min(LEAST_TOLD, room - LEAST_TABLE), room // 3)
    left = room - told
    wanted_orders = 0 if not orders else orders + 2
    for_orders = min(wanted_orders, max(room // 4, left - (positions + 2)))
    if for_orders < LEAST_TABLE or left - for_orders < LEAST_TABLE:
        for_orders = 0
    for_positions = min(max(positions, 1) + 2, left - for_orders)
    return Heights(for_positions, for_orders, room - for_positions - for_orders)
