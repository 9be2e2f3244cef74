"""What a run is surrounded by: its outputs, and how its errors are told."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from binfut_cli.auth.redaction import Redactor
from binfut_cli.errors import BinfutError, OutputError
from binfut_cli.render.output import STDERR, STDOUT, Look, Output, output, wrapped
from binfut_cli.render.palette import PaletteName

if TYPE_CHECKING:
    from collections.abc import Callable

    from binfut_cli.api.key_permissions import KeyPermissions
    from binfut_cli.resources.result.result import Result


class Guarded(Output, frozen=True, kw_only=True):
    """A standard stream that no secret the run knows of can pass."""

    guard: "Callable[[bytes], bytes]"
    before: list["Callable[[], object]"]
    """What is to be done before anything is written: to take away what is in its place."""

    def write(self, data: bytes) -> None:
        """Write all of it but the secrets."""
        self.write_clean(self.guard(data))

    def write_clean(self, data: bytes) -> None:
        """Write what was looked through already, because it goes elsewhere, too."""
        for each in self.before:
            each()
        super().write(data)


class Context:
    """The two standard streams, and whether programs read them.

    `out` is for data, `err` for talk. The root command makes one; options of the command that
    runs adjust it. `so_far` gives what a question that takes long has by now, for when it is
    interrupted; `before` is what is done before anything is written. All that a run is surrounded
    by is here: that is why it has many parts.
    """

    out: Output
    err: Output

    def __init__(self, *, quiet: bool = False) -> None:
        self.as_json = self.debug = self.chart = False
        self.quiet = quiet
        self.look = Look()
        self.key_check, self.withdrawal_is_known = True, False
        self.powers: KeyPermissions | None = None  # what the key may do, once it was asked
        self.so_far: Callable[[], list[Result]] = list
        self.redactor = Redactor()
        self.before: list[Callable[[], object]] = []
        self._open()

    def set_colour(self, colour: str) -> None:
        """Decide colour anew: auto, always or never."""
        self.look = replace(self.look, colour=colour)
        self._open()

    def set_palette(self, name: PaletteName) -> None:
        """Decide anew what colours there are, where there are any."""
        self.look = replace(self.look, palette=name)
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

    @property
    def bottom(self) -> Output | None:
        """The terminal's last line, for talk that is taken away `before` all else is written.

        None where there is no such line: unless both streams are a terminal that can do it.
        """
        if self.quiet or not (self.out.is_screen and self.err.is_screen):
            return None
        return self._guarded(STDERR, self.redactor.scrub, before=[])

    def _guarded(
        self,
        fd: int,
        guard: "Callable[[bytes], bytes]",
        before: "list[Callable[[], object]] | None" = None,
    ) -> Output:
        found = output(fd, os.environ, self.look)
        return Guarded(
            fd=fd,
            is_terminal=found.is_terminal,
            colour=found.colour,
            width=found.width,
            palette=found.palette,
            utf8=found.utf8,
            guard=guard,
            before=self.before if before is None else before,
        )

    def say(self, text: str) -> None:
        """Talk to the user, unless asked to be quiet."""
        from binfut_cli.render.escape import plain

        self.show(wrapped(plain(text), self.err.columns(), "  ").rstrip("\n"))

    def show(self, text: str) -> None:
        """Talk in which all that others chose is escaped already, so that it may have colours."""
        if not self.quiet:
            with suppress(OutputError):  # talk that cannot be heard stops nothing
                self.err.line(text)

    def announce(self, text: str) -> None:
        """Talk with a key in it that is nobody's, and stands in the data besides."""
        if not self.quiet:
            with suppress(OutputError):
                self._guarded(STDERR, self.redactor.clean).line(text)

    def say_what_is_hidden(self) -> None:
        """Say that not every `***` of the data is the exchange's own word, if it is not."""
        if hidden := self.redactor.hidden:
            times = "once" if hidden == 1 else f"{hidden:,} times"
            self.say(f"binfut: a secret stood in the data, {times}; *** is shown in its place.")

    def report(self, exc: BinfutError) -> None:
        """Tell a failure: one object for programs, two sentences for people."""
        from binfut_cli.render import documents, zone
        from binfut_cli.render.escape import plain

        paint, width = self.err.palette, self.err.columns()
        message, hint = (plain(zone.localized(each)) for each in (exc.message, exc.hint))
        text = wrapped(f"binfut: {message}", width, "  ")
        text = text.replace("binfut:", f"{paint.loss}binfut:{paint.off}", 1)
        text += wrapped(f"  hint: {hint}", width, "    ") if hint else ""
        with suppress(OutputError):  # the exit status says it all the same
            self.err.write(documents.error(exc) if self.as_json else text.encode())
