"""What waits to be written to an engine: memory, then disk; beyond that there is no room."""

import struct
import threading
from collections import deque
from typing import NamedTuple

from binfut_cli.stream.backlog import RingFile

MEMORY_BYTES = 16 << 20
DISK_BYTES = 1 << 30
_HEAD = struct.Struct("<IQI")  # place, seq, how many bytes follow


class Entry(NamedTuple):
    """A record for the stream at a place among a watch's streams, and its number there.

    Without a number (0) it says in place of a record which id the stream was taken over by.
    """

    place: int
    seq: int
    record: bytes


class Outbox:
    """Entries first in, first out, from one thread to another; whoever puts never waits."""

    def __init__(self, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self._memory, self._disk = memory, disk
        self._changed = threading.Condition()
        self._items: deque[Entry] = deque()
        self._bytes = self._on_disk = 0  # of the items; how many entries are in the file
        self._file = RingFile(disk)

    def __len__(self) -> int:
        return len(self._items) + self._on_disk

    @property
    def is_roomy(self) -> bool:
        """Whether half of all room is free."""
        return self._bytes + self._file.size <= (self._memory + self._disk) // 2

    def put(self, entry: Entry) -> bool:
        """Append; False if there is no room, in memory or on the disk."""
        with self._changed:
            size = len(entry.record) + _HEAD.size
            if not self._on_disk and self._bytes + size <= self._memory:
                self._items.append(entry)
                self._bytes += size
            elif self._file.size + size > self._disk or not self._kept(entry):
                return False
            self._changed.notify()
        return True

    def take(self, most: int, timeout_s: float) -> list[Entry]:
        """The oldest entries; none if none came in time."""
        with self._changed:
            if not len(self):
                self._changed.wait(timeout_s)
            found = [self._taken() for _ in range(min(most, len(self)))]
            self._file.let_go()
        return found

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _kept(self, entry: Entry) -> bool:
        try:
            self._file.put(_HEAD.pack(entry.place, entry.seq, len(entry.record)) + entry.record)
        except OSError:  # the disk is full: the same as no room
            return False
        self._on_disk += 1
        return True

    def _taken(self) -> Entry:
        if self._items:
            entry = self._items.popleft()
            self._bytes -= len(entry.record) + _HEAD.size
            return entry
        place, seq, size = _HEAD.unpack(self._file.take(_HEAD.size))
        self._on_disk -= 1
        return Entry(place, seq, self._file.take(size))
