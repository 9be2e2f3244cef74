"""Whether the records of a watch are recorded: nothing of that is loaded if they are not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Record


def nowhere(records: Sequence[Record]) -> None:
    """Record nothing."""


@contextmanager
def recording(
    context: Context, engine: Engine, to: Recorded, lines: Lines, bodies: Bodies | None
) -> Iterator[Callable[[Sequence[Record]], None]]:
    """How records are recorded: call it with all that one message brought, or with none, often."""
    if to.file is None or bodies is None:
        yield nowhere
        return
    from binfut_cli.commands.watch.recorder import Recorder

    recorder = Recorder(context, engine, to, lines, bodies)
    try:
        yield recorder.observe
    finally:
        recorder.close()
