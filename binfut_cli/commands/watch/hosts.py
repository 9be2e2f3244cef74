"""What is remembered of the hosts that a watch speaks to: their word to wait, and handshakes."""

import os
from pathlib import Path

from binfut_cli.auth import directories
from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.endpoints import Endpoints, Env, Lane, counted_together, is_published
from binfut_cli.errors import ConfigError
from binfut_cli.resources.history.pace import HALF
from binfut_cli.stream.coverage.backoff import HandshakeFile
from binfut_cli.stream.coverage.limits.rate_gate import HostGate, RateLimitGate
from binfut_cli.stream.coverage.limits.weight import WeightBudget


class Gates:
    """One gate for all lanes whose hosts are counted together; call it for a lane's."""

    def __init__(self, max_weight: int = HALF) -> None:
        """Each spends no more than `max_weight` in a minute."""
        self._max_weight = max_weight
        self._directory = _remembering()
        self._hosts: dict[str, HostGate] = {}
        self._shared: dict[frozenset[str], RateLimitGate] = {}

    def __call__(self, lane: Lane, place: Endpoints) -> RateLimitGate:
        """The gate of a lane, which speaks to these addresses."""
        names, hosts = _hosts(lane, place), self._hosts
        hosts |= {each: HostGate(each, self._directory) for each in names - hosts.keys()}
        if names not in self._shared:
            asked, budget = (hosts[each] for each in sorted(names)), WeightBudget(self._max_weight)
            self._shared[names] = RateLimitGate(asked, budget=budget)
        return self._shared[names]


def _hosts(lane: Lane, place: Endpoints) -> frozenset[str]:
    return counted_together(lane.scope.env if lane.scope else Env.SANDBOX, place)


def _remembering() -> Path | None:
    """Where hosts' words outlive the run; without a home, nowhere."""
    try:
        return directories.state_dir(os.environ)
    except ConfigError:
        return None


def handshakes(found: OpenedAccounts) -> HandshakeFile | None:
    """Where it is kept how many were made; those to an address that was given end with the run."""
    directory = _remembering()
    every = (host for account, place in found.lanes for host in _hosts(account.lane, place))
    if directory is None or not any(map(is_published, every)):
        return None
    return HandshakeFile(directory / "handshakes.json")
