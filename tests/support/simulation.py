"""The embedded exchange, met without sockets; time stands still unless it is moved.

The keeper runs on this thread; whenever it waits, the simulation moves the clock and does what is
due: readers turn, records are merged, things happen on the exchange.
"""

import json
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import AccountClient
from binfut_cli.api.error_codes import refused_by_status
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import PONG, TEXT, Message
from binfut_cli.api.transport.rest import Response
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.transport.waiting.readers import Reader
from binfut_cli.api.transport.ws import ConnectionClosed, Params
from binfut_cli.auth import credentials
from binfut_cli.codec import dumps
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Market
from binfut_cli.errors import BinfutError, ExchangeError, NetworkError
from binfut_cli.sandbox.account.presets import accounts
from binfut_cli.sandbox.actions import perform
from binfut_cli.sandbox.api.mark_streams import tell_marks
from binfut_cli.sandbox.api.rest import Request, Rest
from binfut_cli.sandbox.api.subscriptions import subscriptions_of
from binfut_cli.sandbox.api.ws_api import Session as ServerSession
from binfut_cli.sandbox.api.ws_api import answer
from binfut_cli.sandbox.exchange.clock import Clock
from binfut_cli.sandbox.exchange.exchange import Exchange, Publication
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.params import BadParams
from binfut_cli.stream.coverage.context import StreamOptions
from binfut_cli.stream.coverage.limits.rate_gate import RateLimitGate
from binfut_cli.stream.engine import Engine, Setup, idle
from binfut_cli.stream.records import Record
from binfut_cli.stream.runtime import Runtime
from tests.support.life import action

EPOCH_MS = 1_791_000_000_000
AGE_S = 24 * 3600.0
DAY_MS = 86_400_000
STEP_S = 2.0  # the longest leap while nothing is planned
MARKS_S = 1.0  # the same where marks are heard, which come as often
MOMENT_S = 0.001  # between things that happen together
TURNS = 1000  # that a watch may want while time stands still
ROUND_TRIP_S = 0.2  # so that when something was asked is not when it was answered
PLACE = Endpoints("http://nowhere", "ws://nowhere/ws", "ws://nowhere")


Reply = dict[str, Any]
OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})


def _name(market: Market) -> Literal["usdm", "coinm"]:
    return "usdm" if market is Market.USDM else "coinm"


class Ended:
    """What a task that needs no waiting looks like."""

    def join(self, timeout: float | None = None) -> None:
        """There is nothing to wait for."""

    def is_alive(self) -> bool:
        """It is not."""
        return False


class NoSocket:
    """What a wire has of a socket if it has none."""

    def fileno(self) -> int:
        """None."""
        return -1

    def has_more(self) -> bool:
        """It never does."""
        return False


class StreamWire(NoSocket):
    """A stream connection of the simulated exchange."""

    def __init__(self, sim: "Simulation", url: str) -> None:
        self._sim = sim
        parts = urlsplit(url)
        feed = subscriptions_of(f"{parts.path}?{parts.query}")
        assert feed is not None
        self._feed = feed
        self._waiting: list[Message] = []
        self.is_over = self.is_mute = self._leaving = self._has_answered = False
        self._is_first = not any(not wire.is_over for wire in sim.wires)
        self._born_s = sim.now_s
        sim.exchange.listen(self._told)
        sim.listening.append(self._told)
        sim.wires.append(self)
        sim.note_asked()

    def _told(self, news: Publication) -> None:
        text = self._feed.word(news)
        is_deaf = self._sim.deaf or self.is_mute
        if text is not None and not is_deaf:
            self._waiting += [(TEXT, each.encode()) for each in self._sim.sent(text)]

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Answer a control message."""
        reply = self._feed.request({"id": id_, "method": method, "params": params})
        self._waiting.append((TEXT, dumps(reply)))
        self._has_answered = True

    def ping(self, payload: bytes = b"") -> None:
        """Answer a ping, unless the exchange has fallen silent."""
        if not self._sim.silent and not self.is_mute:
            self._waiting.append((PONG, payload))

    def receive(self, timeout_s: float) -> list[Message]:
        """What has come; never wait."""
        found, self._waiting = self._waiting, []
        if not found and self._has_ended():
            raise ConnectionClosed("The simulated connection is over.")
        return found

    def _has_ended(self) -> bool:
        sim = self._sim
        too_many = sim.is_lone and not self._is_first and self._has_answered
        too_old = sim.now_s - self._born_s > AGE_S
        return self.is_over or self._leaving or too_old or too_many or sim.cut

    def say_goodbye(self) -> None:
        """End once everything was received."""
        self._leaving = True

    def close(self) -> None:
        """End at once, whatever has come."""
        self.is_over, self._waiting = True, []
        if self._told in self._sim.listening:
            self._sim.listening.remove(self._told)
            self._sim.exchange.unlisten(self._told)


class MarketWire(NoSocket):
    """A connection to the simulated exchange's public streams."""

    def __init__(self, sim: "Simulation", url: str) -> None:
        self._sim = sim
        feed = subscriptions_of(urlsplit(url).path)
        assert feed is not None
        self._feed = feed
        self._waiting: list[Message] = []
        sim.exchange.listen(self._told)
        sim.markets.append(self)

    def _told(self, news: Publication) -> None:
        text = self._feed.word(news)
        if text is not None and not self._sim.markless:
            self._waiting.append((TEXT, text.encode()))

    @property
    def names(self) -> set[str]:
        """What is subscribed to."""
        listed: list[str] = self._feed.request({"method": "LIST_SUBSCRIPTIONS"})["result"]
        return set(listed)

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Answer a control message."""
        self._feed.request({"id": id_, "method": method, "params": params})

    def ping(self, payload: bytes = b"") -> None:
        """Nobody asks."""

    def receive(self, timeout_s: float) -> list[Message]:
        """What has come; never wait."""
        found, self._waiting = self._waiting, []
        return found

    def say_goodbye(self) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        """End."""
        if self in self._sim.markets:
            self._sim.markets.remove(self)
            self._sim.exchange.unlisten(self._told)


class ApiWire(NoSocket):
    """A WS-API connection of the simulated exchange: an answer is there when it is asked for."""

    def __init__(self, sim: "Simulation", market: Market) -> None:
        self._sim = sim
        self._session = ServerSession(_name(market), sim.exchange.now_ms())
        self._waiting: list[Message] = []

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        """Answer a request."""
        self._sim.asked[method] += 1
        self._sim.note_asked()
        text = json.dumps({"id": id_, "method": method, "params": params or {}})
        self._sim.now_s += self._sim.lag_s / 2
        reply = answer(self._sim.exchange, self._session, text)
        self._sim.now_s += self._sim.lag_s / 2
        self._waiting.append((TEXT, dumps(self._sim.bend(method, reply))))

    def receive(self, timeout_s: float) -> list[Message]:
        """What has come."""
        found, self._waiting = self._waiting, []
        return found

    def ping(self, payload: bytes = b"") -> None:
        """Answer a ping."""
        self._waiting.append((PONG, payload))

    def say_goodbye(self) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        """Nothing to give back."""


class Direct(Transport):
    """The transport to the simulated exchange: no sockets."""

    def __init__(self, sim: "Simulation", market: Market) -> None:
        super().__init__(market, sim.watch_ms)
        self._sim, self._rest = sim, Rest(sim.exchange)

    def open_ws(
        self, way: Way, url: str, deadline: Deadline, form: str = ""
    ) -> StreamWire | ApiWire | MarketWire:
        """Open a connection."""
        if way is Way.WS_API:
            return ApiWire(self._sim, self.market)
        if self._sim.is_unreachable or (way is Way.MARKET and self._sim.markless):
            self._sim.refused_markets += way is Way.MARKET
            raise self._sim.markless_by or NetworkError(
                "The simulated exchange cannot be reached.", hint=""
            )
        if way is Way.MARKET:
            return MarketWire(self._sim, url)
        return StreamWire(self._sim, url)

    def send_rest(
        self,
        method: str,
        base: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> Response:
        """Answer a REST request."""
        self._sim.asked[path] += 1
        if path == self._sim.refused:
            raise ExchangeError(f"{path} is refused.", hint="")
        reply = self._rest.answer(
            Request(method=method, path=path, query=query, api_key=headers["X-MBX-APIKEY"])
        )
        if self._sim.mute_rest:
            raise NetworkError(f"{path} is not answered.", hint="")
        if reply.status != 200:
            what = f"{method} {path}"
            raise refused_by_status(
                self.market, what, reply.status, {}, reply.body, self._sim.watch_ms()
            )
        return Response(reply.status, {}, reply.body)


class Simulation:
    """One market watched for a while; `records` counts what was said, `told` sees each record."""

    def __init__(
        self,
        market: Market,
        seed: int,
        *,
        every_s: float = 60.0,
        redundant: bool = False,
        skew_ms: int = 0,
        live: bool = False,
        name: str = "",
        told: Callable[[Record], object] = lambda record: None,
    ) -> None:
        self.chance = random.Random(seed)
        self.now_s = 0.0
        self.skew_ms = skew_ms  # how far the watching computer's clock is ahead
        self.asleep_s = 0.0
        self.deaf = self.silent = False
        self.sent: Callable[[str], Iterable[str]] = lambda text: (text,)  # of an event
        self.together: Callable[[], int] = lambda: 1  # how much happens within some milliseconds
        self.cut = False  # whether every stream ends as soon as it is open
        self.is_unreachable = False
        self.is_lone = False  # whether the exchange cuts a second stream as soon as it has answered
        self.mute_rest = False
        self.markless = False  # whether no mark is told
        self.markless_by: BinfutError | None = None
        self.refused_markets = 0
        self.refused = ""  # a path that the key may not use
        self.bend: Callable[[str, Reply], Reply] = lambda method, reply: reply
        self.lag_s = ROUND_TRIP_S  # how long a request to the WS-API is under way, there and back
        self.wires: list[StreamWire] = []
        self.markets: list[MarketWire] = []
        self.listening: list[Callable[[Publication], None]] = []
        self.moved: Callable[[], object] = lambda: None  # called whenever time has passed
        self.impatient = 0  # what was asked though the exchange had said to wait
        self.records: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.exchange = Exchange(
            accounts(), clock=Clock(self.now_ms), seed=seed, rules=Rules(weight_limit=10**9)
        )
        self.name = name or next(iter(self.exchange.accounts))
        self._market, self.every_s, self._told = market, every_s, told
        self._turns: list[Callable[[], bool]] = []
        self._readers: list[Callable[[], bool]] = []
        self.is_slow = False  # whether nobody reads a stream just now
        self._is_turning = False
        self._happens_s = 0.0
        self._minute = 0
        self._still = (0.0, 0)
        self._plan: list[tuple[float, Callable[[], object]]] = []
        self._setup = Setup(
            options=StreamOptions(redundant=redundant),
            runtime=Runtime(
                seconds=lambda: self.now_s + self.asleep_s,
                monotonic=lambda: self.now_s,
                now_ms=self.watch_ms,
                spawn=self._spawn,
                read=self._read,
                wait=self._wait,
                chance=lambda: self.chance.random(),
            ),
            gate=RateLimitGate(now_ms=self.watch_ms, steady_ms=self.watch_ms),
            live=live,
        )
        place = Endpoints(PLACE.rest, PLACE.ws_api, PLACE.stream + MARKET_APIS[market].stream_path)
        self.account = self.client()
        self.engine = Engine([(self.account, place)], self._setup)

    def client(self) -> AccountClient:
        """The account, with connections of its own."""
        key = next(k for k in self.exchange.keys.values() if k.account == self.name)
        found = credentials.sandbox(key.api_key, self.exchange.secret(self.name))
        direct = Direct(self, self._market)
        return AccountClient(self._market, PLACE, found, now_ms=self.watch_ms, transport=direct)

    def now_ms(self) -> int:
        """The exchange's clock."""
        return EPOCH_MS + int((self.now_s + self.asleep_s) * 1000)

    def watch_ms(self) -> int:
        """The watching computer's clock."""
        return self.now_ms() + self.skew_ms

    def at(self, second: float, do: Callable[[], object]) -> None:
        """Do something at a moment."""
        self._plan.append((second, do))
        self._plan.sort(key=lambda each: each[0])

    def run(self, seconds: float) -> None:
        """Watch for so long, then end in order."""
        self.at(self.now_s + seconds, self.stop)
        self.engine.supervisors[self.account.lane].keep()
        self.merge()
        for record in self.engine.ended():
            self._say(record)

    def stop(self) -> None:
        """Have the watch end in order."""
        self.engine.supervisors[self.account.lane].stop()

    def note_asked(self) -> None:
        """Take note of what is asked while nothing may be."""
        self.impatient += self._setup.gate.wait_ms() > 0

    def happen(self) -> None:
        """One thing happens to the account."""
        self.act(action(self.chance, self._market))

    def act(self, what: Mapping[str, Any]) -> None:
        """Something happens to the account, if its state allows it."""
        try:
            perform(self.exchange, {**what, "account": self.name})
        except BadParams:
            return

    def _spawn(self, turn: Callable[[], bool]) -> Ended:
        self._turns.append(turn)
        return Ended()

    def _read(self, reader: Reader) -> Ended:
        reader.turn()
        self._readers.append(reader.turn)
        return self._spawn(reader.turn)

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        if self._is_turning:  # a thread that waits gives way to the others
            return event.is_set()
        end = self.now_s + seconds
        while True:
            self._turn()
            self.merge()
            if event.is_set():
                self._stood()
                return True
            if self.now_s >= end:
                return False
            step_s = MARKS_S if self.markets else STEP_S
            self.now_s = min(end, self.now_s + step_s, self._next_s())
            self._live()

    def _next_s(self) -> float:
        """When the next planned thing is to happen, if that lies ahead."""
        planned = [second for second, _ in self._plan[:1] if second > self.now_s]
        return planned[0] if planned else math.inf

    def _stood(self) -> None:
        """Notice a watch that is busy without end while no time passes."""
        since_s, turns = self._still
        self._still = (since_s, turns + 1) if since_s == self.now_s else (self.now_s, 0)
        assert turns < TURNS, f"no time passes at {self.now_s} s"

    def _turn(self) -> None:
        self._is_turning = True
        turns = [each for each in self._turns if not (self.is_slow and each in self._readers)]
        ended = [turn for turn in turns if not turn()]
        self._is_turning = False
        for turn in ended:
            self._turns.remove(turn)

    def catch_up(self) -> None:
        """Let all that is on its way arrive, and take it in."""
        self._turn()
        self.merge()

    def merge(self) -> None:
        """Take in what has come, on the thread that merges."""
        while (message := self._setup.backlog.take(0)) is not None:
            for record in self.engine.take(message):
                self._say(record)
        idle(self.engine, self.watch_ms())
        if self.now_s + self.asleep_s >= self.engine.beat_s:
            for record in self.engine.beat():
                self._say(record)

    def _say(self, record: Record) -> None:
        self.records[record.type] += 1
        self._told(record)

    def _live(self) -> None:
        self.moved()
        if self.markets:
            tell_marks(self.exchange, int(self.now_s))
        while self._plan and self._plan[0][0] <= self.now_s:
            self._plan.pop(0)[1]()
        if self.now_s >= self._happens_s:
            self._happens_s = self.now_s + self.every_s * 2 * self.chance.random()
            for number in range(self.together()):
                self.now_s += MOMENT_S if number else 0
                self.happen()
        before, self._minute = self._minute, int(self.now_s // 60)
        if self._minute != before:
            self.exchange.expire_listen_keys()
        if self._minute // 60 != before // 60:
            self._forget()

    def _forget(self) -> None:
        """Let the exchange forget closed orders, which it always reads through, and what is old."""
        book = self.exchange.accounts[self.name].books[_name(self._market)]
        for number in [n for n, order in book.orders.items() if order.status not in OPEN]:
            del book.orders[number]
        for past in (book.income, book.trades):
            while past and past[0]["time"] < self.now_ms() - DAY_MS:
                del past[0]
