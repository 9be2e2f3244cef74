"""Keep listenKeys out of what is printed: whoever has one can read the account's stream."""

import re

_NAMED = re.compile(rb'("listenKey"\s*:\s*")[^"]*(")')
_HIDDEN = b"***"


class Redactor:
    """Replaces every listenKey it was told of, and any value under that name."""

    def __init__(self) -> None:
        self._keys: tuple[bytes, ...] = ()

    def learn(self, listen_key: str) -> None:
        """Hide this key from now on."""
        key = listen_key.encode()
        if key and key not in self._keys:
            self._keys = (*self._keys, key)

    def clean(self, payload: bytes) -> bytes:
        """The payload with every listenKey replaced, and otherwise byte for byte."""
        for key in self._keys:
            if key in payload:
                payload = payload.replace(key, _HIDDEN)
        if b"listenKey" in payload:
            payload = _NAMED.sub(rb"\1***\2", payload)
        return payload
