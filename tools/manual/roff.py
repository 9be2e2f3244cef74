"""The little roff that manual pages need: man(7) macros that groff and mandoc both know."""

import re

_TEXT = {"\\": r"\e"}
_CODE = {**_TEXT, "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}


def text(words: str) -> str:
    """Prose on one line, with nothing left in it that roff would read as its own."""
    return _escaped(" ".join(words.split()), _TEXT)


def code(words: str) -> str:
    """What is typed as it stands: hyphens and quotes stay the characters of the keyboard."""
    return _escaped(words, _CODE)


def bold(words: str) -> str:
    """A literal: a command, an option, a name."""
    return rf"\fB{code(words)}\fR"


def italic(words: str) -> str:
    """A placeholder."""
    return rf"\fI{code(words)}\fR"


def section(title: str, *parts: str) -> str:
    """A section; none if there is nothing to say in it."""
    said = [part for part in parts if part]
    body = "\n".join(said).removeprefix(".PP\n")  # a section begins with a paragraph of its own
    return f".SH {title}\n{body}" if said else ""


def entry(term: str, explained: str) -> str:
    """A term of a list, and what it means, indented below."""
    return f".TP\n{term}\n{explained}"


def example(line: str) -> str:
    """A command line, indented and not filled."""
    return f".PP\n.nf\n.RS\n{code(line)}\n.RE\n.fi"


def reference(page: str) -> str:
    """A page of section 1."""
    return f"{bold(page)}(1)"


def _escaped(words: str, characters: dict[str, str]) -> str:
    escaped = "".join(characters.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in words)
    return re.sub(r"^([.'])", r"\\&\1", escaped)
