"""What systemd is told: ready when every market is covered, alive while that is proven."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from binfut_cli.commands.process.systemd import MORE_TIME, SystemdNotifier
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.stream.records import Counts, Record, Status, Verdict

USDM, COINM = map(Lane, Market)
NOW = 1_000_000


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.setblocking(False)
        yield sock, {"NOTIFY_SOCKET": path}


def told(sock: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(sock.recv(100))
        except BlockingIOError:
            return found


def beat(
    lane: Lane, verdict: Verdict, proven_ms: int = NOW, detection_s: float | None = None
) -> Record:
    counts = Counts(verdict=verdict, proven_ms=proven_ms)
    return Record.of(counts.heartbeat(0, 0, detection_s), NOW, *lane)


def live(lane: Lane) -> Record:
    return Record.of(Status(Verdict.LIVE, "x"), 1, *lane)


def test_ready_once_when_the_last_market_is_live(
    systemd: tuple[socket.socket, dict[str, str]],
) -> None:
    sock, env = systemd
    found = SystemdNotifier(env, [USDM, COINM])
    found.observe([live(USDM)])
    found.observe([live(USDM)])
    assert told(sock) == [MORE_TIME]
    found.observe([live(COINM)])
    found.observe([live(COINM)])
    assert told(sock) == [b"READY=1"]


def failed(lane: Lane, retry_in_ms: int | None = None) -> Record:
    return Record.of(Status(Verdict.FAILED, "x", retry_in_ms), 1, *lane)


def test_what_has_failed_for_good_is_not_waited_for(
    systemd: tuple[socket.socket, dict[str, str]],
) -> None:
    sock, env = systemd
    desk, hedge = (Lane(Market.USDM, Scope(Env.PROD, name)) for name in ("desk", "hedge"))
    found = SystemdNotifier(env, [desk, hedge])
    found.observe([failed(desk, retry_in_ms=5), live(hedge)])
    assert told(sock) == [MORE_TIME]  # it is tried again
    found.observe([failed(desk)])
    assert told(sock) == [b"READY=1"]
    found.observe([beat(desk, Verdict.FAILED, 0), beat(hedge, Verdict.LIVE)])
    assert told(sock) == [b"WATCHDOG=1"]


def test_one_that_comes_later_counts_once_it_was_covered(
    systemd: tuple[socket.socket, dict[str, str]],
) -> None:
    """Or a wrong key that is added would have the others restarted."""
    sock, env = systemd
    found = SystemdNotifier(env, [USDM])
    found.observe([live(USDM), beat(USDM, Verdict.LIVE), beat(COINM, Verdict.GAP, 0)])
    found.observe([failed(COINM), beat(USDM, Verdict.LIVE), beat(COINM, Verdict.FAILED, 0)])
    assert told(sock) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    found.observe([live(COINM), beat(USDM, Verdict.LIVE), beat(COINM, Verdict.GAP)])
    assert told(sock) == []


def test_one_that_had_failed_and_is_covered_counts_again(
    systemd: tuple[socket.socket, dict[str, str]],
) -> None:
    sock, env = systemd
    found = SystemdNotifier(env, [USDM, COINM])
    found.observe([failed(COINM), live(USDM), live(COINM)])
    assert told(sock) == [b"READY=1"]
    found.observe([beat(COINM, Verdict.LIVE)])
    assert told(sock) == [b"WATCHDOG=1"]


def test_nothing_is_ready_when_all_have_failed(
    systemd: tuple[socket.socket, dict[str, str]],
) -> None:
    sock, env = systemd
    SystemdNotifier(env, [USDM, COINM]).observe([failed(USDM), failed(COINM)])
    assert told(sock) == []


@pytest.mark.parametrize(
    ("beats", "fed"),
    [
        ([beat(USDM, Verdict.LIVE), beat(COINM, Verdict.QUIET)], True),
        ([beat(USDM, Verdict.LIVE), beat(COINM, Verdict.GAP)], False),
        ([beat(USDM, Verdict.STALE)], False),
        ([beat(USDM, Verdict.LIVE, 0)], False),
        ([beat(USDM, Verdict.LIVE, NOW - 180_001)], False),
        ([beat(USDM, Verdict.LIVE, NOW - 374_000, 259.0)], True),  # one of 250 accounts
        ([beat(USDM, Verdict.LIVE, NOW - 374_001, 259.0)], False),
        ([], False),
    ],
)
def test_the_watchdog_is_fed_with_proofs(
    systemd: tuple[socket.socket, dict[str, str]], beats: list[Record], fed: bool
) -> None:
    sock, env = systemd
    SystemdNotifier(env, [USDM, COINM]).observe(beats)
    assert told(sock) == ([b"WATCHDOG=1"] if fed else [])


def test_the_watchdog_of_another_process_is_not_ours() -> None:
    usec = {"WATCHDOG_USEC": "30000000"}
    assert SystemdNotifier({**usec, "WATCHDOG_PID": str(os.getpid())}, ()).watchdog_s == 30.0
    assert SystemdNotifier({**usec, "WATCHDOG_PID": "1"}, ()).watchdog_s is None
    assert SystemdNotifier({}, ()).watchdog_s is None


def test_nobody_listening_is_no_fault(tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "gone")}
    SystemdNotifier(env, [USDM]).observe([live(USDM)])
