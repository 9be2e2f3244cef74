"""The addresses of a name: one after the other, each with a share of the time."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binfut_cli.api.transport import dialling
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.errors import NetworkError

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="others answer when nobody accepts")


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@contextmanager
def swallowing() -> Iterator[socket.socket]:
    """One whose queue is full: what else would connect is not even refused."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        with socket.create_connection(server.getsockname()):
            yield server


def named(monkeypatch: pytest.MonkeyPatch, *servers: socket.socket) -> None:
    """A name that has the addresses of some servers, in this order."""
    found = [(each.family, each.type, 0, "", each.getsockname()) for each in servers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)


@ON_LINUX
def test_an_address_that_swallows_packets_leaves_the_next_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with swallowing() as first, listening() as second:
        named(monkeypatch, first, second)
        dialling.knock(("both.example", 443), Deadline(0.4, "It"))
        second.accept()[0].close()


@ON_LINUX
def test_where_all_swallow_packets_the_deadline_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with swallowing() as first, swallowing() as second:
        named(monkeypatch, first, second)
        with pytest.raises(NetworkError, match=r"^It gave no answer within 0\.1 s\.$"):
            dialling.knock(("both.example", 443), Deadline(0.1, "It"))


def test_an_address_that_refuses_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as gone, listening() as second:
        named(monkeypatch, gone, second)  # which nobody listens at any more:
        gone.close()
        dialling.knock(("both.example", 443), Deadline(5, "It"))
        second.accept()[0].close()


def test_each_of_several_has_its_share_of_what_is_left() -> None:
    now_s = 100.0
    deadline = Deadline(9, "It", lambda: now_s)
    assert deadline.share(3).left() == 3
    now_s = 105.0
    share = deadline.share(2)
    assert share.left() == 2
    now_s = 107.0
    with pytest.raises(NetworkError, match="within 9 s"):
        share.left()
    assert deadline.share(1).left() == deadline.left() == 2
    now_s = 109.0
    with pytest.raises(NetworkError):
        deadline.share(1)


def test_however_many_they_are_each_has_time_enough_for_a_slow_network() -> None:
    now_s, shares = 0.0, []
    deadline = Deadline(10, "It", lambda: now_s)
    for parts in (8, 7, 6, 5):
        shares.append(deadline.share(parts).left())
        now_s += shares[-1]
    assert shares == [3, 3, 2, 1]


def test_the_families_of_a_name_have_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where IPv6 leads nowhere, IPv4 is not the last that is tried."""
    families = [socket.AF_INET6] * 3 + [socket.AF_INET] * 2
    found = [(family, 1, 6, "", (place, 443)) for place, family in enumerate(families)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    by_turns = [address[0] for *_, address in dialling._resolved(("both.example", 443))]
    assert by_turns == [0, 3, 1, 4, 2]
