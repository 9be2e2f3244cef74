"""What a run is surrounded by: its outputs, and how its errors are told."""

import os
from dataclasses import dataclass, field

from binfut_cli.errors import BinfutError
from binfut_cli.render.output import STDERR, STDOUT, Output, output


@dataclass(slots=True)
class Context:
    """The two standard streams, and whether programs read them.

    The root command makes one; options of the command that runs adjust it.
    """

    as_json: bool = False
    quiet: bool = False
    colour: str = "auto"
    out: Output = field(init=False)
    err: Output = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def set_colour(self, colour: str) -> None:
        """Decide colour anew: auto, always or never."""
        self.colour = colour
        self._open()

    def _open(self) -> None:
        self.out = output(STDOUT, os.environ, self.colour)
        self.err = output(STDERR, os.environ, self.colour)

    def say(self, text: str) -> None:
        """Talk to the user, unless asked to be quiet."""
        if not self.quiet:
            self.err.line(text)

    def report(self, exc: BinfutError) -> None:
        """Tell a failure: one object for programs, two sentences for people."""
        from binfut_cli.render import documents
        from binfut_cli.render.ansi import palette
        from binfut_cli.render.escape import plain

        if self.as_json:
            self.err.write(documents.error(exc))
            return
        paint = palette(self.err.colour)
        self.err.line(f"{paint.loss}binfut:{paint.off} {plain(exc.message)}")
        self.err.line(f"  hint: {plain(exc.hint)}")
