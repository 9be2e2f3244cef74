"""A symbol that was asked for and is on none of the markets: told once, with what may be meant."""

from collections.abc import Iterable

from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Lane
from binfut_cli.errors import did_you_mean
from binfut_cli.render.watch.shown import Shown
from binfut_cli.stream.records import Record, Stop


class UnknownSymbols:
    """Looks at what the lanes have as they are read first; a market may have symbols untold."""

    def __init__(self, context: Context, shown: Shown, lanes: Iterable[Lane]) -> None:
        self._context, self._wanted = context, shown.symbols or frozenset[str]()
        self._unread = set(lanes) if self._wanted else set[Lane]()
        self._known: set[str] = set()

    def observe(self, records: Iterable[Record]) -> None:
        """Take note of each lane's first snapshot; tell after the last of them."""
        if not self._unread:
            return
        for record in records:
            if isinstance(record.body, Stop):
                self._unread = {lane for lane in self._unread if lane.scope != record.scope}
            elif record.type == "snapshot" and record.market is not None:
                self._unread.discard(Lane(record.market, record.scope))
                self._known |= _symbols(record)
            else:
                continue
            if not self._unread:
                self._tell()

    def _tell(self) -> None:
        for name in sorted(self._wanted - self._known):
            if meant := did_you_mean(name, self._known):
                self._context.say(f"binfut: no {name} on what is watched.{meant}")


def _symbols(record: Record) -> set[str]:
    """The symbols that a snapshot tells of: those with a position or a setting."""
    rows = [*record.row["positions"], *record.row.get("symbols", ())]
    return {row["symbol"] for row in rows}
