"""The parts of one answer, read so that a refused part or an odd value spoils nothing but itself.

What is lacking and what is odd is noted, and told by whoever shows the answer. Refused is only what
would make another figure wrong: a row that does not say what it is about, and that row alone.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from binfut_cli.codec import MOST_ROWS, Row, fitted, ids_as_text, is_count, mapping_of, rows_of
from binfut_cli.errors import AnswerError, BinfutError, RateLimitedError

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)

_NOT_GUESSED = "Run again with --debug, and report it if it stays so; no figure was guessed."
SIDES = ("BOTH", "LONG", "SHORT")


class Lack(msgspec.Struct, frozen=True):
    """A part of an answer that did not come, by the name of its call, and why."""

    what: str
    error: BinfutError


class Read(msgspec.Struct, frozen=True):
    """What is known of an answer beside its rows: which parts are lacking, which fields are odd."""

    lacking: tuple[Lack, ...] = ()
    odd: tuple[str, ...] = ()


WHOLE = Read()


class Reading(msgspec.Struct):
    """Parts by the names of their calls, each the exchange's answer or its refusal.

    Those of them that are `public` tell nothing of the account, and are no answer alone.
    """

    _parts: Mapping[str, Any | BinfutError]
    _public: Collection[str] = ()
    _lacking: dict[str, BinfutError] = msgspec.field(default_factory=dict)
    _odd: list[str] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise a refusal if nothing of the account came: one that asks to wait, or the first."""
        for what, part in self._parts.items():
            if isinstance(part, BinfutError):
                self._lacking[what] = part
        self._need_one()

    def has(self, what: str) -> bool:
        """Whether a part was asked for, and came."""
        return what in self._parts and what not in self._lacking

    def refused(self, *kinds: str) -> list[str]:
        """Those of some kinds of which rows were refused."""
        return [kind for kind in kinds if kind in self._lacking]

    def part(self, what: str) -> Any:
        """A part as it came; for a refusal, or if it was not asked for, None."""
        found = self._parts.get(what)
        return None if isinstance(found, BinfutError) else found

    def mapping(self, what: str) -> Row:
        """A part that is an object; empty if it is lacking, or was not asked for."""
        found = self._parts.get(what, {})
        if not isinstance(found, dict):
            return self._misshapen(what, found, mapping_of, {})
        return ids_as_text(found)

    def legs(self, what: str, found: Any, kind: str = "positions") -> list[Row]:
        """The rows of a list of positions, each known by its symbol and side.

        A side is missing in one-way mode only, where a symbol has one row.
        """
        rows = found if isinstance(found, list) else ()
        symbols = Counter(str(row.get("symbol")) for row in rows if isinstance(row, dict))
        return self.listed(
            what,
            found,
            kind,
            lambda row: names_leg(row) and ("positionSide" in row or symbols[row["symbol"]] == 1),
        )

    def rows(self, what: str, kind: str, known: Callable[[Row], bool]) -> list[Row]:
        """A part that is a list of rows of a kind; empty if it is lacking."""
        found = self.part(what)
        if not isinstance(found, list):
            return self._misshapen(what, found, rows_of, [])
        return self.listed(what, found, kind, known)

    def listed(self, what: str, found: Any, kind: str, known: Callable[[Row], bool]) -> list[Row]:
        """The rows of a list inside a part, but those that do not say what they are about.

        If there are such, or there is no list, the answer lacks rows of that kind, and says so
        under the kind's name.
        """
        if not self.has(what):
            return []
        if not isinstance(found, list):
            self._refuse(kind, f"The answer to {what} has no list of {kind}.")
            return []
        if len(found) > MOST_ROWS:
            self._refuse(kind, f"The answer to {what} lists {len(found)} {kind}.")
            return []
        rows = [_kinds(row) for row in found if isinstance(row, dict) and known(row)]
        if refused := len(found) - len(rows):
            self._refuse(
                kind, f"Of the answer to {what} {refused} rows do not say what they are of."
            )
        return rows

    def _refuse(self, kind: str, message: str) -> None:
        self._lacking.setdefault(kind, AnswerError(message, hint=_NOT_GUESSED))

    def fit(self, row: Row, model: type[M], name: str = "") -> tuple[Row, M]:
        """A row as it may go on, and its model; what is odd is noted under the row's name."""
        found, made, odd = fitted(row, model, name)
        self._odd += [f"{name}.{each}" if name else each for each in odd]
        return found, made

    def fit_each(
        self, rows: Iterable[Row], model: type[M], name: Callable[[Row], str]
    ) -> tuple[list[Row], list[M]]:
        """The same for rows, which `name` names."""
        pairs = [self.fit(row, model, name(row)) for row in rows]
        return [row for row, _ in pairs], [made for _, made in pairs]

    def read(self) -> Read:
        """What was noted so far."""
        lacking = tuple(Lack(what, error) for what, error in self._lacking.items())
        return Read(lacking, tuple(self._odd))

    def _misshapen(self, what: str, found: Any, shape: Callable[[Any, str], T], empty: T) -> T:
        """Nothing in place of a part that is lacking, or that is from now on, for its shape."""
        if what not in self._lacking:
            try:
                return shape(found, what)
            except AnswerError as exc:
                self._lacking[what] = exc
                self._need_one()
        return empty

    def _need_one(self) -> None:
        own = self._parts.keys() - {*self._public}
        if own and own <= self._lacking.keys():
            errors = list(self._lacking.values())
            raise next((exc for exc in errors if isinstance(exc, RateLimitedError)), errors[0])


def names_leg(row: Row) -> bool:
    """Whether a position row says which symbol and side it is of."""
    return _is_text(row.get("symbol")) and row.get("positionSide", "BOTH") in SIDES


def names_asset(row: Row) -> bool:
    """Whether a row says which asset it is of."""
    return _is_text(row.get("asset"))


def names_symbol(row: Row) -> bool:
    """Whether a row says which symbol it is of."""
    return _is_text(row.get("symbol"))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _kinds(row: Row) -> Row:
    """A row in which a key has one kind, whichever call and market it came by.

    coinm and account.position write leverage and isAutoAddMargin as text.
    """
    row = ids_as_text(row)
    leverage, adds = row.get("leverage"), row.get("isAutoAddMargin")
    if is_count(leverage):
        row["leverage"] = int(str(leverage))
    if adds in ("true", "false"):
        row["isAutoAddMargin"] = adds == "true"
    return row
