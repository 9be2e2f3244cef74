"""Between readers that must never wait and a printer that may: memory, then disk, then a count.

A reader that waits cannot answer pings, and is cut off; so what is not yet printed is kept here:
in memory up to a bound, beyond it in a file that only this process can read, and when that is full
too, messages are dropped, counted, and the count takes their place. Each lane has a queue of its
own, and they are taken from in turns: who has told much is behind by himself.
"""

import struct
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import BinaryIO

from binfut_cli.api.transport.waiting.bell import Chime, Sleep
from binfut_cli.api.transport.waiting.here import before_waiting
from binfut_cli.endpoints import Lane
from binfut_cli.stream.coverage.errors import LATENCY_MS
from binfut_cli.stream.messages import Batch, LaneMessage, MessagesDropped, ThreadCrashed

MEMORY_BYTES = 64 * 1024 * 1024
DISK_BYTES = 1024 * 1024 * 1024
BEHIND_BYTES = 2 * 1024 * 1024
THROTTLE_BYTES = 64 * 1024
THROTTLE_S = 0.005
"""While more than BEHIND_BYTES wait in memory, or any of a lane on disk, a lane of which
THROTTLE_BYTES wait is to rest after every THROTTLE_BYTES that it brought: the printer needs the
processor. Counted by bytes, because a read over TLS may bring a single message: 12 MB a second are
more than an account sends, and what the kernels hold of a connection passes in a second, so that
pongs are never late."""
_HEAD = struct.Struct("<qII")  # time, stream, how many bytes of messages follow
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

    def extent(self, more: int = 0) -> int:
        """How large the file is, or would be with so many bytes more."""
        return min(self._written + more, self._room)

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
    """A lane's messages first in, first out; the bytes of batches lie in a file of so much room."""

    def __init__(self, lane: Lane, room: int) -> None:
        self._lane, self.file = lane, RingFile(room)
        self.items: deque[LaneMessage | None] | tuple[()] = ()  # None: a batch, in the file

    @property
    def size(self) -> int:
        """The bytes that wait in the file."""
        return self.file.size

    def put(self, message: LaneMessage, before: Iterable[LaneMessage] = ()) -> None:
        """Append, `before` first; raise OSError, and change nothing, if a batch finds no room."""
        kept = None if isinstance(message, Batch) else message
        if isinstance(message, Batch):
            self.file.put(_encoded(message))
        if isinstance(self.items, tuple):  # the first: few lanes ever have one
            self.items = deque()
        self.items += (*before, kept)

    def take(self) -> LaneMessage:
        """The oldest message; the file is emptied once all of it was read."""
        assert isinstance(self.items, deque), "nothing was put"
        if (message := self.items.popleft()) is not None:
            return message
        time_ms, stream, size = _HEAD.unpack(self.file.take(_HEAD.size))
        messages = _messages(self.file.take(size))
        self.file.let_go()
        return Batch(self._lane, time_ms, messages, stream)

    def close(self) -> None:
        """Give the file back."""
        self.file.close()


def _encoded(batch: Batch) -> bytes:
    data = b"".join(
        bytes([opcode]) + len(payload).to_bytes(_LENGTH) + payload
        for opcode, payload in batch.messages
    )
    return _HEAD.pack(batch.time_ms, batch.stream, len(data)) + data


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position < len(data):
        start = position + 1 + _LENGTH
        end = start + int.from_bytes(data[position + 1 : start])
        found.append((data[position], data[start:end]))
        position = end
    return found


class _Queue:
    """What waits of one lane: in memory, behind that on disk, behind that only counted."""

    def __init__(self, lane: Lane, disk: int) -> None:
        self.items: deque[tuple[LaneMessage, int]] | tuple[()] = ()  # while nothing waits
        self.bytes = 0
        self.unrested = 0  # bytes that came since it last had to rest
        self.spool = Spool(lane, disk)
        self.dropped: MessagesDropped | None = None
        self.waits = False  # whether anything of it does

    def taken(self) -> tuple[LaneMessage | None, int]:
        """The oldest message, and how many bytes of memory it was."""
        if self.items:
            message, size = self.items.popleft()
            self.bytes -= size
            self.items = self.items or ()
            return message, size
        if self.spool.items:
            return self.spool.take(), 0
        dropped, self.dropped = self.dropped, None
        return dropped, 0

    def keep(self, message: LaneMessage, size: int) -> None:
        """Append in memory, behind the count of what a full disk did not take."""
        if isinstance(self.items, tuple):
            self.items = deque()
        if self.dropped is not None:
            self.items.append((self.dropped, 0))
            self.dropped = None
        self.items.append((message, size))
        self.bytes += size

    def keep_on_disk(self, message: LaneMessage) -> None:
        """Append on disk, behind the same."""
        try:
            self.spool.put(message, (self.dropped,) if self.dropped is not None else ())
        except OSError:  # the disk is full: the same as no room
            self.drop(message)
        else:
            self.dropped = None

    def drop(self, message: LaneMessage) -> None:
        """Count a batch that finds no room; all else is small, and kept."""
        if not isinstance(message, Batch):
            self.keep_on_disk(message)
            return
        was = self.dropped
        count, since = (was.count, was.from_ms) if was else (0, message.time_ms - LATENCY_MS)
        self.dropped = MessagesDropped(
            message.lane, count + len(message.messages), since, message.time_ms
        )

    def is_too_fast(self, size: int) -> bool:
        """Whether a lane that brought so much is to rest now."""
        self.unrested += size
        if self.unrested < THROTTLE_BYTES or self.bytes + self.spool.size < THROTTLE_BYTES:
            return False
        self.unrested = 0
        return True


class Backlog:
    """Queues from many to one that never makes them wait for room, and takes from all in turns."""

    def __init__(self, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self._memory, self._disk = memory, disk
        self._lock = threading.Lock()
        self._sleep: Sleep = Chime()
        self._awaited_by = 0  # the thread that waits to hear that something has changed
        self._brought: LaneMessage | None = None  # by that thread itself, before anything waited
        self._queues: dict[Lane, _Queue] = {}
        self._turns: deque[_Queue] = deque()  # those in which something waits
        self._bytes = 0  # in memory

    def attend(self, begin: Callable[[], Sleep | None]) -> None:
        """Have the thread that takes bring itself what comes while it waits, if it can."""
        self._sleep = begin() or self._sleep

    @property
    def size(self) -> int:
        """The bytes that wait, in memory and on disk."""
        with self._lock:
            return self._bytes + sum(each.spool.size for each in self._turns)

    def put(self, message: LaneMessage) -> float:
        """Append a message, and never wait for room.

        Returns for how many seconds who brought it had better rest, while much is waiting.
        """
        awaited_by = self._awaited_by
        is_taking = awaited_by and awaited_by == threading.get_ident()
        if is_taking and self._brought is None and not self._turns:
            self._brought = message
            return 0.0
        size = message.size if isinstance(message, Batch) else 0
        with self._lock:
            queue = self._queues.get(message.lane)
            if queue is None:
                queue = self._queues[message.lane] = _Queue(message.lane, self._disk)
            is_on_disk = bool(queue.spool.items)
            if not is_on_disk and self._bytes + size <= self._memory:
                queue.keep(message, size)
                self._bytes += size
            elif self._has_room(queue, size):
                queue.keep_on_disk(message)
            else:
                queue.drop(message)
            if not queue.waits:
                queue.waits = True
                self._turns.append(queue)
            is_behind = is_on_disk or self._bytes > BEHIND_BYTES
            rest_s = THROTTLE_S if is_behind and queue.is_too_fast(size) else 0.0
        if self._awaited_by and not is_taking:
            before_waiting(self._ring)
        return rest_s

    def _ring(self) -> None:
        with self._lock:
            if self._awaited_by:
                self._awaited_by = 0
                self._sleep.ring()

    def take(self, timeout_s: float) -> LaneMessage | None:
        """The oldest message of the lane whose turn it is; None if none came in time.

        Of one thread.
        """
        end_s = time.monotonic() + timeout_s if timeout_s else 0.0
        while True:
            with self._lock:
                message = self._taken()
                if message is not None or timeout_s <= 0:
                    self._awaited_by = 0
                    return message
                self._awaited_by = threading.get_ident()
            self._sleep.wait(timeout_s)
            timeout_s = end_s - time.monotonic()

    def _taken(self) -> LaneMessage | None:
        if self._brought is not None:
            brought, self._brought = self._brought, None
            return brought
        if not self._turns:
            return None
        queue = self._turns.popleft()
        message, size = queue.taken()
        self._bytes -= size
        queue.waits = bool(queue.items or queue.spool.items or queue.dropped)
        if queue.waits:
            self._turns.append(queue)
        return message

    def forget(self, lane: Lane) -> None:
        """Drop what waits of a lane that is gone, but not a bug; its file is given back."""
        with self._lock:
            queue = self._queues.pop(lane, None)
            if queue is None:
                return
            self._bytes -= queue.bytes
            if queue.waits:
                self._turns.remove(queue)
            left = [*(each for each, _ in queue.items), *queue.spool.items]
            queue.spool.close()
        for each in left:
            if isinstance(each, ThreadCrashed):
                self.put(each)

    def close(self) -> None:
        """Give the files back, and attend no longer."""
        self._sleep.close()
        for each in self._queues.values():
            each.spool.close()

    def _has_room(self, queue: _Queue, size: int) -> bool:
        """Whether so much more fits on the disk, beside the files of others."""
        others = sum(each.spool.file.extent() for each in self._turns if each is not queue)
        is_round_full = queue.spool.size + size > self._disk
        return not is_round_full and others + queue.spool.file.extent(size) <= self._disk


class Outlet:
    """One lane's way into a backlog until it is shut: what comes later is nobody's, but a bug."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog, self.is_shut = backlog, False

    def put(self, message: LaneMessage) -> float:
        """Hand a message on; for how many seconds who brought it had better rest."""
        if not self.is_shut or isinstance(message, ThreadCrashed):
            return self._backlog.put(message)
        return 0.0

    def shut(self) -> None:
        """Hand nothing on any more."""
        self.is_shut = True
