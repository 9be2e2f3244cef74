"""One subscription: a listenKey, the streams that carry it, and whatever makes them of no use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from binfut_cli.errors import BinfutError
from binfut_cli.stream.coverage.clocks import ExchangeClock, SleepDetector
from binfut_cli.stream.coverage.context import LaneContext, Stopped
from binfut_cli.stream.coverage.subscription.listen_key import ListenKey
from binfut_cli.stream.coverage.subscription.opening import StreamOpener
from binfut_cli.stream.coverage.subscription.rotation import Rotation
from binfut_cli.stream.coverage.subscription.stream_set import StreamSet


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a stretch of coverage came to, for the gap after it and for the next one.

    `key` is that of a stream that was opened. `checked_ms` is when the account, read again, last
    agreed with what the stream told; after one that `was_live` the next attempt need not wait.
    `doubt` is why it was not covered any more at the end, if it had been.
    """

    end: BinfutError | Stopped
    key: ListenKey | None = None
    proven_ms: int = 0
    checked_ms: int | None = None
    was_live: bool = False
    doubt: BinfutError | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """From `opened` until `tend` raises why it ended; then `close`.

    `unproven_ms` is since when the key before this one may have been dead, if this is another.
    """

    key: ListenKey
    clock: ExchangeClock
    awake: SleepDetector
    streams: StreamSet
    rotation: Rotation
    unproven_ms: int | None = None

    @classmethod
    def opened(
        cls, context: LaneContext, numbers: Iterator[int], previous: ListenKey | None = None
    ) -> Self:
        """Ask for the listenKey, and open the first stream; nothing is left open if that fails."""
        awake = SleepDetector(context.runtime)
        key = ListenKey(context)
        clock = ExchangeClock(context)
        opener = StreamOpener(context, key, clock, numbers)
        streams = StreamSet(context, opener)
        rotation = Rotation(context, opener, streams)
        return cls(key, clock, awake, streams, rotation, _unproven_ms(previous, key))

    def tend(self) -> None:
        """Keep key, streams and clock fresh; raise the first failure that ends coverage."""
        self.awake.check()
        self.streams.drop_broken()
        self.key.tend()
        self.rotation.tend()
        if self.clock.tend():
            self.streams.measured(self.clock.offset)

    def ended(self, end: BinfutError | Stopped) -> Stretch:
        """Close it, after what is on its way if nothing failed; what it came to."""
        if isinstance(end, Stopped):
            self.streams.finish()
        self.close()
        return Stretch(end, self.key, self.streams.proven_ms)

    def close(self) -> None:
        """Close every stream at once; what their readers still hold is handed over first."""
        self.streams.close()


def _unproven_ms(before: ListenKey | None, key: ListenKey) -> int | None:
    return before.proven_ms if before is not None and before.text != key.text else None
