"""What a profile says of options that were given neither on the command line nor otherwise."""

import os
from pathlib import Path

from binfut_cli.auth import directories

FILE = "config.toml"


def preferences(name: str | None) -> dict[str, str]:
    """The named profile's environment, market and output; or else the default profile's.

    The default profile's environment goes with its key: it says nothing if a key is given in the
    environment or in `.env`. Nothing is read where there is no configuration.
    """
    try:
        directory = directories.config_dir(os.environ)
    except directories.NoHome:  # no profiles
        return {}
    if not os.path.lexists(directory / FILE):
        return {}
    from binfut_cli.auth import environment, profiles

    known = profiles.load(directory)
    profile = known.named.get(known.default if name is None else name)
    if profile is None:
        return {}  # an account of the sandbox, or none: told when it is opened
    wanted = {"env": profile.env, "market": profile.market, "output": profile.output}
    if name is None and environment.has_key(os.environ, Path()):
        del wanted["env"]
    return {option: value for option, value in wanted.items() if value}
