"""What a measurement gives back, and what it is told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to measure: all of it, or (`fast`) what fits into a few seconds."""

    fast: bool = False
    seed: int = 1
    minutes: float = 15.0  # for which a reader is stopped

    def amount(self, whole: int, fast: int) -> int:
        """How many, or for how long."""
        return fast if self.fast else whole


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows for the document, and what was not reached, in words."""

    rows: dict[str, object]
    failures: list[str] = field(default_factory=list)


def beyond(**bounds: tuple[float, float]) -> list[str]:
    """The figures that are above their bounds; each is given as (found, bound)."""
    return [
        f"{name}: {found:.4g}, more than {bound:.4g}"
        for name, (found, bound) in bounds.items()
        if found > bound
    ]
