"""A connection to an engine, whatever its kind; what it must be before anything is written."""

import os
import time
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

from binfut_cli.errors import ConfigError
from binfut_cli.recording.broker.address import Address, Kind
from binfut_cli.recording.broker.failures import failure, too_old, translated
from binfut_cli.recording.broker.password import Passwords

LOWEST = (6, 2)
"""The first version that has all of it: XADD with MINID, XAUTOCLAIM."""
MOST_APART_S = 60.0
"""How far the engine's clock may be from this computer's."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Where an engine is, who asks it, and how long an answer may take."""

    address: Address
    passwords: Passwords
    timeout_s: float = 5.0

    def connect(self) -> Any:
        """A client that asks once and does not try again; raise a failure of ours.

        It has one connection, or one to each node of a Cluster: WAIT is about the connection's own
        writes.
        """
        if self.address.tls:
            os.environ.pop("SSLKEYLOGFILE", None)  # its sessions' keys are written nowhere
        with translated(self.address):
            match self.address.kind:
                case Kind.SERVER:
                    ((host, port),) = self.address.hosts
                    return redis.Redis(host, port, self.address.db, **self._common())
                case Kind.SENTINEL:
                    return self._by_sentinels()
                case Kind.CLUSTER:
                    node: Any = ClusterNode
                    nodes = [node(host, port) for host, port in self.address.hosts]
                    return RedisCluster(startup_nodes=nodes, **self._common())

    def _by_sentinels(self) -> Any:
        common = self._common()
        own = {name: common[name] for name in common if name not in ("username", "password")}
        own["password"] = self.passwords.sentinels.reveal() or None
        named: Any = Sentinel
        sentinels = named(self.address.hosts, sentinel_kwargs=own)
        return sentinels.master_for(self.address.service, db=self.address.db, **common)

    def _common(self) -> dict[str, Any]:
        """What all kinds take."""
        return {
            "username": self.address.user,
            "password": self.passwords.engine.reveal() or None,
            "socket_timeout": self.timeout_s,
            "socket_connect_timeout": self.timeout_s,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "ssl": self.address.tls,
        }


class Connected:
    """Works on one connection to an engine, made when it is needed. Of one thread at a time."""

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self.address, self._engine, self._writes = engine.address, engine, writes
        self._client: Any = None

    def disconnect(self) -> None:
        """Have the next call connect anew."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        if self._client is None:
            client = self._engine.connect()
            try:
                examine(client, self.address, writes=self._writes)
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client


def examine(client: Any, address: Address, *, writes: bool) -> None:
    """Raise what makes an engine unfit: too old, a Sentinel, a replica that is to be written to."""
    with translated(address):
        told = _pairs(client.execute_command("HELLO", **_anywhere(client, address)))
    check_version(str(told.get("version", "")), address)
    if told.get("mode") == "sentinel":
        raise ConfigError(
            f"{address} is a Sentinel, which has no records.",
            hint="Write redis+sentinel://host/service.",
        )
    if writes and told.get("role") in ("replica", "slave"):
        raise failure(redis.exceptions.ReadOnlyError(), address)


def check_version(version: str, where: object) -> None:
    """Raise ConfigError for an engine that is too old."""
    numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdigit())
    if numbers < LOWEST:
        raise too_old(where, f"it is version {version or 'unknown'}")


def clock_apart_s(client: Any, address: Address, now_s: float | None = None) -> float:
    """How far the engine's clock is ahead, by `now_s`, or by this computer's clock."""
    seconds, micros = _first(client.execute_command("TIME", **_anywhere(client, address)))
    return int(seconds) + int(micros) / 1e6 - (time.time() if now_s is None else now_s)


def check_clock(client: Any, address: Address, now_s: float | None = None) -> None:
    """Raise ConfigError if the engine's clock is too far from this computer's."""
    with translated(address):
        apart_s = clock_apart_s(client, address, now_s)
    if abs(apart_s) > MOST_APART_S:
        raise wrong_clock(apart_s, address)


def wrong_clock(apart_s: float, where: object) -> ConfigError:
    """What is said of a clock that is wrong."""
    return ConfigError(
        f"The clock of {where} is {abs(apart_s):,.0f} s {'ahead' if apart_s > 0 else 'behind'}.",
        hint="Set the clocks of both computers by NTP.",
    )


def _anywhere(client: Any, address: Address) -> dict[str, Any]:
    """For what is asked of one of a Cluster's nodes, whichever takes records."""
    if address.kind is not Kind.CLUSTER:
        return {}
    return {"target_nodes": client.get_primaries()[0]}


def _first(answer: Any) -> Any:
    """The answer of the one node that was asked."""
    return next(iter(answer.values())) if isinstance(answer, dict) and len(answer) == 1 else answer


def _pairs(answer: Any) -> dict[str, Any]:
    """A reply of names and values, in whichever form."""
    found = _first(answer)
    pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=False)
    return {_text(name): _text(value) for name, value in pairs}


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
