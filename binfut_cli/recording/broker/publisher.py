"""The thread that writes to an engine, so that no watch waits for it."""

import threading
import time
from collections import deque
from contextlib import suppress

from binfut_cli.errors import BinfutError
from binfut_cli.recording.broker.connection import MOST_APART_S, wrong_clock
from binfut_cli.recording.broker.outbox import Entry, Outbox
from binfut_cli.recording.broker.store import StreamStore, Written

MOST = 1000
"""How many entries go into one transaction: the engine does nothing else meanwhile."""
IDLE_S = 0.25
FIRST_S, LONGEST_S = 0.25, 5.0
"""How long is waited before another attempt."""
LOOK_S = 60.0
"""How often the engine's clock is looked at."""
STRANGE_S = 5.0
"""How often is looked whether what another program put in the place of a stream is still there."""
PATIENCE_S, LAST_S = 3.0, 0.25
"""How long the end waits for what was not yet written; and then for the thread, which may hang.

Together less than a signal gives the end: else nobody would say what was not written.
"""


class Publisher:
    """Writes what it is given, in order and each entry once; says what hinders it.

    `troubles` has what went wrong, each kind told once, and None for each time that it goes on.
    `replaced` are the places of streams that another watch has; `lost` is as of `Written`, for
    whoever tells of it to take out. `fault` is the bug that ended the thread, which is to be seen.

    All that its thread has to say is kept here: that is why it has so many attributes.
    """

    def __init__(self, store: StreamStore, outbox: Outbox) -> None:
        self._store, self.outbox = store, outbox
        self.troubles: deque[BinfutError | None] = deque()
        self.replaced: frozenset[int] = frozenset()
        self.lost: deque[tuple[int, int]] = deque()
        self.fault: BaseException | None = None
        self.unwritten = 0  # entries, at the end
        self._in_hand = 0  # of those that are being written
        self._has_told_clock = False
        self._strange = frozenset[int]()
        self._told = set[int]()  # the exit statuses of what was told, while it is hindered
        self._ending, self._gives_up = threading.Event(), threading.Event()
        self._look_s = time.monotonic() + LOOK_S
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def add(self, name: str) -> None:
        """Have another stream, behind the others."""
        self._store.add(name)

    def take_back(self) -> None:
        """Have the last that was added no more; nothing may have been put for it."""
        self._store.take_back()

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Write what waits, if that can be done soon; `unwritten` counts what cannot."""
        self._ending.set()
        self._thread.join(patience_s)
        self._gives_up.set()
        self._thread.join(LAST_S)
        waiting = self._in_hand + len(self.outbox)  # whether or not the thread has ended
        self.unwritten = waiting + self._store.dropped
        self.outbox.close()

    def _run(self) -> None:
        try:
            self._write()
        except BaseException as exc:  # handed to the thread that observes
            self.fault = exc
        self._store.disconnect()

    def _write(self) -> None:
        while not self._gives_up.is_set():
            if batch := self.outbox.take(MOST, IDLE_S):
                self._deliver(batch)
            elif self._ending.is_set():
                break
            if time.monotonic() >= self._look_s:
                self._look()

    def _deliver(self, batch: list[Entry]) -> None:
        """Write a batch, however often that is to be tried."""
        wait_s = FIRST_S
        self.replaced -= {entry.place for entry in batch if not entry.seq}  # those are ours again
        while True:
            ours = [entry for entry in batch if entry.place not in self.replaced]
            self._in_hand = len(ours)
            try:
                self._take(self._store.append(ours) if ours else Written())
                self._in_hand = 0
                return
            except BinfutError as exc:
                self._hindered(exc)
            if self._gives_up.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_S)

    def _take(self, written: Written) -> None:
        self._note(written)
        if self._told:
            self._told.clear()
            self.troubles.append(None)

    def _note(self, written: Written) -> None:
        """Take note of what became of streams; of what is strange, once when it is found."""
        self.replaced |= written.replaced
        self.lost += written.lost.items()
        self.troubles += [
            exc for place, exc in written.strange.items() if place not in self._strange
        ]
        if self._strange - written.strange.keys():
            self.troubles.append(None)
        if written.strange and not self._strange:
            self._look_s = time.monotonic() + STRANGE_S
        self._strange = frozenset(written.strange)

    def _hindered(self, exc: BinfutError) -> None:
        """Have it told, unless one of its kind was since all went well."""
        if exc.exit_status not in self._told:
            self._told.add(exc.exit_status)
            self.troubles.append(exc)

    def _look(self) -> None:
        """See whether the streams are as they were written, and the engine's clock is right.

        Of that it is said once: nothing that is written depends on it.
        """
        self._look_s = time.monotonic() + (STRANGE_S if self._strange else LOOK_S)
        with suppress(BinfutError):  # the next batch tells
            apart_s, found = self._store.look()
            self._note(found)
            if abs(apart_s) > MOST_APART_S and not self._has_told_clock:
                self._has_told_clock = True
                self.troubles.append(wrong_clock(apart_s, self._store.address))
