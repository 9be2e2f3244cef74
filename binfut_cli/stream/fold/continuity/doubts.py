"""Moments that do not add up: when history is asked of them, and what is told then. Pure."""

from collections.abc import Iterator

from binfut_cli.codec import Row, dumps
from binfut_cli.stream.fold.continuity.moment import Moment
from binfut_cli.stream.fold.continuity.verdicts import Echoes, Finding, History, judge
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.outcome import Outcome
from binfut_cli.stream.fold.reported_orders import Key, fill_key
from binfut_cli.stream.messages import MomentQuestion, MomentsLookedUp
from binfut_cli.stream.records import Backfill, Body, Cause, Gap, GapReport, PastKind, Record

SETTLE_MS = 3000  # for the other events of a moment to come: they are on one connection
FIRST_S = 5.0  # history lags; then twice as long each time
LONGEST_S = 600.0
APART_MS = 1000  # losses closer than that are told as one gap
MOST_QUESTIONS = 5  # at a time; what comes meanwhile waits, and is asked together
GAPS = 100  # that are remembered, to tell nothing twice
MISSED = (
    "An event did not come, or could not be read: what came does not follow from what came before."
)
NOT_TOLD = ("values in between",)


class Doubts:
    """Asks about what is in doubt, and tells a loss as the gap it is; all else is counted.

    What is asked, left to later moments and told must agree: that is why it has so many methods.
    """

    def __init__(self, records: LaneRecords, clock: GapClock, account: FoldedAccount) -> None:
        self._records, self._clock = records, clock
        self._account, self._chains = account, account.chains
        self._echoes = Echoes()
        self._gaps: list[Gap] = []
        self._questions = 0  # that wait for an answer

    def restart(self, covered_ms: int = 0) -> None:
        """A gap was told, or is to be: what follows is compared with what follows that.

        What was covered before it is still in question.
        """
        self._chains.restart(covered_ms)

    @property
    def unsure_ms(self) -> int | None:
        """Since when something may be missing, if anything does not add up yet."""
        return self._chains.unsure_ms

    def told(self, gap: Gap) -> None:
        """Take note of a gap: what lies in it needs no other."""
        self._gaps = [*self._gaps, gap][-GAPS:]

    @property
    def has_any(self) -> bool:
        """Whether there is anything that does not add up yet, and was not asked about."""
        return bool(self._chains.moments or self._chains.floods)

    def after(self, outcome: Outcome, time_ms: int) -> Outcome:
        """The same outcome, and a question about what by now should add up and does not."""
        if not self.has_any:
            return outcome
        question = self._question(self._clock.at(time_ms))
        return outcome if question is None else outcome.asking(question)

    def _question(self, now_ms: int) -> MomentQuestion | None:
        self._records.counts.doubts += self._chains.floods
        self._chains.floods = 0
        if self._questions >= MOST_QUESTIONS:
            return None
        found = self._chains.ripe(now_ms - SETTLE_MS)
        return self._ask(found, flows=False, wait_s=FIRST_S) if found else None

    def _ask(self, moments: list[Moment], *, flows: bool, wait_s: float) -> MomentQuestion:
        self._questions += 1
        symbols = dict.fromkeys(symbol for each in moments for symbol in each.symbols())
        return MomentQuestion(
            tuple(each.time_ms for each in moments),
            min(since_ms for each in moments for since_ms in each.since.values()),
            max(each.time_ms for each in moments),
            tuple(symbols),
            flows or not symbols,
            wait_s,
        )

    def looked_up(self, message: MomentsLookedUp) -> Outcome:
        """Judge the moments that were asked about: what is to be told, and to be asked again."""
        question, chains = message.question, self._chains
        self._questions -= 1
        asked = [each for time in question.moments if (each := chains.in_doubt.pop(time, None))]
        open_, losses = self._judged([each for each in asked if not each.is_even], message)
        again = self._again(open_, question, is_whole=message.is_whole)
        if again is not None:
            chains.in_doubt |= {each.time_ms: each for each in open_}
        return Outcome(self._losses(losses, self._clock.at(message.time_ms)), question=again)

    def _is_told(self, from_ms: int, to_ms: int) -> bool:
        """Whether what was then lies in a gap that was told, or before the watch began."""
        is_before = to_ms < self._clock.began_ms
        return is_before or any(gap.has(from_ms) and gap.has(to_ms) for gap in self._gaps)

    def _judged(
        self, moments: list[Moment], message: MomentsLookedUp
    ) -> tuple[list[Moment], list[Finding]]:
        """Those of which more must be asked, and those of which something is surely missing."""
        if not message.is_whole:
            return moments, []
        counted = set[Key]()  # as missing, of the moments before
        history = History(
            message.fills,
            message.flows,
            self._account.orders.known_ms,
            lambda key: key in counted or self._account.orders.was_told(key),
            self._chains.links.margin_asset,
        )
        open_, losses = list[Moment](), list[Finding]()
        for moment in moments:
            if self._chains.waits(moment, open_):
                open_.append(moment)
                continue
            found = judge(moment, self._echoes.of(moment), history)
            if found.rest and (history.flows is None or not found.is_loss):
                open_.append(moment)
                continue
            self._echoes.follow(found)
            counted.update(_fill_key(row) for kind, row in found.rows if kind == "fill")
            if found.is_loss:
                losses += self._untold(found)
            elif not found.is_echo:
                self._records.counts.doubts += 1
        return open_, losses

    def _untold(self, found: Finding) -> list[Finding]:
        """A loss, less what lies in a gap that was told; none if there is nothing else."""
        found.rows = [
            each for each in found.rows if not self._is_told(each[1]["time"], found.latest_ms(each))
        ]
        at_ms = found.moment.time_ms
        is_unheard = found.unheard and not self._is_told(at_ms, at_ms)
        return [found] if found.rows or is_unheard else []

    def _again(
        self, moments: list[Moment], before: MomentQuestion, *, is_whole: bool
    ) -> MomentQuestion | None:
        """Ask again, of flows too; what history does not tell for so long is only counted."""
        is_new = is_whole and not before.flows
        wait_s = 0.0 if is_new else max(FIRST_S, before.wait_s * 2)
        if moments and wait_s <= LONGEST_S:
            return self._ask(moments, flows=before.flows or is_whole, wait_s=wait_s)
        self._records.counts.doubts += len(moments)
        return None

    # -- what is told -----------------------------------------------------------------------

    def _losses(self, found: list[Finding], time_ms: int) -> list[Record]:
        """A gap for each loss, or for several that lie close to each other."""
        groups = _close(sorted(found, key=lambda each: each.from_ms))
        told = [body for group in groups for body in self._loss(group)]
        return [self._records.record(time_ms, body) for body in told]

    def _loss(self, group: list[Finding]) -> Iterator[Body]:
        """A gap, what history has of it, and how far that explains it."""
        self._records.counts.gaps += 1
        number = self._records.counts.gaps
        gap = Gap(
            number,
            group[0].from_ms,
            max(each.to_ms for each in group),
            MISSED,
            "certain",
            Cause.CONTINUITY,
        )
        self.told(gap)
        rows = {dumps(row): (kind, row) for each in group for kind, row in each.rows}.values()
        for kind, row in rows:
            if kind == "fill":
                self._account.orders.remember(_fill_key(row), row["time"])
        yield gap
        for kind, row in sorted(rows, key=lambda each: each[1]["time"]):
            yield Backfill(number, kind, row)
        yield _report(gap, [kind for kind, _ in rows], group)


def _fill_key(row: Row) -> Key:
    return fill_key(row["symbol"], row["id"])


def _report(gap: Gap, kinds: list[PastKind], group: list[Finding]) -> GapReport:
    return GapReport(
        gap.number,
        gap.from_ms,
        gap.to_ms,
        tuple(asset_sum for each in group for asset_sum in each.explained()),
        flow_count=kinds.count("flow"),
        fill_count=kinds.count("fill"),
        order_count=0,
        conditional_count=0,
        unread=(),
        not_recoverable=NOT_TOLD,
    )


def _close(found: list[Finding]) -> list[list[Finding]]:
    """Losses by time, those that lie close to each other together."""
    groups: list[list[Finding]] = []
    for each in found:
        if groups and each.from_ms <= max(one.to_ms for one in groups[-1]) + APART_MS:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups
