"""The views of all lanes: what is kept for them, and each made when somebody asks. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from binfut_cli.endpoints import Lane
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.live.formulas.brackets import brackets_of
from binfut_cli.stream.live.live_account import LiveAccount
from binfut_cli.stream.live.marks import Marks, index_of, index_stream_of, stream_of
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.messages import (
    AccountReread,
    AuditRead,
    BracketsRead,
    LaneMessage,
    SnapshotTaken,
)
from binfut_cli.stream.state import is_held

SPACE_MS = 250
"""How long the views stand that were made: at most four are made a second."""


class Views:
    """The live accounts of a watch that somebody may look at.

    Nothing is computed before somebody asks for `at`.
    """

    def __init__(self) -> None:
        self._reducers: dict[Lane, Reducer] = {}
        self._places: dict[Lane, str] = {}
        self.marks: dict[str, Marks] = {}
        self.accounts: dict[Lane, LiveAccount] = {}
        self._made: dict[Lane, LiveView] = {}
        self._made_ms: int | None = None

    def add(self, lane: Lane, reducer: Reducer, place: str) -> None:
        """Keep one lane's account; `place` is where its marks are told, lanes of one share them."""
        self._reducers[lane], self._places[lane] = reducer, place
        marks = self.marks.setdefault(place, Marks())
        self.accounts[lane] = LiveAccount(lane, marks)

    def remove(self, lane: Lane) -> None:
        """Keep it no longer."""
        for each in (self._reducers, self._places, self.accounts, self._made):
            each.pop(lane, None)

    def take(self, message: LaneMessage) -> None:
        """Take in a message after the lane's reducer: of use is an account that was read."""
        account = self.accounts[message.lane]
        if isinstance(message, SnapshotTaken | AuditRead | AccountReread):
            reducer = self._reducers[message.lane]
            account.read(message.snapshot.document, reducer.at(message.time_ms), reducer.state)
        elif isinstance(message, BracketsRead):
            account.brackets = brackets_of(message.rows)

    def wanted(self) -> dict[str, Mapping[str, str]]:
        """The streams that tell what is wanted, by its symbols, by where they are.

        That is the marks of what is held; all others are forgotten. And the rates of what counts in
        multi-assets mode.
        """
        found: dict[str, Mapping[str, str]] = {}
        for place, marks in self.marks.items():
            lanes = [lane for lane, its in self._places.items() if its == place]
            held = set[str]().union(*map(self.held, lanes))
            marks.keep(held)
            counted = set[str]().union(*map(self._counted, lanes))
            rates = {index_of(asset): index_stream_of(asset) for asset in counted}
            found[place] = {symbol: stream_of(symbol) for symbol in held} | rates
        return found

    def _counted(self, lane: Lane) -> set[str]:
        return self.accounts[lane].counted(self._reducers[lane].state)

    def held(self, lane: Lane) -> set[str]:
        """The symbols of which an account holds a position."""
        positions = self._reducers[lane].state.positions.values()
        return {str(row["symbol"]) for row in positions if is_held(row)}

    def at(self, now_ms: int, standings: Iterable[Standing]) -> dict[Lane, LiveView]:
        """The view of every lane that was ever read; `now_ms` is by the watch's clock."""
        if self._made_ms is None or not 0 <= now_ms - self._made_ms < SPACE_MS:
            found = ((each.lane, self._view(each)) for each in standings)
            self._made = {lane: view for lane, view in found if view is not None}
            self._made_ms = now_ms
        return self._made

    def _view(self, standing: Standing) -> LiveView | None:
        lane, reducer = standing.lane, self._reducers[standing.lane]
        account = self.accounts[lane]
        view = account.view(reducer.state, reducer.stamps, standing)
        silent = account.marks.silent(self.held(lane), standing.time_ms)
        return replace(view, silent=silent) if view is not None and silent else view
