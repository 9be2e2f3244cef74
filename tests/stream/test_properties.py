"""What holds for any input: bytes and digits kept, nothing steers, merged is true, gaps add up."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.transport.frames import TEXT, Message, Splitter
from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.auth.redaction import Redactor
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import NetworkError, RateLimitedError
from binfut_cli.render.documents import Lines as Json
from binfut_cli.render.palette import PLAIN
from binfut_cli.render.watch.lines import Lines
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.coverage.backoff import delays
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.incoming import Incoming
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.fold.reducer import Reducer
from binfut_cli.stream.messages import (
    AuditRead,
    Batch,
    CoverageLost,
    LaneMessage,
    SnapshotTaken,
    StreamOpened,
)
from binfut_cli.stream.records import Gap, Record
from binfut_cli.stream.state import State
from tests.support.bodies import bodies
from tests.support.declared import kinds
from tests.support.simulation import EPOCH_MS, Simulation

MARKETS = st.sampled_from(Market)
LANE = Lane(Market.USDM)
NUMBERS = st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def events(messages: list[Message], market: Market = Market.USDM) -> list[Record]:
    """The records of messages, of an account of which nothing is known."""
    parts = LaneRecords(Lane(market)), GapClock(), FoldedAccount()
    incoming = Incoming(*parts, keep_raw=True)
    incoming.read()
    return incoming.batch(Batch(Lane(market), 1, messages)).records


def told(payload: bytes, market: Market = Market.USDM) -> Record:
    """The record of one message."""
    (record,) = events([(TEXT, payload)], market)
    return record


def printed(record: Record) -> tuple[str, bytes]:
    """For people, and for programs."""
    return "".join(Lines(PLAIN).lines(record)), Json(Scope(Env.PROD, None), "run").line(record)


# -- 1: every byte and every digit --------------------------------------------------------------


@given(st.lists(NUMBERS, min_size=1, max_size=4), MARKETS)
def test_every_amount_is_printed_with_the_digits_it_came_with(
    amounts: list[str], market: Market
) -> None:
    rows = [{"a": f"A{place}", "wb": amount} for place, amount in enumerate(amounts)]
    payload = json.dumps({"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {"B": rows}}).encode()
    record = told(payload, market)
    assert [row["walletBalance"] for row in record.row["balances"]] == amounts
    shown = json.loads(printed(record)[1])
    assert [row["walletBalance"] for row in shown["balances"]] == amounts


@given(st.binary(max_size=80), MARKETS)
def test_the_bytes_of_a_message_are_kept_whatever_they_are(data: bytes, market: Market) -> None:
    assert told(data, market).raw == data


# -- 2, 3: anything is an event or raw, and steers nothing --------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
NAMES = ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "MARGIN_CALL", "ALGO_UPDATE", "listenKeyExpired"]
MESSAGES = st.builds(
    lambda name, rest: {**rest, "e": name},
    st.sampled_from(NAMES) | st.text(max_size=8),
    st.dictionaries(st.sampled_from("aoTEsSpqx") | st.text(max_size=4), VALUES, max_size=5),
)


@given(MESSAGES.map(json.dumps).map(str.encode) | st.binary(max_size=80), MARKETS)
def test_whatever_comes_is_an_event_or_raw_and_steers_no_terminal(
    data: bytes, market: Market
) -> None:
    record = told(data, market)
    assert record.type in ("event", "raw")
    people, programs = printed(record)
    for text in (people, programs.decode().removesuffix("\n")):
        assert not {unicodedata.category(sign) for sign in text} & INVISIBLE
        assert not {unicodedata.bidirectional(sign) for sign in text} & TURNING


# -- 4: merged is true --------------------------------------------------------------------------

ASSETS = st.sampled_from(["USDT", "BTC", "BNB"])
HISTORIES = st.lists(st.tuples(st.integers(1, 9000), ASSETS), max_size=30).map(sorted)
LAG_MS, JITTER_MS = 100, 300
PERIOD_MS = 2000


@dataclass
class Exchange:
    """A history of balances, told in order but late; its snapshots come from a copy that lags."""

    history: list[tuple[int, str]]
    chance: Any

    def truth(self, time: int) -> dict[str, Any]:
        rows = {}
        for number, (at, asset) in enumerate(self.history, 1):
            if at <= time:
                rows[asset] = {"asset": asset, "walletBalance": str(number), "updateTime": at}
        return {"assets": list(rows.values()), "positions": []}

    def asked(self, time: int) -> Result:
        seen = self.truth(time - self.chance.randint(0, LAG_MS))
        return Result("snapshot", Market.USDM, time, seen, kinds("assets", "positions"))

    def stream(self, start: int, end: int) -> list[tuple[int, LaneMessage]]:
        """What a stream brings that is subscribed and later cut: when, and the message."""
        found: list[tuple[int, LaneMessage]] = []
        arrived = start
        for number, (at, asset) in enumerate(self.history, 1):
            arrived = max(arrived, at + self.chance.randint(0, JITTER_MS))
            if start < at and arrived <= end:
                row = {"a": asset, "wb": str(number)}
                body = {"e": "ACCOUNT_UPDATE", "E": at, "T": at, "a": {"B": [row]}}
                message = (TEXT, json.dumps(body).encode())
                found.append((arrived, Batch(LANE, arrived, [message], 1)))
        return found

    def covered(self, start: int, end: int) -> list[LaneMessage]:
        """One coverage: the snapshot, looks every two seconds, the stream, its end."""
        first = start + self.chance.randint(0, 50)
        items: list[tuple[int, LaneMessage]] = [(start, StreamOpened(LANE, start))]
        items += self.stream(start, end)
        reply = first + self.chance.randint(0, 200)
        items.append((reply, SnapshotTaken(LANE, first, self.asked(first), first)))
        for number, time in enumerate(range(reply + PERIOD_MS, end, PERIOD_MS)):
            checked = AuditRead(LANE, time, self.asked(time), time, number)
            items.append((time + JITTER_MS, checked))
        lost = CoverageLost(LANE, end, end, NetworkError("x", hint="y"), 1.0)
        items.sort(key=lambda each: each[0])
        return [*(message for time, message in items if time <= end), lost]


def merged(reducer: Reducer, messages: list[LaneMessage]) -> Iterator[Record]:
    """Take messages; checks confirm until one is clean, as the keeper has it."""
    confirms = True
    for message in messages:
        if isinstance(message, AuditRead):
            message = replace(message, confirms=confirms)
        outcome = reducer.take(message)
        if outcome.judged is not None:
            confirms = outcome.judged.verdict == "doubt"
        confirms = confirms or isinstance(message, StreamOpened)
        yield from outcome.records


@given(HISTORIES, st.lists(st.integers(0, 9000), max_size=3, unique=True), st.randoms())
def test_after_any_history_and_any_cuts_the_state_is_the_truth(
    history: list[tuple[int, str]], cuts: list[int], chance: Any
) -> None:
    exchange = Exchange(history, chance)
    reducer = Reducer(LANE)
    stretches = pairwise([0, *sorted(cuts), 20_000])
    items = [message for start, end in stretches for message in exchange.covered(start + 1, end)]
    records = list(merged(reducer, items))
    truth = State(exchange.truth(20_000)).balances
    known = reducer._account.state.balances
    assert {asset: row["walletBalance"] for asset, row in known.items()} == {
        asset: row["walletBalance"] for asset, row in truth.items()
    }
    types = [record.type for record in records]
    assert types.count("event") == sum(isinstance(message, Batch) for message in items)
    assert "drift" not in types


# -- 6: waits -----------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=30, max_size=30))
def test_waits_keep_their_bounds_and_attempts_stay_few(draws: list[float]) -> None:
    chances = iter(draws)
    waits = list(islice(delays(lambda: next(chances)), 30))
    assert all(0.5 <= wait <= 60 for wait in waits)
    attempts = list(accumulate(waits, initial=0.0))
    assert all(sum(at <= time < at + 60 for time in attempts) <= 7 for at in attempts)


SESSION = Simulation(Market.USDM, 1).engine.supervisors[LANE]
SESSION_CODES = st.sampled_from([None, 1000, 1006, 1008, 1011, 1013])


@given(st.floats(0.5, 60), st.integers(-(10**6), 10**6), SESSION_CODES)
def test_no_attempt_comes_before_the_exchange_allows_it(
    wait: float, allowed_ms: int, code: int | None
) -> None:
    gate = type(SESSION._context.gate)(now_ms=lambda: EPOCH_MS)
    gate.close(RateLimitedError("x", hint="y", retry_at_ms=EPOCH_MS + allowed_ms))
    SESSION._context.gate = gate
    found = SESSION._wait_for(ConnectionClosed("x", code), wait)
    allowed_s = allowed_ms / 1000 if allowed_ms > 0 else 60.0  # a moment that is past says nothing
    assert found == pytest.approx(max(wait, allowed_s, 30.0 if code == 1008 else 0.0), abs=1.0)


# -- 7: gaps add up -----------------------------------------------------------------------------


@given(st.lists(st.tuples(*[st.integers(0, 30)] * 3, st.booleans()), min_size=1, max_size=8))
def test_coverage_and_gaps_are_the_whole_run_and_do_not_overlap(
    steps: list[tuple[int, int, int, bool]],
) -> None:
    """Each attempt opens after a pause, is proven for less than it lasts, and may never be read."""
    reducer = Reducer(LANE)
    now, covered = 0, []
    gaps: list[Gap] = []
    for place, (pause, lasted, unproven, is_read) in enumerate(steps):
        now = opened = proven = now + pause
        items: list[LaneMessage] = [StreamOpened(LANE, opened)]
        if is_read or place in (0, len(steps) - 1):
            answer = Result("snapshot", Market.USDM, now, {"assets": [], "positions": []}, ())
            items.append(SnapshotTaken(LANE, now, answer, now))
            now += lasted
            proven = now - unproven
            covered.append((opened, max(opened, proven)))
        items.append(CoverageLost(LANE, now, proven, NetworkError("x", hint="y"), 1.0))
        told = [record for message in items for record in reducer.take(message).records]
        gaps += bodies(told, Gap)
    spans = [*covered, *((gap.from_ms, gap.to_ms) for gap in gaps)]
    spans.sort()
    assert spans[0][0] == covered[0][0]
    assert all(one[1] == other[0] for one, other in pairwise(spans)), spans
    assert spans[-1] == covered[-1] or spans[-1][1] == covered[-1][0]


# -- 8: no secret at any split point ------------------------------------------------------------

PARTS = st.lists(
    st.sampled_from(['"a":"%s"', '"%s":1', '"listenKey":"%s"', '"s":"x%sx"', '"o":{"c":"%s"}']),
    min_size=1,
    max_size=4,
)


def framed(payload: bytes) -> bytes:
    return b"\x81\x7e" + len(payload).to_bytes(2) + payload


@given(PARTS, st.lists(st.integers(0, 700), max_size=8), st.booleans(), st.booleans())
def test_a_key_is_never_printed_wherever_the_bytes_are_split(
    parts: list[str], cuts: list[int], whole: bool, named: bool
) -> None:
    head = '"e":"listenKeyExpired",' if named else '"e":"X",'
    text = "{" + head + ",".join(part % KEY for part in parts) + ("}" if whole else "")
    data, splitter = framed(text.encode()) * 2, Splitter(1 << 16)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    messages = [m for a, b in pairwise(places) for m in splitter.feed(data[a:b])]
    assert len(messages) == 2
    redactor = Redactor()
    redactor.learn(KEY)
    for record in events(messages):
        people, programs = printed(record)
        assert record.raw is not None
        assert b"***" in redactor.clean(record.raw)
        for shown in (people.encode(), programs, record.raw):
            assert not re.search(KEY[5:20].encode(), redactor.clean(shown))
