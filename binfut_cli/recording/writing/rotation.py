"""When a recording goes on in another file, and what the file before is called then."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

PACKED = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Rotation:
    """How large, or how old (seconds), a file may become; None for no bound."""

    size: int | None = None
    age_s: float | None = None

    def is_due(self, size: int, age_s: float) -> bool:
        """Whether a file has become so."""
        return (self.size is not None and size >= self.size) or (
            self.age_s is not None and age_s >= self.age_s
        )


def put_away(path: Path, began_ms: int) -> Path:
    """Rename a file that is full; its name then says when its first record was made.

    `day.ndjson.zst` becomes `day.20261127T153000Z.ndjson.zst`: such names sort by time. Raises
    OSError if it cannot be renamed.
    """
    stem, suffixes = _parts(path)
    moment = f"{datetime.fromtimestamp(began_ms / 1000, UTC):%Y%m%dT%H%M%SZ}"
    names = (f"{stem}.{moment}{f'_{n}' if n else ''}{suffixes}" for n in count())
    new = next(each for each in map(path.with_name, names) if not each.exists())
    path.rename(new)
    return new


def latest(path: Path) -> Path | None:
    """The last file that was put away, if there is one."""
    stem, suffixes = map(re.escape, _parts(path))
    named = re.compile(rf"{stem}\.([0-9]{{8}}T[0-9]{{6}}Z)(?:_([0-9]{{1,9}}))?{suffixes}")
    found = [match for each in path.parent.iterdir() if (match := named.fullmatch(each.name))]
    last = max(found, key=lambda match: (match[1], int(match[2] or 0)), default=None)
    return None if last is None else path.with_name(last[0])


def _parts(path: Path) -> tuple[str, str]:
    """A name before and from its suffixes on: of `a.b.ndjson.gz` `a.b` and `.ndjson.gz`."""
    packed = path.suffix if path.suffix in PACKED else ""
    bare = Path(path.name.removesuffix(packed))
    return bare.stem, bare.suffix + packed
