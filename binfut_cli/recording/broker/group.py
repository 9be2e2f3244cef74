"""Streams that several consumers share: each entry is given to one, and is his until he has it.

What a consumer was given and never acknowledged, because it died, another takes over.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from time import monotonic
from typing import Any

from redis.exceptions import RedisError, ResponseError

from binfut_cli.recording.broker.connection import Engine
from binfut_cli.recording.broker.failures import translated
from binfut_cli.recording.broker.names import NONE
from binfut_cli.recording.broker.reading import MOST, Found, Start, StreamReader, found

LOOKS = 2
"""How often, of the time after which entries are taken over, is looked for those."""
_DELETED = ("NOGROUP", "UNBLOCKED the stream key no longer exists")
"""What is answered where somebody has deleted a stream, or its group."""


class GroupReader(StreamReader):
    """Reads as a consumer of a group; what was polled is to be acknowledged.

    `start` is where a group begins that is new. Entries that another consumer has had for longer
    than `idle_s` without acknowledging them are taken over. `trimmed` counts those of them that
    the stream no longer has: nobody will ever read them.
    """

    def __init__(
        self,
        engine: Engine,
        wants: Callable[[str], bool],
        start: Start | int,
        names: tuple[str, str],
        idle_s: float,
    ) -> None:
        """`names` are the group's and the consumer's."""
        super().__init__(engine, wants, start)
        self._group, self._consumer = names
        self._idle_s, self._due_s = idle_s, 0.0
        self._grouped: set[str] = set()
        self.trimmed = 0

    def __exit__(self, *_: object) -> None:
        """Leave the group, if nothing is owed to it."""
        if self._client is not None:
            with suppress(RedisError, OSError):
                for name in self._grouped:
                    self._leave(name)
        self.disconnect()

    def acknowledge(self, entries: Sequence[Found]) -> None:
        """Say that entries were dealt with; raise a failure of ours if that cannot be said."""
        try:
            with translated(self.address):
                self._look()
                for name, each in groupby(entries, key=lambda entry: entry.stream):
                    self._client.xack(name, self._group, *(str(entry.id) for entry in each))
        except BaseException:
            self.disconnect()
            raise

    def _read(self, wait_s: float) -> None:
        for name in self.positions.keys() - self._grouped:
            self._join(name, str(self.positions[name]))
        if monotonic() >= self._due_s:
            self._due_s = monotonic() + self._idle_s / LOOKS
            for name in self._grouped:
                self._take_over(name)
        super()._read(wait_s)

    def _answered(self, after: Any, wait_ms: int) -> list[Any]:
        """What nobody in the group was given yet."""
        ours = self._group, self._consumer
        try:
            if not self._is_cluster:
                streams = dict.fromkeys(after, ">")
                answer: list[Any] = self._client.xreadgroup(*ours, streams, MOST, wait_ms or None)
                return answer
            answers = [self._client.xreadgroup(*ours, {name: ">"}, MOST) for name in after]
        except ResponseError as exc:
            if not any(each in str(exc) for each in _DELETED):
                raise
            self._grouped.clear()  # somebody deleted a stream, or its group
            for name in self.positions:
                self.positions[name] = NONE
            return []
        return self._rested(answers, wait_ms)

    def _join(self, name: str, after: str) -> None:
        try:
            self._client.xgroup_create(name, self._group, after, mkstream=True)
        except ResponseError as exc:
            if "BUSYGROUP" not in str(exc):
                raise
        self._grouped.add(name)

    def _take_over(self, name: str) -> None:
        idle_ms, begin = round(self._idle_s * 1000), "0-0"
        while True:
            begin, entries, *deleted = self._client.xautoclaim(
                name, self._group, self._consumer, idle_ms, begin, count=MOST
            )
            self._ahead[name].found += [found(name, each, fields) for each, fields in entries]
            self.trimmed += sum(map(len, deleted))
            if begin in (b"0-0", "0-0"):
                return

    def _leave(self, name: str) -> None:
        """Be forgotten by a stream that owes us nothing: what is owed would be lost with us."""
        owed = self._client.xpending_range(name, self._group, "-", "+", 1, self._consumer)
        if not owed:
            self._client.xgroup_delconsumer(name, self._group, self._consumer)
