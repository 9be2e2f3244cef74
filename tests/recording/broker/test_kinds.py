"""Sentinels, a Cluster and TLS: real servers, and real fail-overs."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from binfut_cli.auth.credentials import Secret
from binfut_cli.errors import BinfutError, NetworkError
from binfut_cli.recording.broker.address import address
from binfut_cli.recording.broker.connection import Engine
from binfut_cli.recording.broker.group import GroupReader
from binfut_cli.recording.broker.lease import Leases
from binfut_cli.recording.broker.password import Passwords
from binfut_cli.recording.broker.reading import Start, StreamReader
from binfut_cli.recording.broker.store import Keeping, StreamStore
from binfut_cli.sandbox.server.certificates import Certificates
from tests.support.redis_server import RedisServer, free_port, served
from tests.support.streams import COINM, NOBODY, USDM, engine, entries, record

Done = TypeVar("Done")
pytestmark = pytest.mark.slow
ELSEWHERE = "binfut:{sandbox/hedge}:usdm"  # on another slot


def written(where: Engine, keeping: Keeping, *names: str) -> StreamStore:
    store = StreamStore(where, names, keeping)
    store.claim(lambda place: record(1, "segment", number=1))
    store.append([each for place in range(len(names)) for each in entries(2, 50, place)])
    return store


def read(where: Engine) -> dict[str, int]:
    """How many entries of each stream are read from the beginning."""
    found: dict[str, int] = {}
    with StreamReader(where, bool, Start.BEGINNING) as reader:
        while some := reader.poll(0.3):
            for each in some:
                found[each.stream] = found.get(each.stream, 0) + 1
    return found


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisServer]:
    bus = "--cluster-port", str(free_port())  # else 10,000 above its own, which may be too high
    with served(tmp_path, "--cluster-enabled", "yes", *bus) as server:
        with server.client() as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE 0 16383")
            while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                time.sleep(0.05)
        yield server


def test_a_cluster(cluster: RedisServer) -> None:
    where = engine(f"redis+cluster://127.0.0.1:{cluster.port}")
    leases = Leases(where, "desk", "a")
    leases.renew([USDM, COINM], [])
    assert leases.renew([USDM, COINM], []) == {USDM, COINM}
    leases.leave()
    store = written(where, Keeping(), USDM, COINM, ELSEWHERE)
    store.disconnect()
    assert store.append(entries(2, 60)).lost == {}
    assert read(where) == {USDM: 60, COINM: 50, ELSEWHERE: 50}
    with GroupReader(where, bool, Start.BEGINNING, ("ledger", "a"), 60.0) as sharing:
        some = sharing.poll(0)
        assert len(some) == 160
        sharing.acknowledge(some)
        assert sharing.poll(0.1) == []


@pytest.mark.parametrize(("trusted", "ok"), [(True, True), (False, False)])
def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, ok: bool) -> None:
    made, port = Certificates("good"), free_port()
    authority = str(made.ca)
    chain = Path(made.ca).with_name("server.pem")
    options = ["--tls-port", str(port), "--tls-cert-file", str(chain), "--tls-key-file", str(chain)]
    options += ["--tls-ca-cert-file", authority, "--tls-auth-clients", "no"]
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", authority)
    with served(tmp_path, *options):
        where = engine(f"rediss://localhost:{port}")
        if ok:
            written(where, Keeping(), USDM)
            assert read(where) == {USDM: 50}
        else:
            with pytest.raises(NetworkError, match="certificate cannot be verified") as caught:
                written(where, Keeping(), USDM)
            assert "SSL_CERT_FILE" in caught.value.hint
    made.close()


def test_sentinels_and_a_fail_over(tmp_path: Path) -> None:
    """The primary is killed; the replica takes its place, and has all that it acknowledged."""
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("primary", "replica", "sentinel")]
        for folder in folders:
            folder.mkdir()
        primary = stack.enter_context(served(folders[0], "--requirepass", "right-1"))
        stack.enter_context(
            served(folders[1], "--replicaof", f"127.0.0.1 {primary.port}", "--masterauth",
                   "right-1", "--requirepass", "right-1")
        )  # fmt: skip
        conf = folders[2] / "sentinel.conf"
        conf.write_text(
            f"sentinel monitor main 127.0.0.1 {primary.port} 1\n"
            "sentinel auth-pass main right-1\n"
            "sentinel down-after-milliseconds main 300\nsentinel failover-timeout main 2000\n"
        )
        sentinel = stack.enter_context(served(folders[2], sentinel=conf))
        where = Engine(
            address(f"redis+sentinel://127.0.0.1:{sentinel.port}/main", "--to"),
            Passwords(Secret("right-1"), NOBODY.sentinels),
        )
        confirmed = Keeping(replicas=1)
        with primary.client(password="right-1") as client:
            while client.wait(1, 1000) < 1:
                pass
        store = until(lambda: written(where, confirmed, USDM))
        with sentinel.client() as client:  # it asks its primary for replicas every so often
            while not client.execute_command("SENTINEL REPLICAS main"):
                time.sleep(0.05)
        store._keeping = Keeping()  # for a while there is no replica
        primary.kill()
        again = until(lambda: store.append(entries(40, 70)))
        assert (again.lost, again.replaced) == ({}, set())
        assert until(lambda: read(where))[USDM] == 70


def until(done: Callable[[], Done]) -> Done:
    end = time.monotonic() + 30
    while True:
        try:
            return done()
        except BinfutError:
            assert time.monotonic() < end
            time.sleep(0.2)
