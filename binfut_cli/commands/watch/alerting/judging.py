"""Whether anything is judged in a watch: nothing of that is loaded if no alert is wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from binfut_cli.commands.process.context import Context
from binfut_cli.render.documents import Lines
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Record

if TYPE_CHECKING:
    from binfut_cli.commands.watch.alerting.wanted import Wanted


class Judge(Protocol):
    """Adds alerts to what comes, and says when one of them ends the watch."""

    @property
    def is_over(self) -> bool:
        """Whether an alert has fired that ends it."""

    def added(self, records: list[Record]) -> list[Record]:
        """The records, and the alerts that come of them; to be called with none as well."""


class Unjudged:
    """The judge of a watch without alerts."""

    is_over = False

    def added(self, records: list[Record]) -> list[Record]:
        """The records."""
        return records


@contextmanager
def judged(
    context: Context, engine: Engine, wanted: "Wanted | None", lines: Lines
) -> Iterator[Judge]:
    """Judge what is wanted while in the block; `lines` writes alerts for a program to read."""
    if wanted is None:
        yield Unjudged()
        return
    from binfut_cli.commands.watch.alerting.alerting import Alerting
    from binfut_cli.commands.watch.alerting.listeners import Listeners

    listeners = Listeners(context, wanted, lines)
    try:
        yield Alerting(context, engine, wanted, listeners)
    finally:
        listeners.close()
