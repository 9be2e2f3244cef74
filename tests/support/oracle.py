"""The exchange's ledger against the records of a watch: printed, inside a gap, or lost silently.

A change is told when an event with its moment and its row's value after it is printed, once for
each time it happened, or when its moment lies inside a printed gap. A message that could not be
read is printed too, as it came, and stands for itself alone. Of a watch that was ended at any
moment, what happened after `provenAt` of its `stop` is told to be in doubt. Events that the
exchange kept to itself are judged apart: what must follow from one another is to be found.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Event
from binfut_cli.stream.records import Cause, Gap, Raw, Record, Status, Verdict
from binfut_cli.stream.state import State

Entry = dict[str, Any]
Message = tuple[str, int]  # an event's name and time
RAW_MS = 1000
"""How long before an unreadable message its change may have happened, if it does not say when."""
TIMED = re.compile(r'"T":\s*"?\d{13}|"result"')
"""In a text that says when, or that is an answer and no event."""

FOLLOWED = frozenset({"account", "fill"})
"""Events of which more follows; of all others nothing does."""

STEPS = frozenset({"balance", "position"})
"""Rows that one happening may write twice and tell once; anything else is told at every step."""


@dataclass
class Verdicts:
    """How many changes of the ledger were told in which way; `lost` holds those in none."""

    printed: int = 0
    in_gap: int = 0
    possible: int = 0  # of these: between `possibleFrom` and `from`
    unreadable: int = 0
    before: int = 0  # the first snapshot, which contains them
    untold: int = 0  # changes that the exchange has no event for
    tail: int = 0  # after the last proof, as the watch was ended
    found: int = 0  # in a gap, and their event was dropped and is followed by others
    unfound: list[Entry] = field(default_factory=list)  # the same, told in no way
    unfindable: int = 0  # told in no way: their event was dropped, and nothing follows it
    false: list[Gap] = field(default_factory=list)  # of continuity, and nothing was missed in them
    lost: list[Entry] = field(default_factory=list)

    @property
    def all(self) -> int:
        """The changes that a watch had to tell."""
        told = self.printed + self.in_gap + self.unreadable + self.tail
        return told + len(self.unfound) + self.unfindable + len(self.lost)

    def add(self, other: "Verdicts") -> None:
        """Add another run's."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Told:
    """The records of one market, looked up by what they tell.

    `unsure_ms` is by how much the time of a record may be wrong. `proven_ms` is the `provenAt` of
    one that was ended at any moment; without it, all must be told. `dropped` has what each event
    told that the exchange kept to itself.
    """

    def __init__(
        self,
        market: str,
        records: Iterable[Record],
        unsure_ms: int = 0,
        proven_ms: int | None = None,
        dropped: Mapping[Message, str] | None = None,
    ) -> None:
        self._unsure_ms, self.dropped = unsure_ms, dropped or {}
        self.continuity: list[Gap] = []
        self._proven_ms = proven_ms
        self.events: dict[Message, list[dict[str, Any]]] = defaultdict(list)
        self.gaps: list[tuple[int, int, int]] = []  # possibly from, from, to
        self.raws: list[tuple[int, str]] = []
        self.first_ms: int | None = None
        self._counted = Counter[tuple[Any, ...]]()
        self._excused: set[Message] = set()
        for record in records:
            if record.market == market:
                self._note(record)

    def _note(self, record: Record) -> None:
        match record.body:
            case dict() as row if record.type == "event":
                self.events[row["event"], row["transactionTime"] or row["eventTime"]].append(row)
            case Gap() as gap:
                self.gaps.append((gap.possible_ms, gap.from_ms, gap.to_ms))
                self.continuity += [gap] * (gap.cause is Cause.CONTINUITY)
            case Raw(text=text):
                self.raws.append((record.time_ms, text))
            case Status(verdict=Verdict.CONNECTED) if self.first_ms is None:
                self.first_ms = record.time_ms

    def has(self, entry: Entry) -> bool:
        """Whether an event tells this very change, and none like it before."""
        same = (_message(entry), entry["kind"], *sorted(entry["keys"].items()), str(entry["after"]))
        self._counted[same] += 1
        telling = [body for body in self.events.get(_message(entry), ()) if _tells(body, entry)]
        return len(telling) >= self._counted[same]

    def covers(self, entry: Entry) -> bool:
        """Whether a gap contains the change."""
        return any(start <= entry["T"] <= end for start, _, end in self.gaps)

    def covers_surely(self, entry: Entry) -> bool:
        """Whether a gap contains it without what is only possible."""
        return any(start <= entry["T"] <= end for _, start, end in self.gaps)

    def doubts(self, entry: Entry) -> bool:
        """Whether it happened after the last proof, when the watch was ended."""
        return self._proven_ms is not None and bool(entry["T"] >= self._proven_ms)

    def shows(self, entry: Entry) -> bool:
        """Whether its message was printed as unreadable; each such stands for one message."""
        message = _message(entry)
        if message not in self._excused:
            found = self._raw_of(*message)
            if found is None:
                return False
            self.raws.remove(found)
            self._excused.add(message)
        return True

    def _raw_of(self, event: str, time: int) -> tuple[int, str] | None:
        """The unreadable message that names this one, or one of its time that names none."""
        nameless = [
            raw
            for raw in self.raws
            if time - self._unsure_ms <= raw[0] <= time + RAW_MS and not TIMED.search(raw[1])
        ]
        named = [raw for raw in self.raws if str(time) in raw[1] and event in _plain(raw[1])]
        return next(iter([*named, *nameless]), None)


def verdicts(ledger: Iterable[Entry], told: Told, acts: Sequence[int] = ()) -> Verdicts:
    """Judge every change of one account and market.

    `acts` has the last ledger id of each happening, in order; without it, what happens in one
    millisecond counts as one.
    """
    found, missed = Verdicts(), [time for _, time in told.dropped]
    entries = _whole(ledger, acts)
    last = {_row(entry): entry["id"] for entry in entries}
    for entry in entries:
        if entry["event"] is None:
            found.untold += 1
        elif told.first_ms is None or entry["T"] < told.first_ms:
            found.before += 1
        elif told.has(entry):
            found.printed += 1
        else:
            missed.append(entry["T"])
            _judge_missed(entry, told, found, is_last=last[_row(entry)] == entry["id"])
    found.false = [gap for gap in told.continuity if not any(map(gap.has, missed))]
    return found


def _judge_missed(entry: Entry, told: Told, found: Verdicts, *, is_last: bool) -> None:
    """Judge a change that no event tells; the last of a row's millisecond may tell those before."""
    if told.covers(entry):
        found.in_gap += 1
        found.possible += not told.covers_surely(entry)
        found.found += told.dropped.get(_message(entry)) in FOLLOWED and _is_followed(entry)
    elif told.doubts(entry):
        found.tail += 1
    elif (event := told.dropped.get(_message(entry))) is not None:
        is_followed = event in FOLLOWED and _is_followed(entry)
        is_followed &= is_last or entry["kind"] not in STEPS
        found.unfound += [entry] * is_followed
        found.unfindable += not is_followed
    elif told.shows(entry):
        found.unreadable += 1
    else:
        found.lost.append(entry)


def _is_followed(entry: Entry) -> bool:
    """Whether what changed is held against what comes later: margin that is only set aside is not.

    An order is, because its fill is.
    """
    if entry["kind"] == "order":
        return True
    name = {"balance": "walletBalance", "position": "positionAmt"}.get(entry["kind"])
    before, after = entry.get("before") or {}, entry["after"] or {}
    return name is not None and bool(before.get(name) != after.get(name))


def folded(market: Market, records: list[Record]) -> State:
    """The state that a reader of the records has: the last snapshot, and the events after it."""
    state: State | None = None
    for record in records:
        if record.market != market:
            continue
        if record.type == "snapshot":
            state = State(record.row)
        elif record.type == "event" and state is not None:
            body = {k: v for k, v in record.row.items() if k != "event"}
            state.apply(Event(record.row["event"], None, None, body))
    assert state is not None
    return state


def _whole(ledger: Iterable[Entry], acts: Sequence[int]) -> list[Entry]:
    """One entry for each row that a happening leaves behind: an event tells the last of steps."""
    last: dict[tuple[Any, ...], Entry] = {}
    for e in ledger:
        step = () if e["kind"] in STEPS else (e["id"],)
        happening = bisect_left(acts, e["id"])
        last[happening, e["T"], e["kind"], e["event"], *sorted(e["keys"].items()), *step] = e
    return list(last.values())


def _plain(text: str) -> str:
    """A text without its escapes, roughly: enough to find a name in."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def _row(entry: Entry) -> tuple[Any, ...]:
    return entry["T"], entry["kind"], *sorted(entry["keys"].items())


def _message(entry: Entry) -> Message:
    return entry["event"], entry["T"]


def _tells(body: dict[str, Any], entry: Entry) -> bool:
    keys, after = entry["keys"], entry["after"] or {}
    match entry["kind"], entry["event"]:
        case "balance", _:
            rows = [r for r in body["balances"] if r["asset"] == keys["asset"]]
            return any(_same(r, after, "walletBalance", "crossWalletBalance") for r in rows)
        case "position", _:
            rows = [r for r in body["positions"] if r["symbol"] == keys["symbol"]]
            rows = [r for r in rows if r["positionSide"] == keys["positionSide"]]
            return any(_same(r, after, "positionAmt", "isolatedWallet") for r in rows)
        case "order", _:
            order = body["order"]
            named = str(order["orderId"]) == keys["orderId"]
            return named and bool(order["status"] == after["status"])
        case "algoOrder", _:
            order = body["algoOrder"]
            named = str(order["algoId"]) == keys["algoId"]
            return named and bool(order["algoStatus"] == after["status"])
        case "config", "ACCOUNT_CONFIG_UPDATE":
            config = body.get("symbolConfig", {})
            named = config.get("symbol") == keys.get("symbol")
            return named and bool(str(config.get("leverage")) == str(after.get("leverage")))
        case "config", "ACCOUNT_UPDATE":
            rows = [r for r in body["positions"] if r["symbol"] == keys["symbol"]]
            return any(r["marginType"] == after["marginType"] for r in rows)
        case _:
            return True


def _same(row: dict[str, Any], after: dict[str, Any], *names: str) -> bool:
    try:
        return all(Decimal(str(row[name])) == Decimal(str(after[name])) for name in names)
    except (ArithmeticError, KeyError):
        return False
