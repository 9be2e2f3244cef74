"""The engine that is shared: a primary with its log, a replica, and who leads to the primary.

By `Moving` everybody is led to the address that is the primary's, as by a name or an address that
moves; `Sentinels` are asked for it.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from redis.exceptions import RedisError

from bench.sharing.partition import Partition
from tests.support.redis_server import RedisServer, served

if TYPE_CHECKING:
    import redis

LOGGED = ("--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0")
AMID = "fail-over amid a hand-over"
BEHIND_S = 0.5
"""By how much a replica lags whose primary is lost."""
DOWN_S = 1.5
"""How long it takes until an engine that was killed is started again, or its address moves."""
SETTLED_S = 30.0


class Servers(Protocol):
    """What a share needs of its engine, and what happens to that."""

    kinds: tuple[str, ...]

    def way(self) -> Partition:
        """A way to it, of somebody's own."""

    def url(self, way: Partition) -> str:
        """The engine's address by that way."""

    def client(self) -> "redis.Redis":
        """A client of whoever is the primary now."""

    def restart(self) -> None:
        """Kill the primary, and start it again with its log."""

    def fall_behind(self) -> None:
        """From now on the primary acknowledges alone."""

    def fail_over(self) -> None:
        """Kill the primary; what it acknowledged alone is lost."""


class Moving:
    """Whoever takes the place of the primary is given its address."""

    kinds: tuple[str, ...] = (
        "kill -9", "SIGSTOP", "partition", "SIGTERM", "engine restart", "fail-over", AMID,
    )  # fmt: skip

    def __init__(self, primary: RedisServer, replica: RedisServer) -> None:
        self._primary, self._replica = primary, replica
        self._ways: list[Partition] = []
        self._link = self._linked()

    def way(self) -> Partition:
        """One that is led elsewhere by a fail-over."""
        self._ways.append(Partition(self._primary.port))
        return self._ways[-1]

    def url(self, way: Partition) -> str:
        """That of a server."""
        return f"redis://127.0.0.1:{way.port}"

    def client(self) -> "redis.Redis":
        """Of the primary."""
        return self._primary.client()

    def restart(self) -> None:
        """Nobody takes its place."""
        self._primary.kill()
        time.sleep(DOWN_S)
        self._primary.start()

    def fall_behind(self) -> None:
        """Whatever comes, the replica lacks it."""
        settled(self._primary)
        self._link.cut()

    def fail_over(self) -> None:
        """The replica lacks what came at last; the primary comes back as its replica."""
        if self._link.is_whole:
            self.fall_behind()
        time.sleep(BEHIND_S)
        self._primary.kill()
        with self._replica.client() as client:
            client.replicaof("NO", "ONE")
        self._link.__exit__()
        time.sleep(DOWN_S)
        self._primary, self._replica = self._replica, self._primary
        for way in self._ways:
            way.lead_to(self._primary.port)
        self._replica.start()
        self._link = self._linked()

    def _linked(self) -> Partition:
        link = Partition(self._primary.port)
        with self._replica.client() as client:
            client.replicaof("127.0.0.1", link.port)
        return link


class Sentinels:
    """A Sentinel watches the primary, and has the replica take its place."""

    kinds: tuple[str, ...] = ("kill -9", "fail-over", "SIGSTOP", "fail-over", "SIGTERM")

    def __init__(self, servers: tuple[RedisServer, RedisServer], sentinel: RedisServer) -> None:
        self._servers, self._sentinel = servers, sentinel
        end = time.monotonic() + SETTLED_S
        with sentinel.client() as client:
            while not client.execute_command("SENTINEL REPLICAS main"):
                assert time.monotonic() < end
                time.sleep(0.05)

    def way(self) -> Partition:
        """One to the Sentinel; whom that names is reached without."""
        return Partition(self._sentinel.port)

    def url(self, way: Partition) -> str:
        """That of a Sentinel's service."""
        return f"redis+sentinel://127.0.0.1:{way.port}/main"

    def client(self) -> "redis.Redis":
        """Of whom the Sentinel names."""
        return self._primary().client()

    def restart(self) -> None:
        """Is the same as to fail over."""
        self.fail_over()

    def fall_behind(self) -> None:
        """It does so by itself, as much as it does."""

    def fail_over(self) -> None:
        """The Sentinel finds out by itself, and makes the killed one a replica when it is back."""
        primary = self._primary()
        settled(primary)
        primary.kill()
        end = time.monotonic() + SETTLED_S
        while self._primary() is primary:
            assert time.monotonic() < end
            time.sleep(0.05)
        primary.start()

    def _primary(self) -> RedisServer:
        with self._sentinel.client() as client:
            _, port = client.execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME main")
        return next(each for each in self._servers if each.port == int(port))


def settled(primary: RedisServer) -> None:
    """Wait until a replica has what its primary has."""
    end = time.monotonic() + SETTLED_S
    with primary.client() as client:
        while not _is_followed(client):
            assert time.monotonic() < end
            time.sleep(0.1)


def _is_followed(client: Any) -> bool:
    with suppress(RedisError):
        told = client.info("replication")
        first = told.get("slave0")
        return bool(first) and first["state"] == "online" and first["lag"] <= 1
    return False


@contextmanager
def serving(home: Path, *, sentinel: bool) -> Iterator[Servers]:
    """Real servers, in folders of their own."""
    folders = [home / name for name in ("one", "other", "sentinel")]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        one, other = (stack.enter_context(served(folder, *LOGGED)) for folder in folders[:2])
        if not sentinel:
            yield Moving(one, other)
            return
        with other.client() as client:
            client.replicaof("127.0.0.1", one.port)
        settled(one)
        conf = folders[2] / "sentinel.conf"
        conf.write_text(
            f"sentinel monitor main 127.0.0.1 {one.port} 1\n"
            "sentinel down-after-milliseconds main 2000\nsentinel failover-timeout main 5000\n"
        )
        yield Sentinels((one, other), stack.enter_context(served(folders[2], sentinel=conf)))
