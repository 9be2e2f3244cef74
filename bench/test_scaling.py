"""What the bench of many accounts reads off a watch's lines."""

import os
import time

import pytest

from bench.scaling import process
from bench.scaling.lines import Lines
from bench.scaling.trial import Delays


def line(kind: str, profile: str, rest: str) -> bytes:
    return f'{{"type":"{kind}","market":"usdm","profile":"{profile}",{rest}}}\n'.encode()


def test_lines_tell_who_was_read_and_when_all_but_the_flooded_were_told() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as source, os.fdopen(theirs, "wb", buffering=0) as watch:
        lines = Lines(source)
        ago = int(time.time() * 1000) - 5000
        told = [
            line("event", "flooded", '"reason":"ADJUSTMENT"'),
            line("event", "flooded", f'"eventTime":{ago},"reason":"DEPOSIT"'),
            line("event", "other", f'"eventTime":{ago},"reason":"DEPOSIT"'),
            line("snapshot", "other", '"rows":[]'),
            line("snapshot", "flooded", '"rows":[]'),
        ]
        for part in (told[0][:30], told[0][30:] + told[1], *told[2:]):
            watch.write(part)
        lines.until_read(2, 5)
        ((event_ms, told_ms),) = lines.taken().items()
        assert event_ms == ago
        assert 5000 <= told_ms - ago < 60_000
        assert not lines.taken()
        watch.close()
        lines.thread.join(5)


def test_delays_are_told_by_their_middle_and_their_worst() -> None:
    found = Delays([float(number) for number in range(1, 1001)])
    assert found.p99_ms == pytest.approx(990, abs=1)
    assert str(found) == "500 / 991"


def test_what_a_process_costs_is_its_own() -> None:
    pid = os.getpid()
    assert process.threads(pid) >= 1
    assert 5 < process.pss_mb(pid) <= process.rss_mb(pid) + 1
    assert process.cpu_s(pid) > 0
