"""Alerts in a watch: judged of events as they come, and of the accounts as they are."""

import time
from collections.abc import Iterable, Iterator

from binfut_cli.codec import Row
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.alerting.listeners import Listeners
from binfut_cli.commands.watch.alerting.wanted import Wanted
from binfut_cli.endpoints import Lane
from binfut_cli.resources.conditions.expression import Comparison, Condition
from binfut_cli.stream.engine import Engine
from binfut_cli.stream.live.alerts import Alerts
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Alert, Record

LOOK_S = 0.25
"""How often accounts are looked at, at most; what an event tells is judged at once."""


class Alerting:
    """The alerts of every lane of a watch; `is_over` once one has fired that ends it."""

    def __init__(
        self, context: Context, engine: Engine, wanted: Wanted, listeners: Listeners
    ) -> None:
        self._context, self._engine, self._wanted = context, engine, wanted
        self._listeners = listeners
        self._alerts: dict[Lane, Alerts] = {}
        self._views: dict[Lane, LiveView] = {}
        self._due_s = 0.0
        self.is_over = False

    def added(self, records: list[Record]) -> list[Record]:
        """The records, and behind them the alerts that come of them and of how accounts are now."""
        found = [*self._heard(records), *self._seen()]
        for record in found:
            assert isinstance(record.body, Alert)
            self._listeners.tell(record, record.body)
            ends = record.body.state == "fired" and record.body.expression in self._wanted.until
            self.is_over = self.is_over or ends
        self._listeners.complain()
        return [*records, *found] if found else records

    def _of(self, lane: Lane) -> Alerts:
        """The alerts of a lane, which may be new; of those that are gone nothing is kept."""
        if lane not in self._alerts:
            watched, wanted = self._engine.reducers, self._wanted
            self._alerts = {each: self._alerts[each] for each in watched if each in self._alerts}
            self._alerts[lane] = Alerts(wanted.conditions, wanted.again_ms)
        return self._alerts[lane]

    def _heard(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if record.type == "event" and record.row["event"] == "ACCOUNT_UPDATE":
                assert record.market is not None
                lane, time_ms = Lane(record.market, record.scope), record.time_ms
                for alert in self._of(lane).hear(record.row, time_ms):
                    yield Record.of(alert, time_ms, *lane)

    def _seen(self) -> Iterator[Record]:
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s, known = now_s + LOOK_S, self._views
        self._views = self._engine.views()
        for lane, view in self._views.items():
            if view is not known.get(lane):
                for alert in self._of(lane).judge(view):
                    yield Record.of(alert, view.time_ms, *lane)
        if len(known) < len(self._views) == len(self._engine.reducers):
            self._say_what_is_not_there()

    def _say_what_is_not_there(self) -> None:
        """Say which conditions name what no account has: it may come, or be a slip."""
        rows = [row for view in self._views.values() for row in _rows(view)]
        for each in self._wanted.conditions:
            for lacking in _lacking(each, rows):
                what = f"there is no {lacking.name} {lacking.value} now, and it is watched for"
                self._context.say(f"binfut: {each.text}: {what}.")


def _rows(view: LiveView) -> Iterator[Row]:
    return (row for each in view.answer.resources for row in view.answer.rows(each.kind))


def _lacking(condition: Condition, rows: Iterable[Row]) -> Iterator[Comparison]:
    """The comparisons of a condition with the name of something that is in no row."""
    for each in condition.test.comparisons():
        is_name = each.name in ("symbol", "asset") and each.operator == "=="
        if is_name and not any(map(each.holds, rows)):
            yield each
