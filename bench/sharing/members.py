"""The real programs that share accounts, each on its own way to the engine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bench.sharing.servers import Servers
from binfut_cli.auth import profiles
from binfut_cli.auth.credentials import Secret
from binfut_cli.auth.profiles import Profile, Profiles
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import FileStore
from binfut_cli.sandbox import Sandbox

SHARE = "bench"


def write_profiles(root: Path, sandbox: Sandbox, names: list[str]) -> None:
    """A profile for each of some accounts of a sandbox."""
    known = Profiles()
    for key in sandbox.accounts:
        if key.name in names:
            FileStore(root).put(key.name, StoredKey(Secret(key.api_key), Secret(key.secret)))
            url = sandbox.stream["usdm"]
            places = {"rest_url": sandbox.rest["usdm"], "ws_api_url": url, "stream_url": url}
            made = Profile(env="testnet", key_type="hmac", api_key="…", **places)
            known = known.with_profile(key.name, made, as_default=False)
    profiles.save(root, known)


class Member:
    """One of those who share; `is_well` while it runs and reaches the engine."""

    def __init__(self, home: Path, number: int, servers: Servers) -> None:
        self._home, self._number = home, number
        self.way = servers.way()
        self._url = servers.url(self.way)
        self.is_well = False
        self.start()

    def start(self) -> None:
        """Start it, for the first time or anew."""
        self.way.mend()
        own = {"BINFUT_CONFIG_DIR": str(self._home / "config")}
        for kind in ("CACHE", "STATE"):
            own[f"XDG_{kind}_HOME"] = str(self._home / str(self._number))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BINFUT_", "BINANCE_"))}
        with (self._home / f"{self._number}.err").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "binfut_cli", "watch", "--all-profiles", "--market", "usdm",
                 "--to", self._url, "--share", SHARE,
                 "--events", "strategy", "--max-weight", "2400"],
                env=kept | own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
            )  # fmt: skip
        self.is_well = True

    def hurt(self, kind: str) -> None:
        """Have one thing happen to it."""
        self.is_well = False
        match kind:
            case "kill -9":
                self.process.kill()
                self.process.wait()
            case "SIGTERM":
                self.process.terminate()
                self.process.wait(30)
            case "SIGSTOP":
                self.process.send_signal(signal.SIGSTOP)
            case "partition":
                self.way.cut()

    def heal(self, kind: str) -> None:
        """Have it be as it was."""
        match kind:
            case "SIGSTOP":
                self.process.send_signal(signal.SIGCONT)
            case "partition":
                self.way.mend()
            case _:
                self.start()
        self.is_well = True

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.terminate()

    def close(self) -> None:
        """Wait for its end, and close its way."""
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.way.__exit__()
