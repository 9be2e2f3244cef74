"""A real redis-server on a free port of this computer, for the tests that need one."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # few tests need it, and each process would pay for it
    import redis

PROGRAM = shutil.which("redis-server")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class RedisServer:
    """A server, with what its configuration says besides; `url` leads to it."""

    def __init__(self, directory: Path, *options: str, sentinel: Path | None = None) -> None:
        assert PROGRAM is not None
        self.directory, self.port = directory, free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._options, self._sentinel = options, sentinel
        self.start()

    def start(self) -> None:
        """Start it, again if need be, with what it has on its disk."""
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory)]
        import redis

        line = [str(PROGRAM), *place, "--loglevel", "warning", *self._options]
        if self._sentinel is None:
            line += ["--save", ""]
        else:
            line[1:1] = [str(self._sentinel), "--sentinel"]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(redis.ConnectionError, redis.TimeoutError), self.client() as client:
                with suppress(redis.ResponseError, redis.AuthenticationError):  # it speaks
                    client.ping()
                return
            time.sleep(0.005)
        raise AssertionError("redis-server does not start")

    def client(self, **options: Any) -> "redis.Redis":
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once = Retry(NoBackoff(), 0)
        return redis.Redis(port=self.port, socket_timeout=5, protocol=2, retry=once, **options)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self, seconds: float) -> None:
        """Stop it for a while: nothing is refused, and nothing answered."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def served(directory: Path, *options: str, sentinel: Path | None = None) -> Iterator[RedisServer]:
    """A server of a test's own; with the configuration of a `sentinel`, one of those."""
    if PROGRAM is None:
        pytest.skip("redis-server is missing")
    server = RedisServer(directory, *options, sentinel=sentinel)
    try:
        yield server
    finally:
        server.close()
