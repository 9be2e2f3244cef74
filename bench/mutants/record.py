"""What became of the mutants of every module that was judged, kept from run to run."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.mutants.targets import Target

KILLED, SURVIVED, LATE = "killed", "survived", "timed out"
RECORD = Path(__file__).with_name("record.json")


@dataclass(frozen=True)
class Survivor:
    """A change that no test minds, and where."""

    line: int
    before: str
    after: str

    @property
    def change(self) -> str:
        """What stood there and what stands there."""
        return f"{self.before} → {self.after}"


@dataclass(frozen=True)
class Judged:
    """What became of a module's mutants; `source` is how git names the file, in short."""

    source: str
    killed: int
    late: int
    survivors: list[Survivor]

    @property
    def total(self) -> int:
        """How many mutants there were."""
        return self.killed + self.late + len(self.survivors)


def version(source: bytes) -> str:
    """As `git hash-object` says, in short."""
    named = b"blob %d\0%b" % (len(source), source)
    return hashlib.sha1(named, usedforsecurity=False).hexdigest()[:8]


def is_of_today(target: Target) -> bool:
    """Whether a module was judged as it is now."""
    judged = read().get(target.module)
    return judged is not None and judged.source == version(target.path.read_bytes())


def read() -> dict[str, Judged]:
    """By module, as kept."""
    return msgspec.json.decode(RECORD.read_bytes(), type=dict[str, Judged])


def keep(module: str, judged: Judged) -> None:
    """Put a module's new judgement in the place of its old one."""
    found = msgspec.json.encode(dict(sorted({**read(), module: judged}.items())))
    RECORD.write_bytes(msgspec.json.format(found, indent=1) + b"\n")
