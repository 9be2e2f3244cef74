"""Memory that the C library keeps for later, given back; of others than glibc nothing is asked."""

import contextlib
import sys

from binfut_cli.stream.records import Heartbeat, Record


def give_back(records: list[Record]) -> None:
    """Give back what is free, some milliseconds' work, if there is a heartbeat among some records.

    What hundreds of connections take while they are opened leaves holes beside what stays.
    """
    if records and isinstance(records[0].body, Heartbeat) and sys.platform == "linux":
        import ctypes  # which is loaded already, where there is a key

        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
