"""A connection: what a request is on the wire, and one thread that closes while another waits."""

import json
import socket
import threading
from contextlib import closing

import pytest

from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.ws import Connection, Params
from binfut_cli.errors import NetworkError

TRIES = 30
PARAMS = {"apiKey": "k", "timestamp": 1, "flag": True, "symbol": "币安人生USDT"}


def test_a_close_wakes_the_thread_that_waits_for_bytes() -> None:
    """Many times: it depends on which of the two threads goes on first."""
    for _ in range(TRIES):
        ours, theirs = socket.socketpair()
        connection = Connection(ours, "nowhere", Way.STREAM)
        ended, waits = threading.Event(), threading.Event()

        def wait(
            connection: Connection = connection,
            waits: threading.Event = waits,
            ended: threading.Event = ended,
        ) -> None:
            waits.set()
            try:
                while True:
                    connection.receive(60)
            except NetworkError:
                ended.set()

        threading.Thread(target=wait, daemon=True).start()
        assert waits.wait(10)
        connection.close()
        assert ended.wait(10)
        theirs.close()


@pytest.mark.parametrize(
    ("params", "more"),
    [
        ((), {}),
        (PARAMS, {"params": PARAMS}),
    ],
)
def test_a_request_is_one_object(params: Params, more: dict[str, object]) -> None:
    ours, theirs = socket.socketpair()
    connection = Connection(ours, "nowhere", Way.WS_API)
    with closing(connection), theirs:
        connection.send(7, "time", params)
        data = theirs.recv(65536)
    mask, payload = data[2:6], data[6:]
    sent = json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))
    assert sent == {"id": 7, "method": "time", **more}
