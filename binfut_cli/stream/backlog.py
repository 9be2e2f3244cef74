"""Between readers that must never wait and a printer that may: memory, then disk, then a count.

A reader that waits cannot answer pings, and is cut off; so what is not yet printed is kept here:
in memory up to a bound, beyond it in a file that only this process can read, and when that is full
too, messages are dropped, counted, and the count takes their place.
"""

import struct
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import BinaryIO

from binfut_cli.endpoints import Lane
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.messages import Batch, LaneMessage, MessagesDropped, ThreadCrashed

MEMORY_BYTES = 64 * 1024 * 1024
DISK_BYTES = 1024 * 1024 * 1024
BEHIND_BYTES = 2 * 1024 * 1024
THROTTLE_BYTES = 64 * 1024
THROTTLE_S = 0.005
"""While more than BEHIND_BYTES wait in memory, or any on disk, a reader is throttled after every
THROTTLE_BYTES it brought: the printer needs the processor. Counted by bytes, because a read over
TLS may bring a single message: 12 MB a second are more than an account sends, and what the kernels
hold of a connection passes in a second, so that pongs are never late."""
_HEAD = struct.Struct("<IqII")  # lane, time, stream, how many bytes of messages follow
_LENGTH = 4


class RingFile:
    """Bytes first in, first out, that go round and round in a file which only this process has.

    `room` is the file's size at most; who puts must see to it that what he puts fits.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._file: BinaryIO | None = None
        self._read = self._written = 0  # bytes since the file was last empty

    @property
    def size(self) -> int:
        """The bytes that wait in the file."""
        return self._written - self._read

    def put(self, data: bytes) -> None:
        """Append; raise OSError, and change nothing, if the disk has no room."""
        part = self._room - self._written % self._room
        self._write(self._written % self._room, data[:part])
        self._write(0, data[part:])
        self._written += len(data)

    def take(self, size: int) -> bytes:
        """The next bytes, from the end of the file and then from its beginning."""
        place = self._read % self._room
        part = min(size, self._room - place)
        self._read += size
        self._opened().seek(place)
        data = self._opened().read(part)
        if part < size:
            self._opened().seek(0)
            data += self._opened().read(size - part)
        return data

    def let_go(self) -> None:
        """Give the disk's room back, if all was taken."""
        if self._file is not None and 0 < self._read == self._written:
            self._file.truncate(0)
            self._read = self._written = 0

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="binfut-", buffering=0)  # noqa: SIM115
        return self._file

    def _write(self, place: int, data: bytes) -> None:
        self._opened().seek(place)
        view = memoryview(data)
        while view:
            view = view[self._opened().write(view) :]


class Spool:
    """Messages first in, first out; the bytes of batches lie in a file of so much room."""

    def __init__(self, room: int) -> None:
        self._file = RingFile(room)
        self._lanes: list[Lane] = []  # in the file by their places here
        self._items: deque[LaneMessage | None] = deque()  # None: a batch, in the file

    def __len__(self) -> int:
        return len(self._items)

    @property
    def size(self) -> int:
        """The bytes that wait in the file."""
        return self._file.size

    def put(self, message: LaneMessage, before: Iterable[LaneMessage] = ()) -> None:
        """Append, `before` first; raise OSError, and change nothing, if a batch finds no room."""
        kept = None if isinstance(message, Batch) else message
        if isinstance(message, Batch):
            self._file.put(self._encoded(message))
        self._items += (*before, kept)

    def take(self) -> LaneMessage:
        """The oldest message; the file is emptied once all of it was read."""
        if (message := self._items.popleft()) is not None:
            return message
        lane, time_ms, stream, size = _HEAD.unpack(self._file.take(_HEAD.size))
        messages = _messages(self._file.take(size))
        self._file.let_go()
        return Batch(self._lanes[lane], time_ms, messages, stream)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _encoded(self, batch: Batch) -> bytes:
        data = b"".join(
            bytes([opcode]) + len(payload).to_bytes(_LENGTH) + payload
            for opcode, payload in batch.messages
        )
        if batch.lane not in self._lanes:
            self._lanes.append(batch.lane)
        lane = self._lanes.index(batch.lane)
        return _HEAD.pack(lane, batch.time_ms, batch.stream, len(data)) + data


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position < len(data):
        start = position + 1 + _LENGTH
        end = start + int.from_bytes(data[position + 1 : start])
        found.append((data[position], data[start:end]))
        position = end
    return found


class Backlog:
    """A queue from many threads to one that never makes them wait for room."""

    def __init__(
        self,
        memory: int = MEMORY_BYTES,
        disk: int = DISK_BYTES,
        throttle: Callable[[float], object] = time.sleep,
    ) -> None:
        self._memory, self._disk, self._throttle = memory, disk, throttle
        self._lock = threading.Lock()
        self._bell = threading.Lock()  # held; released once for who waits: a Condition costs more
        self._bell.acquire()
        self._is_awaited = False  # whether anyone waits to hear that something has changed
        self._items: deque[tuple[LaneMessage, int]] = deque()
        self._bytes = 0
        self._unthrottled = 0  # bytes that came since it was last throttled
        self._spool = Spool(disk)
        self._dropped: dict[Lane, MessagesDropped] = {}

    @property
    def size(self) -> int:
        """The bytes that wait, in memory and on disk."""
        return self._bytes + self._spool.size

    def put(self, message: LaneMessage) -> None:
        """Append a message; never wait for room, only throttle while much is waiting."""
        size = message.size if isinstance(message, Batch) else 0
        with self._lock:
            is_on_disk = bool(self._spool)
            if not is_on_disk and self._bytes + size <= self._memory:
                self._keep_in_memory(message, size)
            elif self._spool.size + size <= self._disk:
                self._keep_on_disk(message)
            else:
                self._drop(message)
            if self._is_awaited:
                self._is_awaited = False
                self._bell.release()
            is_behind = is_on_disk or self._bytes > BEHIND_BYTES
            out_of_breath = is_behind and self._is_too_fast(size)
        if out_of_breath:
            self._throttle(THROTTLE_S)

    def take(self, timeout_s: float) -> LaneMessage | None:
        """The oldest message; None if none came in time. Of one thread."""
        with self._lock:
            message = self._taken()
            if message is not None or not timeout_s:
                return message
            self._bell.acquire(blocking=False)  # a signal may have ended the wait before
            self._is_awaited = True
        self._bell.acquire(timeout=timeout_s)
        with self._lock:
            if self._is_awaited:
                self._is_awaited = False
            else:  # it has rung, maybe only after the time was over
                self._bell.acquire(blocking=False)
            return self._taken()

    def _taken(self) -> LaneMessage | None:
        if self._items:
            message, size = self._items.popleft()
            self._bytes -= size
            return message
        if self._spool:
            return self._spool.take()
        if self._dropped:
            return self._dropped.pop(next(iter(self._dropped)))
        return None

    def close(self) -> None:
        """Give the file back."""
        self._spool.close()

    def _is_too_fast(self, size: int) -> bool:
        """Whether a reader that brought so much is to be throttled now."""
        self._unthrottled += size
        if self._unthrottled < THROTTLE_BYTES:
            return False
        self._unthrottled = 0
        return True

    def _keep_in_memory(self, message: LaneMessage, size: int) -> None:
        """Append, behind the counts of what a full disk did not take."""
        self._items.extend((dropped, 0) for dropped in self._dropped.values())
        self._dropped.clear()
        self._items.append((message, size))
        self._bytes += size

    def _keep_on_disk(self, message: LaneMessage) -> None:
        """Keep a message, after the counts of what was dropped before it."""
        try:
            self._spool.put(message, self._dropped.values())
        except OSError:  # the disk is full: the same as no room
            self._drop(message)
        else:
            self._dropped.clear()

    def _drop(self, message: LaneMessage) -> None:
        """Count a batch that finds no room; all else is small, and kept."""
        if not isinstance(message, Batch):
            self._keep_on_disk(message)
            return
        was = self._dropped.get(message.lane)
        count, since = (was.count, was.from_ms) if was else (0, message.time_ms - LATENCY_MS)
        self._dropped[message.lane] = MessagesDropped(
            message.lane, count + len(message.messages), since, message.time_ms
        )


class Outlet:
    """One lane's way into a backlog until it is shut: what comes later is nobody's, but a bug."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog, self.is_shut = backlog, False

    def put(self, message: LaneMessage) -> None:
        """Hand a message on."""
        if not self.is_shut or isinstance(message, ThreadCrashed):
            self._backlog.put(message)

    def shut(self) -> None:
        """Hand nothing on any more."""
        self.is_shut = True
