"""Where a thread waits for sockets: what it hears, how often, and what it hears no longer."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from binfut_cli.api.transport.waiting.posts import Post

SOON_S = 5.0
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["this system's", "any system's"])
def post(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post[str]]:
    if request.param == "any system's":
        monkeypatch.delattr(select, "EPOLLEXCLUSIVE", raising=False)
    with closing(Post[str]()) as found:
        assert found.wakes_one is hasattr(select, "EPOLLEXCLUSIVE")
        yield found


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_what_was_not_read_to_its_end_is_told_again(post: Post[str], pair: Pair) -> None:
    one, other = pair
    post.listen(one.fileno(), "one")
    assert post.ready(0.0) == []
    other.send(b"ab")
    assert post.ready(SOON_S) == ["one"]
    one.recv(1)
    assert post.ready(SOON_S) == ["one"]
    one.recv(1)
    assert post.ready(0.0) == []


def test_an_alarm_ends_one_wait(post: Post[str]) -> None:
    post.alarm.ring()
    assert post.ready(SOON_S) == []
    began = time.monotonic()
    assert post.ready(0.05) == []
    assert time.monotonic() - began > 0.04


def test_who_has_a_number_by_now_is_told_and_is_not_ignored_for_who_had_it(
    post: Post[str], pair: Pair
) -> None:
    one, other = pair
    post.listen(one.fileno(), "before")
    post.listen(one.fileno(), "now")
    post.ignore(one.fileno(), "before")
    other.send(b"a")
    assert post.ready(SOON_S) == ["now"]
    post.ignore(one.fileno(), "now")
    assert post.ready(0.0) == []


def test_a_socket_that_was_closed_is_refused_and_ignored_without_a_word(post: Post[str]) -> None:
    with pytest.raises((OSError, ValueError)):
        post.listen(-1, "closed")
    post.ignore(-1, "closed")
