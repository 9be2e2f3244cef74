"""Keep secrets out of what is written: by value, however they are spelled, and by form.

All that leaves goes through here, once, as it is written: `clean` is for data, which must otherwise
stay the exchange's byte for byte, `scrub` for talk. Whoever has a listenKey can read the account's
stream, so it is a secret like the key itself.
"""

import re
import threading
from collections.abc import Iterable

from binfut_cli.errors import scrubbed

_HIDDEN = b"***"
_SHORTEST = 6  # anything shorter would be found inside ordinary words
_SHORTEST_IN_DATA = 12  # and this inside figures and their names; no passphrase is ever sent
_PEM_LINE = 24
_SIGNATURES = 64  # the latest: an answer may repeat those of the questions before it

# A key, a signature, a listenKey, in base64, in hex, escaped in JSON or in an address: all are runs
# of these, longer than anything an account tells (an order's own id has at most 36 characters).
# Patterns are compiled where something was found that may be one: most runs need none of them.
_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_%\\-"
_LONG = 40
_RUN = rb"[%b]{%d,}" % (re.escape(_SIGNS), _LONG)
_MARKS = bytes.maketrans(_SIGNS, b"x" * len(_SIGNS))
_LONGEST = 1 << 20
_EACH = 3
"""Of a text each third sign is looked at: of a run a third, at least. Between two texts JSON has
three signs that are in none, so that one of these is looked at, too."""
_K = ord("K")

# One character, as JSON or an address may escape it, once or again and again.
_ESCAPED = rb"(?<!\\)\\++(?:u([0-9a-fA-F]{4})|([/\"]))|%(?:25)*([0-9a-fA-F]{2})"

# In data only what is named; the rest of it must stay the exchange's, byte for byte. A message that
# could not be read is a text in a record, so that its quotes are escaped; it may end anywhere.
_NAMED = (
    rb'(?m)("listenKey(\\*)"\s*:\s*\2")(?!\*\*\*\\*")'
    rb'(?:[^"\\\n]|\\++[^"\\\n]){,2000}(\\*(?:"|$))'
)


class Redactor:
    """Replaces every secret it was told of, and what looks like one; any thread may tell it.

    Data is looked through in one pass for runs of characters that a secret may be spelled with,
    whose cost is the same however many secrets are known. `hidden` counts what data has lost.
    """

    def __init__(self) -> None:
        self._telling = threading.Lock()
        self._known: frozenset[str] = frozenset()
        self._tokens: tuple[bytes, ...] = ()  # of each secret, a line each
        self._shortest = _LONGEST  # of them, and of signatures
        self._marked_run = b""  # as much of it as is looked at
        self._phrases: tuple[bytes, ...] = ()
        self._words: tuple[bytes, ...] = ()  # too short for data
        self._signatures: tuple[frozenset[bytes], ...] = ()
        self.hidden = 0

    def learn(self, secret: str) -> None:
        """Hide this text from now on, in whatever way it may be written."""
        with self._telling:
            if secret in self._known:
                return
            self._known |= {secret}
            spellings = _spellings(secret)
            tokens = frozenset(filter(_is_token, spellings))
            self._look_for(tokens)
            self._tokens = (*self._tokens, b"\n".join(tokens)) if tokens else self._tokens
            if len(secret.strip()) < _SHORTEST_IN_DATA:
                self._words = (*self._words, *(spellings - tokens))
            else:
                self._phrases = (*self._phrases, *(spellings - tokens))

    def learn_signature(self, signature: str) -> None:
        """Hide a signature for as long as an answer may repeat it."""
        spellings = _spellings(signature)
        with self._telling:
            self._look_for(spellings)
            self._signatures = (spellings, *self._signatures[: _SIGNATURES - 1])

    def _look_for(self, spellings: Iterable[bytes]) -> None:
        """Look at every run in which one of these has room."""
        shortest = min((max(len(form), _LONG) for form in spellings), default=_LONGEST)
        if shortest < self._shortest:
            self._shortest, self._marked_run = shortest, b"x" * (shortest // _EACH)

    def clean(self, payload: bytes) -> bytes:
        """Data with every known secret and listenKey replaced, and otherwise byte for byte."""
        cleaned, count = self._cleaned(payload)
        self.hidden += count
        return cleaned

    def clean_copy(self, payload: bytes) -> bytes:
        """The same of data that is written elsewhere, too: what it loses is counted there."""
        return self._cleaned(payload)[0]

    def scrub(self, text: bytes) -> bytes:
        """Talk (messages, tracebacks) with whatever looks like a secret replaced as well."""
        cleaned, _ = _without(self._cleaned(text)[0], self._words)
        return scrubbed(cleaned)

    def _cleaned(self, payload: bytes) -> tuple[bytes, int]:
        in_runs = in_phrases = named = 0
        if self._phrases:
            payload, in_phrases = _without(payload, self._phrases)
        # `rfind` looks for one sign many times over at half of what `find` costs
        if self._tokens and payload[::_EACH].translate(_MARKS).rfind(self._marked_run) >= 0:
            payload, in_runs = self._without_tokens(payload)
        if _K in payload and b"listenKey" in payload:  # one letter is looked for much faster
            payload, named = re.subn(_NAMED, rb"\1***\3", payload)
        return payload, in_runs + in_phrases + named

    def _without_tokens(self, payload: bytes) -> tuple[bytes, int]:
        known = [form for each in self._tokens for form in each.split(b"\n")]
        known += (form for each in self._signatures for form in each)
        count = 0

        def hidden(run: re.Match[bytes]) -> bytes:
            nonlocal count
            text, found = _without(run[0], known)
            count += found
            return text

        return re.sub(_RUN, hidden, payload), count


def _without(text: bytes, known: Iterable[bytes]) -> tuple[bytes, int]:
    """The text with each of the known spellings replaced, escaped or not, and how many those are.

    Spellings are compared without regard to case, which no two secrets differ by.
    """
    unescaped = _unescaped(text).lower()
    found = sorted((form for form in known if form in unescaped), key=len, reverse=True)
    if not found:
        return text, 0
    any_of_them = re.compile(b"|".join(map(re.escape, found)))
    spans = [each.span() for each in any_of_them.finditer(unescaped)]
    return _cut(text, spans), len(spans)


def _cut(text: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The text with spans of its unescaped form replaced; an escape goes whole."""
    places, kept, end = _Places(text), list[bytes](), 0
    for first, last in spans:
        kept += text[end : places.of(first).start], _HIDDEN
        end = places.of(last).stop
    return b"".join([*kept, text[end:]])


class _Places:
    """Where in a text the places of its unescaped form are, asked for from left to right."""

    def __init__(self, text: bytes) -> None:
        self._escapes = re.finditer(_ESCAPED, text)
        self._next = next(self._escapes, None)
        self._longer = 0  # by what stands before the next escape

    def of(self, place: int) -> slice:
        """The place, or the escape around it."""
        while (escape := self._next) is not None:
            width = len(_character(escape))
            start = escape.start() - self._longer
            if place < start + width:
                break
            self._longer += len(escape[0]) - width
            self._next = next(self._escapes, None)
        if escape is not None and start < place:
            return slice(*escape.span())
        return slice(place + self._longer, place + self._longer)


def _unescaped(text: bytes) -> bytes:
    if b"\\" in text or b"%" in text:
        return re.sub(_ESCAPED, _character, text)
    return text


def _character(unit: re.Match[bytes]) -> bytes:
    """What an escape stands for, in UTF-8."""
    if unit[1]:
        return chr(int(unit[1], 16)).encode("utf-8", "surrogatepass")
    return bytes.fromhex(unit[3].decode()) if unit[3] else unit[2]


def _is_token(spelling: bytes) -> bool:
    return len(spelling) >= _LONG and not spelling.translate(None, _SIGNS)


def _spellings(secret: str) -> frozenset[bytes]:
    """A secret plain, in JSON, in hex, in base64; a PEM by lines. Unescaped, small letters."""
    if len(secret.strip()) < _SHORTEST:
        return frozenset()
    raw = secret.encode("utf-8", "surrogateescape")
    lines = {line for line in raw.split() if len(line) >= _PEM_LINE}
    forms = set() if secret.isascii() and secret.isalnum() else {_in_json(secret)}
    for text in {raw, raw.strip(), *lines}:
        forms |= {text, text.hex().encode(), *_base64(text)}
    return frozenset(_unescaped(form).lower() for form in forms if len(form) >= _SHORTEST)


def _in_json(secret: str) -> bytes:
    import json  # 2 ms, which the letters and digits of a key do not need

    return json.dumps(secret)[1:-1].encode()


def _base64(raw: bytes) -> set[bytes]:
    """The text in both alphabets of base64, alone and as it is inside a longer text.

    There the characters at its ends depend on what stands beside it, and are left out.
    """
    from base64 import b64encode, urlsafe_b64encode

    forms = {encode(raw) for encode in (b64encode, urlsafe_b64encode)}
    for before in range(3):
        own = slice(-(-8 * before // 6), 8 * (before + len(raw)) // 6)
        forms |= {encode(bytes(before) + raw)[own] for encode in (b64encode, urlsafe_b64encode)}
    return forms
