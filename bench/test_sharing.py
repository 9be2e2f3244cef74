"""The judge of a share's streams sees what is out of order; a cut way lets nothing through."""

import contextlib
import socket
import threading

import pytest

from bench.sharing.judging import Judgement
from bench.sharing.partition import Partition
from binfut_cli.recording.broker.names import EntryId


@pytest.mark.parametrize(
    ("ids", "older", "missing"),
    [
        ([(1, 1), (1, 2), (2, 1), (3, 1), (3, 2)], 0, 0),
        ([(1, 1), (1, 3), (2, 1)], 0, 1),
        ([(1, 1), (2, 2)], 0, 1),
        ([(1, 1), (2, 1), (1, 2)], 1, 0),
    ],
)
def test_order(ids: list[tuple[int, int]], older: int, missing: int) -> None:
    judged = Judgement()
    lines = [{"type": "heartbeat", "time": number} for number in range(len(ids))]
    judged.see_order([EntryId(*each) for each in ids], lines)
    assert (judged.older, judged.missing) == (older, missing)
    assert (judged.entries, judged.epochs) == (len(ids), len({epoch for epoch, _ in ids}))


def test_what_a_gap_tells_is_not_missing() -> None:
    judged = Judgement()
    lines = [{"type": "heartbeat", "time": number} for number in (10, 30)]
    gap = {"type": "gap", "time": 40, "from": 10, "to": 35}
    judged.see_order([EntryId(1, 1), EntryId(1, 3), EntryId(1, 4)], [*lines, gap])
    judged.see_order([EntryId(1, 1), EntryId(1, 3), EntryId(1, 4)], [*lines, gap | {"from": 11}])
    assert (judged.told_missing, judged.missing) == (1, 1)


def test_a_way_that_is_cut_lets_nothing_through_until_it_is_mended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        with Partition(server.getsockname()[1]) as way:
            with socket.create_connection(("127.0.0.1", way.port), 5) as client:
                client.sendall(b"a")
                assert client.recv(1) == b"a"
                way.cut()
                client.settimeout(0.1)
                client.sendall(b"b")
                with pytest.raises(TimeoutError):
                    client.recv(1)
            way.mend()
            with socket.create_connection(("127.0.0.1", way.port), 5) as client:
                client.sendall(b"c")
                assert client.recv(1) == b"c"


def _echo(server: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the end
        while True:
            client, _ = server.accept()
            threading.Thread(target=_answer, args=(client,), daemon=True).start()


def _answer(client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        while data := client.recv(100):
            client.sendall(data)
