"""JSON in and out: no float, no digit touched, nothing unsafe on a terminal."""

import contextlib
import itertools
import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import (
    LATEST_MS,
    Amount,
    Time,
    Unreadable,
    Why,
    are_other,
    beside,
    bounded,
    canonical,
    decimal,
    dumps,
    encode_into,
    fitted,
    ids_as_text,
    indented,
    is_count,
    is_moment,
    is_plain,
    is_plain_number,
    loads,
    mapping_of,
    parse,
    parser_of,
    rows_of,
    same,
)
from binfut_cli.errors import AnswerError

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HIDDEN = "\x7f\x80\x9b\x9f\u00ad\u200b\u200c\u200d\u2028\u2029\u2060\ufeff"


class Line(msgspec.Struct):
    name: str
    amount: Amount | None = None
    other: Amount | None = None
    flag: bool | None = None


@pytest.mark.parametrize("text", ["0.10", "-0.00000001", "1E+2", "83041.30324000001", "0.0"])
def test_a_bare_number_becomes_a_decimal_and_leaves_as_the_same_number(text: str) -> None:
    found = parse(text.encode())
    assert type(found) is Decimal
    assert Decimal(dumps(found).decode()) == Decimal(text)


@pytest.mark.parametrize("text", ["0.10", "-0.00", "1.500000000000000000000001"])
def test_the_digits_of_a_plain_bare_number_stay(text: str) -> None:
    assert dumps(parse(text.encode())) == text.encode()


@pytest.mark.parametrize(
    "number", [2**53 + 1, 2**63, 2**64 + 1, -(2**63) - 1, 10**30, 8389765591998765432109]
)
def test_a_whole_number_of_any_size_stays_exact(number: int) -> None:
    assert parse(str(number).encode()) == number
    assert type(parse(str(number).encode())) is int
    assert dumps(number) == str(number).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"{",
        b'{"a":1}}',
        b"\xff\xfe",
        b'"\xff"',
        b'"\\ud800"',
        b"NaN",
        b"[" * 100_000,
        b"9" * 5000,
        b"1e99999999999999999999",
        "\ud800",
        b"\x88\x00",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_not_json_is_unreadable_with_a_reason(data: bytes | str) -> None:
    with pytest.raises(Unreadable, match=r".{5,}"):
        parse(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1}}', "JSON is malformed: trailing characters"),  # and not at which byte
        (b"1e99999999999999999999", "a number is beyond all bounds"),
        (b"[" * 100_000, "JSON is nested too deeply"),
    ],
    ids=lambda given: repr(given[:12]),
)
def test_the_reason_is_a_few_words(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(data)
    assert str(caught.value) == reason


@given(st.binary(max_size=64))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert dumps(parse(data))


def test_an_answer_that_is_not_json_names_the_question() -> None:
    with pytest.raises(AnswerError, match=r"The answer to GET /x is not JSON \(.+\)\.") as caught:
        loads(b"<html>", "GET /x")
    assert caught.value.exit_status == 8
    assert caught.value.hint == (
        "Something between here and the exchange answered instead: sign in with a browser if the "
        "network has a login page (hotel, train, office), else check the address and the proxy."
    )


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_json_is_one_safe_line_and_reads_back(text: str) -> None:
    line = dumps({text: text})
    assert json.loads(line) == {text: text}
    shown = line.decode()
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    assert not set(BIDI + HIDDEN) & set(shown)


@pytest.mark.parametrize("sign", [*BIDI, *HIDDEN, "\x00", "\x1b", "\n"])
def test_an_unsafe_character_is_written_as_an_escape(sign: str) -> None:
    line = dumps(f"a{sign}b")
    assert sign.encode() not in line
    assert json.loads(line) == f"a{sign}b"


def test_beyond_the_first_plane_an_escape_is_a_pair() -> None:
    assert dumps("\U000e0001") == rb'"\udb40\udc01"'  # 0xd800 + (0xd0001 >> 10), 0xdc00 + 1


def test_a_chinese_symbol_is_left_as_it_is() -> None:
    assert dumps("币安人生USDT") == '"币安人生USDT"'.encode()


def test_indented_json_says_the_same_on_many_lines() -> None:
    shown = indented({"a": ["0.10", "\u202e"]})
    assert shown == b'{\n  "a": [\n    "0.10",\n    "\\u202e"\n  ]\n}'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.010", Decimal("0.010")),
        ("-113.29772855", Decimal("-113.29772855")),
        ("1e-8", Decimal("1e-8")),
        ("1E+2", Decimal(100)),
        (Decimal("0.5"), Decimal("0.5")),
        (7, Decimal(7)),
        (None, None),
        (True, None),
        ("", None),
        (" 1", None),
        ("1\n", None),
        ("1.", None),
        (".5", None),
        ("+1", None),
        ("0x10", None),
        ("1_000", None),
        ("١", None),  # an Arabic-Indic digit one
        ("NaN", None),
        ("Infinity", None),
        ("1e999", None),
        ("9" * 41, None),
        (Decimal("NaN"), None),
        (Decimal("1e999999"), None),
        (Decimal("1e-999999"), None),
        (Decimal("1e139"), Decimal("1e139")),
        (Decimal("1e140"), None),
        (Decimal("1e-139"), Decimal("1e-139")),
        (Decimal("1e-140"), None),
        ([], None),
    ],
)
def test_a_decimal_is_found_in_an_amount_and_nowhere_else(
    value: object, expected: Decimal | None
) -> None:
    assert decimal(value) == expected


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("0.010", "0.01", True),
        ("0", "-0.00000000", True),
        ("1e2", "100", True),
        ("0.01", "0.010000000000000000001", False),
        ("cross", "cross", True),
        ("cross", "isolated", False),
        ("cross", "0", False),
        (None, None, True),
        (None, "0", False),
        ([1], "1", False),
        ({}, "1", False),
    ],
)
def test_amounts_are_compared_by_number(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def number(text: str) -> Decimal | None:
    with contextlib.suppress(ArithmeticError):
        return Decimal(text)
    return None


def test_whether_plain_numbers_are_other_is_told_by_their_texts() -> None:
    texts = ["".join(signs) for signs in itertools.product("-.01", repeat=4)]
    numbers = {text: found for text in texts if (found := number(text)) is not None}
    for text, before in itertools.permutations(numbers, 2):
        assert are_other(text, before) == (numbers[text] != numbers[before])
    for text, before in itertools.permutations(texts, 2):
        if text not in numbers or before not in numbers:
            with contextlib.suppress(ArithmeticError):  # what is no number is none that was
                assert are_other(text, before)


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("10", "1.", True),
        ("1.0", "01.", False),
        ("00.10", "0.100", False),
        ("-0.0", "00.0", False),
        ("-00.1", "-0.10", False),
        ("0.10", "0.11", True),
        ("-1.0", "-1.1", True),
        ("10.0", "10", False),
    ],
)
def test_plain_numbers_that_begin_alike(text: str, before: str, expected: bool) -> None:
    assert are_other(text, before) == are_other(before, text) == expected


@pytest.mark.parametrize("text", ["1e1", "1_0", " 1", "1 ", "+1", "NaN", "\u0661", "1,0"])
def test_a_number_that_is_written_otherwise_is_not_plain(text: str) -> None:
    assert not is_plain_number(text)


def test_a_field_of_the_exchange_never_takes_the_place_of_one_of_ours() -> None:
    assert beside({"v": 1, "time": 2}, {"a": 3}) == {"v": 1, "time": 2, "a": 3}
    assert beside({"v": 1, "time": 2}, {"time": 9, "a": 3}) == {
        "v": 1,
        "time": 2,
        "a": 3,
        "exchange": {"time": 9},
    }
    assert beside({"v": 1}, {"v": 2, "exchange": 3}) == {
        "v": 1,
        "exchange": {"v": 2, "exchange": 3},
    }


def test_ids_become_text_and_nothing_else_does() -> None:
    row = {"id": 1, "orderId": 8389765591998765432, "tranId": "7", "clientOrderId": None}
    more = {"time": 5, "isId": True, "idle": 6, "Id": 0, "adId": Decimal("1.5"), "x": {"id": 2}}
    assert ids_as_text({**row, **more}) == {
        **row, **more, "id": "1", "orderId": "8389765591998765432", "Id": "0",
    }  # fmt: skip


ODD: list[object] = ["", "1.2.3", "--1", "1e100", "0" * 41, "1,5", " 1", "NaN", None, [], {}, True]


@pytest.mark.parametrize("value", ODD)
def test_no_figure_is_made_of_what_is_not_an_amount(value: object) -> None:
    row = {"name": "a", "amount": value, "other": "-0.10", "unknown": 1.5}
    assert fitted(row, Line, "x") == (row, Line(name="a", other="-0.10"), ("amount",))


@pytest.mark.parametrize(
    ("text", "digits"), [("12.50", "12.50"), ("-3", "-3"), ("9007199254740993", "9007199254740993")]
)
def test_a_bare_number_is_the_amount_that_its_digits_say(text: str, digits: str) -> None:
    row = parse(f'{{"name": "a", "amount": {text}}}')
    found, made, odd = fitted(row, Line, "x")
    assert (found, made.amount, odd) == ({"name": "a", "amount": digits}, digits, ("amount",))
    assert isinstance(row["amount"], int | Decimal)  # the answer itself is left alone


def test_null_is_odd_whatever_belongs_there() -> None:
    row = {"name": "a", "amount": None, "flag": None}
    assert fitted(row, Line, "x") == (row, Line(name="a"), ("amount", "flag"))
    row["other"] = "x"
    assert fitted(row, Line, "x")[2] == ("other", "amount", "flag")


def test_what_is_missing_or_unknown_is_not_odd() -> None:
    row = {"name": "a", "unknown": [1]}
    assert fitted(row, Line, "x") == (row, Line(name="a"), ())
    assert fitted(row, Line, "x")[0] is row  # rows come by the hundred


class Zeroed(msgspec.Struct):
    amount: Amount = "0"
    other: Amount | None = None


@pytest.mark.parametrize("amount", ["x", None])
def test_each_odd_field_is_named_once(amount: str | None) -> None:
    row = {"amount": amount, "other": None}
    assert fitted(row, Zeroed, "x") == (row, Zeroed(), ("amount", "other"))


class Moment(msgspec.Struct):
    time: Time | None = None


@pytest.mark.parametrize(
    ("time", "fits"),
    [(0, True), (-1, False), (253_402_300_799_999, True), (253_402_300_800_000, False)],
)
def test_a_time_lies_between_1970_and_the_last_year_of_the_calendar(time: int, fits: bool) -> None:
    expected = (Moment(time), ()) if fits else (Moment(), ("time",))
    assert fitted({"time": time}, Moment, "x")[1:] == expected


@pytest.mark.parametrize("row", [{}, {"name": 5}, {"name": None, "amount": 5}])
def test_a_row_is_refused_without_what_its_model_cannot_be_without(row: dict[str, Any]) -> None:
    with pytest.raises(
        AnswerError, match=r"The answer to x is not as documented: .+name"
    ) as caught:
        fitted(row, Line, "x")
    assert caught.value.hint == (
        "Run again with --debug, and report it if it stays so; no figure was guessed."
    )


@pytest.mark.parametrize("part", [b"1.1,", b"[],", b"{},", b'"",'])
def test_more_values_than_any_answer_has_are_refused_before_they_are_made(part: bytes) -> None:
    with pytest.raises(Unreadable, match="more values than any answer"):
        parse(b"[" + part * 500_000 + b"0]")
    assert len(parse(b"[" + part * 1000 + b"0]")) == 1001


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", '{"a":1,}', "{1:2}", '"\\x"', "01", "[1 2]", "nul"]
)
def test_why_json_is_malformed_is_said_behind_that_it_is(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    why, _, more = str(caught.value).partition(": ")
    assert why == Why.MALFORMED
    assert more[0].islower()


def test_why_something_is_unreadable_is_said_in_words_that_do_not_vary() -> None:
    """Each becomes a key of `byReason`."""
    whys = set()
    for place in range(200):
        with pytest.raises(Unreadable) as caught:
            parse(b'["' + b"x" * place + b"\xff" + b'"]')
        whys.add(str(caught.value))
    assert whys == {"not UTF-8"}


def test_the_words_that_reasons_are_counted_by() -> None:
    """They are keys of what programs read."""
    assert {*Why} == {
        "not UTF-8",
        "JSON is malformed",
        "JSON is nested too deeply",
        "it has more values than any answer",
        "a number is beyond all bounds",
        "JSON, but not an object",
        "JSON, but neither an event nor an answer",
        "an answer nobody waits for",
        "an unknown shape",
    }


HINT = "Run again with --debug, and report it if it stays so; no figure was guessed."


@pytest.mark.parametrize("answer", [None, [], [{}], "x", 5])
def test_an_answer_that_is_no_object_is_refused(answer: Any) -> None:
    assert mapping_of({"a": 1}, "x") == {"a": 1}
    with pytest.raises(AnswerError) as caught:
        mapping_of(answer, "status")
    assert caught.value.message == "The answer to status is not an object."
    assert caught.value.hint == HINT


@pytest.mark.parametrize("answer", [None, {}, {"a": 1}, "x", [5], [{}, []], [{}, None]])
def test_an_answer_that_is_no_list_of_objects_is_refused(answer: Any) -> None:
    assert rows_of([], "x") == []
    assert rows_of([{"a": 1}, {}], "x") == [{"a": 1}, {}]
    with pytest.raises(AnswerError) as caught:
        rows_of(answer, "orders")
    assert caught.value.message == "The answer to orders is not a list of objects."
    assert caught.value.hint == HINT


def test_a_list_of_more_rows_than_any_is_refused() -> None:
    row: Any = {}
    assert len(rows_of([row] * 20_000, "x")) == 20_000
    with pytest.raises(AnswerError) as caught:
        rows_of([row] * 20_001, "orders")
    assert caught.value.message == "The answer to orders is not a list of at most 20000 rows."


@pytest.mark.parametrize("value", [0, 1, LATEST_MS])
def test_what_is_a_moment(value: int) -> None:
    assert is_moment(value) is True


@pytest.mark.parametrize("value", [LATEST_MS + 1, -1, True, 1.0, "1", None, Decimal(1), []])
def test_what_is_no_moment(value: object) -> None:
    assert is_moment(value) is False


@pytest.mark.parametrize("value", ["0", "20", "123456789"])
def test_what_is_a_count(value: str) -> None:
    assert is_count(value) is True


@pytest.mark.parametrize("value", ["1234567890", "", "-1", "1.0", "²", "٣", 20, None, True])
def test_what_is_no_count(value: object) -> None:
    assert is_count(value) is False


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    a: int
    b: Decimal | None = None


class Text(msgspec.Struct):
    text: str


def lines(texts: Sequence[bytes]) -> tuple[bytes, int]:
    return b"".join(each + b"\n" for each in texts), len(texts)


def test_what_nearly_always_has_one_shape_is_read_as_that_and_all_else_is_not() -> None:
    read = parser_of(Shape)
    good = b'{"a":1,"b":1.10}'
    assert read(*lines([good])) == [Shape(1, Decimal("1.10"))]
    assert read(*lines([good, good])) == [Shape(1, Decimal("1.10"))] * 2
    for other in (b'{"a":"1"}', b'{"c":1}', b"[]", b"{", b"", b"\xff", b'{"a":1}}'):
        for texts in ([other], [good, other], [other, good], [good, other, good]):
            assert read(*lines(texts)) is None


def test_texts_that_are_read_together_are_not_taken_for_others() -> None:
    read, good = parser_of(Shape), b'{"a":1,"b":1.10}'
    two = good + b"\n" + good
    for texts in ([], [two], [two, b""], [b"", two], [good + b"\n", good], [good[:5], good[5:]]):
        assert read(*lines(texts)) is None


def test_what_is_long_is_not_read_as_a_shape() -> None:
    text = "x" * ((1 << 20) - len('{"text":""}\n'))
    assert parser_of(Text)(*lines([b'{"text":"%b"}' % text.encode()])) == [Text(text)]
    assert parser_of(Text)(*lines([b'{"text":"%bx"}' % text.encode()])) is None


def test_what_would_be_written_otherwise_is_not_read_as_a_shape() -> None:
    read = parser_of(Shape)
    for other in (b'{"a":1}', b'{"b":1.10,"a":1}', b'{"a":1, "b":1.10}', b'{"a":1,"b":1.10} '):
        assert read(*lines([other])) is None
        assert read(*lines([other]), known=True) is not None  # as was said, that is not looked at


def test_of_what_is_short_values_are_not_counted() -> None:
    short = b"[" + b"[]," * 200_001 + b"0]"  # too many marks, in less than a mebibyte
    assert len(short) < 1 << 20
    assert bounded(short) is short
    assert bounded("é") == "é".encode()
    long = b"[" + b"1234567," * 200_000 + b"0]"
    assert bounded(long) is long


def test_letters_stay_as_they_are_beside_any_other() -> None:
    letters = "".join(map(chr, range(0x20, 0x7F))) + "éß漢😀"
    assert json.loads(dumps(letters)) == letters
    assert all(each in dumps(letters).decode() for each in letters if each not in '"\\')


@pytest.mark.parametrize("text", ["plain", "", "\x1b[2J", "\n", "\t", "ä", *HIDDEN, *BIDI])
def test_what_is_put_into_a_buffer_is_safe_if_it_is_plain(text: str) -> None:
    buffer = bytearray(b"before")
    encode_into({"a": text}, buffer, 3)
    line = bytes(buffer[3:])
    assert buffer[:3] == b"bef"
    assert json.loads(line) == {"a": text}
    assert is_plain(line) is (line == dumps({"a": text}) and text != "ä")


def test_what_is_encoded_in_order_keeps_its_digits() -> None:
    value = {"b": 1, "a": [{"d": Decimal("1.50"), "c": "x"}]}
    assert canonical(value) == b'{"a":[{"c":"x","d":1.50}],"b":1}'


class Told(msgspec.Struct):
    a: int


def test_a_spelling_that_is_not_known_is_looked_at() -> None:
    parsed = parser_of(Told)
    assert parsed(*lines([b'{"a":1}', b'{"a":2}'])) == [Told(1), Told(2)]
    assert parsed(*lines([b'{"a": 1}'])) is None
    assert parsed(*lines([b'{"a": 1}']), known=True) == [Told(1)]


@pytest.mark.parametrize(
    ("text", "is_plain"), [("-1.50", True), ("", True), ("X1", False), ("1E5", False)]
)
def test_a_plain_number_has_only_digits_points_and_signs(text: str, is_plain: bool) -> None:
    assert is_plain_number(text) is is_plain
