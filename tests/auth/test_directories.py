"""XDG: absolute values count, relative ones do not; ours goes first. Who may write on the way."""

import grp
import os
import pwd
import sys
from pathlib import Path

import pytest

from binfut_cli.auth.directories import (
    NoHome,
    cache_dir,
    config_dir,
    expanded,
    flaw_on_the_way,
    state_dir,
)
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
    assert state_dir({"HOME": "/h", "XDG_STATE_HOME": "x"}) == Path("/h/.local/state/binfut")
    assert state_dir({"HOME": "/h", "XDG_STATE_HOME": "/x"}) == Path("/x/binfut")


@LINUX
def test_without_a_home_the_users_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    assert config_dir({}) == Path(os.path.expanduser("~"), ".config/binfut")


@LINUX
def test_a_home_that_is_nowhere_is_told() -> None:
    with pytest.raises(NoHome, match="no home directory") as caught:
        config_dir({"HOME": "relative"})
    assert "XDG_CONFIG_HOME" in caught.value.hint


@pytest.mark.parametrize("given", ["x", ".", "./x", "../x", "~nobody-of-this-name/x"])
def test_a_configuration_that_would_hang_on_the_working_directory_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match=r"BINFUT_CONFIG_DIR is .* not an absolute") as caught:
        config_dir({"HOME": "/h", "BINFUT_CONFIG_DIR": given})
    assert not isinstance(caught.value, NoHome)  # which some go on without


def test_a_home_directory_may_be_written_for_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    assert config_dir({"BINFUT_CONFIG_DIR": "~/b/../c"}) == Path("/h/c")
    assert expanded("~a\x00b") == Path("~a\x00b")


POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such modes")
ROOT = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give away")


def deep(root: Path) -> Path:
    """A file some directories down."""
    file = root / "a" / "b" / "c" / "file"
    file.parent.mkdir(parents=True)
    file.touch(mode=0o600)
    return file


def why(path: Path) -> str:
    found = flaw_on_the_way(path)
    return found[0] if found else ""


@POSIX
@pytest.mark.parametrize("step", ["a", "a/b", "a/b/c"])
@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o755, ""), (0o700, ""), (0o711, ""), (0o1777, ""), (0o777, "everybody"),
     (0o757, "everybody"), (0o2777, "everybody"), (0o1757, "")],
)  # fmt: skip
def test_who_may_write_to_any_directory_on_the_way_may_replace_the_file(
    tmp_path: Path, step: str, mode: int, said: str
) -> None:
    file = deep(tmp_path)
    (tmp_path / step).chmod(mode)
    assert why(file) == (f"lies in a directory that {said} can write to" if said else "")
    if said:
        assert flaw_on_the_way(file) == (why(file), f"Type: chmod o-w {tmp_path / step}")


@ROOT
def test_a_group_may_write_if_it_is_the_users_alone(tmp_path: Path) -> None:
    file, user = deep(tmp_path), pwd.getpwuid(0).pw_name
    shared = next((each.gr_gid for each in grp.getgrall() if each.gr_name != user), 4711)
    file.parent.chmod(0o775)
    for group, said in ((0, ""), (shared, "its group"), (987_654, "its group")):
        os.chown(file.parent, 0, group)
        assert said in why(file)
        assert bool(said) == bool(why(file))
    file.parent.chmod(0o1775)
    assert why(file) == ""


@POSIX
def test_where_a_umask_of_002_is_usual_a_users_own_group_does_no_harm(tmp_path: Path) -> None:
    file, user = deep(tmp_path), pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(user.pw_gid)
    if group.gr_name != user.pw_name or set(group.gr_mem) - {user.pw_name}:
        pytest.skip("this user has no group of their own")
    os.chown(file.parent, -1, user.pw_gid)
    file.parent.chmod(0o775)
    assert why(file) == ""


@ROOT
def test_a_directory_or_a_link_of_another_user_is_theirs(tmp_path: Path) -> None:
    file = deep(tmp_path)
    os.chown(tmp_path / "a", 54321, 54321)
    assert why(file) == "lies in a directory of another user"
    os.chown(tmp_path / "a", 0, 0)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert why(tmp_path / "link/b/c/file") == ""
    os.lchown(tmp_path / "link", 54321, 54321)
    assert why(tmp_path / "link/b/c/file") == "lies in a directory of another user"


@POSIX
def test_links_are_followed_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = deep(tmp_path)
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "second").symlink_to("../a/b")
    (tmp_path / "first").symlink_to(tmp_path / "open" / "second")
    monkeypatch.chdir(tmp_path / "a")
    ways = ("first/c/file", "open/second/c/file", "a/../open/second/c/file")
    found = [tmp_path / way for way in ways] + [Path("../first/c/file")]
    assert {why(way) for way in found} == {""}
    (tmp_path / "open").chmod(0o777)
    assert {why(way) for way in found} == {"lies in a directory that everybody can write to"}
    assert why(file) == why(Path("b/c/file")) == ""
    (tmp_path / "round").symlink_to("round")
    assert why(tmp_path / "round" / "file") == ""  # nothing is there to be opened


@POSIX
def test_above_the_users_own_home_nothing_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, beside = deep(tmp_path), tmp_path / "a" / "beside"
    (tmp_path / "a").chmod(0o777)
    beside.touch()
    monkeypatch.setattr(pwd, "getpwuid", lambda _: entry(tmp_path / "a" / "b"))
    assert why(file) == ""
    assert "everybody" in why(beside)
    (tmp_path / "a" / "b").chmod(0o777)
    assert "everybody" in why(file)  # the home itself is


def entry(home: Path) -> pwd.struct_passwd:
    return pwd.struct_passwd(("me", "x", os.geteuid(), os.getegid(), "", str(home), "/bin/sh"))


@POSIX
def test_who_has_no_name_here_has_no_home_that_would_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deep(tmp_path)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    file.parent.chmod(0o770)
    assert "its group" in why(file)


def test_what_is_not_there_yet_or_too_long_has_no_flaw_or_says_so(tmp_path: Path) -> None:
    assert why(tmp_path / "not" / "there") == ""
    assert why(deep(tmp_path) / "below" / "a file") == ""
    if os.name == "posix":
        assert "cannot be looked at" in why(Path("/" + "x" * 5000, "file"))
