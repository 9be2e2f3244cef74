"""Are all entries of a stream there? Of an epoch they are numbered from 1 without a hole. Pure."""

from dataclasses import dataclass

from binfut_cli.broker.names import EntryId


@dataclass(slots=True)
class Sequence:
    """Follows a stream from entry to entry; `last` is where it begins, None if nobody knows."""

    last: EntryId | None = None

    def see(self, found: EntryId) -> str | None:
        """What is missing before an entry, in words; None if nothing is."""
        last, self.last = self.last, found
        if last is None or found <= last:
            return None
        before = last.seq if found.epoch == last.epoch else 0
        missing = found.seq - before - 1
        if not missing:
            return None
        return f"{missing:,} record{'s are' if missing > 1 else ' is'} missing before it"
