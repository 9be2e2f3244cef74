"""What a run is surrounded by: its outputs, and how its errors are told."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from binfut_cli.auth.redaction import Redactor
from binfut_cli.errors import BinfutError, OutputError
from binfut_cli.render.output import STDERR, STDOUT, Output, output

if TYPE_CHECKING:
    from collections.abc import Callable

    from binfut_cli.api.key_permissions import KeyPermissions
    from binfut_cli.resources.result.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(Output):
    """A standard stream that no secret the run knows of can pass."""

    guard: "Callable[[bytes], bytes]"

    def write(self, data: bytes) -> None:
        """Write all of it but the secrets."""
        Output.write(self, self.guard(data))  # super() does not work in a class with slots

    def write_clean(self, data: bytes) -> None:
        """Write what was looked through already, because it goes elsewhere, too."""
        Output.write(self, data)


@dataclass(slots=True)
class Context:
    """The two standard streams, and whether programs read them.

    `out` is for data, `err` for talk. The root command makes one; options of the command that
    runs adjust it. `so_far` gives what a question that takes long has by now, for when it is
    interrupted.
    """

    as_json: bool = False
    quiet: bool = False
    debug: bool = False
    chart: bool = False
    colour: str = "auto"
    key_check: bool = True
    withdrawal_is_known: bool = False
    powers: "KeyPermissions | None" = None  # what the key may do, once it was asked
    so_far: "Callable[[], list[Result]]" = list
    redactor: Redactor = field(default_factory=Redactor)
    out: Guarded = field(init=False)
    err: Guarded = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def set_colour(self, colour: str) -> None:
        """Decide colour anew: auto, always or never."""
        self.colour = colour
        self._open()

    def count_elsewhere(self) -> None:
        """Count nothing that data loses as it is shown: it is recorded, and counted there."""
        self.out = self._guarded(STDOUT, self.redactor.clean_copy)

    def _open(self) -> None:
        self.out = self._guarded(STDOUT, self.redactor.clean)
        self.err = self._guarded(STDERR, self.redactor.scrub)

    @property
    def prose(self) -> Output:
        """Standard output for what are no figures of the exchange, but our own words."""
        return self._guarded(STDOUT, self.redactor.scrub)

    def _guarded(self, fd: int, guard: "Callable[[bytes], bytes]") -> Guarded:
        found = output(fd, os.environ, self.colour)
        return Guarded(
            fd=fd,
            is_terminal=found.is_terminal,
            colour=found.colour,
            width=found.width,
            guard=guard,
        )

    def say(self, text: str) -> None:
        """Talk to the user, unless asked to be quiet."""
        from binfut_cli.render.escape import plain

        self.show(plain(text))

    def show(self, text: str) -> None:
        """Talk in which all that others chose is escaped already, so that it may have colours."""
        if not self.quiet:
            with suppress(OutputError):  # talk that cannot be heard stops nothing
                self.err.line(text)

    def say_what_is_hidden(self) -> None:
        """Say that not every `***` of the data is the exchange's own word, if it is not."""
        if hidden := self.redactor.hidden:
            times = "once" if hidden == 1 else f"{hidden:,} times"
            self.say(f"binfut: a secret stood in the data, {times}; *** is shown in its place.")

    def report(self, exc: BinfutError) -> None:
        """Tell a failure: one object for programs, two sentences for people."""
        from binfut_cli.render import documents
        from binfut_cli.render.ansi import palette
        from binfut_cli.render.escape import plain

        paint = palette(self.err.colour)
        hint = f"  hint: {plain(exc.hint)}\n" if exc.hint else ""
        text = f"{paint.loss}binfut:{paint.off} {plain(exc.message)}\n{hint}"
        with suppress(OutputError):  # the exit status says it all the same
            self.err.write(documents.error(exc) if self.as_json else text.encode())
