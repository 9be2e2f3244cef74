"""The real engine on a thread of this process, watching a sandbox over real sockets."""

import threading
from collections.abc import Callable, Sequence

from bench.chaos.haste import Hasty
from bench.endurance.program import until
from binfut_cli.api.client import AccountClient
from binfut_cli.auth import credentials
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.engine import Setup, follow
from binfut_cli.stream.records import COVERED, Record, Status

BOTH = tuple(Market)


class Watched:
    """A watch and what it said so far, `speed` times as fast; leave the block to end it."""

    def __init__(
        self,
        sandbox: Sandbox,
        setup: Setup,
        markets: Sequence[Market] = BOTH,
        *,
        timeout_s: float,
        speed: float = 1.0,
    ) -> None:
        self.sandbox, self.records = sandbox, list[Record]()
        self._setup, self._markets = setup, markets
        self._timeout_s, self._speed = timeout_s, speed
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._watch, name="watch")

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._setup.ending.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _watch(self) -> None:
        try:
            lanes = [(self.account(m), self._place(m)) for m in self._markets]
            for records in follow(lanes, self._setup):
                self.records += records
        except BaseException as exc:
            self._fault = exc

    def _place(self, market: Market) -> Endpoints:
        stream = self.sandbox.stream[market] + MARKET_APIS[market].stream_path
        return Endpoints(self.sandbox.rest[market], self.sandbox.ws_api[market], stream)

    def account(self, market: Market) -> AccountClient:
        """The account that is watched, as another client of it."""
        key = self.sandbox.accounts[0]
        found = credentials.sandbox(key.api_key, key.secret)
        place, hasty = self._place(market), Hasty(market, self._speed)
        return AccountClient(market, place, found, timeout_s=self._timeout_s, transport=hasty)

    def until(self, met: Callable[[], bool], seconds: float) -> bool:
        """Wait for something; False if it does not come, or the watch ended."""
        return until(lambda: self._fault is not None or met(), seconds) and self._fault is None

    def lost_since(self, number: int) -> bool:
        """Whether a record from that number on says that a market is not covered.

        It may be covered again before anybody looks.
        """
        said = (r.body.verdict for r in self.records[number:] if isinstance(r.body, Status))
        return any(verdict not in COVERED for verdict in said)

    def is_covered(self) -> bool:
        """Whether every market is live now."""
        last = {r.market: r.body.verdict for r in self.records if isinstance(r.body, Status)}
        return set(last) == set(self._markets) and all(s in COVERED for s in last.values())

    def count(self, type_: str, market: Market | None = None) -> int:
        """How many records of a type there were."""
        return sum(r.type == type_ and market in (None, r.market) for r in self.records)
