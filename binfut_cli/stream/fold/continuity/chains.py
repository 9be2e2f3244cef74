"""Does each value of the stream follow from the one before and the events between? Pure.

A wallet changes by `balanceChange`, and by profit less fee of the fills of the same moment; a
position by their signed quantities; an order's cumulative quantity by each of its fills. Recorded
frames of both markets are exact in this, one ACCOUNT_UPDATE for each fill, with the fill's own
transaction time; which of the two comes first is not promised. A fee may be in another asset.

This runs for every event of a watch: where texts are equal, nothing is computed.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import lt
from typing import Any

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.figures.models import leg
from binfut_cli.stream.events import AccountUpdate, Event
from binfut_cli.stream.fold.continuity.links import MOST_CHANGES, MOST_ROWS, ZERO, Link, Links
from binfut_cli.stream.fold.continuity.moment import ORDER, Leg, Moment
from binfut_cli.stream.fold.reported_orders import OPEN, Name, fill_key, is_fill, is_name
from binfut_cli.stream.state import State

REACH_MS = 3_600_000  # for which fills are remembered at least
FEW = 4  # events of a read, for which looking at all at once does not pay
MOST_MOMENTS = 200  # that are off at a time; more of them mean that nothing can be said


@dataclass(slots=True)
class Chains:
    """What was last told of each row and order, and the moments that do not add up (yet).

    Those `in_doubt` have been given their time, and are being looked up. `floods` counts how many
    moments were given up because there were too many. What is compared is of two kinds, rows and
    orders, and rows come in two ways: that is why there are many methods.
    """

    moments: dict[int, Moment] = field(default_factory=dict)
    in_doubt: dict[int, Moment] = field(default_factory=dict)
    floods: int = 0
    links: Links = field(default_factory=Links)
    _orders: dict[Name, tuple[Decimal, int]] = field(default_factory=dict)
    _latest_ms: int = 0  # the last update of the account
    _filled_ms: int = 0  # the last fill
    _even: Moment | None = None  # the last that added up: more of it may come

    def restart(self, covered_ms: int = 0) -> None:
        """Something may have been missed: the next that is told of a row is its first.

        What does not add up is still in question if it was covered: all of it had come by then.
        """
        self.moments = {time: each for time, each in self.moments.items() if time < covered_ms}
        self._even = None
        self.links.clear()
        self._orders.clear()

    def _forget(self, keys: Sequence[Hashable], time: int) -> None:
        """The same of some rows from a time on: of a moment, no half is compared."""
        self.links.forget(keys)
        self._even = None
        for moment in (*self.moments.values(), *self.in_doubt.values()):
            if moment.time_ms >= time:
                moment.forget(keys)
                self._settle(moment)

    def _late(self, key: Hashable, time: int) -> None:
        """A row's earlier update: the one that was missed, or else a copy, which says nothing."""
        every = (*self.moments.values(), *self.in_doubt.values())
        if any(each.time_ms >= time and each.off.get(key) for each in every):
            self._forget([key], time)

    def reread(self, keys: Iterable[Hashable]) -> None:
        """Some rows were read again, and are otherwise: what was held against them says nothing."""
        for key in keys:
            if (link := self.links.rows.get(key)) is not None:
                self._forget([key], link.time_ms)

    def agreed(self, state: State, read_ms: int) -> None:
        """The account was read and agrees: rows that were not told of are known from there."""
        self.links.agreed(state, max(self._latest_ms, self._filled_ms, read_ms))

    # -- the account ------------------------------------------------------------------------

    def updated(self, event: Event, keys: Sequence[Hashable], came_ms: int) -> None:
        """Compare an ACCOUNT_UPDATE's rows, known by their `keys`, with what was told before."""
        time, links = event.transaction_time, self.links.rows
        if time is None:
            self._forget(keys, 0)
            return
        is_late = time < self._latest_ms  # one that was missed need not look like a change by now
        if not is_late:
            self._latest_ms = time
        balances, positions = event.body["balances"], event.body["positions"]
        for row in balances:
            asset, text, change = row["asset"], row.get("walletBalance"), row.get("balanceChange")
            link = links.get(asset)
            if link is not None and link.text == text and change == "0" and not is_late:
                link.same_ms = time
            elif link is None or not link.goes_on(text, change, time):
                self._changed(asset, link, text, change, time, came_ms)
        for place, row in zip(keys[len(balances) :], positions, strict=True):
            text, link = row.get("positionAmt"), links.get(place)
            if link is not None and link.text == text and not is_late:
                link.same_ms = time
            elif link is None or not link.goes_on(text, "0", time):
                self._changed(place, link, text, "0", time, came_ms, row.get("marginAsset"))
        self._hear(keys, time)

    def followed(
        self, events: Sequence[AccountUpdate], keys: Sequence[Hashable], came_ms: int
    ) -> None:
        """The same of ACCOUNT_UPDATEs that are typed, of the same rows: the hot path."""
        if len(events) < FEW or not self._go_on(events, keys):
            for event in events:
                self._followed(event, keys, came_ms)

    def _go_on(self, events: Sequence[AccountUpdate], keys: Sequence[Hashable]) -> bool:
        """Take many at once, if each row goes on from one to the next, at half of the cost."""
        times = [event.transactionTime for event in events]
        if self._is_about(times) or not all(map(lt, (self._latest_ms, *times), times)):
            return False
        if not self.links.go_on(keys, [event.told for event in events], times):
            return False
        self._latest_ms = times[-1]
        return True

    def _is_about(self, times: Sequence[int]) -> bool:
        """Whether there is more to say of one of these moments."""
        even = self._even
        return (
            (even is not None and even.time_ms in times)
            or not self.moments.keys().isdisjoint(times)
            or not self.in_doubt.keys().isdisjoint(times)
        )

    def _followed(self, event: AccountUpdate, keys: Sequence[Hashable], came_ms: int) -> None:
        """The same of one."""
        time, links = event.transactionTime, self.links.rows
        is_late = time < self._latest_ms
        if not is_late:
            self._latest_ms = time
        balances, positions = event.told.balances, event.told.positions
        for asset, row in zip(keys, balances):  # noqa: B905
            text, change, link = row.walletBalance, row.balanceChange, links.get(asset)
            if link is not None and link.text == text and change == "0" and not is_late:
                link.same_ms = time
            elif link is None or not link.goes_on(text, change, time):
                self._changed(asset, link, text, change, time, came_ms)
        for place, held in zip(keys[len(balances) :], positions):  # noqa: B905
            link, text = links.get(place), held.positionAmt
            if link is not None and link.text == text and not is_late:
                link.same_ms = time
            elif link is None or not link.goes_on(text, "0", time):
                self._changed(place, link, text, "0", time, came_ms, held.marginAsset)
        even = self._even
        is_even = even is not None and even.time_ms == time
        if is_even or time in self.moments or time in self.in_doubt:
            self._hear(keys, time)

    def _hear(self, keys: Sequence[Hashable], time: int) -> None:
        if (moment := self._known(time)) is not None:
            moment.heard.update(keys)

    def _changed(
        self,
        key: Hashable,
        link: Link | None,
        text: Any,
        change: Any,
        time: int,
        came_ms: int,
        margin: object = None,
    ) -> None:
        """Compare one row that does not go on from what it was as most do."""
        worth, added = decimal(text), decimal(change)
        if worth is None or added is None:
            self._forget([key], time)
            return
        link = link or self.links.before(key, time)
        is_late = time < (self._latest_ms if link is None else link.time_ms)
        if is_late:
            self._late(key, time)
        elif link is None or time <= link.began_ms:
            self.links.begin(key, text, worth, time, added)
        elif text != link.text or time != link.time_ms:  # or it is the same, told twice
            self._off(key, worth - link.worth - added, link, time, came_ms, margin)
            self._add(key, added, link, time)
            link.text, link.worth, link.time_ms = text, worth, time

    def _add(self, key: Hashable, added: Decimal, link: Link, time: int) -> None:
        """Take note of a change that was told, also in a moment that has something off."""
        known = self._known(time)
        told = known.told.get(key) if known is not None else None
        if told is not None and len(told) < MOST_CHANGES * 2:
            told.append((time, added))
        link.changes = link.with_change(added) if time == link.time_ms else (added,)

    def _off(
        self, key: Any, off: Decimal, link: Link, time: int, came_ms: int, margin: object
    ) -> None:
        if not off:
            return
        moment = self._moment(time, came_ms)
        moment.add(key, off, link.since_ms)
        moment.told.setdefault(key, [(link.time_ms, change) for change in link.changes])
        if isinstance(key, tuple):
            self.links.learn_margin(key[0], margin)
            moment.moved[key] = moment.moved.get(key, ZERO) + off
        self._settle(moment)

    # -- orders -----------------------------------------------------------------------------

    def ordered(self, event: Event, *, is_copy: bool, came_ms: int) -> None:
        """Compare an ORDER_TRADE_UPDATE with what was told of its order and its position.

        A copy of a fill that was told says nothing.
        """
        order, time = event.body["order"], event.transaction_time
        symbol, number = order.get("symbol"), order.get("orderId")
        executed, quantity = decimal(order.get("executedQty")), _quantity(order)
        if is_copy or time is None or executed is None or quantity is None:
            return  # what of it can be missed shows at what follows
        if is_name(symbol) and is_name(number):
            self._cumulated((symbol, number), order, executed - quantity, executed, time, came_ms)
            if quantity:
                self._filled(order, quantity, time, came_ms)

    def _cumulated(
        self, name: Name, order: Row, before: Decimal, executed: Decimal, time: int, came_ms: int
    ) -> None:
        """An order's quantity so far is what it was `before`, and this fill's."""
        known, known_ms = self._orders.get(name, (before, time))
        if time < known_ms or executed < known:  # it was overtaken, perhaps in its millisecond
            return
        if known != before:
            moment = self._moment(time, came_ms)
            moment.add((ORDER, *name), before - known, max(known_ms, time - REACH_MS))
            self._settle(moment)
        if order.get("status") not in OPEN:
            self._orders.pop(name, None)
        elif name in self._orders or len(self._orders) < MOST_ROWS:
            self._orders[name] = executed, time

    def _filled(self, order: Row, quantity: Decimal, time: int, came_ms: int) -> None:
        """Take what a fill says from what its rows are off by."""
        moment, place = self._moment(time, came_ms), leg(order)
        signed = quantity if order.get("side") == "BUY" else -quantity
        self._filled_ms = max(self._filled_ms, time)
        for key, amount in self._effects(order, place, signed):
            link = self.links.before(key, time)
            if link is not None and time > link.began_ms:
                moment.add(key, -amount, link.since_ms)
                if link.was_told(time):
                    moment.heard.add(key)
        moment.fills[fill_key(place[0], str(order.get("tradeId")))] = place, signed
        self._settle(moment)

    def _effects(
        self, order: Row, place: Leg, signed: Decimal
    ) -> Iterator[tuple[Hashable, Decimal]]:
        """Which rows a fill moves, and by how much."""
        yield place, signed
        realized, fee = decimal(order.get("realizedPnl")), decimal(order.get("commission"))
        if realized:
            yield self.links.margin_asset(order), realized
        if fee:
            yield str(order.get("commissionAsset")), -fee

    # -- moments ----------------------------------------------------------------------------

    def _known(self, time: int) -> Moment | None:
        """What is known of a moment, also if all of it has added up so far."""
        even = self._even if self._even is not None and self._even.time_ms == time else None
        return self.moments.get(time) or self.in_doubt.get(time) or even

    def _moment(self, time: int, came_ms: int) -> Moment:
        known = self._known(time)
        if known is not None and known is self._even:
            self.moments[time], self._even = known, None
        if known is None:
            if len(self.moments) + len(self.in_doubt) >= MOST_MOMENTS:
                self.floods += len(self.moments)
                self.restart()
            known = self.moments[time] = Moment(time, came_ms)
        return known

    def _settle(self, moment: Moment) -> None:
        """Forget a moment that adds up, unless it is being looked up."""
        if moment.is_even and self.moments.pop(moment.time_ms, None) is not None:
            self._even = moment

    @property
    def unsure_ms(self) -> int | None:
        """Since when something may be missing, if anything does not add up yet."""
        every = (*self.moments.values(), *self.in_doubt.values())
        found = [since for each in every if not each.is_even for since in each.since.values()]
        return min(found, default=None)

    def waits(self, moment: Moment, undecided: Iterable[Moment]) -> bool:
        """Whether an earlier one may be why a position is off: that one is to be judged first."""
        every = (*self.moments.values(), *self.in_doubt.values(), *undecided)
        return any(each.may_echo(moment) for each in every)

    def ripe(self, came_ms: int) -> list[Moment]:
        """Those that began to come before a moment and do not add up yet: now they are in doubt."""
        found = [each for each in self.moments.values() if each.came_ms <= came_ms]
        for moment in found:
            self.in_doubt[moment.time_ms] = self.moments.pop(moment.time_ms)
        return sorted(found, key=lambda each: each.time_ms)


def _quantity(order: Row) -> Decimal | None:
    """What an event fills; nothing if it is no fill."""
    return decimal(order.get("lastFilledQty")) if is_fill(order) else ZERO
