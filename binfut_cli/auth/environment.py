"""Keys that come from around the program: the environment, `.env`, a service manager.

A key is never put together from two of them: the first that has any part of one is used alone.
It is one of production, unless BINFUT_ENV says what it is for.
"""

import os
from collections.abc import Callable, Mapping, MutableMapping
from io import StringIO
from pathlib import Path

from binfut_cli.auth import private_files
from binfut_cli.auth.credentials import (
    API_KEY,
    API_SECRET,
    NAMES,
    PASSPHRASE,
    PRIVATE_KEY,
    Secret,
    Variable,
)
from binfut_cli.endpoints import Env
from binfut_cli.errors import ConfigError

# The names that the exchange's own documents and SDKs use.
OFFICIAL = {"BINANCE_API_KEY": API_KEY, "BINANCE_SECRET_KEY": API_SECRET}

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"  # https://systemd.io/CREDENTIALS/
SERVED = {
    "binfut-api-key": API_KEY,
    "binfut-api-secret": API_SECRET,
    "binfut-private-key": PRIVATE_KEY,
    "binfut-private-key-passphrase": PASSPHRASE,
}

ENV = "BINFUT_ENV"
ENGINE_PASSWORD = "BINFUT_REDIS_PASSWORD"
ENGINE_PASSWORD_FILE = "BINFUT_REDIS_PASSWORD_FILE"
SENTINEL_PASSWORD = "BINFUT_REDIS_SENTINEL_PASSWORD"

Say = Callable[[str], object]
"""What takes a remark for the user."""

_OUR_OTHERS = ("BINFUT_", "BINANCE_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def variables(
    environ: MutableMapping[str, str], directory: Path, say: Say = bool
) -> dict[str, Variable]:
    """Read the known names once, and take them out of the environment.

    If the environment names any part of a key, `.env` is not read. Only these names are read from
    `.env`: an address or a proxy in a stray file must not be able to send a key elsewhere. Empty
    values count as not set.
    """
    found = taken(environ)
    return found or _from_file(directory / ".env", _env(environ), say)


def taken(environ: MutableMapping[str, str]) -> dict[str, Variable]:
    """Take the key's names out of the environment: ours, or else the official ones."""
    ours = {name: environ.pop(name, "") for name in NAMES}
    theirs = {ours_: environ.pop(name, "") for name, ours_ in OFFICIAL.items()}
    env = _env(environ)
    return _given(ours, "the environment", env) or _given(theirs, "the environment", env)


def has_key(environ: Mapping[str, str], directory: Path) -> bool:
    """Whether the environment or `.env` has any part of a key."""
    if any(environ.get(name) for name in (*NAMES, *OFFICIAL)):
        return True
    return bool(_known(_read(directory / ".env")[0]))


def without_key(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program of the user's may have of the environment: all but where a key may be."""
    engines = ENGINE_PASSWORD, ENGINE_PASSWORD_FILE, SENTINEL_PASSWORD
    keys = {*NAMES, *OFFICIAL, *engines, CREDENTIALS_DIRECTORY}
    return {name: text for name, text in environ.items() if name not in keys}


def served(environ: Mapping[str, str]) -> dict[str, Variable]:
    """Read the files that a service manager hands over in $CREDENTIALS_DIRECTORY."""
    given = environ.get(CREDENTIALS_DIRECTORY, "")
    if not os.path.isabs(given):
        return {}
    paths = {name: Path(given, file) for file, name in SERVED.items()}
    texts = {
        name: private_files.read_private_text(path, "The credential", served=True)
        for name, path in paths.items()
        if os.path.lexists(path)
    }
    return _given(texts, f"${CREDENTIALS_DIRECTORY}", _env(environ))


def _env(environ: Mapping[str, str]) -> str:
    """What a key that says nothing of itself is for."""
    return environ.get(ENV) or Env.PROD


def _given(texts: Mapping[str, str], source: str, env: str) -> dict[str, Variable]:
    return {name: Variable(Secret(text), source, env) for name, text in texts.items() if text}


def _from_file(path: Path, env: str, say: Say) -> dict[str, Variable]:
    """The key of a file; its own BINFUT_ENV says what it is for, and nothing else."""
    values, status = _read(path)
    known = _known(values)
    if status is None or not known:
        return {}
    _check(path, status)
    ignored = [name for name in values if _steers(name)]
    if ignored:
        say(f"binfut: .env also sets {', '.join(ignored)}, which is ignored there.")
    return _given(known, ".env", values.get(ENV, env))


def _check(path: Path, status: os.stat_result) -> None:
    """Refuse a file that another may have read or written. One without a key may be anybody's."""
    if path.is_symlink():
        raise ConfigError(
            ".env in the working directory holds a key and is a symbolic link.",
            hint="Put the file itself there.",
        )
    if flaw := private_files.flaw(status, Path(path.name)) or private_files.around(path):
        raise ConfigError(
            f".env in the working directory holds a key and {flaw.why}.", hint=flaw.hint
        )


def _known(values: Mapping[str, str]) -> dict[str, str]:
    ours = {name: text for name in NAMES if (text := values.get(name))}
    theirs = {ours_: text for name, ours_ in OFFICIAL.items() if (text := values.get(name))}
    return ours or theirs


def _steers(name: str) -> bool:
    """Whether a name would change where or how binfut asks, were it in the environment."""
    known = (*NAMES, *OFFICIAL, ENV)
    return name.upper() in _PROXIES or (name.startswith(_OUR_OTHERS) and name not in known)


def _read(path: Path) -> tuple[dict[str, str], os.stat_result | None]:
    """The values of a file, and what it was when it was opened; nothing if it is no file."""
    if not os.path.isfile(path):  # unlike Path's, this never raises
        return {}, None
    from dotenv import dotenv_values  # 6 ms that a run without the file need not pay

    try:
        with path.open(encoding="utf-8") as file:
            status, text = os.fstat(file.fileno()), file.read(private_files.LIMIT)
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{path.name} in the working directory cannot be read: {exc}.",
            hint="Make it a UTF-8 text file that you own, or remove it.",
        ) from exc
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value}, status
