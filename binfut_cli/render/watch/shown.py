"""What of a watch is shown: which events, of which symbols. What is about the watch itself, always.

An event passes whole or not at all; of its rows, lines show those that are wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from binfut_cli.codec import Row
from binfut_cli.errors import UsageError, did_you_mean
from binfut_cli.stream.events import NAMES
from binfut_cli.stream.fold.reported_orders import is_fill

_Has = Callable[[Row], bool]


def _always(_: Row) -> bool:
    return True


KINDS: Mapping[str, Mapping[str, _Has]] = {
    "balance": {"ACCOUNT_UPDATE": lambda row: bool(row["balances"])},
    "position": {"ACCOUNT_UPDATE": lambda row: bool(row["positions"])},
    "order": dict.fromkeys(
        ("ORDER_TRADE_UPDATE", "TRADE_LITE", "ALGO_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT"),
        _always,
    ),
    "fill": {"ORDER_TRADE_UPDATE": lambda row: is_fill(row["order"]), "TRADE_LITE": _always},
    "margin-call": {"MARGIN_CALL": _always},
    "setting": {"ACCOUNT_CONFIG_UPDATE": _always},
    "strategy": {"STRATEGY_UPDATE": _always, "GRID_UPDATE": _always},
}
"""Words for what happens, and which events tell it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which events, by the exchange's names or by our words, and which symbols; None for all."""

    events: frozenset[str] | None = None
    symbols: frozenset[str] | None = None

    @classmethod
    def of(cls, events: str | None, symbols: str | None) -> Self:
        """What the command line says; raises UsageError for an event that there is not."""
        names = None if symbols is None else frozenset(_listed(symbols.upper(), "--symbol"))
        return cls(
            None if events is None else frozenset(map(_event, _listed(events, "--events"))), names
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.events is None and self.symbols is None

    def comes(self, name: str) -> bool:
        """Whether events of that name are shown at all."""
        events = self.events
        return events is None or name in events or any(name in KINDS.get(e, ()) for e in events)

    def wants(self, row: Row) -> bool:
        """Whether an event is shown."""
        return self._wants_kind(row) and (
            self.symbols is None or self._is_of_one(row, self.symbols)
        )

    def _wants_kind(self, row: Row) -> bool:
        events, name = self.events, row["event"]
        if events is None or name in events:
            return True
        return any(kind in KINDS and _has(KINDS[kind], name, row) for kind in events)

    def _is_of_one(self, row: Row, symbols: frozenset[str]) -> bool:
        return not symbols.isdisjoint(_symbols(row))

    def has_symbol(self, symbol: object) -> bool:
        """Whether what is about a symbol is shown."""
        return self.symbols is None or symbol in self.symbols

    def has_kind(self, kind: str) -> bool:
        """Whether balances or positions of an ACCOUNT_UPDATE are shown."""
        events = self.events
        return events is None or kind in events or "ACCOUNT_UPDATE" in events


def _has(kinds: Mapping[str, _Has], name: str, row: Row) -> bool:
    return name in kinds and kinds[name](row)


def _symbols(row: Row) -> set[object]:
    """The symbols that an event is about."""
    found = {row.get("symbol")}
    for key in ("order", "algoOrder", "strategy", "grid", "symbolConfig"):
        if isinstance(inner := row.get(key), dict):
            found.add(inner.get("symbol"))
    return found | {each["symbol"] for each in row.get("positions", ())}


def _listed(text: str, option: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(
            f"{option} {text!r} has an empty name.", hint="Write A,B with no comma too many."
        )
    return names


def _event(name: str) -> str:
    """An event as the exchange spells it, or a word of ours."""
    known = {each.casefold(): each for each in (*NAMES, *KINDS)}
    folded = (
        name.casefold().removesuffix("s")
        if name.casefold().removesuffix("s") in KINDS
        else name.casefold()
    )
    if folded in known:
        return known[folded]
    hint = f"Choose from {', '.join(KINDS)}; or from {', '.join(NAMES)}."
    raise UsageError(f"{name!r} is not an event.{did_you_mean(name, known.values())}", hint=hint)


ALL = Shown()
"""Everything is shown."""
