"""Accounts that come and go while a watch runs: what is opened, and what is said of it."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from queue import SimpleQueue

from binfut_cli.api.client import system_ms
from binfut_cli.commands.open_accounts import Again, OpenedAccounts, Reached
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.accounts.sharing import Sharing, named
from binfut_cli.commands.watch.limits import Tallies
from binfut_cli.endpoints import Lane, Market, Scope
from binfut_cli.errors import BinfutError
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.records import Fault, LaneEnd, Record, Status, Verdict

REMOVED = "removed"
"""Why an account is watched no longer, though the watch goes on."""


class Roster:
    """The accounts of a watch: opened again when that is asked for, begun and ended.

    Keys are read, and what they may do is asked, on a thread of its own; all else is for the one
    that runs the engine. Whom nothing has changed of goes on untouched. What others share with us
    comes and goes besides, by its leases.
    """

    def __init__(
        self,
        context: Context,
        engine: Engine,
        tallies: Tallies,
        found: OpenedAccounts,
        sharing: Sharing | None = None,
    ) -> None:
        self._context, self._engine, self._tallies = context, engine, tallies
        self._found, self._refused, self._sharing = found, found.refused, sharing
        self._opened: SimpleQueue[OpenedAccounts | BinfutError | None] = SimpleQueue()
        self._is_opening = False
        self._ends: dict[Scope | None, dict[Market, LaneEnd]] = {}

    def turn(self) -> list[Record]:
        """What is to be recorded and shown of accounts that came or went, now and again."""
        again = self._found.again
        told = list[Record]() if again is None else self._opened_again(again)
        if self._sharing is not None:
            self._share(self._sharing)
        return [*told, *self._stops()]

    def _opened_again(self, again: Again) -> list[Record]:
        if again.asked.is_set() and not self._is_opening:
            again.asked.clear()
            self._is_opening = True
            threading.Thread(target=self._open, args=(again,), daemon=True).start()
        if self._opened.empty():
            return []
        opened = self._opened.get()
        self._is_opening = False
        return self._changed(opened)

    def _share(self, sharing: Sharing) -> None:
        """End and begin what leases say."""
        gone, new = sharing.turn(self._engine.accounts)
        for lane in gone:
            self._engine.remove(lane)
        for each in new:
            self._tallies.begin(each.lane.scope)
            self._engine.add(*sharing.offered[each.lane], each.known)
        self._say(gone, [each.lane for each in new])

    def _say(self, gone: Iterable[Lane], new: Iterable[Lane]) -> None:
        for text, lanes in (("watched from now on", new), ("watched no longer", gone)):
            if names := ", ".join(map(named, lanes)):
                self._context.say(f"binfut: {text}: {names}.")

    def _open(self, again: Again) -> None:
        opened: OpenedAccounts | BinfutError | None = None
        try:
            opened = again.opened()
        except BinfutError as exc:
            opened = exc
        finally:  # a bug ends this thread, with its traceback, and no watch
            self._opened.put(opened)

    def _changed(self, opened: OpenedAccounts | BinfutError | None) -> list[Record]:
        """Begin with those that are new, and end those that are there no more."""
        if isinstance(opened, BinfutError):
            self._context.report(opened)
        if not isinstance(opened, OpenedAccounts):
            self._context.say("binfut: the accounts are watched as before.")
            return []
        gone, new = self._apply(opened)
        self._found.lanes[:] = opened.lanes  # else the keys of those that go would stay in memory
        refused = [each for each in opened.refused if each not in self._refused]
        self._refused = opened.refused
        self._say(gone, new)
        if not (gone or new or refused or self._sharing):
            self._context.say("binfut: the accounts are the same as before.")
        return [refusal(*each) for each in refused]

    def _apply(self, opened: OpenedAccounts) -> tuple[list[Lane], list[Lane]]:
        """The lanes that go, and those that come; one whose key has changed does both."""
        wanted = {account.lane: (account, place) for account, place in opened.lanes}
        watched, new = self._engine.accounts(), self._new(wanted)
        gone = [lane for lane in watched if lane not in wanted]
        if self._sharing is not None:
            self._sharing.offer(wanted, [*gone, *new])
            return [], []
        for lane in (*gone, *(set(new) & watched.keys())):
            self._engine.remove(lane)
        for lane in new:
            account, place = wanted[lane]
            self._tallies.begin(lane.scope)
            self._engine.add(account, place)
        return gone, new

    def _new(self, wanted: Mapping[Lane, Reached]) -> list[Lane]:
        """Those that are not watched, or not with that key, or that are given up."""
        watched, given_up = self._engine.accounts(), set(self._given_up())
        return [
            lane
            for lane, (account, _) in wanted.items()
            if watched.get(lane) is not account or lane in given_up
        ]

    def _given_up(self) -> Iterator[Lane]:
        """Those that could not be read, and are not tried again by themselves."""
        for lane, standing in self._engine.standings().items():
            if standing.verdict is Verdict.FAILED and standing.retry_ms is None:
                yield lane

    def _stops(self) -> list[Record]:
        """The last record of each account whose last market has ended."""
        parted = self._engine.parted
        if not parted:
            return []
        while parted:
            lane, end = parted.popleft()  # in place of that before, of a lane that began anew
            self._ends.setdefault(lane.scope, {})[lane.market] = end
        left = {lane.scope for lane in self._engine.reducers}
        over = [scope for scope in self._ends if scope not in left]
        return [self._stop(scope, [*self._ends.pop(scope).values()]) for scope in over]

    def _stop(self, scope: Scope | None, ends: Sequence[LaneEnd]) -> Record:
        redacted = self._context.redactor.hidden
        return self._tallies.end(scope).stop(REMOVED, redacted, scope, ends)


def refusal(scope: Scope, exc: BinfutError) -> Record:
    """What is said of an account that is not watched at all."""
    said = Status(Verdict.FAILED, exc.message, error=Fault.of(exc))
    return Record.of(said, system_ms(), None, scope)
