"""What a host of the exchange said of when to ask again, kept for the programs that come after.

One file a host, so that nobody is believed of another. Only hosts of the published table are
remembered: what an address that somebody gave says ends with the run that asked it.
"""

from pathlib import Path

import msgspec

from binfut_cli import codec
from binfut_cli.api import remembered
from binfut_cli.api.error_codes import moment
from binfut_cli.endpoints import is_published


class HostLimit(msgspec.Struct, frozen=True):
    """A host's word: nothing may be asked before `not_before_ms`; said at `told_ms` (Unix, ms)."""

    host: str
    not_before_ms: int
    told_ms: int
    file: Path | None = None
    """Where it was found; None for what this run heard itself."""

    @property
    def words(self) -> str:
        """Who said it, and when."""
        return f"{self.host or 'it'} said so at {moment(self.told_ms)}"


def place(directory: Path, host: str) -> Path:
    """The file that remembers a host's word."""
    return directory / f"limits-{host}.json"


def recall(directory: Path, host: str) -> HostLimit | None:
    """What a host said last; None if nothing sane is remembered in a file that is ours alone."""
    file = place(directory, host)
    if not is_published(host):
        return None
    kept = remembered.read(file)
    until_ms, told_ms = kept.get("notBefore"), kept.get("told")
    if not (codec.is_moment(until_ms) and codec.is_moment(told_ms)):
        return None
    return HostLimit(host, until_ms, told_ms, file)


def remember(directory: Path, limit: HostLimit) -> None:
    """Keep a host's word; where it cannot be kept, it ends with the run."""
    if is_published(limit.host):
        kept = {"host": limit.host, "notBefore": limit.not_before_ms, "told": limit.told_ms}
        remembered.keep(place(directory, limit.host), kept)
