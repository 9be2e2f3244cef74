"""What a watch writes into a file, beside what it shows: every record, as `--json` prints it.

The thread that prints writes here first, so what is shown is in the file. A disk that is full ends
no watch: recording pauses, and once there is room again, a gap in the file tells what is not there.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.commands.watch.recording.pause import Pause
from binfut_cli.errors import BinfutError, OutputError
from binfut_cli.recording.writing.carried import carried_over
from binfut_cli.recording.writing.log_file import LogFile
from binfut_cli.recording.writing.rotation import Rotation, put_away
from binfut_cli.render.documents import Bodies, Lines
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Record, Segment

SYNC_S = 5.0
"""How much a power cut may lose: what came since the disk was last waited for."""
RETRY_S = 5.0
"""How long recording pauses at least."""
FLUSH_S, FLUSH_BYTES = 1.0, 256 << 10
"""How long, and up to how much, lines wait to be compressed together."""
LOOK_S = 1.0
"""How often is asked whether a file is full."""
LOOK = "Look at the directory, and start the watch again."
ROOM = (
    "The watch goes on. Make room, or look at the file: recording then goes on by itself, and "
    "tells as a gap what it lacks."
)


@dataclass(slots=True)
class _Due:
    """When something is to be done next, by the monotonic clock."""

    flush_s: float = 0.0
    sync_s: float = 0.0
    look_s: float = 0.0


class Recorder:
    """Writes what it observes into a file, numbered there without a hole.

    If `hung_up` is set, it goes on in another file if its own was moved away. It keeps a file, what
    waits for it, and why it does not write: that is why it has so many attributes.
    """

    def __init__(
        self, context: Context, engine: Engine, to: Recorded, lines: Lines, bodies: Bodies
    ) -> None:
        """`bodies` are those of `lines`, and of what is shown after it was recorded."""
        assert to.file is not None
        self._context, self._engine, self._rotation = context, engine, to.rotation or Rotation()
        self._file: LogFile | None = to.file
        self._path, self._hung_up = to.file.path, to.hung_up
        self._lines, self._bodies = lines, bodies
        self._pause: Pause | None = None
        self._waiting: list[Record] = []
        self._texts: list[bytes] = []  # of what is waiting
        self._seq = 0  # of the last that was written
        self._due = _Due()
        self._number = 1  # of the run's files
        self._segment: Segment | None = None  # what a file is to begin with, until it does
        self._began_ms = to.began_ms

    def observe(self, records: Sequence[Record]) -> None:
        """Write records, or take note of what is not written; then do what is due."""
        self._bodies.learn(records)
        if self._pause is not None:
            self._pause.miss(records)
        elif records:
            self._take(records)
        self._tend(time.monotonic())

    def close(self) -> None:
        """Write what can still be written, and give the file back."""
        if self._pause is not None:
            self._go_on(self._pause)
        self._flush()
        self._sync()
        if self._file is not None:
            self._file.close()

    def _take(self, records: Sequence[Record]) -> None:
        if not self._waiting:
            self._due.flush_s = time.monotonic() + FLUSH_S
        self._texts.append(self._lines.text(records))
        self._waiting += records
        self._began_ms = self._began_ms or records[0].time_ms

    def _tend(self, now_s: float) -> None:
        if self._pause is None:
            if self._waiting and self._is_full(now_s):
                self._flush()
            if now_s >= self._due.sync_s:
                self._due.sync_s = now_s + SYNC_S
                self._sync()
            if self._hung_up.is_set() or now_s >= self._due.look_s:
                self._due.look_s = now_s + LOOK_S
                self._change_file()
        if self._pause is not None and now_s >= self._pause.retry_s:
            self._go_on(self._pause)

    def _is_full(self, now_s: float) -> bool:
        """Whether what waits is to be written: at once, if each frame need not stand alone."""
        if self._file is None or not self._file.is_packed or now_s >= self._due.flush_s:
            return True
        return sum(map(len, self._texts)) >= FLUSH_BYTES

    def _flush(self) -> None:
        """Write what waits, or pause."""
        if self._waiting:
            records = self._waiting
            try:
                self._write()
            except OSError as exc:
                self._stop(pause := Pause(), exc)
                pause.miss(records)

    def _write(self) -> None:
        """Write all that waits; raise OSError if that cannot be, and then none is written."""
        assert self._file is not None
        data, before = b"".join(self._texts), self._seq
        self._waiting, self._texts, self._seq = [], [], self._lines.seq
        try:
            self._file.append(data)
        except OSError:
            self._lines.seq = self._seq = before
            raise

    def _sync(self) -> None:
        if self._file is None:
            return
        try:
            self._file.sync()
        except OSError as exc:  # nobody knows what the disk has of it
            self._stop(pause := self._pause or Pause(), exc)
            pause.miss(
                beat.dated(beat.time_ms - round(SYNC_S * 1000))
                for beat in self._engine.heartbeats()
            )

    # -- another file, or the same once there is room ----------------------------------------

    def _change_file(self) -> None:
        """Begin another file, if this one was moved away, or is full."""
        if self._file is None:
            return
        if self._hung_up.is_set():
            self._hung_up.clear()
            if self._file.is_moved:
                self._leave(None)
        elif self._began_ms and self._rotation.is_due(self._file.size, self._age_s):
            try:
                self._leave(put_away(self._path, self._began_ms))
            except OSError as exc:
                self._rotation = Rotation()
                self._report(f"The recording is not rotated any more: {_why(exc)}.", LOOK)

    @property
    def _age_s(self) -> float:
        return (system_ms() - self._began_ms) / 1000

    def _leave(self, name: Path | None) -> None:
        """Close the file, which is called so now; the next is begun as after a pause."""
        self._flush()
        self._sync()
        assert self._file is not None
        self._file.close()
        self._file, self._began_ms = None, 0
        self._number += 1
        self._segment = Segment(self._number, previous_file=name.name if name else None)
        self._pause = self._pause or Pause()

    def _stop(self, pause: Pause, exc: OSError | BinfutError) -> None:
        """Pause; say so once."""
        if not pause.why:
            text = f"Recording pauses; {str(self._path)!r} cannot be written: {_why(exc)}."
            self._report(text, ROOM)
        pause.why, pause.retry_s = _why(exc), time.monotonic() + RETRY_S
        self._pause = pause

    def _report(self, text: str, hint: str) -> None:
        self._context.report(OutputError(text, hint=hint))

    def _go_on(self, pause: Pause) -> None:
        """Begin a file, or go on in it: what it lacks, and then what is known of every account."""
        try:
            if self._file is None:
                self._file, _ = LogFile.opened(self._path)
            begun = [Record.of(self._segment, system_ms(), None)] if self._segment else []
            why = f"It was not recorded: {pause.why}."
            gaps = self._engine.unwritten(pause.since_ms, why, pause.numbers)
            known = carried_over(self._engine.known(), self._engine.heartbeats())
            self._take([*begun, *gaps, *known])
            self._write()
        except (OSError, BinfutError) as exc:
            self._stop(pause, exc)
            return
        self._pause = self._segment = None
        if pause.why:
            self._context.say("binfut: recording goes on; what it lacks is told in it as a gap.")


def _why(exc: OSError | BinfutError) -> str:
    why = (exc.strerror or "it failed") if isinstance(exc, OSError) else exc.message
    return why.rstrip(".")
