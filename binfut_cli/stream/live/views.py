"""The views of all lanes: what is kept for them, and each made when somebody asks. Pure."""

from collections.abc import Iterable, Mapping

from binfut_cli.endpoints import Env, Lane, Market
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.live.live_account import LiveAccount
from binfut_cli.stream.live.marks import Marks
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.messages import AuditRead, LaneMessage, SnapshotTaken

LOOKING_MS = 15_000
"""How long somebody who has looked is taken to look on."""
SPACE_MS = 250
"""How long the views stand that were made: at most four are made a second."""


class Views:
    """The live accounts of a watch that somebody may look at.

    Nothing is computed before somebody asks for `at`; since then, and for `LOOKING_MS`, the account
    `is_looked_at`.
    """

    def __init__(self, reducers: Mapping[Lane, Reducer]) -> None:
        self._reducers = reducers
        self.marks = {_place(lane): Marks() for lane in reducers}
        self.accounts = {lane: LiveAccount(lane, self.marks[_place(lane)]) for lane in reducers}
        self._made: dict[Lane, LiveView] = {}
        self._made_ms = 0
        self._looked_ms: int | None = None

    def take(self, message: LaneMessage) -> None:
        """Take in a message after the lane's reducer: of use is an account that was read."""
        if isinstance(message, SnapshotTaken | AuditRead):
            reducer = self._reducers[message.lane]
            time_ms, document = reducer.at(message.time_ms), message.snapshot.document
            self.accounts[message.lane].read(document, time_ms, reducer.state)

    def is_looked_at(self, now_ms: int) -> bool:
        """Whether somebody has looked a moment ago."""
        return self._looked_ms is not None and now_ms - self._looked_ms < LOOKING_MS

    def at(self, now_ms: int, standings: Iterable[Standing]) -> dict[Lane, LiveView]:
        """The view of every lane that was ever read; `now_ms` is by the watch's clock."""
        if self._looked_ms is None or not 0 <= now_ms - self._made_ms < SPACE_MS:
            found = ((each.lane, self._view(each)) for each in standings)
            self._made = {lane: view for lane, view in found if view is not None}
            self._made_ms = now_ms
        self._looked_ms = now_ms
        return self._made

    def _view(self, standing: Standing) -> LiveView | None:
        lane, reducer = standing.lane, self._reducers[standing.lane]
        return self.accounts[lane].view(reducer.state, reducer.stamps, standing)


def _place(lane: Lane) -> tuple[Market, Env | None]:
    """Where a lane's marks are told."""
    return lane.market, lane.scope.env if lane.scope else None
