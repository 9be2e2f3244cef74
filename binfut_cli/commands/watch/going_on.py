"""Which file a watch is recorded in, and what the watch before left there to go on from."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Lane
from binfut_cli.recording.writing.log_file import TORN, LogFile
from binfut_cli.recording.writing.previous import Previous, previous
from binfut_cli.render.escape import plain
from binfut_cli.stream.fold.folded_account import KnownAccount


@dataclass(frozen=True, slots=True)
class Recorded:
    """The file to write to, open and locked, and the watch before; each may be lacking."""

    file: LogFile | None = None
    previous: Previous | None = None

    def known(self, lanes: Iterable[Lane], context: Context) -> dict[Lane, KnownAccount]:
        """What of the watch before is watched again; of other accounts it says so."""
        if self.previous is None:
            return {}
        watched, known = set(lanes), self.previous.known
        if others := [_named(lane) for lane in known if lane not in watched]:
            context.say(f"binfut: not watched now, though recorded before: {', '.join(others)}.")
        return {lane: found for lane, found in known.items() if lane in watched}


def recorded(context: Context, record: str | None, resume: str | None) -> Recorded:
    """Open the file to write to, and read the recording to go on from: by default the same.

    Raises ConfigError if that file cannot be, RecordingError if nothing of the recording can be
    read.
    """
    file = _opened(context, Path(record)) if record is not None else None
    name = resume if resume is not None else record
    before = previous(name) if name is not None else None
    if before is not None:
        for text in before.findings.said:
            context.say(f"binfut: {plain(text)}")
    return Recorded(file, before)


def _opened(context: Context, path: Path) -> LogFile:
    file, torn = LogFile.opened(path)
    if torn:
        context.say(
            f"binfut: {plain(str(path))} ended inside a line: its last {torn:,} bytes are in "
            f"{plain(path.name + TORN)} now."
        )
    return file


def _named(lane: Lane) -> str:
    scope = lane.scope
    account = f"{scope.env}/{plain(scope.profile)}" if scope and scope.profile else ""
    return f"{lane.market} {account or (scope.env if scope else '')}"
