"""Everything printed as JSON: one document an answer, one line a record.

Every record begins with `v`, `type`, `market`, `env`, `profile` and `time`. A stream's records
also have `run` and a contiguous `seq`, so that a reader can prove that it has them all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from binfut_cli.codec import Row, apart, beside, dumps, encode_into, is_plain
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import BinfutError
from binfut_cli.render.choice import Choice
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

if TYPE_CHECKING:
    from binfut_cli.stream.records import Record  # 2 ms that an answer need not pay

__all__ = ["VERSION", "Bodies", "Choice", "Lines", "answer", "error", "rows"]

VERSION = 1
_COMMA = ord(",")
SAID = ("from", "to", "incomplete", "proof")  # of a document, whatever fields are chosen
ENVELOPE = frozenset(("v", "type", "market", "env", "profile", "time", "run", "seq", "source"))


def answer(found: Result, scope: Scope, choice: Choice) -> Row:
    """An answer as one document: our keys in front, the exchange's, and ours behind.

    `account status` is whole; the lists of the other questions leave zero rows out, and say how
    many under `hidden`. Kinds of rows of which no field is chosen are left out.
    """
    document = dict(found.document if choice.fields is None else _totals(found, choice))
    whole = any(each.kind == "totals" for each in found.resources)
    for each in found.resources:
        if each.kind in found.document and choice.wants(each):
            rows = found.rows(each.kind)
            shown = each.visible(rows, choice.whole or whole)
            document[each.kind] = _picked(shown, choice.names(each))
            if shown is not rows:
                document["hidden"] = len(rows) - len(shown)
    document |= {name: found.document[name] for name in SAID if name in found.document}
    return beside(_head(found.type, found, scope), document)


def rows(found: Result, scope: Scope, choice: Choice) -> Iterator[Row]:
    """An answer's rows as records of their own, each with an envelope; totals are one row."""
    for each in filter(choice.wants, found.resources):
        for row in _own(found, each, choice):
            yield beside(_head(each.record, found, scope), _renamed(row, each.renamed))


def _own(found: Result, resource: Resource, choice: Choice) -> list[Row]:
    """The rows of a kind; totals that say nothing, as coinm's may, are none."""
    if resource.kind == "totals":
        totals = _totals(found, choice)
        return [totals] if any(figure is not None for figure in totals.values()) else []
    shown = resource.visible(found.rows(resource.kind), choice.whole)
    return _picked(shown, choice.names(resource))


def _head(type_: str, found: Result, scope: Scope) -> Row:
    return {
        "v": VERSION,
        "type": type_,
        "market": found.market,
        "env": scope.env,
        "profile": scope.profile,
        "time": found.time_ms,
    }


def _totals(found: Result, choice: Choice) -> Row:
    """The document without its lists; if fields are chosen, those that this account has."""
    totals = [each for each in found.resources if each.kind == "totals"]
    names = choice.names(totals[0]) if totals else ()
    if names is None:
        return {name: own for name, own in found.document.items() if not isinstance(own, list)}
    known = {**(found.document.get("derived") or {}), **found.document}
    return {name: known[name] for name in names if name in known}


def _picked(rows: list[Row], names: tuple[str, ...] | None) -> list[Row]:
    """Of each row these fields, those that binfut computes among them; by default all of it."""
    if names is None:
        return rows
    return [{name: value(row, name) for name in names} for row in rows]


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    return {names.get(name, name): found for name, found in row.items()} if names else row


class Bodies:
    """Records' bodies as JSON, without secrets: of a batch that several write, encoded once.

    `clean` gives a text back itself if nothing is to be hidden in it. `text` is the batch as lines
    that are numbered from `first` on, 0 if there is none yet.
    """

    def __init__(self, clean: Callable[[bytes], bytes]) -> None:
        self.clean = clean
        self.batch: Sequence[Record] = ()
        self.text, self.first = b"", 0
        self._known: dict[int, bytes] = {}

    def learn(self, batch: "Sequence[Record]") -> None:
        """Encode a batch, in place of the one before."""
        self.batch = batch  # kept, so that no other record has the place of one in memory
        self.first = 0
        rests = [*map(_rest, batch)]
        text = b"".join(rests)
        if (clean := self.clean(text)) is not text:  # in JSON no line is broken
            rests = [each + b"\n" for each in clean.split(b"\n")[:-1]]
        self._known = dict(zip(map(id, batch), rests, strict=True))

    def rest(self, record: "Record") -> bytes:
        """A line's end: the record's body."""
        return self._known.get(id(record)) or self.clean(_rest(record))


def _rest(record: "Record") -> bytes:
    body = record.body
    if isinstance(body, dict) and not ENVELOPE.isdisjoint(body):
        body = apart(body, ENVELOPE)
    return b",%b\n" % dumps(body)[1:] if body else b"}\n"


_Kind = tuple[str, Market | None, str, Scope | None]
_Latest = tuple[str, Market | None, str, Scope | None, bytes]


def _kind(record: "Record") -> _Kind:
    return record.type, record.market, record.source, record.scope


class Lines:
    """Records as NDJSON, numbered without a hole from 1; `scope` is of those that have none.

    `seq` is the last line's number; set it back for lines that could not be written. With `bodies`
    no line has a secret.
    """

    def __init__(self, scope: Scope, run: str, bodies: Bodies | None = None) -> None:
        self.seq = 0
        self._scope, self._run = scope, run
        self._bodies, self._rest = bodies, bodies.rest if bodies else _rest
        self._clean = bodies.clean if bodies else bytes
        self._heads: dict[tuple[str, Market | None, str, Scope], bytes] = {}
        self._latest: _Latest = "", None, "", None, b""  # whose head was written last, and that

    @classmethod
    def of_each(cls, lanes: Iterable[Lane], run: str, bodies: Bodies) -> dict[Lane, Self]:
        """Lines for each lane, numbered on their own."""
        return {lane: cls(lane.scope or Scope(Env.SANDBOX, None), run, bodies) for lane in lanes}

    @property
    def are_clean(self) -> bool:
        """Whether no line has a secret."""
        return self._bodies is not None

    def line(self, record: "Record") -> bytes:
        """One record as one line."""
        self.seq += 1
        return self._head_of(record) % (record.time_ms, self.seq) + self._rest(record)

    def _head_of(self, record: "Record") -> bytes:
        type_, market, source, scope = _kind(record)
        kind = type_, market, source, scope or self._scope
        return self._heads.get(kind) or self._heads.setdefault(kind, self._head(*kind))

    def text(self, records: "Sequence[Record]") -> bytes:
        """Many records, a line each; those that another has numbered alike as they are then."""
        bodies, first = self._bodies, self.seq + 1
        if bodies is not None and bodies.first == first and bodies.batch == records:
            self.seq += len(records)
            return bodies.text
        text = self._plain(records) if bodies is None else None
        text = text or b"".join(map(self.line, records))
        if bodies is not None and bodies.batch is records:
            bodies.text, bodies.first = text, first
        return text

    def _plain(self, records: "Sequence[Record]") -> bytes | None:
        """The same if nothing in it has to be escaped: looked at once, and not line by line.

        The hot path of a watch that prints JSON.
        """
        seq, text = self.seq, bytearray()
        type_, market, source, scope, head = self._latest
        for record in records:
            body, seq = record.body, seq + 1
            if (
                record.type is not type_
                or record.market is not market
                or record.source is not source
                or record.scope is not scope
            ):
                type_, market, source, scope = kind = _kind(record)
                head = self._head_of(record)
                self._latest = *kind, head
            if isinstance(body, dict) and not ENVELOPE.isdisjoint(body):
                body = apart(body, ENVELOPE)
            text += head % (record.time_ms, seq)
            place = len(text)
            encode_into(body, text, place)
            if body:  # its fields go on where the envelope's end
                text[place] = _COMMA
                text += b"\n"
            else:
                text[place:] = b"}\n"
        if not is_plain(text):
            return None
        self.seq = seq
        return bytes(text)

    def _head(self, type_: str, market: Market | None, source: str, scope: Scope) -> bytes:
        """The envelope up to the body, encoded once for all records of a kind, with two gaps."""
        envelope: Row = {
            "v": VERSION,
            "type": type_,
            "market": market,
            "env": scope.env,
            "profile": scope.profile,
            "time": 0,
            "run": self._run,
            "seq": 0,
            "source": source,
        }
        head = self._clean(dumps(envelope)).replace(b"%", b"%%")
        for gap in (b'"time":', b'"seq":'):  # inside a name the quotes would be escaped
            head = head.replace(gap + b"0", gap + b"%d")
        return head[:-1]


def error(exc: BinfutError) -> bytes:
    """An error as one JSON object."""
    from binfut_cli.stream.records import Error, Fault

    return dumps(Error(Fault.of(exc))) + b"\n"
