"""The account as it is known: read, folded with every event since, and compared. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.resources.figures.shared import shared
from binfut_cli.stream.events import AccountUpdate, Event, Rows
from binfut_cli.stream.fold.audit import (
    Auditor,
    Finding,
    Stamps,
    differing,
    kept,
    row_key,
    stamps,
)
from binfut_cli.stream.fold.continuity.chains import Chains
from binfut_cli.stream.fold.continuity.links import CHAINED
from binfut_cli.stream.fold.reported_orders import ReportedOrders, is_fill
from binfut_cli.stream.gap_report import GapChange, GapContext
from binfut_cli.stream.records import Cause, Gap
from binfut_cli.stream.state import Difference, State, untold

MOST_STAMPS = 50_000
WEIGHED_EACH = 4 * 1024 * 1024  # bytes that came
_NONE, _MAPPED = Rows.NONE, Rows.MAPPED  # asked for every event, which the type is too slow for
_Rows = tuple[Sequence[Any], Sequence[Any]]
_UNASKED: _Rows = [], []


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as it was read, and folded with every event since. Times by the exchange's clock.

    `stamps` tell when each row last changed; what happened before `proven_ms` was told. `owed` are
    gaps that history was not asked of, or had not answered; `left` says why that watch has gone.
    """

    document: Row
    read_ms: int
    state: State
    stamps: Stamps
    proven_ms: int
    orders: ReportedOrders = field(default_factory=ReportedOrders)
    owed: tuple[GapChange, ...] = ()
    left: Cause = Cause.RESTART


class FoldedAccount:
    """What is known of an account, when each row of it last changed, and its orders.

    It is told of, read and judged, and says what it knows: that is why it has so many methods.
    """

    def __init__(self, known: KnownAccount | None = None) -> None:
        self.is_read = False  # by this watch
        self.state = known.state if known else State({"assets": (), "positions": ()})
        self._reading = self.state  # what was last read, without events
        self._read = (known.document, known.read_ms) if known else None
        self.orders = known.orders if known else ReportedOrders()
        self.chains = Chains()  # what was told of it, link by link
        self._stamps: Stamps = dict(known.stamps) if known else {}
        self._stamped: tuple[list[Hashable], int] = [], 0  # what changed last, and when
        self._auditor = Auditor()
        self._unweighed = 0
        self.has_drifted = False  # a check found that the stream is deaf; it is to be given up

    @property
    def is_known(self) -> bool:
        """Whether it was ever read."""
        return self._read is not None

    @property
    def is_full(self) -> bool:
        """Whether it was told of more than may be kept, and has to be read again."""
        return self.state.is_full

    @property
    def stamps(self) -> Stamps:
        """When each row last changed, as far as that was told."""
        keys, time = self._stamped
        if keys:
            self._stamps |= dict.fromkeys(keys, time)
            self._stamped = [], 0
        return self._stamps

    def weigh(self, told: int) -> None:
        """See now and then whether it is full; `told` is how many bytes have come since."""
        self._unweighed += told
        if self._unweighed > WEIGHED_EACH and not self.is_full:
            self._unweighed = 0
            self.state.weigh()

    def apply(self, event: Event, came_ms: int = 0) -> None:
        """Fold an event in, and put the `previous` values into its rows."""
        if not self.is_known:
            return
        keys, time = self.state.apply(event), event.transaction_time
        if keys:
            self.chains.updated(event, keys, came_ms)
            if time is not None:
                for key in keys:
                    self.stamps[key] = time
        elif event.name == "ORDER_TRADE_UPDATE":
            order = event.body["order"]
            is_copy = is_fill(order) and self.orders.has_told_fill(order, time)
            self.orders.apply(event)
            self.chains.ordered(event, is_copy=is_copy, came_ms=came_ms)
        elif event.name == "ALGO_UPDATE":
            self.orders.apply_conditional(event)

    def update(
        self, events: Sequence[AccountUpdate], came_ms: int, rows: Rows = Rows.MAPPED
    ) -> list[_Rows]:
        """The same of some ACCOUNT_UPDATEs that are typed: the rows of each, as they are asked for.

        Of fewer, if those behind them are to be applied like any other.
        """
        found: list[_Rows] = []
        run: list[AccountUpdate] = []  # that are of the same rows
        of: list[Hashable] = []
        state = self.state
        for event in events if self._read is not None else ():
            if state.is_full:
                break
            if rows is _NONE:
                keys = state.follow(event)
                found.append(_UNASKED)
            else:
                keys, balances, positions = state.update(event, mapped=rows is _MAPPED)
                found.append((balances, positions))
            if keys is not of:
                self._follow(run, of, came_ms)
                run, of = [], keys
            run.append(event)
        self._follow(run, of, came_ms)
        return found

    def _follow(self, run: list[AccountUpdate], keys: list[Hashable], came_ms: int) -> None:
        """Compare what was told of rows with what was told before, and stamp them."""
        if not keys:
            return
        self.chains.followed(run, keys, came_ms)
        if keys is not self._stamped[0]:
            self._stamps = self.stamps  # with what changed last
        self._stamped = keys, run[-1].transactionTime

    def known(self, proven_ms: int) -> KnownAccount | None:
        """A copy of what is known, for whoever goes on from it; None before it was ever read."""
        if self._read is None:
            return None
        state, stamps = self.state.copy(), dict(self.stamps)
        return KnownAccount(*self._read, state, stamps, proven_ms, self.orders)

    def read(self, document: Row, time_ms: int = 0) -> list[Difference]:
        """Take it as just read for the truth, but for what the stream told later; what differs."""
        document = shared(document)
        before, reading, read = self.state, State(document), stamps(document)
        self._reading, after = reading, reading.copy()
        found: list[Difference] = []
        if self.is_known:
            if not before.is_full:
                after.keep_unread(before)
            read = kept(before, self.stamps, after, read, time_ms)
            found = differing(before, after)
        self.state, self.is_read = after, True
        self._read = document, time_ms
        self._stamps = self.stamps | read
        for key in list(self.stamps)[:-MOST_STAMPS]:
            del self.stamps[key]
        self.chains.reread([row_key(each) for each in found if each.field in CHAINED])
        self.chains.links.read(after, self.stamps, reading)
        return found

    def reread(self, document: Row, time_ms: int = 0) -> list[Difference]:
        """The same of a check; or less than was read before would be asked of the next."""
        known = self._reading
        found = self.read(document, time_ms)
        self._reading.keep_unread(known)
        return found

    def covered(self) -> None:
        """A new stream covers it: nothing is in doubt."""
        self._auditor, self.has_drifted = Auditor(), False

    def judge(self, read: State, changed: Stamps) -> Finding:
        """What an account read again says of what is known; what it insists on, it knows better.

        `changed` tells when each row of it last did.
        """
        found = self._auditor.judge(self.state, self.stamps, read, changed)
        for each in found.differences:
            self.stamps.pop(row_key(each), None)
        return found

    def is_part(self, read: State) -> bool:
        """Whether a reading lacks what was read before."""
        return bool(untold(self._reading, read, self.state))

    def has_more(self, read: State) -> bool:
        """Whether a reading has what was lacking before."""
        return bool(untold(read, self._reading, read))

    def misses_change(self, document: Row, until_ms: int) -> bool:
        """Whether a reading has a later change of a row than is known, but not after a moment."""
        read = stamps(document)
        keys = map(row_key, differing(self.state, State(document)))
        return any(self.stamps.get(key, 0) < read.get(key, 0) <= until_ms for key in keys)

    def before_gap(self, gap: Gap) -> GapContext:
        """A copy of what is known, to compare with what will be after a gap."""
        return GapContext(gap, self.state.copy(), dict(self.stamps))

    def after_gap(self, before: GapContext, read_ms: int) -> GapChange:
        """What has changed since, now that the account was read again."""
        return GapChange.between(before, self.state, self.stamps, self.orders, read_ms)
