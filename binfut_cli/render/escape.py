"""Text from the wire, made harmless for a terminal: escaped once, here, and nowhere else.

Symbols, order ids, error texts and close reasons are chosen by others. Control characters (C0, DEL,
C1), bidirectional and zero-width characters, line separators and lone surrogates are shown as
`\\u{…}`, so that nothing can move the cursor, hide a digit or turn a line around.
"""

from binfut_cli.codec import UNSAFE


def plain(text: object) -> str:
    """The text as it may be shown: one line, left to right, nothing hidden."""
    shown = str(text)
    if shown.isascii() and shown.isprintable():
        return shown
    return UNSAFE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", shown)
