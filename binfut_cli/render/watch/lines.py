"""A watch for people: a line for each thing that happened, old → new, the reason in words.

No library draws these: rich would cost more than all the rest of an event together.
"""

from collections.abc import Callable, Iterable, Iterator

from binfut_cli.codec import Row
from binfut_cli.endpoints import Market
from binfut_cli.render import zone
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch import talk
from binfut_cli.render.watch.events import accounts, alerts, gaps, orders, robots
from binfut_cli.render.watch.events.digits import Digits
from binfut_cli.render.watch.events.fragments import Speech, Told, leg
from binfut_cli.render.watch.layout import Layout, Width, endless
from binfut_cli.render.watch.moments import Fill, Moment, Reread, Unchanged, record_of
from binfut_cli.render.watch.shown import ALL, Shown
from binfut_cli.stream.events import Written
from binfut_cli.stream.records import Alert, Raw, Record

Tell = Callable[[Speech, Row], Iterator[Told]]
"""From an event's body to what is told of it."""
_EVENTS: dict[str, Tell] = {
    "ACCOUNT_UPDATE": accounts.update,
    "ACCOUNT_CONFIG_UPDATE": accounts.setting,
    "MARGIN_CALL": accounts.margin_call,
    "ORDER_TRADE_UPDATE": orders.order,
    "TRADE_LITE": orders.notice,
    "ALGO_UPDATE": orders.conditional,
    "STRATEGY_UPDATE": robots.strategy,
    "GRID_UPDATE": robots.grid,
    "CONDITIONAL_ORDER_TRIGGER_REJECT": orders.refused,
    "listenKeyExpired": robots.key_expired,
    "serverShutdown": robots.shutdown,
}


class Lines:
    """Turns records into aligned lines.

    `several` says that there is more than one market, `names` how wide the profiles' column is, 0
    for none; with `exact` every digit is shown.
    """

    def __init__(
        self,
        palette: Palette,
        several: bool = False,
        names: int = 0,
        *,
        width: Width = endless,
        exact: bool = False,
        shown: Shown = ALL,
    ) -> None:
        self._palette, self._shown = palette, shown
        self._layout = Layout(palette, several, names, width)
        digits = Digits(exact=exact)
        self._speech = {each: Speech(each, palette, digits) for each in (*Market, None)}

    def lines(self, record: Record) -> list[str]:
        """The lines of one record; none for what only programs need."""
        return self.told(record)

    def told(self, moment: Moment) -> list[str]:
        """The lines of what belongs together."""
        record = record_of(moment)
        return self._layout.lines(record, self._tell(moment))

    def heading(self, time_ms: int) -> str:
        """A line that names a day, and the zone of the times below it."""
        return self._palette.paint("bold", f"── {zone.heading(time_ms)} ──")

    def status(self, record: Record) -> str:
        """A status, stop or rotate record as talk, for standard error."""
        return "\n".join(self._layout.talk(record, talk.text(record, self._palette)))

    def _tell(self, moment: Moment) -> Iterable[Told]:
        match moment:
            case Record() as record:
                return self._alone(record)
            case Fill(record, update):
                return self._fill(record, update)
            case Reread(record, fields):
                return [gaps.changed(self._speech[record.market], fields)]
            case Unchanged():
                return [gaps.unchanged()]

    def _alone(self, record: Record) -> Iterable[Told]:
        speech = self._speech[record.market]
        match record.body:
            case dict() as row if record.type == "event":
                return self._event(speech, row)
            case dict() as row:
                return accounts.holdings(speech, self._chosen_rows(row, "assets"))
            case Written() as body:
                return self._event(speech, body.row)
            case Raw() as body:
                text = f"{plain(body.reason)}: {plain(body.text)}"
                return [Told("RAW", "", [text], "warn")]
            case Alert() as body:
                return [alerts.told(speech, body)]
            case body:
                return gaps.lines(speech, body)

    def _event(self, speech: Speech, row: Row) -> list[Told]:
        name = row["event"]
        if name == "ACCOUNT_UPDATE" and not self._shown.is_all:
            row = self._chosen_rows(row, "balances")
        told = [*_EVENTS.get(name, robots.unknown)(speech, row)]
        return told or [*robots.unknown(speech, row)]

    def _chosen_rows(self, row: Row, balances: str) -> Row:
        """An account's rows as far as they are to be shown.

        With symbols given, balances are shown beside what happened to one of them.
        """
        shown = self._shown
        if shown.is_all:
            return row
        has_balances = shown.has_kind("balance") and (shown.symbols is None or "reason" in row)
        positions = row["positions"] if shown.has_kind("position") else []
        return {
            **row,
            balances: row[balances] if has_balances else [],
            "positions": [each for each in positions if shown.has_symbol(each["symbol"])],
        }

    def _fill(self, record: Record, update: Record) -> Iterator[Told]:
        """A fill with what it made of the account; other rows that changed with it have lines."""
        speech, order = self._speech[record.market], record.row["order"]
        row = self._chosen_rows(update.row, "balances")
        own = [each for each in row["positions"] if _is_filled(order, each)]
        more = [part for each in own for part in accounts.moved(speech, each)]
        wallets = [accounts.wallet(speech, each) for each in row["balances"]]
        yield orders.fill(speech, order, [*more, *filter(None, wallets)])
        for each in row["positions"] if len(own) < len(row["positions"]) else ():
            if each not in own:
                for text in accounts.position(speech, each):
                    yield Told("POSITION", leg(each), [text])


def _is_filled(order: Row, position: Row) -> bool:
    names = order.get("symbol"), order.get("positionSide", "BOTH")
    return names == (position["symbol"], position.get("positionSide", "BOTH"))
