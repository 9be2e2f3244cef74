"""JSON: a head of ours, the exchange's own body behind it, and numbers without a hole."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from binfut_cli.codec import Row, dumps
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.errors import AuthError, BinfutError, NetworkError, RateLimitedError
from binfut_cli.render.choice import Choice
from binfut_cli.render.documents import Bodies, Lines, answer, error, rows
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import KINDS
from binfut_cli.stream.records import Record, Status, Stop, Verdict
from tests.support.samples import body

HEAD = ["v", "type", "market", "env", "profile", "time"]


def record(**body: Any) -> Record:
    return Record("event", Market.USDM, 1_700_000_000_000, "stream", body)


def read(line: bytes) -> Any:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def test_an_answer_is_the_exchanges_result_behind_a_head_of_ours() -> None:
    document: Row = body("usdm/wsapi_v2_account_status_recorded")["result"]
    asked = Result("accountStatus", Market.USDM, 5, document, KINDS)
    found = json.loads(dumps(answer(asked, Scope(Env.DEMO, "mine"), Choice())))
    assert list(found)[: len(HEAD)] == HEAD
    assert [found.pop(key) for key in HEAD] == [1, "accountStatus", "usdm", "demo", "mine", 5]
    assert found == document


STATUS: Row = {
    "totalMarginBalance": "2",
    "feeTier": 0,
    "assets": [{"asset": "A", "walletBalance": "1", "derived": {"marginRatio": "0.1"}}],
    "positions": [{"symbol": "X", "positionAmt": "3", "derived": {"marginRatio": None}}],
    "derived": {"totalsUnit": "USD", "marginRatio": None},
}
COINS: Row = {"assets": STATUS["assets"], "positions": []}


@pytest.mark.parametrize(
    ("document", "fields", "expected"),
    [
        (STATUS, ("totalMarginBalance",), {"totalMarginBalance": "2"}),
        (COINS, ("totalMarginBalance",), {}),
        (
            STATUS,
            ("walletBalance", "totalsUnit", "asset", "updateTime"),
            {
                "totalsUnit": "USD",
                "assets": [{"walletBalance": "1", "asset": "A", "updateTime": None}],
                "positions": [{"updateTime": None}],
            },
        ),
        (COINS, ("symbol",), {"positions": []}),
        (
            STATUS,
            ("marginRatio",),
            {
                "marginRatio": None,
                "assets": [{"marginRatio": "0.1"}],
                "positions": [{"marginRatio": None}],
            },
        ),
    ],
)
def test_what_is_not_chosen_is_left_out_of_the_document(
    document: Row, fields: tuple[str, ...], expected: Row
) -> None:
    asked = Result("accountStatus", Market.USDM, 5, document, KINDS)
    found = answer(asked, Scope(Env.PROD, None), Choice(fields))
    assert {name: own for name, own in found.items() if name not in HEAD} == expected


@pytest.mark.parametrize(
    ("document", "fields", "expected"),
    [
        (STATUS, ("totalMarginBalance",), [("account", {"totalMarginBalance": "2"})]),
        (COINS, ("totalMarginBalance", "totalsUnit"), []),
        (STATUS, ("asset", "symbol"), [("asset", {"asset": "A"}), ("position", {"symbol": "X"})]),
        (STATUS, ("marginRatio", "asset"), [
            ("asset", {"marginRatio": "0.1", "asset": "A"}), ("position", {"marginRatio": None}),
        ]),
    ],
)  # fmt: skip
def test_what_is_not_chosen_is_no_record(
    document: Row, fields: tuple[str, ...], expected: list[tuple[str, Row]]
) -> None:
    asked = Result("accountStatus", Market.USDM, 5, document, KINDS)
    found = list(rows(asked, Scope(Env.PROD, None), Choice(fields)))
    assert [
        (row["type"], {name: own for name, own in row.items() if name not in HEAD}) for row in found
    ] == expected


def test_a_record_is_one_line_with_its_place_in_the_run() -> None:
    lines = Lines(Scope(Env.PROD, None), "r1")
    assert lines.line(record(event="X", a="0.10")) == (
        b'{"v":1,"type":"event","market":"usdm","env":"prod","profile":null,'
        b'"time":1700000000000,"run":"r1","seq":1,"source":"stream","event":"X","a":"0.10"}\n'
    )


def test_a_record_of_one_of_several_accounts_says_which() -> None:
    lines = Lines(Scope(Env.PROD, None), "r")
    told = [Scope(Env.PROD, "desk"), Scope(Env.DEMO, "hedge"), None]
    found = [read(lines.line(replace(record(), scope=scope))) for scope in told]
    assert [(one["env"], one["profile"]) for one in found] == [
        ("prod", "desk"), ("demo", "hedge"), ("prod", None)
    ]  # fmt: skip


def test_the_numbers_of_a_run_have_no_hole() -> None:
    lines = Lines(Scope(Env.PROD, None), "r")
    found = [read(lines.line(record())) for _ in range(5)]
    found.append(read(lines.line(Record.of(Status(Verdict.LIVE, "why"), 1, Market.COINM))))
    assert [one["seq"] for one in found] == [1, 2, 3, 4, 5, 6]


def test_two_runs_are_numbered_apart() -> None:
    one, other = Lines(Scope(Env.PROD, None), "a"), Lines(Scope(Env.PROD, None), "b")
    one.line(record())
    assert read(other.line(record()))["seq"] == 1


@pytest.mark.parametrize("key", ["v", "type", "market", "time", "run", "seq", "source"])
def test_a_field_of_the_exchange_never_takes_the_place_of_one_of_ours(key: str) -> None:
    found = read(Lines(Scope(Env.PROD, None), "r").line(record(**{key: "theirs"})))
    assert found["exchange"] == {key: "theirs"}
    assert found[key] != "theirs"


def test_amounts_and_large_numbers_are_written_as_they_came() -> None:
    lines = Lines(Scope(Env.PROD, None), "r")
    line = lines.line(record(wb="83041.30324000001", n=2**64 + 1, z="-0.00"))
    assert b'"wb":"83041.30324000001","n":18446744073709551617,"z":"-0.00"' in line


def test_a_record_about_several_markets_has_none() -> None:
    stop = Record.of(Stop.of("SIGTERM", 2, 0, {}, 0, []), 1, None)
    found = read(Lines(Scope(Env.PROD, None), "r").line(stop))
    assert (found["market"], found["type"], found["events"]) == (None, "stop", 2)


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (
            AuthError("No.", hint="Copy it.", exchange_code=-2015),
            {"kind": "auth", "retryable": False, "exchangeCode": -2015, "exit": 5},
        ),
        (
            NetworkError("No.", hint="Copy it."),
            {"kind": "network", "retryable": True, "exchangeCode": None, "exit": 6},
        ),
        (
            RateLimitedError("No.", hint="Copy it.", retry_at_ms=5),
            {"kind": "rate_limit", "retryable": True, "exchangeCode": None, "exit": 7},
        ),
    ],
)
def test_an_error_is_one_object(exc: BinfutError, expected: Row) -> None:
    assert read(error(exc)) == {"error": {"message": "No.", "hint": "Copy it.", **expected}}


def test_an_error_text_cannot_steer_a_terminal() -> None:
    line = error(AuthError("\x1b[2J\u202e", hint="\x9b"))
    assert not {b"\x1b", "\u202e".encode(), "\x9b".encode()} & {line[i : i + 1] for i in range(99)}
    assert b"\\u202e" in line
    assert json.loads(line)["error"]["message"] == "\x1b[2J\u202e"


@pytest.mark.parametrize("secret", [b"none of these", b'"theirs"', b'"1"'])
def test_bodies_that_two_write_are_the_same_and_each_numbers_its_own(secret: bytes) -> None:
    def clean(text: bytes) -> bytes:
        return text.replace(secret, b'"***"') if secret in text else text

    batch, bodies = [record(a="1"), record(b="2"), record(market="theirs")], Bodies(clean)
    alone = Lines(Scope(Env.PROD, None), "r")
    one, other = (Lines(Scope(Env.PROD, None), "r", bodies) for _ in range(2))
    bodies.learn(batch)
    expected = [alone.line(each).replace(secret, b'"***"') for each in batch]
    assert [one.line(each) for each in batch] == expected
    one.seq = 0
    assert one.text(batch) == b"".join(expected) == other.text(list(batch))
    assert (one.seq, other.seq) == (3, 3)
    other.seq = 40
    assert [json.loads(each)["seq"] for each in other.text(batch).splitlines()] == [41, 42, 43]
    other.seq = 1
    assert other.text(batch[1:]) == b"".join(expected[1:])
    bodies.learn([record(c="3")])
    one.seq = 0  # what could not be written is written again
    assert [one.line(each) for each in batch] == expected


@pytest.mark.parametrize("text", ["plain", "no\u202eplain", "\x7f", "ü"])
def test_many_lines_are_those_of_one_after_the_other(text: str) -> None:
    other = replace(record(reason="A"), scope=Scope(Env.SANDBOX, "other"))
    said = Record.of(Status(Verdict.LIVE, text), 5, Market.USDM)
    many = [record(reason=text), record(v=2, reason="A"), other, said, record()]
    one, each = (Lines(Scope(Env.DEMO, "p"), "abc") for _ in range(2))
    assert one.text(many) == b"".join(map(each.line, many))
    assert one.seq == each.seq == 5
    assert one.text([record()]) == each.line(record())


def test_many_records_at_once_say_each_what_it_is_of() -> None:
    """As the heartbeats of an account's two markets: of one kind, one name, and one moment."""
    scope = Scope(Env.PROD, "desk")
    told = [
        replace(record(), scope=scope),
        replace(record(), scope=scope, market=Market.COINM),
        replace(record(), scope=scope, source="watch"),
        replace(record(), scope=scope, type="raw"),
        replace(record(), scope=Scope(Env.DEMO, "desk")),
        record(),
    ]
    one, other = Lines(Scope(Env.PROD, None), "r"), Lines(Scope(Env.PROD, None), "r")
    assert one.text(told) == b"".join(map(other.line, told))
    assert one.text(told[:1]) + one.text(told[1:]) == b"".join(map(other.line, told))
