"""So many accounts watched for a while, and what that came to."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.scaling import process
from bench.scaling.lines import Lines
from binfut_cli.auth import profiles
from binfut_cli.auth.credentials import Secret
from binfut_cli.auth.profiles import Profile
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import FileStore

START_S = 300.0
SETTLE_S = 15.0
DELAYS_S = 12.0


@dataclass(frozen=True, slots=True)
class Delays:
    """How long after it was sent each event was told, in ms; of a lone account that is flooded
    nothing is."""

    each_ms: list[float]

    @property
    def p99_ms(self) -> float:
        """What a hundredth of them exceeds; nothing, if there are none."""
        return 0.0 if not self.each_ms else quantiles(self.each_ms, n=100)[98]

    def __str__(self) -> str:
        return "–" if not self.each_ms else f"{median(self.each_ms):.0f} / {self.p99_ms:.0f}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one trial came to."""

    lanes: int
    tls: bool
    threads: int
    rss_mb: float
    quiet: float
    start_s: float
    calm: Delays
    flooded: Delays


def trial(count: int, quiet_s: float, *, tls: bool) -> Figures:
    """Start a server and a watch of so many accounts; measure one thing after the other."""
    with tempfile.TemporaryDirectory() as home, _server(count, tls) as server:
        place = json.loads(server.stdout.readline())
        names = list(_profiles(Path(home), place, count))
        with _watch(home, place, names) as watch:
            assert watch.stdout is not None
            lines = Lines(watch.stdout)
            lines.until_read(count, START_S)
            start_s = process.cpu_s(watch.pid)
            time.sleep(SETTLE_S)
            before_s, began = process.cpu_s(watch.pid), time.monotonic()
            time.sleep(quiet_s)
            quiet = 100 * (process.cpu_s(watch.pid) - before_s) / (time.monotonic() - began)
            threads, rss_mb = process.threads(watch.pid), process.rss_mb(watch.pid)
            calm = _delays(server, lines, "pulse")
            flooded = _delays(server, lines, "pulse", "flood")
            return Figures(count, tls, threads, rss_mb, quiet, start_s, calm, flooded)


def _delays(server: Any, lines: Lines, *words: str) -> Delays:
    lines.taken()
    for word in words:
        _tell(server, word)
    time.sleep(DELAYS_S)
    told = lines.taken()
    sent = _tell(server, "calm")
    ours = told.keys() & sent.keys()  # a line of before may be read only now
    return Delays([told[event_ms] - sent[event_ms] for event_ms in ours])


def _tell(server: Any, word: str) -> dict[int, float]:
    """Have the server do something; once it is calm again, when it sent each event, by its time."""
    server.stdin.write(word + "\n")
    server.stdin.flush()
    sent = json.loads(server.stdout.readline())
    return {int(event_ms): at_ms for event_ms, at_ms in sent.items()}


@contextmanager
def _server(count: int, tls: bool) -> Iterator[Any]:
    command = [sys.executable, "-m", "bench.scaling.serving", str(count), *(["tls"] if tls else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server
        server.kill()


def _profiles(home: Path, place: Any, count: int) -> Iterator[str]:
    """Their names; a profile for each account, as `binfut profile add` writes it."""
    keys = [each for each in place["accounts"] if each["name"].startswith("one-way")][:count]
    made, store = profiles.load(home), FileStore(home)
    for number, key in enumerate(keys, 1):
        name = f"a{number}"
        store.put(name, StoredKey(Secret(key["apiKey"]), Secret(key["secret"])))
        profile = Profile(
            env="testnet", key_type="hmac", api_key="…", rest_url=place["rest"]["usdm"],
            ws_api_url=place["wsApi"]["usdm"], stream_url=place["stream"]["usdm"],
        )  # fmt: skip
        made = made.with_profile(name, profile, as_default=False)
        yield name
    profiles.save(home, made)


@contextmanager
def _watch(home: str, place: Any, names: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BINFUT_", "BINANCE_"))}
    env = kept | {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "STATE")}
    env |= {"BINFUT_CONFIG_DIR": home}
    env |= {"SSL_CERT_FILE": place["ca"]} if "ca" in place else {}
    wanted = [word for name in names for word in ("--profile", name)]
    wanted += ["--max-weight", "1000000"]  # as much as this exchange grants
    command = [sys.executable, "-m", "bench.scaling.watching", "watch", "--json", "--no-key-check"]
    with subprocess.Popen(
        [*command, *wanted], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as watch:  # fmt: skip
        yield watch
        watch.kill()
