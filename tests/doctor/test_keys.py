"""What is told of a key, and of the files it may be in."""

import os
from pathlib import Path

import pytest

from binfut_cli.auth.private_files import read_private
from binfut_cli.doctor import keys
from binfut_cli.doctor.findings import Verdict
from binfut_cli.errors import ConfigError


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_text("never told")
    path.chmod(0o600)
    return path


def test_a_file_of_ones_own_is_fine_and_one_that_is_not_there_is_no_matter(secret: Path) -> None:
    found = keys.files([secret, secret.with_name("none")], read_private)
    assert found.verdict is Verdict.OK
    assert found.detail == f"yours alone: {secret}"


def test_no_file_at_all_is_fine(tmp_path: Path) -> None:
    assert keys.files([tmp_path / ".env"], read_private).detail == "none in use"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_can_use_is_a_failure_with_the_command_to_type(
    secret: Path, mode: int
) -> None:
    secret.chmod(mode)
    with pytest.raises(ConfigError, match="other users") as caught:
        keys.files([secret], read_private)
    assert "chmod 600" in caught.value.hint


@pytest.mark.parametrize("target", ["key.pem", "nowhere"])
def test_a_link_is_a_failure_wherever_it_leads(secret: Path, target: str) -> None:
    link = secret.with_name("link")
    link.symlink_to(secret.with_name(target))
    with pytest.raises(ConfigError, match="symbolic link"):
        keys.files([link], read_private)


def test_a_directory_open_to_all_is_a_failure(secret: Path) -> None:
    secret.parent.chmod(0o777)
    with pytest.raises(ConfigError, match="everybody"):
        keys.files([secret], read_private)


def test_the_home_directory_is_not_told() -> None:
    home = os.path.expanduser("~")
    assert keys.homely(Path(home, "a", "b")) == "~/a/b"
    assert keys.homely(Path(f"{home}work/b")) == f"{home}work/b"


def test_the_type_and_the_source_are_told() -> None:
    assert keys.described("ed25519", "profile main").detail == "Ed25519, from profile main"
    assert not keys.described("rsa", ".env").hint
    assert keys.described("hmac", "the environment").hint


def test_every_power_is_a_warning() -> None:
    assert keys.powers([]).verdict is Verdict.OK
    found = keys.powers(["It may trade.", "It works from anywhere."])
    assert (found.verdict, found.detail) == ("warn", "It may trade. It works from anywhere.")
