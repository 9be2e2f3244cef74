"""A program that is run with alerts: real ones, also such as fail, hang, flood or are gone."""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from binfut_cli.commands.watch.alerting.program import MOST_WAITING, Program, Run

SOON_S = 0.2
LINE = b'{"type":"alert"}\n'


@contextmanager
def program(limit_s: float = 5.0, **environ: str) -> Iterator[Program]:
    found = Program("--exec", {"PATH": os.environ["PATH"], **environ}, limit_s)
    try:
        yield found
    finally:
        found.close()


def shell(text: str, *arguments: str) -> Run:
    return Run(("/bin/sh", "-c", text, "sh", *arguments), LINE)


def complaints(text: str, limit_s: float = 5.0, times: int = 1) -> list[str]:
    with program(limit_s) as found:
        for _ in range(times):
            found.hand(shell(text))
    return list(found.complaints)


def test_it_is_given_the_record_and_the_environment(tmp_path: Path) -> None:
    with program(WHO="me") as found:
        for name in ("one", "two"):
            found.hand(shell('{ echo "$WHO"; cat; } > "$1"', str(tmp_path / name)))
    assert not found.complaints
    for name in ("one", "two"):
        assert (tmp_path / name).read_bytes() == b"me\n" + LINE


def test_what_it_writes_and_reads_not_is_no_fault() -> None:
    assert complaints("echo much; echo more >&2") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 7", "left with status 7"),
        ("echo 'no route.' >&2; echo more; exit 7", "left with status 7: no route"),
        ("printf '\\377'; exit 1", "left with status 1: \N{REPLACEMENT CHARACTER}"),
        ("kill -9 $$", "left with status -9"),
    ],
)
def test_a_failure_is_told_once(text: str, said: str) -> None:
    assert complaints(text, times=3) == [f"--exec {said}."]


def test_after_a_success_the_next_failure_is_told_again() -> None:
    with program() as found:
        for text in ("exit 1", "exit 1", "true", "exit 2"):
            found.hand(shell(text))
    assert [each[-2:] for each in found.complaints] == ["1.", "2."]


def test_one_that_is_not_there_is_told() -> None:
    with program() as found:
        found.hand(Run(("/no/such/program",)))
    assert list(found.complaints) == ["--exec cannot be run: No such file or directory."]


def test_one_that_cannot_even_be_named_costs_itself_only(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with program() as found:
        found.hand(Run(("/bin/sh", "a\0b")))
        found.hand(shell(f"touch {done}"))
    assert list(found.complaints) == ["--exec cannot be run: embedded null byte."]
    assert done.exists()


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    said = complaints(f"trap '' TERM; sleep 60 > {tmp_path / 'held'} & wait", SOON_S)
    assert said == ["--exec took longer than 0.2 s, and was ended."]
    assert select.select([reader], [], [], 5)[0]  # nobody holds the other end any more
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_one_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    done = tmp_path / "done"
    assert complaints(f"exec >&- 2>&-; sleep 0.1; touch {done}") == []
    assert done.exists()


def test_what_it_leaves_behind_holds_nobody_up() -> None:
    began = time.monotonic()
    assert complaints("sleep 3 & exit 0") == []
    assert time.monotonic() - began < 2


def test_one_that_floods_is_ended() -> None:
    said = complaints(f"exec {sys.executable} -c 'while 1: print(\"x\" * 65536)'")
    assert said == ["--exec wrote more than 1 MiB, and was ended."]


def test_alerts_wait_for_a_slow_one_but_not_without_end() -> None:
    with program(SOON_S) as found:
        began = time.monotonic()
        for _ in range(MOST_WAITING + 4):
            found.hand(shell("sleep 60"))
        assert time.monotonic() - began < SOON_S  # who hands them over waits for nothing
    slow, ended, left = found.complaints
    assert slow == "--exec is slower than alerts come, and some are left out."
    assert ended.startswith("--exec took longer than 0.2 s") or "with the watch" in ended
    assert left.startswith("--exec was not run for ")


def test_whoever_has_had_enough_of_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """As when a watch is to end, and its second signal comes while a program still hangs."""

    def enough(*_: object) -> None:
        raise KeyboardInterrupt

    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    found = Program("--exec", {"PATH": os.environ["PATH"]})
    found.hand(shell(f"exec > {tmp_path / 'held'}; echo; sleep 60"))
    assert select.select([reader], [], [], 5)[0]
    assert os.read(reader, 1) == b"\n"
    before = signal.signal(signal.SIGALRM, enough)
    try:
        signal.setitimer(signal.ITIMER_REAL, SOON_S)
        with pytest.raises(KeyboardInterrupt):
            found.close()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert select.select([reader], [], [], 5)[0]
    assert os.read(reader, 1) == b""
    os.close(reader)
