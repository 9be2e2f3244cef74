"""Whether the records of a watch are kept anywhere: nothing of that is loaded if they are not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.endpoints import Lane
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.fold.folded_account import KnownAccount
from binfut_cli.stream.records import Record

if TYPE_CHECKING:
    from binfut_cli.commands.watch.recording.published import Published


def nowhere(records: Sequence[Record]) -> None:
    """Record nothing."""


def published(
    context: Context, to: Recorded, lanes: Sequence[Lane], run: str, bodies: Bodies | None
) -> "Published | None":
    """Take the accounts' streams over, before anything is watched; None if there are none.

    Those that are shared are taken over later, each as it is to be watched.

    Raises what is wrong with the engine, or with what is in it.
    """
    if to.to is None or bodies is None:
        return None
    from binfut_cli.commands.watch.recording.published import claimed

    return claimed(context, to.to, lanes, run, bodies, shared=to.share is not None)


def known_before(
    known: Mapping[Lane, KnownAccount], streams: "Published | None"
) -> dict[Lane, KnownAccount]:
    """What a file and streams tell of accounts; of both, what was proven earlier."""
    every = [*known.items(), *(streams.known.items() if streams else ())]
    every.sort(key=lambda each: -each[1].proven_ms)
    return dict(every)


@contextmanager
def recording(
    context: Context,
    engine: Engine,
    to: Recorded,
    lines: Lines,
    bodies: Bodies | None,
    streams: "Published | None",
) -> Iterator[Callable[[Sequence[Record]], None]]:
    """How records are recorded: call it with all that one message brought, or with none, often."""
    every: list[Callable[[Sequence[Record]], None]] = []
    with ExitStack() as ends:
        if streams is not None and bodies is not None:
            from binfut_cli.commands.watch.recording.publishing import Publishing

            publishing = Publishing(context, engine, streams, bodies)
            ends.callback(publishing.close)
            every.append(publishing.observe)
        if to.file is not None and bodies is not None:
            from binfut_cli.commands.watch.recording.recorder import Recorder

            recorder = Recorder(context, engine, to, lines, bodies)
            ends.callback(recorder.close)
            every.insert(0, recorder.observe)
        yield _each(every)


def _each(
    every: Sequence[Callable[[Sequence[Record]], None]],
) -> Callable[[Sequence[Record]], None]:
    """One that calls each of them."""
    if len(every) < 2:
        return every[0] if every else nowhere

    def observe(records: Sequence[Record]) -> None:
        for each in every:
            each(records)

    return observe
