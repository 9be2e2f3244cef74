"""What every job has: its addresses and its key; and nothing outside this machine can be asked."""

import os
import socket
import sys

WHAT, REST, WS_API, STREAM, KEY, SECRET, COUNT = sys.argv[1:8]
MOST = int(COUNT)
HERE = (None, "localhost", "127.0.0.1", "::1")
_look_up = socket.getaddrinfo


def _here(host, *args, **words):
    """The addresses of this machine; the job ends where another is wanted."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in HERE:
        print(f"{name} was to be asked", file=sys.stderr, flush=True)
        os._exit(3)
    return _look_up(host, *args, **words)


socket.getaddrinfo = _here
_seen = 0


def show(text):
    """One event as a line; the job ends with the last."""
    global _seen
    sys.stdout.write(text)
    sys.stdout.write("\n")
    sys.stdout.flush()
    _seen += 1
    if _seen >= MOST:
        os._exit(0)
