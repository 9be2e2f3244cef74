"""The ledger of truth: every change of every account, in order, whoever was told of it."""

import msgspec
from msgspec.structs import asdict

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.rows import JSON


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `event` is the stream event that told it, None when no event exists for it."""

    id: int
    T: int
    E: int
    account: str
    market: Market
    kind: str
    keys: dict[str, str]
    before: JSON | None
    after: JSON | None
    event: str | None
    reason: str | None = None

    def to_json(self) -> JSON:
        """The entry as the control endpoint gives it."""
        return asdict(self)


class Ledger:
    """Entries in the order they happened; ids are contiguous from 1."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def next_id(self) -> int:
        """The id of the next entry."""
        return len(self._entries) + 1

    def add(self, entry: Entry) -> None:
        """Append an entry."""
        self._entries.append(entry)

    def since(self, last_id: int = 0) -> list[Entry]:
        """Give the entries after an id."""
        return self._entries[max(0, last_id) :]
