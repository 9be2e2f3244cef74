"""Tell systemd that the watch is ready, and that it is covered: sd_notify(3), without its library.

A process that lives and sees nothing is worse than a dead one, which would be started again: so the
watchdog is fed with proofs of coverage, not with signs of life.
"""

import contextlib
import os
import socket
from collections.abc import Iterable, Mapping

from binfut_cli.endpoints import Lane, Market, Scope
from binfut_cli.stream.records import COVERED, Heartbeat, Record, Status, Stop, Verdict

Whose = tuple[Market | None, Scope | None]
PROOF_MS = 115_000  # how much older the last proof may be than a deaf stream is found
MORE_TIME = b"EXTEND_TIMEOUT_USEC=330000000"
"""Said as a start goes on: many accounts take longer than any TimeoutStartSec, and a connection may
have to wait five minutes for those before it."""
FOUND_MS = 65_000  # within which that is, of few accounts


class SystemdNotifier:
    """Nothing without NOTIFY_SOCKET; with it, READY=1 once and WATCHDOG=1 with heartbeats.

    A lane that has failed for good is not waited for: the others are watched without it. One that
    comes later counts once it was covered.
    """

    def __init__(self, environ: Mapping[str, str], lanes: Iterable[Lane]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._lanes: set[Whose] = set(lanes)  # that count
        self._waiting = self._lanes.copy()
        self._given_up: set[Whose] = set()
        pid = environ.get("WATCHDOG_PID", str(os.getpid()))
        usec = environ.get("WATCHDOG_USEC", "")
        mine = pid == str(os.getpid()) and usec.isdecimal()
        self.watchdog_s = int(usec) / 1e6 if mine else None

    def ready(self) -> None:
        """Say that it is ready, of a watch that waits for no lane."""
        if self._address:
            self._send(b"READY=1")

    def observe(self, records: Iterable[Record]) -> None:
        """Pass on what these records prove."""
        if not self._address:
            return
        for record in records:
            if isinstance(record.body, Status):
                self._settle(_whose(record), record.body)
            elif isinstance(record.body, Stop):
                self._forget(record.scope)
        beats = [
            _is_covered(record.body, record.time_ms)
            for record in records
            if isinstance(record.body, Heartbeat) and _whose(record) in self._lanes - self._given_up
        ]
        if beats and all(beats):
            self._send(b"WATCHDOG=1")

    def _settle(self, whose: Whose, said: Status) -> None:
        """Wait no longer for a lane that is covered, or never will be."""
        if said.verdict is Verdict.FAILED and said.retry_in_ms is None:
            self._given_up.add(whose)
        elif said.verdict is Verdict.LIVE:
            self._lanes.add(whose)
            self._given_up.discard(whose)
        else:
            return
        is_new = whose in self._waiting
        self._waiting -= {whose}
        if is_new and self._waiting and said.verdict is Verdict.LIVE:
            self._send(MORE_TIME)
        if is_new and not self._waiting and self._lanes - self._given_up:
            self._send(b"READY=1")

    def _forget(self, scope: Scope | None) -> None:
        """Wait no longer for an account that is watched no longer."""
        was_waiting = bool(self._waiting)
        gone = {whose for whose in self._lanes if whose[1] == scope}
        self._lanes -= gone
        self._given_up -= gone
        self._waiting -= gone
        if was_waiting and not self._waiting and self._lanes - self._given_up:
            self._send(b"READY=1")

    def _send(self, state: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.setblocking(False)
            sock.sendto(state, self._address)


def _whose(record: Record) -> Whose:
    return record.market, record.scope


def _is_covered(beat: Heartbeat, time_ms: int) -> bool:
    proven_ms, latest_ms = beat.proven_ms, (beat.detection_ms or FOUND_MS) + PROOF_MS
    return beat.verdict in COVERED and proven_ms is not None and time_ms - proven_ms <= latest_ms
