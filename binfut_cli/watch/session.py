"""One market's sockets: the listenKey, the stream, the snapshot, and all of it again when lost.

Two threads: the keeper makes and extends the key, connects, reads the account and waits; the
reader hands over what each receive brought, and does nothing else. Neither prints.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from binfut_cli.account import Account, system_ms
from binfut_cli.errors import BinfutError, NetworkError, RateLimitedError
from binfut_cli.events import NAMES, Event, decode
from binfut_cli.markets import DIALECTS, Endpoints, Market, stream_url
from binfut_cli.questions.status import snapshot
from binfut_cli.redaction import Redactor
from binfut_cli.refusals import refused_by_status
from binfut_cli.transport import ws
from binfut_cli.transport.deadline import Deadline
from binfut_cli.transport.frames import Message
from binfut_cli.watch.backoff import STABLE_S, delays
from binfut_cli.watch.items import Batch, Crashed, Item, Lost, Opened, Taken
from binfut_cli.wire import Unreadable

EXTEND_S = 15 * 60.0  # a listenKey dies 60 minutes after it was last extended
RETRY_EXTEND_S = 30.0
EXPIRY = b"listenKeyExpired"
TICK_S = 0.5  # how soon the keeper notices anything
RECEIVE_S = 1.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Every clock of a session, so that a test can bring its own."""

    seconds: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = system_ms
    extend_s: float = EXTEND_S


class Session:
    """Keeps one market's stream covered from `start` to `stop`."""

    def __init__(
        self,
        market: Market,
        account: Account,
        endpoints: Endpoints,
        items: "queue.Queue[Item]",
        redactor: Redactor,
        *,
        timeout_s: float = 10.0,
        timing: Timing | None = None,
    ) -> None:
        self.market = market
        self._account = account
        self._endpoints = endpoints
        self._items = items
        self._redactor = redactor
        self._timeout_s = timeout_s
        self._timing = timing or Timing()
        self._stopped = threading.Event()
        self._broken: BinfutError | None = None
        self._covered_ms = 0
        self._taken = False  # whether the account was ever read: until then every fault is fatal
        self._keeper = threading.Thread(target=self._keep, name=f"keeper-{market}", daemon=True)

    def start(self) -> None:
        """Start the keeper."""
        self._keeper.start()

    def stop(self) -> None:
        """Ask the threads to end; what they wait for is closed under them."""
        self._stopped.set()
        self._account.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the threads; one that hangs in a name's lookup is left behind."""
        self._keeper.join(timeout_s)

    def _keep(self) -> None:
        try:
            self._keep_covered()
        except BaseException as exc:  # handed to the thread that prints: a bug must be seen
            self._put(Crashed(self.market, exc))

    def _keep_covered(self) -> None:
        waits = delays()
        while not self._stopped.is_set():
            started = self._timing.seconds()
            try:
                self._cover()
            except BinfutError as exc:
                if self._timing.seconds() - started > STABLE_S:
                    waits = delays()
                self._report(exc, self._wait_for(exc, next(waits)))

    def _cover(self) -> None:
        """Connect, read the account, and keep the key alive until the stream is lost."""
        self._broken = None
        key = self._account.start_listen_key()
        self._redactor.learn(key)
        connection = self._connect(key)
        reader = threading.Thread(
            target=self._read, args=(connection,), name=f"reader-{self.market}", daemon=True
        )
        try:
            self._put(Opened(self.market, self._timing.now_ms()))
            reader.start()
            self._put(Taken(self.market, snapshot(self._account)))
            self._taken = True
            self._stay(key)
        finally:
            connection.close()
            reader.join(2.0)
            self._account.close()

    def _connect(self, key: str) -> ws.Connection:
        url = stream_url(self._endpoints.stream, key, NAMES)
        title = DIALECTS[self.market].title
        try:
            return ws.connect(url, Deadline(self._timeout_s, f"The {title} stream"))
        except ws.HandshakeRefused as exc:
            what = f"The connection to the {title} stream"
            now = self._timing.now_ms()
            raise refused_by_status(
                self.market, what, exc.status, exc.headers, exc.body, now
            ) from exc

    def _stay(self, key: str) -> None:
        """Wait until the stream breaks; extend the key when it is due."""
        due = self._timing.seconds() + self._timing.extend_s
        while not self._stopped.wait(TICK_S):
            if self._broken is not None:
                raise self._broken
            self._account.pump()
            if self._timing.seconds() >= due:
                due = self._timing.seconds() + self._extended(key)

    def _extended(self, key: str) -> float:
        """Extend the key; return the seconds until that is due again."""
        try:
            found = self._account.extend_listen_key()
        except BinfutError as exc:
            if exc.exchange_code == -1125:
                raise
            return self._wait_for(exc, RETRY_EXTEND_S)
        if found and found != key:
            raise NetworkError(
                "The account's listenKey was replaced by another.",
                hint="Another program closed it; the stream is opened anew.",
            )
        return self._timing.extend_s

    def _read(self, connection: ws.Connection) -> None:
        try:
            while not self._stopped.is_set() and self._broken is None:
                if messages := connection.receive(RECEIVE_S):
                    self._covered_ms = self._timing.now_ms()
                    self._put(Batch(self.market, self._covered_ms, messages))
                    self._check_expiry(messages)
        except NetworkError as exc:
            self._broken = self._broken or exc
        except BaseException as exc:  # as in _keep
            self._put(Crashed(self.market, exc))

    def _check_expiry(self, messages: list[Message]) -> None:
        """Notice the event after which a stream stays open and silent for ever."""
        for _, payload in messages:
            if EXPIRY in payload and _is_expiry(payload, self.market):
                self._broken = KeyExpired(self._covered_ms)

    def _report(self, exc: BinfutError, wait_s: float) -> None:
        now = self._timing.now_ms()
        lost = Lost(
            self.market,
            now,
            self._covered_ms or now,
            exc,
            wait_s,
            fatal=not self._taken,
            certain=isinstance(exc, KeyExpired),
        )
        self._put(lost)
        self._stopped.wait(None if lost.fatal else wait_s)

    def _wait_for(self, exc: BinfutError, wait_s: float) -> float:
        """The wait that an error asks for: never less than the exchange's own word."""
        if isinstance(exc, RateLimitedError) and exc.retry_at_ms is not None:
            return max(wait_s, (exc.retry_at_ms - self._timing.now_ms()) / 1000)
        return wait_s

    def _put(self, item: Item) -> None:
        """Hand over; when the merging thread is far behind, wait, and let TCP slow the peer."""
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._items.put(item, timeout=TICK_S)
                break


class KeyExpired(NetworkError):
    """The stream said that its listenKey is dead: nothing more will come, though it stays open."""

    def __init__(self, time_ms: int) -> None:
        when = datetime.fromtimestamp(time_ms / 1000, UTC)
        super().__init__(
            f"The listenKey expired at {when:%H:%M:%S} UTC.", hint="A new one is being made."
        )


def _is_expiry(payload: bytes, market: Market) -> bool:
    try:
        event = decode(payload, market)
    except Unreadable:
        return False
    return isinstance(event, Event) and event.name == EXPIRY.decode()
