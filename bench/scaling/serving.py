"""A sandbox of many accounts as a process of its own: `python -m bench.scaling.serving 500 [tls]`.

It announces itself as `binfut sandbox serve` does, and does what it is told, a word a line: `pulse`
(something happens to one account after another, from now on), `flood` (one stream tells as much as
is taken, from now on), `calm` (neither any more). It then tells when what happened was sent.
"""

import itertools
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from bench.blast import frames
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.wire.connection import Connection

PULSE_S = 0.02
BLOCK = 200
"""Frames that are handed to the flooded connection at once."""
WAITING = 4
"""Blocks that may wait there: no more than a socket holds anyway."""
EVENT_TIME = re.compile(rb'"E":(\d+)')


class Sending(dict[int, float]):
    """When events were handed to their sockets, by their time; in ms.

    Until then the server is late. It is noted before an event is encrypted, so that nothing of the
    watch's own delay is left out.
    """

    def taken(self) -> dict[int, float]:
        """All so far, which is forgotten."""
        found = dict(self)
        self.clear()
        return found

    def begin(self) -> None:
        """Note it of all connections from now on."""
        send = Connection._send

        def noted(connection: Connection, data: bytes) -> None:
            if b'"DEPOSIT"' in data and (found := EVENT_TIME.search(data)) is not None:
                self.setdefault(int(found[1]), time.time() * 1000)
            send(connection, data)

        patched = cast(Any, Connection)
        patched._send = noted


class Happenings:
    """What happens meanwhile."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._names = [each.name for each in sandbox.accounts if each.name.startswith("one-way")]
        self._calm = threading.Event()
        self._running: list[threading.Thread] = []

    def hear(self, word: str) -> None:
        """Do what a word says."""
        if word == "calm":
            self._calm.set()
            for each in self._running:
                each.join()
            self._running = []
            self._calm.clear()
        elif word in ("pulse", "flood"):
            self._start(self._pulse if word == "pulse" else self._flood)

    def _start(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what, daemon=True)
        thread.start()
        self._running.append(thread)

    def _pulse(self) -> None:
        for name in itertools.cycle(self._names):
            if self._calm.wait(PULSE_S):
                return
            self._sandbox.act(
                {"action": "deposit", "account": name, "market": "usdm", "asset": "USDT",
                 "amount": "1"}
            )  # fmt: skip

    def _flood(self) -> None:
        block = frames(BLOCK, None)
        connected = next(
            each for each in self._sandbox._faults._connected if each.layer == "stream"
        )
        waiting = connected.push.__self__._pushed  # type: ignore[attr-defined]
        while not self._calm.is_set():
            if waiting.qsize() < WAITING:
                connected.push((block,))
            else:
                time.sleep(0.001)


def main() -> None:
    """Serve until standard input ends."""
    count, *more = sys.argv[1:]
    rules = Rules(weight_limit=10**9)
    with Sandbox.start(more=int(count) - 1, rules=rules, past=False, tls="tls" in more) as sandbox:
        print(json.dumps(sandbox.announcement()), flush=True)
        happenings, sending = Happenings(sandbox), Sending()
        sending.begin()
        with suppress(KeyboardInterrupt):
            for line in sys.stdin:
                happenings.hear(line.strip())
                print(json.dumps(sending.taken() if line.strip() == "calm" else {}), flush=True)


if __name__ == "__main__":
    main()
