"""Standard output and standard error: bytes out at once, and what is known of the terminal.

Every write goes out whole before the next begins: nothing is buffered that a signal could lose,
and a closed pipe shows itself at the write that meets it.
"""

import contextlib
import os
import re
import select
import shutil
import stat
from collections.abc import Mapping

import msgspec

from binfut_cli.errors import OutputError
from binfut_cli.render.palette import PLAIN, Palette, PaletteName, background, palette

STDOUT = 1
STDERR = 2
_LIKENESS = str.maketrans({
    "→": ">", "–": "-", "−": "-", "·": "-", "…": "~", "Ⓢ": "S", "│": "|", "─": "-", "•": "*",
    "▏": ".", "▎": ":", "▍": ":", "▌": "+", "▋": "+", "▊": "*", "▉": "*", "█": "#",
    "▁": "_", "▂": "_", "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#",
    "↑": "^", "↓": "v", "×": "x", "▸": ">", "≤": "<",
})  # fmt: skip
COLOUR = "\x1b\\[[0-9;]*m"


def columns_of(text: str) -> int:
    """How many columns a text takes on the screen: a Chinese sign takes two, a colour none."""
    if "\x1b" in text:
        text = re.sub(COLOUR, "", text)
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width  # for people only

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def wrapped(text: str, width: int | None, indent: str = "") -> str:
    """Lines of text, broken between words, never inside one."""
    if width is None or len(text) <= width:
        return f"{text}\n"
    import textwrap  # where something does not fit only

    broken = textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "".join(f"{line}\n" for line in broken)


def ascii_only(text: str) -> str:
    """Text with a likeness of each character, as wide as it: a question mark for want of one."""
    from unicodedata import combining

    return "".join(
        sign if sign.isascii() else "" if combining(sign) else "?" * columns_of(sign)
        for sign in text.translate(_LIKENESS)
    )


class Look(msgspec.Struct, frozen=True):
    """When there is colour (auto, always or never), and which."""

    colour: str = "auto"
    palette: PaletteName = PaletteName.DEFAULT


AUTO = Look()


class Output(msgspec.Struct, frozen=True):
    """One of the two standard streams.

    `width` is the terminal's in columns, None off a terminal: there nothing is cut or dropped.
    `palette` has nothing but plain styles where there is no colour. Without `utf8` it is a terminal
    that has no more than ASCII: it may take bytes beyond for commands, so none goes there.
    `torn` has the end of a line inside which a signal cut a write off: the next begins with it.
    """

    fd: int
    is_terminal: bool
    colour: bool
    width: int | None
    torn: list[bytes] = msgspec.field(default_factory=list)
    palette: Palette = PLAIN
    utf8: bool = True

    def write_clean(self, data: bytes) -> None:
        """Write what was looked through already for what nobody may see; as `write` does."""
        self.write(data)

    def write(self, data: bytes) -> None:
        """Write all of it.

        Raise BrokenPipeError when the reader has gone, OutputError when there is no room.
        """
        shown = data if self.utf8 else _in_ascii(data)
        whole = b"".join([*self.torn, shown]) if self.torn else shown
        try:
            written = os.write(self.fd, whole) if whole else 0
            while written < len(whole):
                written += os.write(self.fd, memoryview(whole)[written:])
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise OutputError(
                f"The output cannot be written: {exc.strerror}.",
                hint="Look at where it goes, and run again.",
            ) from exc
        except BaseException:  # a signal's: how much was written by then, nobody can say
            self.torn[:] = [b"\n"]
            raise
        self.torn.clear()

    @property
    def is_screen(self) -> bool:
        """Whether it is a terminal on which something can be drawn anew in its place."""
        return self.is_terminal and os.environ.get("TERM", "dumb") != "dumb"

    def columns(self) -> int | None:
        """How wide the terminal is by now, None off a terminal."""
        if self.width is None:
            return None
        with contextlib.suppress(OSError):
            if "COLUMNS" not in os.environ:
                return os.get_terminal_size(self.fd).columns or self.width
        return self.width

    def rows(self) -> int | None:
        """How high the terminal is by now, None off a terminal."""
        if not self.is_terminal:
            return None
        return shutil.get_terminal_size((80, 24)).lines

    def line(self, text: str) -> None:
        """Write one line of text; off a terminal it is UTF-8 whatever the locale."""
        self.write(text.encode("utf-8", "backslashreplace") + b"\n")

    def end_torn_line(self) -> None:
        """Begin a new line if the file that is appended to ends inside one, as a kill leaves it."""
        if self._ends_inside_a_line():
            self.write(b"\n")

    def _ends_inside_a_line(self) -> bool:
        with contextlib.suppress(OSError):  # empty, or not to be read: nothing is known of it
            if stat.S_ISREG(os.fstat(self.fd).st_mode):
                with open(f"/dev/fd/{self.fd}", "rb") as file:
                    file.seek(-1, os.SEEK_END)
                    return file.read(1) != b"\n"
        return False

    def reader_is_gone(self) -> bool:
        """Whether the other end of a pipe was closed, though nothing was written since."""
        if self.is_terminal or not hasattr(select, "poll"):
            return False
        watch = select.poll()
        watch.register(self.fd, 0)  # POLLERR and POLLHUP are always reported
        return any(event & (select.POLLERR | select.POLLNVAL) for _, event in watch.poll(0))


def output(fd: int, environ: Mapping[str, str], look: Look = AUTO) -> Output:
    """Describe a standard stream.

    Colour follows no-color.org and force-color.org: flag, then NO_COLOR, then FORCE_COLOR, then
    TERM=dumb, then whether this very stream is a terminal.
    """
    is_terminal = os.isatty(fd)
    width = shutil.get_terminal_size((80, 24)).columns if is_terminal else None
    coloured = _coloured(is_terminal, environ, look.colour)
    chosen = palette(look.palette, background(environ)) if coloured else PLAIN
    utf8 = not is_terminal or has_utf8(environ)
    return Output(fd, is_terminal, coloured, width, palette=chosen, utf8=utf8)


def has_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the terminal shows more than ASCII, as its locale says.

    Where that is C, Python puts a UTF-8 one into LC_CTYPE by itself (PEP 538): that says nothing.
    """
    names = ["LC_ALL", "LC_CTYPE", "LANG"]
    if environ.get("LANG") in ("C", "POSIX") and environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8"):
        names.remove("LC_CTYPE")
    locale = next(filter(None, map(environ.get, names)), None) or ""
    return "utf8" in locale.lower().replace("-", "")


def _in_ascii(data: bytes) -> bytes:
    return data if data.isascii() else ascii_only(data.decode("utf-8", "replace")).encode()


def _coloured(is_terminal: bool, environ: Mapping[str, str], colour: str) -> bool:
    if colour != "auto":
        return colour == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") != "dumb"
