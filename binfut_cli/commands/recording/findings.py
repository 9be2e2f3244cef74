"""What is wrong with a recording: told as it is found, and in the exit status."""

import typer

from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ExitStatus, RecordingError
from binfut_cli.recording.reader import Findings

HINT = "What can be read is shown; look at how the file is named, was written or copied."


class Complaints:
    """Tells each finding once, and people only with the first what to do."""

    def __init__(self, context: Context) -> None:
        self._context, self._hint = context, HINT
        self._told = self._number = 0

    def tell(self, findings: Findings) -> None:
        """Tell what has been found since the last time."""
        for text in findings.said[self._told :]:
            self._tell(text)
        self._told, self._number = len(findings.said), findings.number

    def leave(self) -> None:
        """Leave with the status of a recording that cannot be read, if something was found."""
        if more := self._number - self._told:
            self._tell(f"{more} more are wrong.")
        if self._number:
            raise typer.Exit(ExitStatus.ANSWER)

    def _tell(self, text: str) -> None:
        self._context.report(RecordingError(text, hint=self._hint))
        self._hint = HINT if self._context.as_json else ""
