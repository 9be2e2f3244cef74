"""Conditions that an account is watched for: told as they begin to hold, and once clear. Pure.

A figure that is older than `OLD_MS`, or lacking where it means something, decides nothing: it
neither fires an alert nor clears one. That a condition hangs on such a figure for long is told.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from binfut_cli.codec import Row, decimal
from binfut_cli.resources.conditions.doubts import lacks_ratio
from binfut_cli.resources.conditions.expression import Comparison, Condition, Told
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.stream.live.view import OLD_MS, LiveView
from binfut_cli.stream.records import Alert

_PRICES = {"positions": ("markPrice", "liquidationPrice")}
_IN_EVENTS = {"positions": "positions", "assets": "balances"}
"""Kinds of rows, and the lists of an ACCOUNT_UPDATE that have them."""

Key = tuple[str, ...]
"""What a row of an account is known by: its kind, and what it is of."""


@dataclass(slots=True)
class _Fired:
    """An alert that has fired for a row, and is not clear of its bound yet."""

    number: int
    kind: str
    key: Row
    crossed_ms: int
    told_ms: int
    again: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Lack:
    """A figure of a row that a condition hangs on and that cannot be told, and why."""

    key: Key
    kind: str
    row: Row  # what names it
    name: str
    why: str


@dataclass(slots=True)
class _Watched:
    """A condition: the rows for which it has fired, and what it has lacked since when."""

    condition: Condition
    fired: dict[Key, _Fired] = field(default_factory=dict)
    lacking: dict[tuple[Key, str], int] = field(default_factory=dict)
    told: Alert | None = None  # that it cannot be judged


class Alerts:
    """The conditions of one account on one market, judged of every view and of every event.

    With `again_ms`, one that still holds so long after it was told is told again.
    """

    def __init__(self, conditions: Iterable[Condition], again_ms: int | None = None) -> None:
        self._watched = [_Watched(each) for each in conditions]
        self._again_ms = again_ms
        self._count = 0
        self._known: set[tuple[Key, str]] = set()  # rows, and the fields that they had
        self._heard: dict[Key, tuple[int, Row]] = {}  # what an event last told of a row, and when

    def judge(self, view: LiveView) -> list[Alert]:
        """What is to be told of an account that is known to be so."""
        told = [alert for each in self._watched for alert in self._of_view(each, view)]
        self._forget(view)
        return told

    def _forget(self, view: LiveView) -> None:
        """Of rows that are there no more, nothing needs to be known."""
        resources = {each.kind: each for one in self._watched for each in one.condition.resources}
        there = {
            _key(resource, row)
            for kind, resource in resources.items()
            for row in view.answer.rows(kind)
        }
        self._known = {each for each in self._known if each[0] in there}
        self._heard = {
            key: told for key, told in self._heard.items() if key in there or told[0] > view.time_ms
        }

    def hear(self, event: Row, time_ms: int) -> list[Alert]:
        """The same of an ACCOUNT_UPDATE, as far as what it tells of a row decides."""
        found = list[Alert]()
        for each in self._watched:
            for resource in each.condition.resources:
                for row in event.get(_IN_EVENTS.get(resource.kind, ""), ()):
                    moment = event.get("transactionTime") or time_ms
                    self._heard[_key(resource, row)] = moment, row
                    found += self._of_told(each, resource, row, time_ms)
        return found

    def _of_view(self, watched: _Watched, view: LiveView) -> Iterator[Alert]:
        seen, lacks = set[Key](), list[_Lack]()
        for resource in watched.condition.resources:
            for row in view.answer.rows(resource.kind):
                key = _key(resource, row)
                look = _Look(view, resource, row, self._known, self._heard.get(key, (0, {})))
                holds = watched.condition.test.verdict(look.tells)
                if holds is None:
                    lacks += look.lacks(watched.condition)
                yield from self._of_row(watched, resource, row, holds, look.tells, view.time_ms)
                seen.add(key)
        for key in watched.fired.keys() - seen:  # what is not there is not near a bound
            if self._heard.get(key, (0, {}))[0] > view.time_ms:
                continue  # it was not there yet
            yield _alert(watched, watched.fired.pop(key), "cleared", {})
        yield from self._of_lacks(watched, lacks, view.time_ms)

    def _of_told(
        self, watched: _Watched, resource: Resource, row: Row, time_ms: int
    ) -> Iterator[Alert]:
        """What a row of an event decides: nothing that hangs on what it does not say."""

        def tells(each: Comparison) -> bool | None:
            return None if row.get(each.name) is None else each.holds(row)

        holds = watched.condition.test.verdict(tells)
        return self._of_row(watched, resource, row, holds, tells, time_ms)

    def _of_row(
        self,
        watched: _Watched,
        resource: Resource,
        row: Row,
        holds: bool | None,
        tells: Told,
        time_ms: int,
    ) -> Iterator[Alert]:
        key = _key(resource, row)
        fired = watched.fired.get(key)
        if fired is None:
            if holds:
                self._count += 1
                named = _named(resource, row)
                fired = _Fired(self._count, resource.kind, named, time_ms, time_ms)
                watched.fired[key] = fired
                yield _alert(watched, fired, "fired", row)
        elif watched.condition.test.eased().verdict(tells) is False:
            yield _alert(watched, watched.fired.pop(key), "cleared", row)
        elif holds and self._is_due(fired, time_ms):
            fired.told_ms, fired.again = time_ms, fired.again + 1
            yield _alert(watched, fired, "fired", row)

    def _is_due(self, fired: _Fired, time_ms: int) -> bool:
        return self._again_ms is not None and time_ms - fired.told_ms >= self._again_ms

    def _of_lacks(
        self, watched: _Watched, lacks: Collection[_Lack], time_ms: int
    ) -> Iterator[Alert]:
        """Tell once that a condition cannot be judged, and once that it can again."""
        since_ms = {each: watched.lacking.get((each.key, each.name), time_ms) for each in lacks}
        watched.lacking = {(each.key, each.name): since for each, since in since_ms.items()}
        long = [each for each, since in since_ms.items() if time_ms - since > OLD_MS]
        if long and watched.told is None:
            self._count += 1
            began_ms = min(since_ms[each] for each in long)
            watched.told = _unknown(self._count, watched, long, began_ms)
            yield watched.told
        elif not long and watched.told is not None:
            told, watched.told = watched.told, None
            yield Alert(
                told.number, "known", told.expression, told.kind, told.key, {}, told.crossed_ms
            )


@dataclass(frozen=True, slots=True)
class _Look:
    """What a row of a view tells of comparisons."""

    view: LiveView
    resource: Resource
    row: Row
    known: set[tuple[Key, str]]  # what rows were seen to have: this one's is added
    heard: tuple[int, Row]

    def tells(self, each: Comparison) -> bool | None:
        """Whether a comparison holds; None where its figure is lacking, too old, or told since."""
        is_certain = not self._why(each.name) and not self._is_passed(each.name)
        return each.holds(self.row) if is_certain else None

    def lacks(self, condition: Condition) -> Iterator[_Lack]:
        """The figures that it names and that cannot be told."""
        key, named = _key(self.resource, self.row), _named(self.resource, self.row)
        for name in dict.fromkeys(each.name for each in condition.test.comparisons()):
            if why := self._why(name):
                yield _Lack(key, self.resource.kind, named, name, why)

    def _why(self, name: str) -> str:
        """Why a figure cannot be told; "" if it can."""
        kind = self.resource.kind
        if value(self.row, name) is None:
            return "cannot be told" if self._is_missed(name) else ""
        self.known.add((_key(self.resource, self.row), name))
        age_ms = self.view.age_ms(kind, self.row, name)
        return f"is {age_ms / 1000:.0f} s old" if age_ms > OLD_MS else ""

    def _is_passed(self, name: str) -> bool:
        """Whether a figure is of a moment before an event told it, which was judged then."""
        heard_ms, told = self.heard
        return name in told and self.view.moment(self.resource.kind, self.row, name) < heard_ms

    def _is_missed(self, name: str) -> bool:
        """Whether a figure is lacking that would mean something here."""
        if self.resource.kind == "positions":
            if lacks_ratio(self.resource, self.row, name):
                return True
            means_something = decimal(self.row.get("positionAmt")) != 0
        else:
            means_something = name != "marginRatio" or self._maintenance is None
        return means_something and (_key(self.resource, self.row), name) in self.known

    @property
    def _maintenance(self) -> Decimal | None:
        """The maintenance margin of an asset or the account: if told, there is just no ratio."""
        name = "totalMaintMargin" if self.resource.kind == "totals" else "maintMargin"
        return decimal(self.row.get(name))


def _key(resource: Resource, row: Row) -> Key:
    return resource.kind, *resource.key(row)


def _named(resource: Resource, row: Row) -> Row:
    return {name: row[name] for name in resource.identity if name in row}


def _alert(watched: _Watched, fired: _Fired, state: Literal["fired", "cleared"], row: Row) -> Alert:
    names = dict.fromkeys(each.name for each in watched.condition.test.comparisons())
    prices = (name for name in _PRICES.get(fired.kind, ()) if decimal(row.get(name)))
    figures = {name: value(row, name) for name in (*names, *prices)}
    text, again = watched.condition.text, fired.again or None
    return Alert(
        fired.number, state, text, fired.kind, fired.key, figures, fired.crossed_ms, again=again
    )


def _unknown(number: int, watched: _Watched, lacks: Sequence[_Lack], since_ms: int) -> Alert:
    """That nobody can say whether a condition holds, with the first figure that it lacks."""
    first, more = lacks[0], len(lacks) - 1
    name = " ".join(map(str, first.row.values())).removesuffix(" BOTH") or "the account"
    reason = f"{first.name} of {name} {first.why}{f', and {more} more' if more else ''}"
    key = {} if more else first.row
    return Alert(number, "unknown", watched.condition.text, first.kind, key, {}, since_ms, reason)
