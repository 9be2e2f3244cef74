"""How a stream is opened: connected, read, listed by the exchange; or closed again."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.transport import Wire
from binfut_cli.api.transport.waiting.here import Running
from binfut_cli.endpoints import stream_url
from binfut_cli.errors import BinfutError
from binfut_cli.stream.coverage.backoff import delays
from binfut_cli.stream.coverage.clocks import ExchangeClock
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import KeyLost, NotSubscribed
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.coverage.subscription.listen_key import ListenKey
from binfut_cli.stream.coverage.subscription.listing import LISTED_S
from binfut_cli.stream.events import NAMES
from binfut_cli.stream.messages import StreamJoining, StreamLeft

READER_S = 2.0  # for a reader to hand over what it still holds


@dataclass(frozen=True, slots=True, eq=False)
class OpenStream:
    """A stream with its reader, and since when it covers; at `old_s` another is to replace it."""

    stream: Stream
    reader: Running
    born_s: float
    ready_ms: int = 0
    old_s: float = math.inf

    @property
    def span(self) -> tuple[int, int]:
        """From when to when it has covered."""
        return self.ready_ms, self.stream.proven_ms

    @property
    def sure_span(self) -> tuple[int, int]:
        """The same, as far as our key was surely on it: pings are answered without it, too."""
        listing, proven_ms = self.stream.listing, self.stream.proven_ms
        return self.ready_ms, min(proven_ms, listing.listed_ms or 0) if listing.lists else proven_ms

    def close(self) -> None:
        """Close it at once; what its reader still holds is handed over first."""
        self.stream.close()
        self.reader.join(READER_S)


class StreamOpener:
    """Opens the streams of a subscription: the first, and others beside it while they are wanted.

    Another is tried later and later while they fail.
    """

    def __init__(
        self, context: LaneContext, key: ListenKey, clock: ExchangeClock, numbers: Iterator[int]
    ) -> None:
        self._context, self._key, self._clock = context, key, clock
        self._numbers = numbers
        self._retries = delays(context.runtime.chance)
        self._due_s = 0.0

    @property
    def is_due(self) -> bool:
        """Whether another may be tried, and the handshake made."""
        now = self._context.runtime.seconds()
        return now >= self._due_s and not self._context.handshakes.wait_s(now)

    def open(self) -> OpenStream:
        """Connect a stream and wait until the exchange lists our key on it."""
        return self._opened(next(self._numbers))

    def join(self) -> OpenStream | None:
        """Open another beside the present ones; None if that failed, but for a key that is lost."""
        try:
            self._key.confirm()
            return self._joining(next(self._numbers))
        except KeyLost:
            raise
        except BinfutError:
            return None
        finally:  # after a success too: it may break at once, and again, and again
            self._due_s = self._context.runtime.seconds() + next(self._retries)

    @contextmanager
    def or_given_up(self, joining: OpenStream) -> Iterator[None]:
        """Close one that is to join if what it waits for fails, or all is to end meanwhile."""
        with self._or_left(joining.stream.number), _or_closed(joining):
            yield

    def start_afresh(self) -> None:
        """Forget what failed."""
        self._retries = delays(self._context.runtime.chance)

    def _joining(self, number: int) -> OpenStream:
        self._context.put(StreamJoining(self._context.lane, number))
        with self._or_left(number):
            return self._opened(number)

    @contextmanager
    def _or_left(self, number: int) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.tell_left(number)
            raise

    def tell_left(self, number: int) -> None:
        """Say that a stream is gone, or never came to cover."""
        context = self._context
        context.put(StreamLeft(context.lane, number, context.runtime.now_ms()))

    def _opened(self, number: int) -> OpenStream:
        """A stream on which the exchange lists our key; closed again if it does not."""
        opened = self._connected(number)
        with _or_closed(opened):
            self._prove(opened.stream)
        return replace(opened, ready_ms=self._context.runtime.now_ms())

    def _connected(self, number: int) -> OpenStream:
        """A connected stream with its reader."""
        context, key = self._context, self._key.text
        context.await_handshake()
        wire = context.ask(partial(self._connect, key))
        stream = Stream(
            number, context.lane, key, wire, context.runtime, context.put, context.attention,
            self._clock.offset,
        )  # fmt: skip
        born_s = context.runtime.seconds()
        with _or_closed(stream):
            reader = context.runtime.read(stream)
        return OpenStream(stream, reader, born_s)

    def _connect(self, key: str) -> Wire:
        account = self._context.account
        url = stream_url(self._context.endpoints.stream, key, NAMES)
        return account.transport.open_ws(Way.STREAM, url, account.deadline(Way.STREAM))

    def _prove(self, stream: Stream) -> None:
        listing = stream.listing

        def proven() -> bool:
            return bool(listing.listed_ms or stream.broken or not listing.lists)

        if not self._context.wait_until(proven, LISTED_S):
            raise NotSubscribed(
                f"The stream did not say within {LISTED_S:g} s what it subscribes to."
            )
        if stream.broken is not None:
            raise stream.broken


@contextmanager
def _or_closed(opened: Stream | OpenStream) -> Iterator[None]:
    """Close it if this fails, or is to end meanwhile."""
    try:
        yield
    except BaseException:
        opened.close()
        raise
