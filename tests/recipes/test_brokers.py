"""`docs/recipes/kafka.md` and `nats.md`, run against a real client and a real server."""

import ctypes
import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.program import binfut
from tests.support.recipes import kept, ran, scripts
from tests.support.redis_server import free_port

pytestmark = pytest.mark.slow
BIG = b'{"v":1,"type":"snapshot","run":"r","seq":1,"positions":["%s"]}\n' % (b"x" * 3_000_000)


def test_kafka_gives_back_every_byte(tmp_path: Path) -> None:
    """Over librdkafka's own cluster for tests: real brokers on loopback, without a disk."""
    if shutil.which("kcat") is None:
        pytest.skip("kcat is missing")
    write, read = scripts("kafka")
    with kafka() as brokers:
        at = {"localhost:9092": brokers}
        ran(write, tmp_path, at)
        ran(read, tmp_path, at)
        whole(tmp_path)
        (tmp_path / "big.ndjson").write_bytes(BIG)
        source, _, sink = write.partition("|")
        ran(f"cat big.ndjson |{sink.replace('binfut -k', 'big -k')}", tmp_path, at)
        ran(read.replace("-t binfut", "-t big"), tmp_path, at)
        assert (tmp_path / "back.ndjson").read_bytes() == BIG
        assert source.startswith("binfut watch")


@contextmanager
def kafka() -> Iterator[str]:
    """Where a broker is that forgets all in the end."""
    try:
        library = ctypes.CDLL("librdkafka.so.1")
    except OSError:
        pytest.skip("librdkafka is missing")
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    options = ctypes.c_void_p(library.rd_kafka_conf_new())
    for option, value in ((b"log_level", b"0"), (b"message.max.bytes", b"10485760")):
        library.rd_kafka_conf_set(options, option, value, None, 0)
    client = ctypes.c_void_p(library.rd_kafka_new(0, options, None, 0))
    cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(client, 1))
    try:
        yield library.rd_kafka_mock_cluster_bootstraps(cluster).decode()
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(client)


def test_nats_gives_back_every_byte_and_takes_none_twice(tmp_path: Path) -> None:
    server = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if server is None:
        pytest.skip("nats-server is missing")
    if importlib.util.find_spec("nats") is None:
        pytest.skip("nats-py is missing")
    port = free_port()
    at = {"localhost:4222": f"127.0.0.1:{port}"}
    kept("nats", tmp_path, at)
    write, read = scripts("nats")
    with nats(server, port, tmp_path):
        ran(write, tmp_path, at)
        ran(read, tmp_path, at)
        whole(tmp_path)
        again = f"cat day.ndjson - |{write.partition('|')[2]}"
        (tmp_path / "big.ndjson").write_bytes(BIG)
        ran(again.replace("-", "big.ndjson", 1), tmp_path, at)
        ran(read, tmp_path, at)
        taken = (tmp_path / "day.ndjson").read_bytes() + BIG
        assert (tmp_path / "back.ndjson").read_bytes() == taken


@contextmanager
def nats(server: str, port: int, folder: Path) -> Iterator[None]:
    line = [server, "-c", "nats.conf", "-a", "127.0.0.1", "-p", str(port), "-l", "nats.log"]
    process = subprocess.Popen(line, cwd=folder)
    try:
        end_s = time.monotonic() + 10
        while time.monotonic() < end_s and process.poll() is None:
            with suppress(OSError):
                if "Server is ready" in (folder / "nats.log").read_text():
                    break
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait(10)


def whole(folder: Path) -> None:
    """What came back is what was recorded, byte for byte, and a whole recording."""
    back = (folder / "back.ndjson").read_bytes()
    assert back.count(b"\n") > 50
    assert back == (folder / "day.ndjson").read_bytes()
    ended = binfut("summary", str(folder / "back.ndjson"), "--json")
    assert ended.status == 0, ended.err
