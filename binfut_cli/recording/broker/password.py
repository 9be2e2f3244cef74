"""The passwords for an engine: from the environment, or a file that only we can read."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from binfut_cli.auth.credentials import Secret
from binfut_cli.auth.environment import CREDENTIALS_DIRECTORY, SENTINEL_PASSWORD
from binfut_cli.auth.environment import ENGINE_PASSWORD as PASSWORD
from binfut_cli.auth.environment import ENGINE_PASSWORD_FILE as PASSWORD_FILE
from binfut_cli.auth.private_files import read_private_text
from binfut_cli.auth.redaction import Redactor
from binfut_cli.errors import ConfigError

SERVED = "binfut-redis-password"
"""The file of a service manager, in $CREDENTIALS_DIRECTORY."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """What is told to the engine, and to the Sentinels before it; empty for none."""

    engine: Secret
    sentinels: Secret


def passwords(environ: MutableMapping[str, str], redactor: Redactor) -> Passwords:
    """Find the passwords, and take them out of the environment; the redactor knows them then.

    Raises ConfigError if a file that is named cannot be read, or others can read it.
    """
    given, file = environ.pop(PASSWORD, ""), environ.pop(PASSWORD_FILE, "")
    sentinels = environ.pop(SENTINEL_PASSWORD, "")
    if given and file:
        raise ConfigError(
            f"{PASSWORD} and {PASSWORD_FILE} are both set.", hint="Unset one of them."
        )
    if file:
        given = read_private_text(Path(file), "The file of the password")
    elif not given:
        given = _served(environ.get(CREDENTIALS_DIRECTORY))
    for each in (given, sentinels):
        redactor.learn(each)
    return Passwords(Secret(given), Secret(sentinels))


def _served(directory: str | None) -> str:
    path = Path(directory or "") / SERVED
    if not directory or not path.exists():
        return ""
    return read_private_text(path, "The file of the password", served=True)
