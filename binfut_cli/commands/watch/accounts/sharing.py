"""`--share`: which accounts this watch has now, and what becomes of those it has no longer."""

import os
import platform
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from binfut_cli.commands.open_accounts import Reached
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.going_on import Recorded
from binfut_cli.endpoints import Lane
from binfut_cli.errors import BinfutError, ConfigError
from binfut_cli.render.documents import Bodies

if TYPE_CHECKING:  # which needs redis-py
    from binfut_cli.commands.watch.accounts.membership import Membership
    from binfut_cli.commands.watch.recording.published import Published, Taken


GOES_ON = "Accounts of the share are watched here again once that is mended."
LOOK_S = 0.1
"""How often is looked whether anything has changed."""
ANSWER_S = 2.0
"""How long an answer about leases may take."""


class Lease(NamedTuple):
    """Under which epoch an account is watched here, None if it is not; how often it came here."""

    epoch: int | None
    takeovers: int


class Sharing:
    """Tells what is to be begun and ended; for the thread that runs the engine alone."""

    def __init__(
        self,
        context: Context,
        membership: "Membership",
        streams: "Published",
        bodies: Bodies,
        ending: threading.Event,
    ) -> None:
        """`bodies` are those of the streams' lines; once it is `ending`, nothing changes more."""
        self._context, self._membership, self._ending = context, membership, ending
        self._streams, self._bodies = streams, bodies
        self.offered: Mapping[Lane, Reached] = {}
        self._watching: dict[Lane, int] = {}  # with their epochs
        self._takeovers = Counter[Lane]()
        self._leaving: set[Lane] = set()
        self._stale: set[Lane] = set()  # to be opened with another key
        self._told = ""  # of what hinders, since something was begun
        self._due_s = 0.0

    def offer(self, lanes: Mapping[Lane, Reached], stale: Collection[Lane] = ()) -> None:
        """Be ready to watch these accounts; the `stale` among those that are watched end first."""
        self.offered = lanes
        self._stale = set(stale) & self._watching.keys()
        self._membership.offer(lanes)

    def leases(self) -> Mapping[Lane, Lease]:
        """How it stands with each account that may be watched here."""
        return {
            lane: Lease(self._watching.get(lane), self._takeovers[lane]) for lane in self.offered
        }

    def turn(
        self, accounts: Callable[[], Collection[Lane]]
    ) -> tuple[Sequence[Lane], Sequence["Taken"]]:
        """Which lanes are to end, and which begin, now and again; `accounts` has the watched ones.

        To be asked with every message, and so mostly without an answer.
        """
        if time.monotonic() < self._due_s:
            return (), ()
        self._due_s = time.monotonic() + LOOK_S
        if not self._ending.is_set():
            return self._turn(accounts())
        if self.offered:
            self.offer({})  # nothing new: what we have, others get as we leave
        return (), ()

    def _turn(self, watched: Collection[Lane]) -> tuple[list[Lane], list["Taken"]]:
        ours = self._membership.ours - self._stale
        self._tell()
        gone = [lane for lane in self._watching if lane not in ours or lane in self._streams.fenced]
        self._streams.fenced.clear()
        for lane in gone:
            del self._watching[lane]
        self._leaving |= {*gone}
        for lane in self._leaving - {*watched}:
            self._leaving.discard(lane)
            self._stale.discard(lane)
            self._membership.let_go(lane)
        return gone, list(self._begun(ours, watched))

    def _begun(self, ours: Collection[Lane], watched: Collection[Lane]) -> Iterator["Taken"]:
        """What was taken over, and is still to be watched; while there is room for its records."""
        while self._streams.publisher.outbox.is_roomy and (taken := self._membership.taken()):
            lane = taken.lane
            is_wanted = lane in ours and lane in self.offered and lane not in watched
            if is_wanted and self._streams.have(taken, self._bodies):
                self._watching[lane] = taken.id.epoch
                self._takeovers[lane] += 1
                self._told = ""
                yield taken
            else:
                self._membership.let_go(lane)

    def _tell(self) -> None:
        """Say what hinders, and of what others write to, though we watch it, that they do."""
        while self._membership.troubles:
            exc = self._membership.troubles.popleft()
            if not isinstance(exc, BinfutError):
                raise exc
            if exc.message != self._told:
                self._told = exc.message
                self._context.report(type(exc)(exc.message, hint=f"{GOES_ON} {exc.hint}"))
        if fenced := self._streams.fenced & self._watching.keys():
            names = ", ".join(sorted(map(named, fenced)))
            self._context.report(
                ConfigError(
                    f"Others have taken over the streams of {names}.",
                    hint="This watch goes on with what it has.",
                )
            )


def named(lane: Lane) -> str:
    """A lane for people: its profile and market."""
    return " ".join([(lane.scope.profile or "" if lane.scope else ""), lane.market]).strip()


@contextmanager
def shared(
    context: Context,
    to: Recorded,
    lanes: Sequence[Reached],
    streams: "Published | None",
    bodies: Bodies | None,
    ending: threading.Event,
) -> Iterator[Sharing | None]:
    """Join a share, if that is wanted, and leave it in the end; raise what is wrong with it."""
    if to.to is None or to.share is None or streams is None or bodies is None:
        yield None
        return
    from binfut_cli.commands.watch.accounts.membership import Membership
    from binfut_cli.commands.watch.recording.published import taken
    from binfut_cli.recording.broker.lease import Leases

    destination, run = to.to, streams.run
    own = Bodies(context.redactor.clean)  # of another thread
    engine = replace(destination.engine, timeout_s=min(ANSWER_S, destination.engine.timeout_s))
    leases = Leases(engine, to.share, f"{platform.node()}:{os.getpid()}:{run}")
    membership = Membership(leases, lambda lane: taken(destination, lane, run, own))
    membership.join([account.lane for account, _ in lanes])
    context.say(f"binfut: shared as {to.share!r}: what this watch gets of it, it says.")
    try:
        sharing = Sharing(context, membership, streams, bodies, ending)
        sharing.offered = {account.lane: (account, place) for account, place in lanes}
        yield sharing
    finally:
        membership.close()
