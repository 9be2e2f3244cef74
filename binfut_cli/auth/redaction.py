"""Keep secrets out of what is written: by value, wherever they are known, and by form.

Whoever has a listenKey can read the account's stream, so it is a secret like the key itself.
"""

import re
from collections import deque

from binfut_cli.errors import scrubbed

_HIDDEN = b"***"
_SHORTEST = 6  # anything shorter would be found inside ordinary words
_PEM_LINE = 24
MOST_PASSING = 16
"""How many listenKeys are remembered: they are ever new, and each costs time with each message."""

# In data only what is named; the rest of it must stay the exchange's, byte for byte.
_NAMED = re.compile(rb'("listenKey"\s*:\s*")[^"]*(")')


class Redactor:
    """Replaces every secret it was told of, and what looks like one.

    What it learns, `also` learns too: a stream's redactor knows listenKeys only, because each text
    that is looked for costs half a microsecond a message; the run's knows everything.
    """

    def __init__(self, also: "Redactor | None" = None) -> None:
        self._known: tuple[bytes, ...] = ()
        self._lasting: frozenset[bytes] = frozenset()
        self._passing: deque[set[bytes]] = deque(maxlen=MOST_PASSING)
        self._also = also

    def learn(self, secret: str) -> None:
        """Hide this text from now on, in whatever way it may be written."""
        self._lasting |= _written(secret)
        self._sort()
        if self._also is not None:
            self._also.learn(secret)

    def learn_passing(self, secret: str) -> None:
        """The same of one that others will follow, a listenKey; only the last ones are hidden."""
        forms = _written(secret)
        if forms not in self._passing:
            self._passing.append(forms)
            self._sort()
        if self._also is not None:
            self._also.learn_passing(secret)

    def _sort(self) -> None:
        """The longest first, so that no part of a secret is left by a shorter one inside it."""
        forms = self._lasting.union(*self._passing)
        self._known = tuple(sorted(forms, key=len, reverse=True))

    def clean(self, payload: bytes) -> bytes:
        """Data with every known secret and listenKey replaced, and otherwise byte for byte."""
        for known in self._known:
            if known in payload:
                payload = payload.replace(known, _HIDDEN)
        if b"listenKey" in payload:
            payload = _NAMED.sub(rb"\1***\2", payload)
        return payload

    def clean_all(self, payloads: list[bytes]) -> list[bytes]:
        """Data in pieces, each clean; all are looked through at once, which is cheaper."""
        whole = b"\n".join(payloads)
        if self.clean(whole) == whole:
            return payloads
        return [self.clean(payload) for payload in payloads]

    def scrub(self, text: bytes) -> bytes:
        """Talk (messages, tracebacks) with whatever looks like a secret replaced as well."""
        return scrubbed(self.clean(text))


def _written(secret: str) -> set[bytes]:
    """The ways to write a secret: plain, in JSON, in an address, in base64; a PEM line by line."""
    if len(secret.strip()) < _SHORTEST:
        return set()
    import base64  # these only where there is a secret

    raw = secret.encode("utf-8", "surrogateescape")
    forms = {raw, raw.strip(), base64.b64encode(raw)}
    if not (secret.isascii() and secret.isalnum()):  # else it is written the same everywhere
        import json
        from urllib.parse import quote

        forms |= {quote(raw, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    return forms | {line for line in raw.split() if len(line) >= _PEM_LINE}
