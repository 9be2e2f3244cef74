"""What `binfut` alone says before there is a key: how to look around, and how to add one."""

import os
from pathlib import Path

from binfut_cli.auth import directories, environment, profiles
from binfut_cli.errors import BinfutError

WELCOME = """\
binfut inspects Binance futures accounts; it cannot trade. No key is set yet.
  Look around in the built-in exchange:  binfut status -e sandbox
  See an account move there:             binfut watch -e sandbox --speed 20
  Add a key that may only read:          binfut profile add main
  All commands:                          binfut --help"""


def is_without_key() -> bool:
    """Whether nothing here has a key, as far as can be told without reading one."""
    try:
        given = environment.has_key(os.environ, Path())
        served = environment.CREDENTIALS_DIRECTORY in os.environ
        return not (given or served or profiles.load(directories.config_dir(os.environ)).named)
    except directories.NoHome:
        return True
    except BinfutError:  # what is wrong is told when an account is asked
        return False
