"""The lines of a watch as they come: which accounts were read, and how late each event was told."""

import re
import threading
import time
from typing import IO

_SNAPSHOT = re.compile(rb'"type":"snapshot".*?"profile":"([^"]+)"')
_PROFILE = re.compile(rb'"profile":"([^"]+)"')
_DEPOSIT = re.compile(rb'"eventTime":(\d+).*"DEPOSIT"')


class Lines:
    """Read on a thread of their own, as fast as they come; of most nothing is looked at."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._read: set[bytes] = set()
        self._delays_ms: list[tuple[bytes, float]] = []
        self._flooded: bytes | None = None
        self._changed = threading.Event()
        threading.Thread(target=self._take, daemon=True).start()

    def until_read(self, count: int, seconds: float) -> None:
        """Wait until so many accounts were read."""
        end = time.monotonic() + seconds
        while len(self._read) < count:
            self._changed.clear()
            if not self._changed.wait(end - time.monotonic()):
                raise TimeoutError(f"{len(self._read)} of {count} accounts were read")

    def taken(self) -> list[float]:
        """How late each event was, in ms, that came since this was last asked.

        Those of an account whose stream is flooded wait behind the flood, and are left out.
        """
        found, self._delays_ms = self._delays_ms, []
        return [delay_ms for profile, delay_ms in found if profile != self._flooded]

    def _take(self) -> None:
        for line in self._source:
            if b'"DEPOSIT"' in line:
                found = _DEPOSIT.search(line)
                if found is not None:
                    late_ms = time.time() * 1000 - int(found[1])
                    self._delays_ms.append((_profile(line), late_ms))
            elif b'"type":"snapshot"' in line and (found := _SNAPSHOT.search(line)):
                self._read.add(found[1])
                self._changed.set()
            elif self._flooded is None and b'"ADJUSTMENT"' in line:
                self._flooded = _profile(line)


def _profile(line: bytes) -> bytes:
    found = _PROFILE.search(line)
    return found[1] if found is not None else b""
