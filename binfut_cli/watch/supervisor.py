"""Tell systemd that the watch is ready, and that it is covered: sd_notify(3), without its library.

A process that lives and sees nothing is worse than a dead one, which would be started again: so the
watchdog is fed with proofs of coverage, not with signs of life.
"""

import contextlib
import os
import socket
from collections.abc import Iterable, Mapping

from binfut_cli.markets import Market
from binfut_cli.watch.records import Record

COVERED = frozenset({"LIVE", "QUIET"})
PROOF_MS = 180_000  # how old the last proof may be


class Supervisor:
    """Nothing without NOTIFY_SOCKET; with it, READY=1 once and WATCHDOG=1 with heartbeats."""

    def __init__(self, environ: Mapping[str, str], markets: Iterable[Market]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._waiting = set(markets)
        pid = environ.get("WATCHDOG_PID", str(os.getpid()))
        usec = environ.get("WATCHDOG_USEC", "")
        mine = pid == str(os.getpid()) and usec.isdecimal()
        self.watchdog_s = int(usec) / 1e6 if mine else None

    def heed(self, records: Iterable[Record]) -> None:
        """Pass on what these records prove."""
        if not self._address:
            return
        beats = [record for record in records if record.type == "heartbeat"]
        for record in records:
            if record.type == "status" and record.body["status"] == "LIVE" and self._waiting:
                self._waiting -= {record.market}
                if not self._waiting:
                    self._send(b"READY=1")
        if beats and all(map(_is_covered, beats)):
            self._send(b"WATCHDOG=1")

    def _send(self, state: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.setblocking(False)
            sock.sendto(state, self._address)


def _is_covered(beat: Record) -> bool:
    proven = beat.body["provenAt"]
    return (
        beat.body["status"] in COVERED and proven is not None and beat.time_ms - proven <= PROOF_MS
    )
