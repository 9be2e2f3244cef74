"""A connection that one thread closes while another waits on it."""

import socket
import threading

from binfut_cli.errors import NetworkError
from binfut_cli.transport.ws import Connection

TRIES = 30


def test_a_close_wakes_the_thread_that_waits_for_bytes() -> None:
    """Many times: it depends on which of the two threads goes on first."""
    for _ in range(TRIES):
        ours, theirs = socket.socketpair()
        connection = Connection(ours, "nowhere")
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
