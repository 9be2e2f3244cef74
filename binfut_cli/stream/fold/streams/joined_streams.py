"""Several streams of one account as one: what comes too early waits, copies are left out. Pure."""

from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Control, decode
from binfut_cli.stream.fold.streams.dedup import WINDOW_MS, Deduplicator
from binfut_cli.stream.fold.streams.meaning import Meaning, meaning
from binfut_cli.stream.messages import Batch

HELD_BYTES = 8 * 1024 * 1024
"""What may wait until the account is read, or a stream has joined."""


class JoinedStreams:
    """The streams that cover an account since it was last read; at first there is one."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._early: list[Batch] | None = []  # until the account is read
        self._held: dict[int, list[Batch]] = {}  # of streams that are joining
        self._dedup: Deduplicator | None = None  # while several streams bring the same
        self._last: dict[int, Meaning] = {}  # that each of them brought
        self._held_bytes = 0
        self._streams = 1
        self._alone_ms: int | None = None  # since when no other stream brings copies

    @property
    def removed(self) -> int | None:
        """How many copies were left out; None if there can be none."""
        return self._dedup.removed if self._dedup is not None else None

    @property
    def is_flooded(self) -> bool:
        """Whether more came than may wait: what waited is gone, and coverage has to begin anew."""
        return self._held_bytes > HELD_BYTES

    @property
    def is_unread(self) -> bool:
        """Whether all that they bring waits for the account to be read."""
        return self._early is not None

    @property
    def waiting(self) -> list[Batch]:
        """All that waits, also of the streams that are joining."""
        held = [batch for held in self._held.values() for batch in held]
        return [*(self._early or ()), *held]

    def read(self) -> list[Batch]:
        """The account was read; what waited for that."""
        early, self._early = self._early or [], None
        return self._released(early)

    def joining(self, stream: int) -> None:
        """Expect one more; what it brings waits until the others' earlier messages came."""
        self._held[stream] = []
        self._dedup = self._dedup or Deduplicator()
        self._dedup.join(stream)
        self._streams, self._alone_ms = self._streams + 1, None

    def joined(self, stream: int) -> list[Batch]:
        """A stream waits no longer; what it has brought."""
        return self._released(self._held.pop(stream, []))

    def left(self, stream: int, time_ms: int) -> list[Batch]:
        """A stream has ended; what of it still waited."""
        self._streams -= 1
        self._alone_ms = time_ms if self._streams == 1 else None
        return self.joined(stream)

    def holds(self, batch: Batch) -> bool:
        """Keep a batch that comes too early; whether it does."""
        held = self._held.get(batch.stream, self._early)
        if held is None:
            return False
        self._held_bytes += batch.size
        held.append(batch)
        if self.is_flooded:
            held.clear()
        return True

    def _released(self, batches: list[Batch]) -> list[Batch]:
        self._held_bytes -= sum(batch.size for batch in batches)
        return batches

    def new(self, stream: int, payloads: list[bytes], now_ms: int) -> list[bytes]:
        """The messages that no other stream has brought yet."""
        copies = self._dedup
        if copies is None:
            return payloads
        found = [each for each in payloads if self._is_new(copies, stream, each, now_ms)]
        if self._alone_ms is not None and now_ms > self._alone_ms + WINDOW_MS:
            self._dedup, self._last = None, {}
        return found

    def _is_new(self, copies: Deduplicator, stream: int, payload: bytes, now_ms: int) -> bool:
        """Whether no other stream has brought it, nor this one just now.

        What cannot be read is no copy of anything.
        """
        said = self._meaning(payload)
        if said is None:
            return True
        if self._repeats(stream, said):
            copies.removed += 1
            return False
        return copies.is_new(stream, said, now_ms)

    def _repeats(self, stream: int, said: Meaning) -> bool:
        """Whether a stream tells of the account just what it told last: that is no other change.

        Behind what another stream has brought meanwhile it would look like one.
        """
        is_same = said == self._last.get(stream) and said[0] == "ACCOUNT_UPDATE"
        self._last[stream] = said
        return is_same

    def _meaning(self, payload: bytes) -> Meaning | None:
        """What an event says; None for what is no event: two messages may be broken alike."""
        try:
            event = decode(payload, self._market)
            return None if isinstance(event, Control) else meaning(event)
        except (Unreadable, RecursionError):
            return None
