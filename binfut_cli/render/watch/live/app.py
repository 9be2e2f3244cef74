"""The dashboard itself: looks at the accounts four times a second, and shows what has changed."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from binfut_cli.render.watch.live import head, keys
from binfut_cli.render.watch.live.frames.curves import Curves
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.render.watch.live.heights import shared
from binfut_cli.render.watch.live.lines import Narration
from binfut_cli.render.watch.live.view import View
from binfut_cli.render.watch.live.widgets import Drawn, Ink, Lines, Scrolled, Table, Told
from binfut_cli.resources.orders import ORDERS
from binfut_cli.resources.positions import POSITIONS

LOOK_S = 0.25
SETTLED = 3
"""How often is looked before everything is in its place."""
WITHIN = 2  # lines of figures
PARTS = ("positions", "orders", "told")


class Dashboard(App[None], inherit_bindings=False):
    """Accounts on a full screen. `look` gives what there is to show, and is asked often.

    `leave` is called when the user has had enough: with True if that was Ctrl-C; the screen is left
    once `is_over`. A key is a method of its own: that is why there are many. Textual's own keys are
    none here: Ctrl-Q, which people press after Ctrl-S, would end the screen and the watch.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    * { background: ansi_default; color: ansi_default; }
    Screen { overflow: hidden; }
    Lines { height: 1; }
    #help { height: 1fr; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True) for key, action in keys.ACTIONS.items()
    ]

    def __init__(
        self,
        look: Callable[[], Frame],
        leave: Callable[[bool], None],
        is_over: Callable[[], bool] = lambda: False,
        ink: Ink | None = None,
    ) -> None:
        super().__init__(ansi_color=True)
        self.failed: Exception | None = None
        self.last: list[Text] = []  # the screen as it was left
        self.view = View()
        self._look, self._leave, self._is_over, self._ink = look, leave, is_over, ink or Ink()
        self._frame, self._now = Frame(0, ()), Frame(0, ())  # what is shown, and what there is
        self._curves, self._narration = Curves(), Narration()
        self._ends: list[int] = []  # of the accounts' names, on their line

    def compose(self) -> ComposeResult:
        """The parts from top to bottom."""
        for name in ("title", "accounts", "ratio", "figures"):
            yield Lines(self._ink, name)
        yield Table(self._ink, "positions")
        yield Table(self._ink, "orders")
        yield Told(self._ink, "told")
        for name in ("help", "standing", "foot"):
            yield Lines(self._ink, name)

    def on_mount(self) -> None:
        """Begin to look."""
        self._part("positions").focus()
        self._lines("help").show(keys.page())
        self.set_interval(LOOK_S, self.look_again)
        self.look_again()

    def on_resize(self, event: events.Resize) -> None:
        """Another width is another choice of columns. It is not yet that of the app itself."""
        self.view.width, self.view.height = event.size
        self._draw()

    def look_again(self) -> None:
        """Show what there is now; while the view is paused, only how the streams stand."""
        if self._is_over():
            self.last = self.picture()
            self.exit()
        now = self._look()
        if now is self._now:
            return
        self._now = now
        for account in self._now.accounts:
            self._curves.take(account, self._now.now_ms)
        if not self.view.is_paused:
            self._frame = self._now
        self._draw()

    def _draw(self) -> None:
        if not self._frame.accounts or not self.is_running:
            return
        view, frame, width = self.view, self._frame, self.view.width
        view.choose(view.chosen, len(frame.accounts))
        account = frame.accounts[view.chosen]
        self._lines("title").show([head.title(account, frame.now_ms, width)])
        line, self._ends = head.tabs(self._now.accounts, view.chosen, width)
        self._lines("accounts").show([line])
        curve = self._curves.of(account.lane)
        self._lines("ratio").show([head.ratio(account, curve, width)])
        self._lines("figures").show(head.figures(account, width, WITHIN))
        self._tables(account)
        self._lines("standing").show([view.standing(self._now, width)])
        self._lines("foot").show([view.foot(width)])

    def _tables(self, account: Account) -> None:
        view, frame = self.view, self._frame
        grids = {each: view.grid(account, each) for each in (POSITIONS, ORDERS)}
        orders = None if account.orders is None else len(grids[ORDERS])
        self._share_out(len(grids[POSITIONS]), orders)
        for resource, grid in grids.items():
            table = self._part(resource.kind)
            assert isinstance(table, Table)
            title = view.title(account, resource, grid, table.first)
            table.show(head.mark(title, table.has_focus), grid)
        told = self._part("told")
        assert isinstance(told, Told)
        lines = self._narration.lines(frame, account.lane, view.symbol)
        told.show(head.mark(view.told(frame), told.has_focus), lines)

    def _share_out(self, positions: int, orders: int | None) -> None:
        """Give every part its lines."""
        several = len(self._frame.accounts) > 1
        above = 2 + several + WITHIN
        room = max(self.view.height - above - 2, 0)
        heights = shared(room, positions, orders)._asdict()
        if self.view.full:
            heights = {**dict.fromkeys(heights, 0), self.view.full: room}
        heights |= {"accounts": int(several), "ratio": 1, "figures": WITHIN}
        for name, height in heights.items():
            self._give(name, 0 if self.view.is_helping else height)
        if self.focused is None:
            self._part(PARTS[0]).focus()

    def _give(self, name: str, height: int) -> None:
        part = self.query_one(f"#{name}")
        if part.styles.height is None or part.styles.height.value != height:
            part.styles.height = height
            part.display = height > 0

    def _lines(self, name: str) -> Lines:
        return self.query_one(f"#{name}", Lines)

    def _part(self, name: str) -> Scrolled:
        return self.query_one(f"#{name}", Scrolled)

    def picture(self) -> list[Text]:
        """The screen's lines from top to bottom, as they are drawn."""
        shown = [part for part in self.query(Drawn) if part.display]
        lines = (part.render_line(y) for part in shown for y in range(part.size.height))
        return [Text.assemble(*((each.text, each.style or "") for each in line)) for line in lines]

    # -- keys and the mouse -------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a symbol is typed, letters are letters."""
        return not self.view.is_typing or (action == "leave" and parameters == (True,))

    def on_key(self, event: events.Key) -> None:
        """Type a symbol."""
        if self.view.is_typing:
            self.view.type(event.key, event.character if event.is_printable else None)
            event.stop()
            self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose the account whose name was clicked at, or the part that the keys move."""
        self.call_later(self._draw)
        if event.widget is self._lines("accounts"):
            place = next((i for i, end in enumerate(self._ends) if event.x < end), None)
            if place is not None:
                self.action_chosen(place + 1)

    def action_leave(self, by_signal: bool) -> None:
        """It is enough."""
        self._leave(by_signal)

    def action_pause(self) -> None:
        """Hold the view still, or go on."""
        self.view.pause(self._frame)
        self._frame = self._frame if self.view.is_paused else self._now
        self._draw()

    def action_sort(self) -> None:
        """Put positions into the next order."""
        self.view.sort()
        self._draw()

    def action_zeros(self) -> None:
        """Show rows of zeros, or hide them."""
        self.view.zeros = not self.view.zeros
        self._draw()

    def action_filter(self) -> None:
        """Have a symbol typed."""
        self.view.is_typing = True
        self._draw()

    def action_clear(self) -> None:
        """Back to what is shown at first: no help, every symbol."""
        self.view.symbol = ""
        if self.view.is_helping:
            self.action_help()
        self._draw()

    def action_full(self) -> None:
        """Give all the room to the part with the mark, or take it back."""
        focused = self.focused.id if self.focused is not None else None
        self.view.full = "" if self.view.full else focused or ""
        self._draw()

    def action_help(self) -> None:
        """Show what the keys do, or the accounts again."""
        self.view.is_helping = not self.view.is_helping
        self._lines("help").display = self.view.is_helping
        self._draw()

    def action_account(self, by: int) -> None:
        """Show the next account, or the one before."""
        self.view.choose(self.view.chosen + by, len(self._frame.accounts))
        self._draw()

    def action_chosen(self, number: int) -> None:
        """Show an account by its number."""
        if number <= len(self._frame.accounts):
            self.view.choose(number - 1, len(self._frame.accounts))
            self._draw()

    def action_part(self, by: int) -> None:
        """Have another part moved by the keys."""
        shown = [name for name in PARTS if self._part(name).display]
        place = next((i for i, name in enumerate(shown) if self._part(name).has_focus), 0)
        self._part(shown[(place + by) % len(shown)]).focus()
        self.call_later(self._draw)

    def action_move(self, lines: int) -> None:
        """Show what is further down."""
        if isinstance(self.focused, Scrolled):
            self.focused.move(lines)
            self._draw()

    def action_page(self, pages: int) -> None:
        """Show the next page."""
        if isinstance(self.focused, Scrolled):
            self.focused.move(pages * self.focused.room)
            self._draw()

    def _handle_exception(self, error: Exception) -> None:
        """Keep a fault for who runs this; Textual would print it with all its values."""
        self.failed = self.failed or error
        self.exit()


def drawn(frame: Frame, ink: Ink, size: tuple[int, int]) -> list[Text]:
    """A frame on a screen of so many columns and lines that nobody sees."""
    looks = iter(range(SETTLED))
    app = Dashboard(lambda: frame, lambda _: None, lambda: next(looks, None) is None, ink)
    app.run(headless=True, size=size)
    if app.failed is not None:
        raise app.failed
    return app.last
