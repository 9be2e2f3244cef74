"""What the user has chosen to see: which account, in which order, which rows. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from binfut_cli.codec import Row
from binfut_cli.endpoints import Lane
from binfut_cli.render import zone
from binfut_cli.render.account import columns
from binfut_cli.render.escape import plain
from binfut_cli.render.watch.live import head, keys
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.render.watch.live.grid import Grid, Key, Order
from binfut_cli.render.watch.live.spans import BOLD, FAINT, Line, Span, apart, cut
from binfut_cli.resources.orders import ORDERS
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.resource import Resource

LONGEST = 30


@dataclass(slots=True)
class View:
    """What is chosen, and the tables that were made of it."""

    chosen: int = 0
    order: Order = Order.RISK
    zeros: bool = False
    symbol: str = ""
    is_typing: bool = False
    is_helping: bool = False
    paused: Frame | None = None
    full: str = ""  # the part that has all the room
    width: int = 80
    height: int = 24
    _grids: dict[tuple[Lane, str], Grid] = field(default_factory=dict)

    def choose(self, place: int, of: int) -> None:
        """Show another account."""
        if of:
            self.chosen = place % of

    def sort(self) -> None:
        """Put positions into the next order."""
        self.order = self.order.next()

    @property
    def is_paused(self) -> bool:
        """Whether the view holds still."""
        return self.paused is not None

    def pause(self, frame: Frame) -> None:
        """Hold the view still as it is, or go on."""
        self.paused = None if self.is_paused else frame

    def type(self, key: str, sign: str | None) -> None:
        """A key while a symbol is typed; `sign` is None for one that is no character."""
        if key in ("enter", "escape"):
            self.is_typing = False
            self.symbol = self.symbol if key == "enter" else ""
        elif key in ("backspace", "delete"):
            self.symbol = self.symbol[:-1]
        elif sign is not None and len(self.symbol) < LONGEST:
            self.symbol += sign

    def wants(self, row: Row) -> bool:
        """Whether a row is of a symbol that was asked for."""
        return self.symbol.upper() in str(row.get("symbol", "")).upper()

    def grid(self, account: Account, resource: Resource) -> Grid:
        """The table of an account's rows as they are now."""
        rows, order = self._rows(account, resource), self.order
        place = account.lane, resource.kind
        shown = columns.columns(resource, account.lane.market, rows)
        grid = self._grids.get(place)
        if grid is None or [each.title for each in grid.columns] != [each.title for each in shown]:
            grid = self._grids[place] = Grid(shown, _keys(resource))
        grid.resize(self.width)
        if grid.order is not order:
            grid.sort(order)
        grid.take(rows, lambda key: account.ages.get(key, ""))
        return grid

    def _rows(self, account: Account, resource: Resource) -> list[Row]:
        answer = account.orders if resource is ORDERS else account.answer
        rows = [] if answer is None else answer.rows(resource.kind)
        return [row for row in resource.visible(rows, self.zeros) if self.wants(row)]

    def title(self, account: Account, resource: Resource, grid: Grid, first: int) -> Line:
        """What stands above a table: how many rows, in which order, of which symbol."""
        parts = [f"{len(grid):,}" if len(grid) else "none"]
        if resource is POSITIONS:
            parts.append(f"by {self.order.word}")
        if self.symbol:
            parts.append(f"only {plain(self.symbol)}")
        if first:
            parts.append(f"from row {first + 1:,}")
        if resource is POSITIONS and (hidden := self._hidden(account)):
            parts.append(f"{hidden:,} at zero hidden")
        return (Span(f"{resource.title} ", BOLD), Span(" · ".join(parts)))

    def told(self, frame: Frame) -> Line:
        """What stands above what was told."""
        only = f"only {plain(self.symbol)}" if self.symbol else ""
        return (Span("Events ", BOLD), Span(only if frame.number else "none yet"))

    def standing(self, now: Frame, width: int) -> Line:
        """How the stream of the chosen account stands, and that the view holds still."""
        line = head.standing(now.accounts[self.chosen])
        if self.paused is None:
            return line
        missed = now.number - self.paused.number
        since = f" PAUSED at {zone.time_of_day(self.paused.now_ms)}, {missed:,} lines since "
        return apart(line, (Span(since, "reverse"),), width)

    def foot(self, width: int) -> Line:
        """The keys; while a symbol is typed, that."""
        if not self.is_typing:
            return keys.foot(width, is_paused=self.is_paused)
        typed = (Span(" Symbol: "), Span(plain(self.symbol), BOLD), Span(" ", "reverse"))
        return cut((*typed, Span("  Enter keeps it, Esc shows all", FAINT)), width)

    def _hidden(self, account: Account) -> int:
        rows = account.rows(POSITIONS.kind)
        return len(rows) - len(POSITIONS.visible(rows, self.zeros))


def _keys(resource: Resource) -> Callable[[Row], Key]:
    """What a row is known by: of several orders for a position, each by its own id."""
    if resource is ORDERS:
        return lambda row: (str(row.get("orderId")), str(row.get("algoId")))
    return resource.key
