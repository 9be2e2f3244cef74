"""Where binfut keeps its files, by the XDG base directory specification.

https://specifications.freedesktop.org/basedir-spec/latest/: a relative value counts as not set.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from binfut_cli.errors import ConfigError

CONFIG_DIR = "BINFUT_CONFIG_DIR"


def config_dir(environ: Mapping[str, str]) -> Path:
    """The directory of `config.toml` and the stored keys."""
    if given := environ.get(CONFIG_DIR):
        return Path(os.path.abspath(os.path.expanduser(given)))
    return _place(environ, "XDG_CONFIG_HOME", ".config")


def cache_dir(environ: Mapping[str, str]) -> Path:
    """The directory of what can be asked again."""
    return _place(environ, "XDG_CACHE_HOME", ".cache")


def state_dir(environ: Mapping[str, str]) -> Path:
    """The directory of what the next run should know."""
    return _place(environ, "XDG_STATE_HOME", ".local/state")


def _place(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    given = environ.get(variable, "")
    if os.path.isabs(given):
        return Path(given, "binfut")
    if sys.platform in ("darwin", "win32"):
        return _of_the_platform(variable)
    home = environ.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        raise ConfigError(
            "There is no home directory to keep files in.",
            hint=f"Set HOME, or {variable} to an absolute path.",
        )
    return Path(home, below_home, "binfut")


def _of_the_platform(variable: str) -> Path:
    import platformdirs  # 5 ms that Linux need not pay

    places = {
        "XDG_CONFIG_HOME": platformdirs.user_config_path,
        "XDG_CACHE_HOME": platformdirs.user_cache_path,
        "XDG_STATE_HOME": platformdirs.user_state_path,
    }
    return places[variable]("binfut", appauthor=False)
