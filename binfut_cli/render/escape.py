"""Text from the wire, made harmless for a terminal: escaped once, here, and nowhere else.

Symbols, order ids, error texts and close reasons are chosen by others. Control characters (C0, DEL,
C1), all that Unicode gives no shape, blanks but U+0020, line separators and lone surrogates are
shown as `\\u{…}`: nothing moves the cursor, hides a digit, turns a line around, or makes one symbol
look like another.
"""

import re

from binfut_cli.codec import UNSAFE


def plain(text: object) -> str:
    """The text as it may be shown: one line, left to right, nothing hidden."""
    shown = str(text)
    if shown.isascii() and shown.isprintable():
        return shown
    return re.sub(UNSAFE, lambda found: escaped(found[0]), shown)


def escaped(sign: str) -> str:
    """One character as its number."""
    return f"\\u{{{ord(sign):x}}}"
