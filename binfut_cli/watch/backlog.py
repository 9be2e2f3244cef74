"""Between readers that must never wait and a printer that may: memory, then disk, then a count.

A reader that waits cannot answer pings, and is cut off; so what is not yet printed is kept here:
in memory up to a bound, beyond it in a file that only this process can read, and when that is full
too, messages are dropped, counted, and the count takes their place.
"""

import tempfile
import threading
import time
from collections import deque
from typing import BinaryIO

from binfut_cli.markets import Lane
from binfut_cli.watch.items import Batch, Dropped, Item
from binfut_cli.watch.losses import LATENCY_MS

MEMORY_BYTES = 64 * 1024 * 1024
PACE_BYTES = 2 * 1024 * 1024
PACE_S = 0.005
"""With so much waiting a reader takes a breath after each read: the printer needs the processor
more, and 64 KiB every 5 ms are far more than an account ever sends."""
DISK_BYTES = 1024 * 1024 * 1024
_MESSAGE = 64  # bytes that a message costs beside its payload
_HEAD = 4


class Spool:
    """Items in a file, first in, first out. Only batches go there byte by byte."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._items: deque[Item | tuple[Lane, int, int, int]] = deque()
        self._read_at = self._write_at = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def size(self) -> int:
        """The bytes in use on disk."""
        return self._write_at

    def put(self, item: Item) -> None:
        """Append; a batch's bytes go to the file, and its head stays."""
        if not isinstance(item, Batch):
            self._items.append(item)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="binfut-", buffering=0)  # noqa: SIM115
        data = b"".join(
            bytes([opcode]) + len(payload).to_bytes(_HEAD) + payload
            for opcode, payload in item.messages
        )
        self._file.seek(self._write_at)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._write_at += len(data)
        self._items.append((item.lane, item.time_ms, item.stream, len(data)))

    def take(self) -> Item:
        """The oldest item; the file is emptied once all of it was read."""
        found = self._items.popleft()
        if not isinstance(found, tuple):
            return found
        lane, time_ms, stream, size = found
        assert self._file is not None
        self._file.seek(self._read_at)
        data = self._file.read(size)
        self._read_at += size
        if self._read_at == self._write_at:
            self._file.truncate(0)
            self._read_at = self._write_at = 0
        return Batch(lane, time_ms, _messages(data), stream)

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position < len(data):
        start = position + 1 + _HEAD
        end = start + int.from_bytes(data[position + 1 : start])
        found.append((data[position], data[start:end]))
        position = end
    return found


class Backlog:
    """A queue from many threads to one that never makes them wait."""

    def __init__(self, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self._memory, self._disk = memory, disk
        self._changed = threading.Condition()
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._spool = Spool()
        self._dropped: dict[Lane, Dropped] = {}

    @property
    def size(self) -> int:
        """The bytes that wait, in memory and on disk."""
        return self._bytes + self._spool.size

    def put(self, item: Item) -> None:
        """Append an item; never wait for room, only take a breath when much is waiting."""
        size = _size(item) if isinstance(item, Batch) else 0
        with self._changed:
            if not self._spool and self._bytes + size <= self._memory:
                self._items.append((item, size))
                self._bytes += size
            elif self._spool.size + size <= self._disk:
                self._tell_dropped(item.lane)
                self._keep_on_disk(item)
            else:
                self._drop(item)
            self._changed.notify()
            behind = self._bytes > PACE_BYTES
        if behind and size:
            time.sleep(PACE_S)

    def take(self, timeout_s: float) -> Item | None:
        """The oldest item; None if none came in time."""
        with self._changed:
            if not self._items and not self._spool and not self._dropped:
                self._changed.wait(timeout_s)
            if self._items:
                item, size = self._items.popleft()
                self._bytes -= size
                return item
            if self._spool:
                return self._spool.take()
            if self._dropped:
                return self._dropped.pop(next(iter(self._dropped)))
            return None

    def close(self) -> None:
        """Give the file back."""
        self._spool.close()

    def _keep_on_disk(self, item: Item) -> None:
        try:
            self._spool.put(item)
        except OSError:  # the disk is full: the same as no room
            self._drop(item)

    def _drop(self, item: Item) -> None:
        """Count a batch that finds no room; all else is small, and kept."""
        if not isinstance(item, Batch):
            self._tell_dropped(item.lane)
            self._spool.put(item)
            return
        was = self._dropped.get(item.lane)
        count, since = (was.count, was.from_ms) if was else (0, item.time_ms - LATENCY_MS)
        self._dropped[item.lane] = Dropped(
            item.lane, count + len(item.messages), since, item.time_ms
        )

    def _tell_dropped(self, lane: Lane) -> None:
        """Put the count where the messages would have been, before what comes after them."""
        if lane in self._dropped:
            self._spool.put(self._dropped.pop(lane))


def _size(batch: Batch) -> int:
    return sum(len(payload) + _MESSAGE for _, payload in batch.messages)
