"""What records of one kind say, as the watch's own types."""

from collections.abc import Iterable
from typing import TypeVar

from binfut_cli.stream.records import Body, Record

B = TypeVar("B", bound=Body)


def bodies(records: Iterable[Record], kind: type[B]) -> list[B]:
    """The bodies of a kind, in the order in which they were told."""
    return [record.body for record in records if isinstance(record.body, kind)]
