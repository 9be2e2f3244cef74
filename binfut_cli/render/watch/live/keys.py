"""The keys of the dashboard, and what is said of them."""

from typing import NamedTuple

from binfut_cli.render.watch.live.spans import BOLD, FAINT, Line, Span, joined


class Key(NamedTuple):
    """A key, what Textual calls it, what it does, in a word and in a sentence."""

    shown: str
    names: str
    action: str
    word: str
    said: str


KEYS = (
    Key("q", "q", "leave(False)", "quit", "leave; the watch ends as with any other end"),
    Key("p", "p", "pause", "pause", "hold the view still, and go on; the watch never pauses"),
    Key("s", "s", "sort", "sort", "sort positions by risk, by PnL (losses first), by size"),
    Key("z", "z", "zeros", "zeros", "show rows that are nothing but zeros, and hide them"),
    Key(
        "/",
        "slash",
        "filter",
        "find",
        "one symbol and its events: type a part; Esc shows all",
    ),
    Key("f", "f", "full", "full", "give the part with the mark all the room, and take it back"),
    Key("?", "question_mark", "help", "help", "this page"),
    Key("1–9 ← →", "", "", "", "another account; a click on its name does it too"),
    Key("Tab ↑ ↓ PgUp PgDn", "", "", "", "choose a part, and move in it; so does the wheel"),
    Key("Ctrl-C", "ctrl+c", "leave(True)", "", "leave as by a signal: exit status 130"),
)
MOVES = {
    "left": "account(-1)",
    "right": "account(1)",
    "tab": "part(1)",
    "shift+tab": "part(-1)",
    "up,k": "move(-1)",
    "down,j": "move(1)",
    "pageup": "page(-1)",
    "pagedown": "page(1)",
    "home": "move(-1000000)",
    "end": "move(1000000)",
    "escape": "clear",
    **{str(number): f"chosen({number})" for number in range(1, 10)},
}
ACTIONS = {**{key.names: key.action for key in KEYS if key.action}, **MOVES}
WORDS = {
    "LIVE": "the stream is proven to be complete",
    "QUIET": "it is proven, and nothing has happened for a while",
    "STALE": "a proof is late: figures may be old",
    "CONNECTING": "the account is being read",
    "RECONNECTING": "the stream broke; when it is tried again",
    "BANNED": "the exchange lets nobody ask until that time",
    "GAP since": "changes may be missing since then; a gap tells of them",
    "DRIFT": "a reading differs from what was told: all is read anew",
}


def foot(width: int, *, is_paused: bool) -> Line:
    """The keys in one line."""
    words = {"pause": "go on"} if is_paused else {}
    parts = [
        (Span(key.shown, BOLD), Span(f" {words.get(key.word, key.word)}"))
        for key in KEYS
        if key.word
    ]
    return joined([(Span(" "), *parts[0]), *parts[1:]], "  ", width)


def page() -> list[Line]:
    """The help."""
    size = max(len(key.shown) for key in KEYS)
    lines: list[Line] = [(Span(" Keys", BOLD),)]
    lines += [(Span(f"  {key.shown:<{size}}  ", BOLD), Span(key.said)) for key in KEYS]
    lines.append((Span(" How the stream stands", BOLD),))
    lines += [(Span(f"  {word:<{size}}  ", BOLD), Span(said)) for word, said in WORDS.items()]
    note = " Figures older than 15 s are faint, with their age behind them."
    return [*lines, (Span(note, FAINT),)]
