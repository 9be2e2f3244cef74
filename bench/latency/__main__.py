"""Measure how soon an event is on standard output, beside python-binance in the same run.

    python -m bench.latency [--write]

Three minutes and a half, on a computer with two idle cores: the program has one, what sends and
what reads the other. Frames are prepared, and over TLS encrypted, before the first is sent; a small
C program paces them, and another stamps the lines, so both cost next to nothing. Needs a C compiler
(`cc`), `openssl` for a certificate, and python-binance for the comparison.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.blast import FIRST, update
from bench.chaos.document import put
from bench.latency.server import Server
from binfut_cli.sandbox import Sandbox

RATES = (10, 1_000, 5_000, 10_000)
SECONDS = 4.0
SETTLED_S = 1.5  # after the stream is there
PEER = importlib.util.find_spec("binance") is not None
CPU, OTHER = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
OURS, THEIRS = "`binfut watch --json`", "python-binance"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the events of one run, in ns; `late` is how late each was sent."""

    waits: list[int]
    late: list[int]
    lost: int

    def at(self, share: float) -> float:
        """The wait that this share of the events did not exceed, in ms."""
        return self.waits[min(int(len(self.waits) * share), len(self.waits) - 1)] / 1e6


class Bench:
    """The parts that all runs share."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._wire, self._pem = folder / "wire", folder / "tls.pem"
        self._sandbox = sandbox
        source = Path(__file__).with_name("wire.c")
        subprocess.run(["cc", "-O2", "-o", str(self._wire), str(source)], check=True)
        key = folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-keyout", str(key), "-out", str(self._pem), "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        self._pem.write_bytes(self._pem.read_bytes() + key.read_bytes())
        account = sandbox.accounts[0]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BINFUT_", "BINANCE_"))}
        self._env = kept | {f"XDG_{kind}_HOME": str(folder) for kind in ("CONFIG", "STATE")}
        self._env |= {"BINFUT_API_KEY": account.api_key, "BINFUT_API_SECRET": account.secret}
        self._env |= {"BINFUT_ENV": "sandbox", "SSL_CERT_FILE": str(self._pem)}

    def run(self, who: str, rate: int, *, tls: bool) -> Run:
        """Send events at a rate to one client, and see when each is printed."""
        count = max(int(rate * SECONDS), 40)
        server = Server(self._pem if tls else None)
        with self._client(who, server.url, count) as (client, reader):
            assert server.is_met.wait(20), f"{who} did not connect"
            time.sleep(SETTLED_S)
            frames = [_frame(update(number)) for number in range(count)]
            sock, blocks = server.prepared(frames)
            sent = self._sent(sock.fileno(), rate, count, blocks)
            got, _ = reader.communicate(timeout=60)
            client.terminate()
        server.close()
        return _judged(sent, array("q", got))

    @contextmanager
    def _client(
        self, who: str, url: str, count: int
    ) -> Iterator[tuple["subprocess.Popen[bytes]", "subprocess.Popen[bytes]"]]:
        """A client on a core of its own, and what reads its lines on the other."""
        command = self._ours(url) if who == OURS else _peers(url, count)
        key = '"eventTime":' if who == OURS else '"E":'
        os.sched_setaffinity(0, {CPU})
        client = subprocess.Popen(
            command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        os.sched_setaffinity(0, {OTHER})
        reader = subprocess.Popen(
            [str(self._wire), "read", key, str(FIRST), str(count)],
            stdin=client.stdout, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            yield client, reader
        finally:
            client.kill()
            client.wait()
            reader.kill()
            reader.wait()

    def _ours(self, url: str) -> list[str]:
        return [
            sys.executable, "-m", "binfut_cli", "watch", "--json", "--ws-api-url",
            self._sandbox.ws_api["usdm"], "--stream-url", url, "--no-key-check",
        ]  # fmt: skip

    def _sent(self, fd: int, rate: int, count: int, blocks: bytes) -> "array[int]":
        done = subprocess.run(
            [str(self._wire), "send", str(fd), str(rate), str(count)],
            input=blocks, pass_fds=[fd], stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        return array("q", done.stdout)


def _peers(url: str, count: int) -> list[str]:
    return [sys.executable, "-m", "bench.latency.peer", url, str(count)]


def _frame(payload: bytes) -> bytes:
    """An unmasked text frame (RFC 6455, section 5.2)."""
    return b"\x81\x7e" + len(payload).to_bytes(2) + payload


def _judged(sent: "array[int]", got: "array[int]") -> Run:
    planned, moments = sent[::2], sent[1::2]
    late = sorted(moment - plan for plan, moment in zip(planned, moments, strict=True))
    pairs = zip(moments, got, strict=True)
    waits = sorted(came - moment for moment, came in pairs if came)
    return Run(waits, late, len(moments) - len(waits))


def table(found: dict[tuple[str, int, bool], Run]) -> str:
    """The figures as Markdown."""
    lines = [
        "| ms from the send to the pipe's reader | p50 | p99 | longest | lost | the sender's own "
        "longest stall |",
        "|---|---|---|---|---|---|",
    ]
    for (who, rate, tls), run in found.items():
        how = f"{rate:,} events a second, {'TLS' if tls else 'plain'}: {who}"
        figures = f"{run.at(0.5):.2f} | {run.at(0.99):.2f} | {run.waits[-1] / 1e6:.2f}"
        lines.append(f"| {how} | {figures} | {run.lost} | {run.late[-1] / 1e6:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure all of it, and print or write it."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency")
    parser.add_argument("--write", action="store_true", help="into docs/latency.md")
    parser.add_argument("--rates", type=int, nargs="+", default=RATES)
    options = parser.parse_args()
    if shutil.which("cc") is None:
        sys.exit("There is no C compiler (cc).")
    found: dict[tuple[str, int, bool], Run] = {}
    with tempfile.TemporaryDirectory() as folder, Sandbox.start() as sandbox:
        bench = Bench(Path(folder), sandbox)
        for tls in (False, True):
            for rate in options.rates:
                for who in (OURS, THEIRS) if PEER else (OURS,):
                    found[who, rate, tls] = bench.run(who, rate, tls=tls)
    shown = table(found)
    print(shown)
    if options.write:
        put("latency", "python -m bench.latency --write", shown, "latency.md")


if __name__ == "__main__":
    main()
