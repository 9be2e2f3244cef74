"""Which file a watch is recorded in, and what the watch before left there to go on from."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.commands.process.context import Context
from binfut_cli.endpoints import Lane
from binfut_cli.errors import ConfigError
from binfut_cli.render.escape import plain
from binfut_cli.render.output import STDOUT
from binfut_cli.stream.fold.folded_account import KnownAccount

if TYPE_CHECKING:  # a watch that nobody records needs none of it
    from binfut_cli.recording.broker.store import Destination
    from binfut_cli.recording.writing.log_file import LogFile
    from binfut_cli.recording.writing.previous import Previous
    from binfut_cli.recording.writing.rotation import Rotation


@dataclass(frozen=True, slots=True)
class Recorded:
    """The file to write to, open and locked, and the watch before; each may be lacking.

    `to` is the engine to write to besides, `share` who shares the accounts there.

    The file's first record was made at `began_ms`, 0 if it has none. `hung_up` is set to have the
    file opened anew if it was moved away.
    """

    file: "LogFile | None" = None
    previous: "Previous | None" = None
    rotation: "Rotation | None" = None
    began_ms: int = 0
    hung_up: threading.Event = field(default_factory=Bell)
    to: "Destination | None" = None
    share: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether records are written anywhere but where they are shown."""
        return self.file is not None or self.to is not None

    def known(self, lanes: Iterable[Lane], context: Context) -> dict[Lane, KnownAccount]:
        """What of the watch before is watched again; of other accounts it says so."""
        if self.previous is None:
            return {}
        watched, known = set(lanes), self.previous.known
        if others := [_named(lane) for lane in known if lane not in watched]:
            context.say(f"binfut: not watched now, though recorded before: {', '.join(others)}.")
        return {lane: found for lane, found in known.items() if lane in watched}


def recorded(
    context: Context,
    record: str | None,
    resume: str | None,
    bounds: tuple[int | None, float | None] = (None, None),
) -> Recorded:
    """Open the file to write to, and read the recording to go on from: by default the same.

    If that was just put away, the file that was. `bounds` are how large, and how old in seconds, a
    file may become. Raises ConfigError if the file cannot be opened, RecordingError if nothing of
    the recording can be read.
    """
    if record is None:
        return Recorded(previous=_before(context, resume))
    from binfut_cli.recording.writing.rotation import Rotation, latest

    path = Path(record)
    file = _opened(context, path)
    own = _before(context, record if file.size else latest(path))
    before = own if resume is None else _before(context, resume)
    began_ms = own.began_ms if own and file.size else 0
    return Recorded(file, before, Rotation(*bounds), began_ms)


def _before(context: Context, name: str | Path | None) -> "Previous | None":
    """The watch before, as a recording tells it, and what is wrong with that."""
    if name is None:
        return None
    from binfut_cli.recording.writing.previous import previous

    before = previous(str(name))
    for text in before.findings.said if before else ():
        context.say(f"binfut: {plain(text)}")
    return before


def _opened(context: Context, path: Path) -> "LogFile":
    from binfut_cli.recording.writing.log_file import TORN, LogFile

    file, torn = LogFile.opened(path)
    if file.is_also(STDOUT):
        raise ConfigError(
            f"Standard output goes to {str(path)!r}, too.",
            hint="Leave out either of them; with --record it can be lines for people.",
        )
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
