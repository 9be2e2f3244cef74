"""What is free goes back to the system, with every heartbeat."""

import gc
import platform
import re
from pathlib import Path

import pytest

from binfut_cli.commands.process.memory import give_back
from binfut_cli.stream.records import Counts, Record, Status, Verdict

BEAT = Record.of(Counts().heartbeat(0, 0, 1.0), 0, None)
SAID = Record.of(Status(Verdict.LIVE, ""), 0, None)
MUCH_KB = 20_000


def resident_kb() -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps so much")
def test_holes_between_what_stays_are_given_back() -> None:
    taken = [bytes(2000) for _ in range(20_000)]
    stays = taken[::40]
    del taken
    for records in ([], [SAID]):
        give_back(records)
    before_kb = resident_kb()
    give_back([BEAT, SAID])
    assert before_kb - resident_kb() > MUCH_KB
    assert len(stays) == 500


def test_no_heartbeat_leaves_anything_to_the_collector() -> None:
    give_back([BEAT])
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(10):
            give_back([BEAT])
        assert len(gc.get_objects()) - before < 10
    finally:
        gc.enable()
