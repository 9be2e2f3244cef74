"""A DataTable of the same rows and columns, whose changed cells are updated one by one."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable

from bench.dashboard.changes import CHANGED, LANE, frames
from binfut_cli.render.account import columns
from binfut_cli.resources.positions import POSITIONS

TITLES = ("Mark", "Unreal. PnL", "Notional", "Distance")


class Plain(App[None]):
    """Nothing but the table."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def compose(self) -> ComposeResult:
        """The table."""
        yield DataTable()

    def on_mount(self) -> None:
        """Fill it, and change it four times a second."""
        self.every = frames()
        rows = next(self.every).accounts[0].rows("positions")
        self.shown = columns.columns(POSITIONS, LANE.market, rows)
        table = self.query_one(DataTable)
        for column in self.shown:
            table.add_column(column.title, key=column.title)
        for row in rows:
            table.add_row(*(column.cell(row).text for column in self.shown), key=row["symbol"])
        self.set_interval(0.25, self.change)

    def change(self) -> None:
        """Update the cells that have changed."""
        table = self.query_one(DataTable)
        changed = [column for column in self.shown if column.title in TITLES]
        for row in next(self.every).accounts[0].rows("positions")[:CHANGED]:
            for column in changed:
                table.update_cell(row["symbol"], column.title, column.cell(row).text)


if __name__ == "__main__":
    Plain().run()
