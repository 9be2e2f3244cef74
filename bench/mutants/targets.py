"""Which modules are changed, and which tests concern each."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path("binfut_cli")
CHANGED = (
    "resources/figures", "stream/live/formulas", "stream/live/liquidations.py",
    "stream/live/legs.py", "stream/live/marks.py", "stream/live/sums.py", "stream/state.py",
    "stream/fold", "stream/coverage",
    "recording/broker/lease.py", "commands/watch/accounts/membership.py",
    "auth/redaction.py", "auth/signing.py", "codec.py", "stream/events.py",
    "stream/backlog.py", "api/transport/upgrade.py", "api/transport/waiting/readers.py",
    "api/transport/waiting/posts.py", "recording/reader.py", "recording/continuity.py",
    "recording/recorded.py", "recording/accounts.py", "recording/account.py",
)  # fmt: skip
MORE = {
    "api/transport/waiting": ("tests/api/transport/waiting",),
    "codec": ("tests/resources/figures/test_models.py", "tests/stream/test_events.py"),
    "resources/figures/derived": ("tests/resources/figures/test_liquidation.py",),
    "recording/account": ("tests/recording/test_accounts.py",),
    "stream/events": ("tests/stream/test_state.py", "tests/stream/fold/test_incoming.py"),
    "stream/fold": ("tests/stream/fold", "tests/stream/test_promises.py"),
    "stream/live/formulas": ("tests/stream/live/formulas",),
    "stream/coverage": ("tests/stream/coverage", "tests/stream/test_promises.py"),
    "stream/coverage/context": (),
    "stream/coverage/lane": ("tests/stream/coverage/test_coverage.py",),
    "stream/coverage/history": ("tests/stream/coverage/history",),
    "stream/coverage/limits": ("tests/stream/coverage/limits",),
    "stream/coverage/looking": ("tests/stream/coverage/looking",),
    "stream/coverage/subscription": ("tests/stream/coverage/subscription",),
}
"""Tests of a module or a folder besides its own file: what is said of the nearest counts."""


@dataclass(frozen=True)
class Target:
    """A module, the tests that concern it, and the file of them that mirrors it."""

    path: Path
    tests: tuple[str, ...]
    own: Path

    @property
    def module(self) -> str:
        """Its dotted name."""
        return ".".join(self.path.with_suffix("").parts)


def targets(names: list[str]) -> list[Target]:
    """Those whose path has one of the names in it, in the order of the names; or all."""
    paths = [path for each in CHANGED for path in _files(PACKAGE / each)]
    wanted = [path for name in names or [""] for path in paths if name in str(path)]
    return [Target(path, _tests(path), _own(path)) for path in dict.fromkeys(wanted)]


def _files(path: Path) -> list[Path]:
    return [path] if path.suffix else sorted(path.rglob("[!_]*.py"))


def _own(path: Path) -> Path:
    inner = path.relative_to(PACKAGE)
    return Path("tests", inner.parent, f"test_{inner.name}")


def _tests(path: Path) -> tuple[str, ...]:
    inner, own = path.relative_to(PACKAGE).with_suffix(""), _own(path)
    said = [MORE[str(place)] for place in (inner, *inner.parents) if str(place) in MORE]
    more = list(said[0]) if said else []
    is_among = any(str(folder) in more for folder in own.parents)
    found = more if is_among else [str(own), *more]
    return tuple(each for each in found if Path(each).exists())
