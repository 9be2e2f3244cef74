"""What a watch writes into a file, beside what it shows: every record, as `--json` prints it.

The thread that prints writes here first, so what is shown is in the file. A disk that is full ends
no watch: recording pauses, and once there is room again, a gap in the file tells what is not there.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, OutputError
from binfut_cli.recording.writing.carried import carried_over
from binfut_cli.recording.writing.log_file import LogFile
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Gap, Record, Segment

SYNC_S = 5.0
"""How much a power cut may lose: what came since the disk was last waited for."""
RETRY_S = 5.0
"""How long recording pauses at least."""


@dataclass(slots=True)
class _Pause:
    """Why nothing is written, since when of each lane something is lacking, when to try again.

    `why` is "" while nothing has failed: another file is to be begun.
    """

    why: str = ""
    retry_s: float = 0.0
    since_ms: dict[Lane, int] = field(default_factory=dict)

    def miss(self, records: Iterable[Record]) -> None:
        """Take note of what is not written; of a gap, of all that lies in it."""
        for record in records:
            if record.market is not None:
                lane, since_ms = Lane(record.market, record.scope), record.time_ms
                if isinstance(record.body, Gap):
                    since_ms = min(since_ms, record.body.possible_ms)
                self.since_ms[lane] = min(since_ms, self.since_ms.get(lane, since_ms))


def nowhere(records: Sequence[Record]) -> None:
    """Record nothing."""


@contextmanager
def recording(
    context: Context,
    engine: Engine,
    file: LogFile | None,
    lines: Lines,
    bodies: Bodies,
    hung_up: threading.Event | None,
) -> Iterator[Callable[[Sequence[Record]], None]]:
    """How records are recorded: call it with all that one message brought, or with none, often."""
    if file is None or hung_up is None:
        yield nowhere
        return
    recorder = Recorder(context, engine, file, lines, bodies, hung_up)
    try:
        yield recorder.observe
    finally:
        recorder.close()


class Recorder:
    """Writes what it observes into a file, numbered there without a hole.

    If `hung_up` is set, it goes on in another file if its own was moved away.
    """

    def __init__(
        self,
        context: Context,
        engine: Engine,
        file: LogFile,
        lines: Lines,
        bodies: Bodies,
        hung_up: threading.Event,
    ) -> None:
        self._hung_up = hung_up
        self._context, self._engine = context, engine
        self._file: LogFile | None = file
        self._path, self._lines, self._bodies = file.path, lines, bodies
        self._pause: _Pause | None = None
        self._number = 1  # of the run's files
        self._sync_s = 0.0

    def observe(self, records: Sequence[Record]) -> None:
        """Write records, or take note of what is not written; then do what is due."""
        if self._pause is not None:
            self._pause.miss(records)
        elif records:
            self._write(records)
        self._tend(time.monotonic())

    def close(self) -> None:
        """Write what can still be written, and give the file back."""
        if self._pause is not None:
            self._go_on(self._pause)
        self._sync()
        if self._file is not None:
            self._file.close()

    def _tend(self, now_s: float) -> None:
        if self._hung_up.is_set():
            self._hung_up.clear()
            self._look()
        if self._pause is not None:
            if now_s >= self._pause.retry_s:
                self._go_on(self._pause)
        elif now_s >= self._sync_s:
            self._sync_s = now_s + SYNC_S
            self._sync()

    def _write(self, records: Sequence[Record]) -> None:
        try:
            self._append(records)
        except OSError as exc:
            self._stop(pause := _Pause(), exc)
            pause.miss(records)

    def _append(self, records: Sequence[Record]) -> None:
        """Write all of them; raise OSError if that cannot be, and then none is written."""
        assert self._file is not None
        before = self._lines.seq
        self._bodies.learn(records)
        data = b"".join(map(self._lines.line, records))
        try:
            self._file.append(self._context.redactor.clean(data))
        except OSError:
            self._lines.seq = before
            raise

    def _sync(self) -> None:
        if self._file is None:
            return
        try:
            self._file.sync()
        except OSError as exc:  # nobody knows what the disk has of it
            self._stop(pause := _Pause(), exc)
            pause.miss(
                beat._replace(time_ms=beat.time_ms - round(SYNC_S * 1000))
                for beat in self._engine.heartbeats()
            )

    # -- another file, or the same once there is room ----------------------------------------

    def _look(self) -> None:
        """Begin another file, if this one was moved away."""
        if self._file is not None and self._file.is_moved:
            self._sync()
            self._leave()

    def _leave(self) -> None:
        """Close the file; the next is begun as after a pause."""
        assert self._file is not None
        self._file.close()
        self._file, self._number = None, self._number + 1
        self._pause = self._pause or _Pause()

    def _stop(self, pause: _Pause, exc: OSError | BinfutError) -> None:
        """Pause; say so once."""
        why = (exc.strerror or "it failed") if isinstance(exc, OSError) else exc.message
        if not pause.why:
            self._context.report(
                OutputError(
                    f"Recording pauses; {str(self._path)!r} cannot be written: {why.rstrip('.')}.",
                    hint="The watch goes on. Make room, or look at the file: recording then goes "
                    "on by itself, and tells as a gap what it lacks.",
                )
            )
        pause.why, pause.retry_s = why, time.monotonic() + RETRY_S
        self._pause = pause

    def _go_on(self, pause: _Pause) -> None:
        """Begin a file, or go on in it: what it lacks, and then what is known of every account."""
        try:
            begun = self._begun() if self._file is None else []
            gaps = self._engine.unwritten(pause.since_ms, f"It was not recorded: {pause.why}.")
            known = carried_over(self._engine.known(), self._engine.heartbeats())
            self._append([*begun, *gaps, *known])
        except (OSError, BinfutError) as exc:
            self._stop(pause, exc)
            return
        self._pause = None
        if pause.why:
            self._context.say("binfut: recording goes on; what it lacks is told in it as a gap.")

    def _begun(self) -> list[Record]:
        self._file, _ = LogFile.opened(self._path)
        return [Record.of(Segment(self._number), system_ms(), None)]
