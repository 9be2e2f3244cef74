"""Every record of a watch's own, byte for byte as programs read it, and as its schema says."""

import json
from typing import Any

import msgspec
import pytest
from jsonschema_rs import Draft202012Validator

from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.errors import NetworkError
from binfut_cli.render.documents import Lines, error
from binfut_cli.render.json_schema import schema
from binfut_cli.stream.records import (
    BODIES,
    Alert,
    AssetSum,
    Backfill,
    Body,
    Cause,
    Counts,
    Drift,
    Error,
    Fault,
    Gap,
    GapReport,
    Heartbeat,
    LaneEnd,
    Raw,
    Record,
    Resync,
    Rotate,
    Segment,
    Status,
    Stop,
    Unread,
    Verdict,
)
from tests.support.schemas import validator

BROKEN = NetworkError("It broke.", hint="Wait.")
FLOW = {
    "asset": "USDT", "income": "-8.30124000", "incomeType": "FUNDING_FEE", "symbol": "BTCUSDT",
    "time": 5, "tranId": "7", "tradeId": "", "info": "",
}  # fmt: skip
GAP = Gap(1, 20, 90, "It ended.", "possible", Cause.TRANSPORT)

# What each says, its source, and its JSON behind the head.
CASES: list[tuple[Body, str, str]] = [
    (Raw("not JSON", "<html>"), "stream", '"reason":"not JSON","text":"<html>"'),
    (
        GAP,
        "watch",
        '"gap":1,"from":20,"to":90,"reason":"It ended.","certainty":"possible","cause":"transport"',
    ),
    (
        msgspec.structs.replace(GAP, cause=Cause.AUDIT, possible_from_ms=0),
        "watch",
        '"gap":1,"from":20,"to":90,"reason":"It ended.","certainty":"possible","cause":"audit",'
        '"possibleFrom":0',
    ),
    (
        Gap(2, 20, 90, "Too slow.", "certain", Cause.CONSUMER, messages=3),
        "watch",
        '"gap":2,"from":20,"to":90,"reason":"Too slow.","certainty":"certain","cause":"consumer",'
        '"messages":3',
    ),
    (
        msgspec.structs.replace(GAP, is_open=True),
        "watch",
        '"gap":1,"from":20,"to":90,"reason":"It ended.","certainty":"possible",'
        '"cause":"transport","open":true',
    ),
    (
        Resync("balance", {"asset": "USDT"}, "walletBalance", "1.0", None),
        "snapshot",
        '"kind":"balance","key":{"asset":"USDT"},"field":"walletBalance","before":"1.0",'
        '"after":null',
    ),
    (
        Drift("symbolConfig", {"symbol": "BTCUSDT"}, "leverage", "20", "25"),
        "snapshot",
        '"kind":"symbolConfig","key":{"symbol":"BTCUSDT"},"field":"leverage","before":"20",'
        '"after":"25"',
    ),
    (Rotate("It is old.", 900), "watch", '"reason":"It is old.","overlapMs":900'),
    (Rotate("x", 900, 0), "watch", '"reason":"x","overlapMs":900,"duplicates":0'),
    (
        Backfill(1, "flow", FLOW),
        "history",
        '"gap":1,"kind":"flow","row":{"asset":"USDT","income":"-8.30124000",'
        '"incomeType":"FUNDING_FEE","symbol":"BTCUSDT","time":5,"tranId":"7","tradeId":"",'
        '"info":""}',
    ),
    (
        GapReport(
            1, 20, 90, (AssetSum("USDT", "-3", "0.5", "-3.5"),), 1, 2, 3, 4,
            (Unread("income", "It broke."),), ("margin calls",),
        ),
        "history",
        '"gap":1,"from":20,"to":90,"sums":[{"asset":"USDT","change":"-3","explained":"0.5",'
        '"unexplained":"-3.5"}],"flowCount":1,"fillCount":2,"orderCount":3,"conditionalCount":4,'
        '"unread":[{"what":"income","reason":"It broke."}],"notRecoverable":["margin calls"]',
    ),
    (
        Counts().heartbeat(0, 0),
        "watch",
        '"status":"GAP","provenAt":null,"events":0,"gaps":0,"backlogBytes":0,"redacted":0,"doubts":0',
    ),
    (
        Heartbeat(Verdict.QUIET, 70, 5, 1, 9, 2, 4),
        "watch",
        '"status":"QUIET","provenAt":70,"events":5,"gaps":1,"backlogBytes":9,"redacted":2,"doubts":4',
    ),
    (Status(Verdict.LIVE, "connected"), "watch", '"status":"LIVE","reason":"connected"'),
    (
        Status(Verdict.FAILED, "It broke.", 0, Fault.of(BROKEN)),
        "watch",
        '"status":"FAILED","reason":"It broke.","retryInMs":0,"error":{"kind":"network",'
        '"message":"It broke.","hint":"Wait.","retryable":true,"exchangeCode":null,"exit":6}',
    ),
    (
        Stop.of("SIGTERM", 3, 1, {"FUNDING_FEE": 2}, 2, [LaneEnd(Market.USDM, 70, (1,))]),
        "watch",
        '"reason":"SIGTERM","events":3,"gaps":1,"byReason":{"FUNDING_FEE":2},"redacted":2,'
        '"provenAt":70,"lanes":[{"market":"usdm","provenAt":70,"unreported":[1]}]',
    ),
    (
        Alert(
            3, "fired", "roe<-50%", "positions", {"symbol": "BTCUSDT"},
            {"roe": "-0.6", "leverage": 20}, 70, again=2,
        ),
        "watch",
        '"alert":3,"state":"fired","expression":"roe<-50%","kind":"positions",'
        '"key":{"symbol":"BTCUSDT"},"figures":{"roe":"-0.6","leverage":20},"crossedAt":70,"again":2',
    ),
    (
        Alert(4, "unknown", "roe<0", "positions", {}, {}, 70, "It is 20 s old."),
        "watch",
        '"alert":4,"state":"unknown","expression":"roe<0","kind":"positions","key":{},'
        '"figures":{},"crossedAt":70,"reason":"It is 20 s old."',
    ),
    (Segment(1, "a1"), "watch", '"number":1,"previousRun":"a1"'),
    (Segment(2, None, "day.ndjson"), "watch", '"number":2,"previousFile":"day.ndjson"'),
]  # fmt: skip


@pytest.mark.parametrize(("body", "source", "said"), CASES)
def test_a_record_is_written_byte_for_byte(body: Body, source: str, said: str) -> None:
    line = Lines(Scope(Env.PROD, None), "r").line(Record.of(body, 5, Market.USDM))
    assert line.decode() == (
        f'{{"v":1,"type":"{body.type}","market":"usdm","env":"prod","profile":null,"time":5,'
        f'"run":"r","seq":1,"source":"{source}",{said}}}\n'
    )
    validator(body.type).validate(json.loads(line))
    assert msgspec.json.decode(f"{{{said}}}", type=type(body)) == body


def test_every_kind_of_body_was_written() -> None:
    assert {type(body) for body, _, _ in CASES} == set(BODIES)


@pytest.mark.parametrize(
    ("record", "key"),
    [("gap", "possibleFrom"), ("gap", "messages"), ("rotate", "duplicates"),
     ("status", "retryInMs"), ("status", "error"), ("segment", "previousRun"),
     ("segment", "previousFile"), ("alert", "reason"), ("alert", "again")],
)  # fmt: skip
def test_what_there_is_none_of_is_left_out_and_never_null(record: str, key: str) -> None:
    found = schema(record)
    assert key not in found["required"]
    assert not Draft202012Validator(found["properties"][key]).is_valid(None)


@pytest.mark.parametrize("of_lane", [(), (Market.USDM, "desk"), (None, None)])
def test_an_error_says_whose_it_is_only_where_there_are_several(of_lane: Any) -> None:
    fault = Fault.of(BROKEN)
    line = msgspec.json.encode(Error(fault.of_lane(*of_lane))) if of_lane else error(BROKEN).strip()
    names = {(): "", (None, None): ',"market":null,"profile":null'}
    whose = names.get(of_lane, ',"market":"usdm","profile":"desk"')
    assert line.decode() == (
        '{"error":{"kind":"network","message":"It broke.","hint":"Wait.","retryable":true,'
        f'"exchangeCode":null,"exit":6{whose}}}}}'
    )
    validator("error").validate(json.loads(line))


def test_a_gap_may_begin_before_what_is_certain() -> None:
    early = msgspec.structs.replace(GAP, possible_from_ms=10)
    assert (GAP.possible_ms, early.possible_ms) == (20, 10)
    assert [early.has(time) for time in (9, 10, 90, 91)] == [False, True, True, False]
