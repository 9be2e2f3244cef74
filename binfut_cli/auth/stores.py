"""Two places for the key of a profile: a file of its own, or the keyring of the system.

The keyring is the extra `binfut[keyring]`. Only back-ends that protect what they hold are used;
nothing ever falls back from one place to the other by itself.
"""

import os
import threading
from pathlib import Path
from typing import Any, Protocol

from binfut_cli.auth import private_files, stored_key
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.errors import ConfigError

SERVICE = "binfut"
PROTECTED = ("macOS", "Windows", "SecretService", "kwallet", "libsecret")
PROBE_S = 3.0  # a keyring daemon that is asleep may never answer

_INSTEAD = "Use --store file, which keeps the key in a file that only you can read."


class Store(Protocol):
    """Keeps entries by the names of their profiles."""

    def where(self, name: str) -> str:
        """Where an entry is, in words."""

    def has(self, name: str) -> bool:
        """Whether there is something under this name."""

    def get(self, name: str) -> StoredKey:
        """Read an entry; raise ConfigError if there is none."""

    def put(self, name: str, kept: StoredKey) -> None:
        """Write an entry."""

    def drop(self, name: str) -> None:
        """Forget an entry, if there is one."""


class FileStore:
    """A file an entry, 0600, under `keys/` of the configuration directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "keys"

    def where(self, name: str) -> str:
        """The path."""
        return str(self._path(name))

    def has(self, name: str) -> bool:
        """Whether the file exists."""
        return os.path.lexists(self._path(name))

    def get(self, name: str) -> StoredKey:
        """Read the file, if only we can."""
        text = private_files.read_private_text(self._path(name), "The key file")
        return stored_key.load(text, self.where(name))

    def put(self, name: str, kept: StoredKey) -> None:
        """Write the file."""
        private_files.write_private(self._path(name), kept.dump().encode())

    def drop(self, name: str) -> None:
        """Remove the file."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as exc:
            raise ConfigError(
                f"{self.where(name)} cannot be removed: {(exc.strerror or '').lower()}.",
                hint="Check who owns the directory.",
            ) from exc

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.toml"


class KeyringStore:
    """An entry of the system's keyring under the service `binfut`."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def where(self, name: str) -> str:
        """The entry's name."""
        return f"the system's keyring ({SERVICE}, {name})"

    def has(self, name: str) -> bool:
        """Whether the keyring holds it."""
        return self._ask("get_password", name) is not None

    def get(self, name: str) -> StoredKey:
        """Read it from the keyring."""
        text = self._ask("get_password", name)
        if not isinstance(text, str):
            raise ConfigError(
                f"There is no key {name!r} in the system's keyring.",
                hint="Remove the profile and add it again.",
            )
        return stored_key.load(text, self.where(name))

    def put(self, name: str, kept: StoredKey) -> None:
        """Hand it to the keyring."""
        self._ask("set_password", name, kept.dump())

    def drop(self, name: str) -> None:
        """Delete it from the keyring."""
        if self.has(name):
            self._ask("delete_password", name)

    def _ask(self, method: str, *arguments: str) -> object:
        return _in_time(lambda: getattr(self._backend, method)(SERVICE, *arguments))


def store(kind: str, directory: Path) -> Store:
    """The store of a kind, `file` or `keyring`."""
    return FileStore(directory) if kind == "file" else KeyringStore(_backend())


def protected(backend: Any) -> Any:
    """The first back-end that protects secrets, of one or of a chain; raise ConfigError if none."""
    chain = getattr(backend, "backends", None) or [backend]
    for each in chain:
        package, _, module = type(each).__module__.rpartition(".")
        if package == "keyring.backends" and module in PROTECTED:
            return each
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    raise ConfigError(f"The keyring here ({name}) does not protect secrets.", hint=_INSTEAD)


def _backend() -> Any:
    try:
        import keyring
    except ImportError as exc:
        raise ConfigError(
            "The system's keyring needs a package that is not installed.",
            hint="Type: pip install 'binfut[keyring]', or use --store file.",
        ) from exc
    return protected(_in_time(keyring.get_keyring))


def _in_time(ask: Any) -> Any:
    """What a keyring answers; raise ConfigError if it does not, or refuses."""
    answers: list[Any] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as exc:  # back-ends raise whatever their libraries raise
            faults.append(exc)

    worker = threading.Thread(target=run, name="keyring", daemon=True)
    worker.start()
    worker.join(PROBE_S)
    if answers:
        return answers[0]
    why = f"refused ({type(faults[0]).__name__})" if faults else f"gave no answer in {PROBE_S:g} s"
    raise ConfigError(f"The system's keyring {why}.", hint=f"Unlock it. {_INSTEAD}")
