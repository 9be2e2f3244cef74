"""XDG: absolute values count, relative ones do not; ours goes first."""

import os
import sys
from pathlib import Path

import pytest

from binfut_cli.auth.directories import cache_dir, config_dir
from binfut_cli.errors import ConfigError

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the XDG specification is for Linux")


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HOME": "/h"}, "/h/.config/binfut"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/binfut"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "x"}, "/h/.config/binfut"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": ""}, "/h/.config/binfut"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x", "BINFUT_CONFIG_DIR": "/b"}, "/b"),
    ],
)
@LINUX
def test_where_the_configuration_is(environ: dict[str, str], place: str) -> None:
    assert config_dir(environ) == Path(place)


@LINUX
def test_where_the_cache_is() -> None:
    assert cache_dir({"HOME": "/h"}) == Path("/h/.cache/binfut")
    assert cache_dir({"HOME": "/h", "XDG_CACHE_HOME": "/x"}) == Path("/x/binfut")


@LINUX
def test_without_a_home_the_users_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    assert config_dir({}) == Path(os.path.expanduser("~"), ".config/binfut")


@LINUX
def test_a_home_that_is_nowhere_is_told() -> None:
    with pytest.raises(ConfigError, match="no home directory") as caught:
        config_dir({"HOME": "relative"})
    assert "XDG_CONFIG_HOME" in caught.value.hint
