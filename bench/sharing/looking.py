"""Which account is watched by whom, as its stream tells while it is written."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from bench.sharing.members import SHARE, Member
from bench.sharing.servers import Servers
from binfut_cli.recording.broker.names import FIELD, EntryId
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.records import COVERED

EVERY_S = 0.1
_TELLING = (b'"type":"status"', b'"type":"stop"', b'"type":"segment"')


@dataclass
class Look:
    """What was seen: samples by accounts, how many of them watched; how long each was not.

    `twice` are the samples of accounts for which two streams were open at the exchange, and
    `longest_twice_s` is how long one was at most.
    """

    samples: int = 0
    watched: int = 0
    twice: int = 0
    longest_twice_s: float = 0.0
    holes_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: "Look") -> None:
        """Add another run's."""
        self.samples += other.samples
        self.watched += other.watched
        self.twice += other.twice
        self.longest_twice_s = max(self.longest_twice_s, other.longest_twice_s)
        for kind, holes_s in other.holes_s.items():
            self.holes_s[kind] += holes_s


class Looker:
    """Looks at every stream, ten times a second; `kind` is what is happening, for its holes.

    `accounts` has the streams' names by those of their accounts.
    """

    def __init__(
        self,
        servers: Servers,
        accounts: Mapping[str, str],
        members: list[Member],
        sandbox: Sandbox,
    ) -> None:
        self._servers, self._members, self._sandbox = servers, members, sandbox
        self._accounts, names = accounts, accounts.values()
        self._positions: dict[str, str] = dict.fromkeys(names, "0")
        self._run: dict[str, str | None] = dict.fromkeys(names)  # who says that it covers them
        self._twice_s: dict[str, float] = {}  # since when two do
        self._pids: dict[str, int] = {}
        self._since_s: dict[str, float] = {}
        self._late_s: dict[str, float] = {}  # how long ago its end was, of which was just read
        self.look, self.kind = Look(), ""
        self.unwatched = set(names)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._ending.set()
        self._thread.join()

    def settled(self, within_s: float) -> float | None:
        """How long it took until all were watched; None if it took too long."""
        began, end = time.monotonic(), time.monotonic() + within_s
        while time.monotonic() < end:
            time.sleep(2 * EVERY_S)
            if not self.unwatched:
                return time.monotonic() - began
        return None

    def _work(self) -> None:
        while not self._ending.wait(EVERY_S):
            with suppress(RedisError, OSError), self._servers.client() as client:
                self._go_back(client)
                while not self._ending.wait(EVERY_S):
                    self._read(client)
                    self._sample()
            self._sample()

    def _go_back(self, client: Any) -> None:
        """Behind what is there: a fail-over may have lost what was read."""
        for name, position in self._positions.items():
            if client.exists(name):
                last = EntryId.of(client.xinfo_stream(name)["last-generated-id"])
                self._positions[name] = str(min(last, EntryId.of(position.encode())))

    def _read(self, client: Any) -> None:
        found = client.xread(self._positions, 2000)
        for stream, entries in found:
            name = stream.decode()
            self._positions[name] = entries[-1][0].decode()
            for _, fields in entries:
                if any(each in fields[FIELD][:64] for each in _TELLING):
                    self._take(name, json.loads(fields[FIELD]))
        for each in client.hkeys(f"binfut:{{share {SHARE}}}:wanted"):
            _, pid, run = each.decode().rsplit(":", 2)
            self._pids[run] = int(pid)

    def _take(self, name: str, record: dict[str, object]) -> None:
        status = record.get("status")
        if status in COVERED:
            self._run[name] = str(record["run"])
        elif status != "CONNECTED":
            self._run[name] = None
            self._late_s[name] = max(0.0, time.time() - float(str(record["time"])) / 1000)

    def _sample(self) -> None:
        well = {member.process.pid for member in self._members if member.is_well}
        now_s = time.monotonic()
        self._see_twice(now_s)
        for name, run in self._run.items():
            late_s = self._late_s.pop(name, 0.0)
            is_watched = self._pids.get(run or "") in well
            self.look.samples += 1
            self.look.watched += is_watched
            if is_watched and name in self.unwatched:
                self.unwatched.discard(name)
                self.look.holes_s[self.kind].append(now_s - self._since_s.pop(name, now_s))
            elif not is_watched and name not in self.unwatched:
                self.unwatched.add(name)
                self._since_s[name] = now_s - late_s
                self.look.watched -= round(late_s / EVERY_S)

    def _see_twice(self, now_s: float) -> None:
        """Note whose streams are two. Of who is frozen they are open, and nobody reads them."""
        if any(member.is_frozen for member in self._members):
            self._twice_s.clear()
            return
        for account in self._accounts:
            if self._sandbox.listening(account, "usdm") <= 1:
                self._twice_s.pop(account, None)
                continue
            lasts_s = now_s - self._twice_s.setdefault(account, now_s) + EVERY_S
            self.look.twice += 1
            self.look.longest_twice_s = max(self.look.longest_twice_s, lasts_s)
