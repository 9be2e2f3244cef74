"""A subscription of the simulation, whose steps a test takes one by one."""

import itertools
from dataclasses import replace

from binfut_cli.api.transport.waiting.readers import Reader
from binfut_cli.endpoints import Lane, Market
from binfut_cli.stream.coverage.subscription.opening import OpenStream
from binfut_cli.stream.coverage.subscription.rotation import Rotation
from binfut_cli.stream.coverage.subscription.stream_set import StreamSet
from binfut_cli.stream.coverage.subscription.subscription import Subscription
from binfut_cli.stream.messages import Batch, LaneMessage, StreamLeft
from tests.support.simulation import Ended, Simulation


class Joined(Ended):
    """A reader of the simulation, and for how long its end was waited for."""

    def __init__(self, waits: list[float | None]) -> None:
        self._waits = waits

    def join(self, timeout: float | None = None) -> None:
        """Note it."""
        self._waits.append(timeout)


class Opened:
    """A subscription of the simulation, and what was said of its streams meanwhile."""

    def __init__(self, chance: float = 0.5, *, redundant: bool = False) -> None:
        self.sim = Simulation(Market.USDM, 1, every_s=10**9, redundant=redundant)
        self.context = self.sim.engine.supervisors[Lane(Market.USDM)]._context
        self.context.runtime = replace(self.context.runtime, chance=lambda: chance, read=self._read)
        self.joined = list[float | None]()
        self.told = list[LaneMessage]()
        self.context.put = self._put
        self.subscription = Subscription.opened(self.context, itertools.count(1))

    def _read(self, reader: Reader) -> Joined:
        self.sim._spawn(reader.turn)
        return Joined(self.joined)

    def _put(self, message: LaneMessage) -> None:
        if not isinstance(message, Batch):
            self.told.append(message)

    @property
    def streams(self) -> StreamSet:
        return self.subscription.streams

    @property
    def rotation(self) -> Rotation:
        return self.subscription.rotation

    @property
    def only(self) -> OpenStream:
        (opened,) = self.streams.covering
        return opened

    def pass_time(self, seconds: float) -> None:
        self.context.wait_until(lambda: False, seconds)

    def another(self, instead_of: OpenStream | None = None) -> OpenStream:
        """One more stream that covers."""
        self.streams.keep(self.streams._opener.open(), instead_of)
        return self.streams.covering[-1]

    def left(self) -> list[int]:
        """The streams of which it was told that they are gone."""
        return [each.stream for each in self.told if isinstance(each, StreamLeft)]
