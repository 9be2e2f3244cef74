"""`-w`: an answer's table, kept live from the stream and redrawn in place.

The stream tells balances, amounts and entry prices as they change. What moves with the mark price
(margins, liquidation distance, profit) stays as of the last reading, whose time the title tells.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from binfut_cli.codec import Row
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Market
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.engine import Setup, follow
from binfut_cli.stream.records import Gap, Record, Status

REDRAW_S = 0.25
CLEAR = b"\x1b[H\x1b[J"

Write = Callable[[list[Result]], bytes]


class Table:
    """The rows of one market, as the snapshot had them and the events changed them."""

    def __init__(self, resource: Resource, market: Market) -> None:
        self._resource, self._market = resource, market
        self._rows: dict[tuple[str, ...], Row] = {}
        self._answer: Result | None = None

    def take(self, record: Record) -> bool:
        """Fold a record in; tell whether anything shown may have changed."""
        if record.type == "snapshot":
            self._read(record)
        elif record.type == "event" and record.row["event"] == "ACCOUNT_UPDATE":
            for row in record.row[self._resource.kind]:
                self._merge(self._row(row))
        else:
            return False
        return True

    def answer(self) -> Result | None:
        """The table as an answer; None before the first snapshot."""
        if self._answer is None:
            return None
        return replace(self._answer, document={self._resource.kind: list(self._rows.values())})

    def _read(self, record: Record) -> None:
        shown = self._resource
        rows = [self._row(row) for row in record.row[shown.streamed]]
        self._rows = {shown.key(row): row for row in rows}
        self._answer = Result(shown.answer, self._market, record.time_ms, {}, (shown,))

    def _row(self, row: Row) -> Row:
        return self._resource.from_stream(self._market, row)

    def _merge(self, row: Row) -> None:
        """Put an event's row in; what was derived of the row before is of another size."""
        key = self._resource.key(row)
        kept = {name: found for name, found in row.items() if name != "previous"}
        self._rows[key] = {**self._rows.get(key, {}), **kept, "derived": {}}


def run(context: Context, found: OpenedAccounts, shown: Resource, write: Write) -> None:
    """Show the table of every market until the user or the reader has had enough."""
    tables = {account.market: Table(shown, account.market) for account, _ in found.lanes}
    due, dirty = 0.0, False
    with closing(follow(found.lanes, Setup(redactor=context.redactor))) as following:
        for records in following:
            for record in records:
                if record.market is not None:
                    dirty = tables[record.market].take(record) or dirty
                if isinstance(record.body, Gap | Status) and not context.out.is_terminal:
                    context.say(f"{record.market}: {record.body.reason}")
            if dirty and time.monotonic() >= due:
                _draw(context, tables, write)
                due, dirty = time.monotonic() + REDRAW_S, False
            if not records and context.out.reader_is_gone():
                raise BrokenPipeError


def _draw(context: Context, tables: dict[Market, Table], write: Write) -> None:
    """Write the tables anew: over the old ones on a terminal, below them elsewhere."""
    answers = [each for table in tables.values() if (each := table.answer()) is not None]
    if len(answers) == len(tables):
        clear = CLEAR if context.out.is_terminal and not context.as_json else b""
        context.out.write(clear + write(answers))
