"""JSON text to values and back. No float is ever made, and no digit of an amount is touched.

Amounts arrive as JSON strings and stay strings; a bare decimal number becomes a Decimal, so that
it leaves as it came.
"""

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Protocol, TypeGuard, TypeVar

import msgspec

from binfut_cli.errors import AnswerError

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)
Row = dict[str, Any]

# Bounded so that a hostile exponent cannot make a number of 100 MB when it is printed.
AMOUNT = r"^-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$"
Amount = Annotated[str, msgspec.Meta(pattern=AMOUNT)]
"""A decimal amount exactly as the exchange wrote it."""

LATEST_MS = 253_402_300_799_999  # the last of the year 9999: further no calendar goes
Time = Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
"""A moment in ms since 1970 UTC."""

MOST_VALUES = 400_000
"""In one JSON text, if it is large: each takes up to thirty times its bytes in memory. An account
with every symbol has a tenth."""
MOST_ROWS = 20_000
"""Of one list in an answer; an account has some thousands."""
_LARGE = 1024 * 1024
_DEL = 0x7F
IN_BETWEEN = (
    "Something between here and the exchange answered instead: sign in with a browser if the "
    "network has a login page (hotel, train, office), else check the address and the proxy."
)

NUMERIC = "-.0123456789"
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_ordered = msgspec.json.Encoder(decimal_format="number", order="sorted")
_is_amount = re.compile(AMOUNT).fullmatch
_MAX_EXPONENT = 140  # what AMOUNT allows, for numbers that come without quotes

# Characters that steer a terminal, that hide, or that look like a blank and are none. Compiled when
# one is looked for: to make so large a set costs half a millisecond.
UNSAFE = (
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u2028\u2029\ud800-\udfff"  # line separators, lone surrogates
    "\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"  # blanks; the empty braille cell
    # Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties): soft hyphen, joiners,
    # bidirectional marks, fillers, variation selectors, shorthand and musical controls, tags.
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    "\ufff9-\ufffb\U00013430-\U0001343f"  # formats beside it: annotations, of hieroglyphs
    "]"
)


class Why(StrEnum):
    """Why something is unreadable: few, so that they can be counted by their names."""

    NOT_UTF8 = "not UTF-8"
    MALFORMED = "JSON is malformed"
    TOO_DEEP = "JSON is nested too deeply"
    TOO_MANY = "it has more values than any answer"
    NO_NUMBER = "a number is beyond all bounds"
    NO_OBJECT = "JSON, but not an object"
    NO_EVENT = "JSON, but neither an event nor an answer"
    UNASKED = "an answer nobody waits for"
    NO_SUCH_SHAPE = "an unknown shape"


class Unreadable(ValueError):
    """Bytes that are not one JSON value, or not what they should be.

    The text says why, in a few words: of a stream's message a `Why`, and behind a colon what more
    is known.
    """


def parse(data: bytes | str) -> Any:
    """Parse JSON of any shape; raise Unreadable for anything else, whatever the bytes."""
    try:
        return _decoder.decode(bounded(data))
    except UnicodeError as exc:
        raise Unreadable(Why.NOT_UTF8) from exc
    except msgspec.DecodeError as exc:
        raise Unreadable(_malformed(exc)) from exc
    except ArithmeticError as exc:
        raise Unreadable(Why.NO_NUMBER) from exc
    except RecursionError as exc:
        raise Unreadable(Why.TOO_DEEP) from exc


def _malformed(exc: msgspec.DecodeError) -> str:
    """The library's words behind ours, but for the place, which varies."""
    found = str(exc).partition(" (byte")[0].removeprefix(f"{Why.MALFORMED}: ")
    return f"{Why.MALFORMED}: {found[:1].lower()}{found[1:]}"


class Parser(Protocol[M]):
    """Parses texts that nearly always have one shape, at half of what `parse` costs.

    They are parsed all at once, as so many lines, each with its end. It gives None if one of them
    is anything else, readable or not: that is for `parse`. What it gives would be written just as
    it came, so the order of its keys and the spelling of its texts are known, too, and no text is
    two. That is looked at, unless whoever asks knows it.
    """

    def __call__(self, lines: bytes, count: int, *, known: bool = False) -> list[M] | None:
        """What the texts say."""


def parser_of(shape: type[M]) -> Parser[M]:
    """A parser for a shape."""
    decode, encode = msgspec.json.Decoder(shape).decode_lines, _encoder.encode_lines

    def parsed(lines: bytes, count: int, *, known: bool = False) -> list[M] | None:
        try:
            found = decode(lines) if len(lines) <= _LARGE else None
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        if not found or len(found) != count:
            return None
        return found if known or encode(found) == lines else None

    return parsed


def bounded(data: bytes | str) -> bytes:
    """JSON that may be parsed; raise Unreadable for more values than there is memory for."""
    found = data.encode() if isinstance(data, str) else data
    if len(found) > _LARGE and sum(found.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise Unreadable(Why.TOO_MANY)
    return found


def loads(data: bytes | str, what: str) -> Any:
    """Parse the JSON answer to `what`; raise AnswerError if it is not JSON."""
    try:
        return parse(data)
    except Unreadable as exc:
        raise AnswerError(
            f"The answer to {what} is not JSON ({exc}).",
            hint=IN_BETWEEN,
        ) from exc


def is_moment(found: object) -> TypeGuard[int]:
    """Whether a value that was parsed is a `Time`: for files of ours, which anybody may mend."""
    return type(found) is int and 0 <= found <= LATEST_MS


encode_into: Callable[[object, bytearray, int], None] = _encoder.encode_into
"""Put a value into a buffer from a place on: JSON on one line, not looked at if it `is_plain`."""


def dumps(value: object) -> bytes:
    """Encode as JSON on one line, safe to show on a terminal."""
    return shown(_encoder.encode(value))


def canonical(value: object) -> bytes:
    """Encode as JSON with the keys of every object in their order: to compare, not to show."""
    return _ordered.encode(value)


def is_plain(text: bytes | bytearray) -> bool:
    """Whether JSON, or some lines of it, need no escape to be safe to show on a terminal."""
    return text.isascii() and _DEL not in text


def shown(line: bytes) -> bytes:
    """JSON without white space around its values, safe to show on a terminal."""
    if is_plain(line):
        return line
    return re.sub(UNSAFE, _escaped, line.decode()).encode()


def _escaped(found: re.Match[str]) -> str:
    """A character as JSON escapes it: in UTF-16, so beyond the first plane as a pair."""
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def indented(value: object) -> bytes:
    """Encode as JSON on many lines, for people who read it on a terminal."""
    return msgspec.json.format(dumps(value))


def ready(model: type[M]) -> type[M]:
    """Have msgspec look at a model as its module loads; for every model that `fitted` is given.

    Else it would at the first use, and msgspec 0.22 does not bear that from two threads, which
    two markets have.
    """
    with suppress(msgspec.ValidationError):
        msgspec.convert({}, model)
    return model


def _converted(row: Row, model: type[M], what: str) -> M:
    try:
        return msgspec.convert(row, model)
    except msgspec.ValidationError as exc:
        raise AnswerError(
            f"The answer to {what} is not as documented: {exc}.",
            hint="Run again with --debug, and report it if it stays so; no figure was guessed.",
        ) from exc


def fitted(row: Row, model: type[M], what: str) -> tuple[Row, M, tuple[str, ...]]:
    """A row, what its model makes of it, and the names of the fields that are odd.

    An odd field is one that does not fit, or that is null. It is None in the model, so that no
    figure is made of it, and stays in the row as it came; but a bare number where an amount
    belongs is that amount, and leaves as text with the same digits. Raises AnswerError if a field
    is odd or missing that the model cannot be without.
    """
    try:
        found = msgspec.convert(row, model)
    except msgspec.ValidationError:
        return _fitted_singly(row, model, what)
    return row, found, tuple(_nulls(row, model))


def _fitted_singly(row: Row, model: type[M], what: str) -> tuple[Row, M, tuple[str, ...]]:
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(model)}
    odd = [name for name, kind in fields.items() if name in row and not _fits(row[name], kind)]
    texts = {name: quoted(row[name]) for name in odd if name in _amounts(model)}
    mended = {name: text for name, text in texts.items() if text is not None}
    good = {k: v for k, v in {**row, **mended}.items() if k in mended or k not in odd}
    names = dict.fromkeys([*odd, *_nulls(row, model)])
    return {**row, **mended}, _converted(good, model, what), tuple(names)


def _nulls(row: Row, model: type[msgspec.Struct]) -> list[str]:
    return [name for name in _names(model) if name in row and row[name] is None]


def _fits(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def quoted(value: object) -> str | None:
    """A bare number as the text of an amount; None for anything else."""
    found = isinstance(value, int | Decimal) and _is_amount(str(value))
    return found[0] if found else None


@cache
def _names(model: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of a model's fields."""
    return tuple(each.encode_name for each in msgspec.structs.fields(model))


@cache
def _amounts(model: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of a model's amounts."""
    fields = msgspec.structs.fields(model)
    return tuple(each.encode_name for each in fields if each.type in (Amount, Amount | None))


def ids_as_text(row: Row) -> Row:
    """The row with every id as text: beyond 2^53 many readers of JSON lose digits of a number."""
    return {
        key: str(value) if type(value) is int and (key == "id" or key.endswith("Id")) else value
        for key, value in row.items()
    }


def is_count(value: object) -> bool:
    """Whether a value is a whole number that came as text, of a size that leverage has."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10


def decimal(value: object) -> Decimal | None:
    """The number an amount says; None for anything that is not a decimal of a sane size."""
    if isinstance(value, str):
        return Decimal(value) if _is_amount(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _MAX_EXPONENT:
        return value
    return None


def same(one: object, other: object) -> bool:
    """Whether two values are equal, numbers by value: `"0.010"` is `"0.01"`.

    Nothing is made of the numbers here, so that any text may be compared, and cheaply.
    """
    try:
        return one == other or Decimal(one) == Decimal(other)  # type: ignore[arg-type]
    except (InvalidOperation, TypeError, ValueError):
        return False


def is_plain_number(text: str) -> bool:
    """Whether a text that may be a number has nothing but digits, points and minus signs."""
    return not text.strip(NUMERIC)


def are_other(text: str, before: str) -> bool:
    """Whether two different texts are different numbers, where each `is_plain_number`.

    Of two that are as long none need be made, if both begin with a digit that is no nought, or
    both with a minus sign and such a digit, or with `0.`: the point is at the same place in equal
    ones. Raises ArithmeticError for what is no number.
    """
    if len(text) == len(before):
        if text > "1" < before or text[:2] == "0." == before[:2]:
            return True
        if "-1" < text < "." and "-1" < before < ".":
            return True
    return Decimal(text) != Decimal(before)


def beside(head: Row, body: Row) -> Row:
    """Put a body behind a head of ours; unknown fields of the same names go under `exchange`."""
    whole = {**head, **body}  # its size tells cheapest whether they share a name
    return whole if len(whole) == len(head) + len(body) else {**head, **apart(body, head)}


def apart(body: Row, taken: Collection[str]) -> Row:
    """The body with what takes one of those names moved into an object `exchange`."""
    theirs = {key: value for key, value in body.items() if key in taken or key == "exchange"}
    rest = {key: value for key, value in body.items() if key not in theirs}
    return {**rest, "exchange": theirs} if theirs else rest


def mapping_of(answer: Any, what: str) -> Row:
    """The answer as an object; raise AnswerError for anything else."""
    if not isinstance(answer, dict):
        raise _misshapen(what, "an object")
    return answer


def rows_of(answer: Any, what: str) -> list[Row]:
    """The answer as a list of objects; raise AnswerError for anything else."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise _misshapen(what, "a list of objects")
    if len(answer) > MOST_ROWS:
        raise _misshapen(what, f"a list of at most {MOST_ROWS} rows")
    return answer


def _misshapen(what: str, expected: str) -> AnswerError:
    return AnswerError(
        f"The answer to {what} is not {expected}.",
        hint="Run again with --debug, and report it if it stays so; no figure was guessed.",
    )
