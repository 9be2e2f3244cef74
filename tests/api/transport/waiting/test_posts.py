"""Where a thread waits for sockets: by what any system has, and by what only some have."""

import select
import socket
import time

import pytest

from binfut_cli.api.transport.waiting.posts import Post

SOON_S = 5.0


@pytest.mark.parametrize("has_epoll", [True, False])
def test_a_post_hears_whom_it_listens_to_and_its_alarm(
    has_epoll: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_epoll:
        monkeypatch.delattr(select, "epoll", raising=False)
    post: Post[str] = Post()
    assert post.wakes_one is (has_epoll and hasattr(select, "epoll"))
    ours, theirs = socket.socketpair()
    post.listen(ours.fileno(), "one")
    begun_s = time.monotonic()
    assert post.ready(0.02) == []
    assert time.monotonic() - begun_s >= 0.019
    theirs.send(b"x")
    assert post.ready(SOON_S) == post.ready(SOON_S) == ["one"]  # until it is read
    post.ignore(ours.fileno(), "another that had its number")
    assert post.ready(SOON_S) == ["one"]
    post.ignore(ours.fileno(), "one")
    assert post.ready(0.0) == []
    post.alarm.ring()
    assert post.ready(SOON_S) == []
    post.listen(ours.fileno(), "one")
    assert post.ready(SOON_S) == ["one"]
    post.close()
    ours.close()
    theirs.close()
