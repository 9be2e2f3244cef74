"""The lines of a watch as they come: which accounts were read, and when each event was told."""

import fcntl
import os
import re
import threading
import time
from contextlib import suppress
from typing import IO

_SNAPSHOT = re.compile(rb'"type":"snapshot".*?"profile":"([^"]+)"')
_PROFILE = re.compile(rb'"profile":"([^"]+)"')
_EVENT_TIME = re.compile(rb'"eventTime":(\d+)')
_CHUNK = 1 << 20


class Lines:
    """Read on a thread of their own, as fast as they come; at most of them nobody looks."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, _CHUNK)  # what is to be measured is the writer
        self._read: set[bytes] = set()
        self._told: list[tuple[bytes, int, float]] = []
        self._flooded: bytes | None = None
        self._changed = threading.Event()
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def until_read(self, count: int, seconds: float) -> None:
        """Wait until so many accounts were read."""
        end = time.monotonic() + seconds
        while len(self._read) < count:
            self._changed.clear()
            if not self._changed.wait(end - time.monotonic()):
                raise TimeoutError(f"{len(self._read)} of {count} accounts were read")

    def taken(self) -> dict[int, float]:
        """When each event was read that came since this was last asked, by its `eventTime`; in ms.

        Those of an account whose stream is flooded wait behind the flood, and are left out.
        """
        found, self._told = self._told, []
        return {event_ms: told_ms for profile, event_ms, told_ms in found
                if profile != self._flooded}  # fmt: skip

    def _take(self) -> None:
        rest, descriptor = b"", self._source.fileno()
        with suppress(OSError):  # closed at the end
            while chunk := os.read(descriptor, _CHUNK):
                now_ms = time.time() * 1000
                whole, _, rest = (rest + chunk).rpartition(b"\n")
                self._look(whole, now_ms)

    def _look(self, lines: bytes, now_ms: float) -> None:
        for line in _with(lines, b'"DEPOSIT"'):
            if (found := _EVENT_TIME.search(line)) is not None:
                self._told.append((_profile(line), int(found[1]), now_ms))
        for line in _with(lines, b'"type":"snapshot"'):
            if (found := _SNAPSHOT.search(line)) is not None:
                self._read.add(found[1])
                self._changed.set()
        if self._flooded is None:
            self._flooded = next(map(_profile, _with(lines, b'"ADJUSTMENT"')), None)


def _with(lines: bytes, mark: bytes) -> list[bytes]:
    """The lines that have a mark."""
    found, place = list[bytes](), lines.find(mark)
    while place >= 0:
        start, end = lines.rfind(b"\n", 0, place) + 1, lines.find(b"\n", place)
        found.append(lines[start : end if end >= 0 else len(lines)])
        place = lines.find(mark, end) if end >= 0 else -1
    return found


def _profile(line: bytes) -> bytes:
    found = _PROFILE.search(line)
    return found[1] if found is not None else b""
