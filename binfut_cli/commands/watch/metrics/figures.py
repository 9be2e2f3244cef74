"""Under which names figures are served, and what of an account each is. Pure.

Amounts stay decimals up to here. Prometheus knows no other numbers than floats: a figure becomes
one as it leaves, where nothing is computed with it any more, and 16 digits are more than a graph
or a bound needs. Whoever needs all digits has `watch --json`.

What nobody knows is not there. A 0 would be read as an empty wallet, or as a liquidation.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from binfut_cli.codec import Row, decimal
from binfut_cli.commands.watch.accounts.sharing import Lease
from binfut_cli.commands.watch.metrics.observing import Counted, Observed
from binfut_cli.endpoints import Lane
from binfut_cli.resources.result.column import value
from binfut_cli.resources.status import ASSETS
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView
from binfut_cli.stream.records import Verdict

LOST_MS = 300_000
"""How old a figure may be: one that is older says nothing of now. Its age is told before."""

Labels = tuple[str, ...]
LANE = ("env", "profile", "market")


@dataclass(frozen=True, slots=True)
class Metric:
    """A name, what it is, and by which labels its figures are told apart."""

    name: str
    help: str
    labels: Labels = LANE
    is_counter: bool = False


class Figure(NamedTuple):
    """A number of a metric."""

    metric: Metric
    labels: Labels
    number: float


@dataclass(frozen=True, slots=True)
class Field:
    """A metric that is a field of rows; of those for which it is `known` to mean something."""

    name: str
    metric: Metric
    known: Callable[[Row], bool]


def _position(name: str, said: str, field: str, known: Callable[[Row], bool]) -> Field:
    return Field(field, Metric(f"binfut_position_{name}", said, (*LANE, "symbol", "side")), known)


def _asset(name: str, said: str, field: str, known: Callable[[Row], bool]) -> Field:
    return Field(field, Metric(f"binfut_asset_{name}", said, (*LANE, "asset")), known)


def _account(name: str, said: str, field: str) -> Field:
    return Field(field, Metric(f"binfut_account_{name}", said, (*LANE, "unit")), _always)


def _lane(name: str, said: str) -> Metric:
    return Metric(f"binfut_{name}", said)


def _counter(name: str, said: str, *labels: str) -> Metric:
    return Metric(f"binfut_{name}", said, (*LANE, *labels), is_counter=True)


def _always(_: Row) -> bool:
    return True


def _is_held(row: Row) -> bool:
    return decimal(row.get("positionAmt")) != 0


def _has_amount(row: Row) -> bool:
    """Whether there is anything of an asset: coinm lists those of all its contracts."""
    return any(decimal(row.get(name)) != 0 for name in ASSETS.amounts)


def _is_liquidated(row: Row) -> bool:
    """Whether there is a liquidation price: the exchange writes 0 for none."""
    return decimal(row.get("liquidationPrice")) != 0


FIELDS: dict[str, tuple[Field, ...]] = {
    "positions": (
        _position("size", "Size, negative if short: coins on usdm, contracts on coinm.",
                  "positionAmt", _always),
        _position("mark_price", "Mark price.", "markPrice", _is_held),
        _position("entry_price", "Entry price.", "entryPrice", _is_held),
        _position("liquidation_price", "Mark price at which it is liquidated.",
                  "liquidationPrice", _is_liquidated),
        _position("liquidation_distance_ratio", "Distance of the mark to the liquidation price.",
                  "liquidationDistance", _is_held),
        _position("margin_ratio", "Maintenance margin by what stands against it; 1 liquidates.",
                  "marginRatio", _is_held),
        _position("unrealized_profit", "Unrealised profit, in the margin asset.",
                  "unrealizedProfit", _is_held),
    ),
    "assets": (
        _asset("wallet_balance", "Wallet balance.", "walletBalance", _always),
        _asset("margin_balance", "Wallet balance and unrealised profit.", "marginBalance",
               _has_amount),
        _asset("unrealized_profit", "Unrealised profit.", "unrealizedProfit", _has_amount),
        _asset("maintenance_margin", "Maintenance margin.", "maintMargin", _has_amount),
        _asset("available_balance", "Available balance.", "availableBalance", _has_amount),
        _asset("margin_ratio", "Maintenance margin by margin balance, crossed; 1 liquidates.",
               "marginRatio", _has_amount),
    ),
    "totals": (
        _account("wallet_balance", "Wallet balance of all that counts.", "totalWalletBalance"),
        _account("margin_balance", "Margin balance of all that counts.", "totalMarginBalance"),
        _account("unrealized_profit", "Unrealised profit in all.", "totalUnrealizedProfit"),
        _account("maintenance_margin", "Maintenance margin in all.", "totalMaintMargin"),
        _account("available_balance", "Available balance.", "availableBalance"),
        _account("margin_ratio", "Margin ratio of an account in multi-assets mode.", "marginRatio"),
    ),
}  # fmt: skip

AGE = _lane("figures_age_seconds", "Age of the oldest figure of the account.")
COVERED = _lane("covered", "Whether what the stream tells is all that happens: 1 or 0.")
VERDICT = Metric("binfut_verdict", "1 for what the watch thinks of itself.", (*LANE, "verdict"))
PROOF = _lane("proof_age_seconds", "Since when everything was last proven to be as it was told.")
UNCOVERED = _lane("uncovered_seconds", "Since when changes may be missed that no gap tells of yet.")
WEIGHT = _lane("request_weight_used", "The address's request weight in a minute, as last told.")
WEIGHT_LIMIT = _lane("request_weight_limit", "How much of it the exchange grants.")
EVENTS = _counter("events", "Events that the stream brought.")
DOUBTS = _counter("doubts", "Values that did not follow, though no event was missing.")
RECONNECTS = _counter("reconnects", "Streams opened after the first.")
GAPS = _counter("gaps", "Gaps that were told.", "certainty")
GAP_SECONDS = _counter("gap_seconds", "How long those gaps are altogether.", "certainty")
LEASE = _lane("lease_held", "Whether this watch of a share has the account now: 1 or 0.")
EPOCH = _lane("lease_epoch", "Under which epoch this watch writes its stream; it only grows.")
TAKEOVERS = _counter("takeovers", "Times that this watch of a share took the account over.")
BACKLOG = Metric("binfut_backlog_bytes", "Received and not yet printed.", ())
SEEN = Metric("binfut_observation_age_seconds", "Since when the watch has left no new figures.", ())

METRICS = (
    *(field.metric for fields in FIELDS.values() for field in fields),
    AGE, COVERED, VERDICT, PROOF, UNCOVERED, WEIGHT, WEIGHT_LIMIT,
    EVENTS, DOUBTS, RECONNECTS, GAPS, GAP_SECONDS,
    LEASE, EPOCH, TAKEOVERS, BACKLOG, SEEN,
)  # fmt: skip


def figures(seen: Observed, now_s: float, clean: Callable[[str], str]) -> Iterator[Figure]:
    """All that is known; labels are `clean`, ages are those of now."""
    later_ms = max(0.0, now_s - seen.at_s) * 1000
    yield Figure(BACKLOG, (), seen.backlog_bytes)
    yield Figure(SEEN, (), later_ms / 1000)
    for lane, lease in seen.leases.items():
        yield from _of_lease(lease, _labels(lane, clean))
    for lane, standing in seen.standings.items():
        labels = _labels(lane, clean)
        yield from _of_standing(standing, labels, later_ms)
        yield from _of_counts(seen.counted[lane], labels)
        if lane in seen.views:
            yield from _of_view(seen.views[lane], labels, later_ms, clean)


def _labels(lane: Lane, clean: Callable[[str], str]) -> Labels:
    env, profile = lane.scope or (None, None)
    return (env.value if env else "", clean(profile or ""), lane.market.value)


def _of_lease(lease: Lease, labels: Labels) -> Iterator[Figure]:
    yield Figure(LEASE, labels, lease.epoch is not None)
    yield Figure(TAKEOVERS, labels, lease.takeovers)
    if lease.epoch is not None:
        yield Figure(EPOCH, labels, lease.epoch)


def _of_standing(standing: Standing, labels: Labels, later_ms: float) -> Iterator[Figure]:
    yield Figure(COVERED, labels, standing.is_covered)
    for each in Verdict:
        yield Figure(VERDICT, (*labels, each.value), each is standing.verdict)
    for metric, since_ms in ((PROOF, standing.proven_ms), (UNCOVERED, standing.gap_ms)):
        if since_ms is not None:
            yield Figure(metric, labels, _age_s(standing.time_ms - since_ms, later_ms))


def _of_counts(counted: Counted, labels: Labels) -> Iterator[Figure]:
    yield Figure(EVENTS, labels, counted.events)
    yield Figure(DOUBTS, labels, counted.doubts)
    yield Figure(RECONNECTS, labels, counted.reconnects)
    yield from _by_certainty(GAPS, labels, counted.gaps)
    yield from _by_certainty(GAP_SECONDS, labels, counted.gap_s)
    for metric, told in ((WEIGHT, counted.weight), (WEIGHT_LIMIT, counted.limit)):
        if told is not None:
            yield Figure(metric, labels, told)


def _by_certainty(metric: Metric, labels: Labels, of: Mapping[str, float]) -> Iterator[Figure]:
    for certainty, number in of.items():
        yield Figure(metric, (*labels, certainty), number)


def _of_view(
    view: LiveView, labels: Labels, later_ms: float, clean: Callable[[str], str]
) -> Iterator[Figure]:
    oldest_ms = min((each.oldest for each in view.moments.values()), default=view.time_ms)
    yield Figure(AGE, labels, _age_s(view.time_ms - oldest_ms, later_ms))
    for kind, fields in FIELDS.items():
        for row in view.answer.rows(kind):
            own = tuple(clean(each) for each in _named(kind, row))
            yield from _of_row(_Told(view, kind, row, later_ms), fields, (*labels, *own))


class _Told(NamedTuple):
    """A row of a view that was made so long ago."""

    view: LiveView
    kind: str
    row: Row
    later_ms: float

    def number(self, name: str) -> float | None:
        """A field as a float; None if it is not known any more."""
        if self.view.age_ms(self.kind, self.row, name) + self.later_ms > LOST_MS:
            return None
        told = value(self.row, name)
        if str(told) == "Infinity":  # a ratio where nothing stands against the margin
            return float("inf")
        number = decimal(told)
        return None if number is None else float(number)


def _of_row(told: _Told, fields: Iterable[Field], labels: Labels) -> Iterator[Figure]:
    for field in fields:
        number = told.number(field.name) if field.known(told.row) else None
        if number is not None:
            yield Figure(field.metric, labels, number)


def _named(kind: str, row: Row) -> tuple[str, ...]:
    match kind:
        case "positions":
            return str(row.get("symbol")), str(row.get("positionSide", "BOTH"))
        case "assets":
            return (str(row.get("asset")),)
    return (str(value(row, "totalsUnit") or ""),)


def _age_s(age_ms: float, later_ms: float) -> float:
    return max(0.0, age_ms + later_ms) / 1000
