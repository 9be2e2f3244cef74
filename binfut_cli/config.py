"""Where settings come from: the environment first, then `.env` in the working directory."""

from collections.abc import MutableMapping
from pathlib import Path

from binfut_cli.credentials import NAMES, Secret, Variable
from binfut_cli.errors import ConfigError


def variables(environ: MutableMapping[str, str], directory: Path) -> dict[str, Variable]:
    """Read the known names once, and take them out of the environment.

    A key is never put together from two places: if the environment names any part of one, `.env`
    is not read. Only these names are read from `.env`: an address or a proxy in a stray file must
    not be able to send a key elsewhere. Empty values count as not set.
    """
    taken = {name: environ.pop(name, "") for name in NAMES}
    found = {
        name: Variable(Secret(text), "the environment") for name, text in taken.items() if text
    }
    return found or _from_file(directory / ".env")


def _from_file(path: Path) -> dict[str, Variable]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # 6 ms that a run without the file need not pay

    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{path.name} in the working directory cannot be read: {exc}.",
            hint="Make it a UTF-8 text file that you own, or remove it.",
        ) from exc
    return {name: Variable(Secret(text), ".env") for name in NAMES if (text := values.get(name))}
