"""Settings: the environment first, `.env` only when no part of a key is in it."""

import os
from pathlib import Path

import pytest

from binfut_cli.auth.credentials import (
    API_KEY,
    API_SECRET,
    NAMES,
    PASSPHRASE,
    PRIVATE_KEY,
    PRIVATE_KEY_FILE,
)
from binfut_cli.auth.environment import has_key, served, variables, without_key
from binfut_cli.errors import ConfigError


def revealed(environ: dict[str, str], directory: Path) -> dict[str, tuple[str, str]]:
    found = variables(environ, directory)
    return {name: (one.value.reveal(), one.source) for name, one in found.items()}


def write(directory: Path, text: str) -> None:
    path = directory / ".env"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def test_the_names_are_these() -> None:
    assert NAMES == (API_KEY, API_SECRET, PRIVATE_KEY_FILE, PASSPHRASE)
    assert all(name.startswith("BINFUT_") for name in NAMES)


def test_nothing_anywhere_is_nothing(tmp_path: Path) -> None:
    assert variables({}, tmp_path) == {}


def test_the_environment_is_read_and_emptied_of_the_names(tmp_path: Path) -> None:
    environ = {API_KEY: "k", API_SECRET: "s", PASSPHRASE: "", "PATH": "/bin", "BINFUT_ENV": "demo"}
    assert revealed(environ, tmp_path) == {
        API_KEY: ("k", "the environment"),
        API_SECRET: ("s", "the environment"),
    }
    assert environ == {"PATH": "/bin", "BINFUT_ENV": "demo"}


def test_a_child_process_inherits_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_KEY, "k")
    variables(os.environ, tmp_path)
    assert API_KEY not in os.environ


def test_the_file_is_read_when_the_environment_is_silent(tmp_path: Path) -> None:
    write(
        tmp_path,
        f"# a comment\nexport {API_KEY}=k\n{API_SECRET}='s s'\n{PASSPHRASE}=\n{PRIVATE_KEY_FILE}\n",
    )
    assert revealed({API_KEY: ""}, tmp_path) == {
        API_KEY: ("k", ".env"),
        API_SECRET: ("s s", ".env"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_never_put_together_from_two_places(name: str, tmp_path: Path) -> None:
    write(tmp_path, "".join(f"{each}=file\n" for each in NAMES))
    assert revealed({name: "env"}, tmp_path) == {name: ("env", "the environment")}


def test_an_unreadable_file_does_no_harm_when_it_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    assert set(variables({API_KEY: "k"}, tmp_path)) == {API_KEY}


def test_other_names_in_the_file_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, f"BINFUT_REST_URL=https://evil\nHTTPS_PROXY=http://evil\n{API_KEY}=k\n")
    environ: dict[str, str] = {}
    assert set(variables(environ, tmp_path)) == {API_KEY}
    assert environ == {}


def test_no_other_variable_is_put_into_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "inserted")
    write(tmp_path, f"{API_KEY}=a${{OTHER}}b\n")
    assert revealed({}, tmp_path)[API_KEY] == ("a${OTHER}b", ".env")


def test_only_the_file_of_this_directory_counts(tmp_path: Path) -> None:
    write(tmp_path, f"{API_KEY}=k\n")
    below = tmp_path / "below"
    below.mkdir()
    assert variables({}, below) == {}


def test_a_directory_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert variables({}, tmp_path) == {}


def test_a_file_in_another_encoding_is_refused_in_two_sentences(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(f"{API_KEY}=k\xff\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^\.env in the working directory cannot be read") as one:
        variables({}, tmp_path)
    assert "UTF-8" in one.value.hint


def test_the_official_names_are_known_but_ours_come_first(tmp_path: Path) -> None:
    theirs = {"BINANCE_API_KEY": "k2", "BINANCE_SECRET_KEY": "s2"}
    assert set(revealed(dict(theirs), tmp_path).values()) == {
        ("k2", "the environment"),
        ("s2", "the environment"),
    }
    environ = {**theirs, API_KEY: "k"}
    assert revealed(environ, tmp_path) == {API_KEY: ("k", "the environment")}
    assert environ == {}


def test_the_official_names_are_known_in_the_file_too(tmp_path: Path) -> None:
    write(tmp_path, "BINANCE_API_KEY=k\nBINANCE_SECRET_KEY=s\n")
    assert revealed({}, tmp_path) == {API_KEY: ("k", ".env"), API_SECRET: ("s", ".env")}


def test_what_would_steer_binfut_is_ignored_aloud(tmp_path: Path) -> None:
    said: list[str] = []
    write(tmp_path, f"{API_KEY}=k\nBINFUT_REST_URL=https://evil\nhttps_proxy=http://evil\nA=b\n")
    assert set(variables({}, tmp_path, said.append)) == {API_KEY}
    assert said == ["binfut: .env also sets BINFUT_REST_URL, https_proxy, which is ignored there."]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o601, 0o610])
def test_a_file_with_a_key_that_others_can_open_is_refused(mode: int, tmp_path: Path) -> None:
    write(tmp_path, f"{API_KEY}=k\n")
    (tmp_path / ".env").chmod(mode)
    with pytest.raises(ConfigError, match=rf"open to other users \(mode {mode:04o}\)") as caught:
        variables({}, tmp_path)
    assert caught.value.hint == "Type: chmod 600 .env"


def test_a_file_without_a_key_may_be_anybodys(tmp_path: Path) -> None:
    write(tmp_path, "OTHER=1\nHTTPS_PROXY=http://x\n")
    (tmp_path / ".env").chmod(0o644)
    said: list[str] = []
    assert variables({}, tmp_path, said.append) == {}
    assert said == []


def test_a_link_to_a_file_with_a_key_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{API_KEY}=k\n")
    (tmp_path / ".env").rename(tmp_path / "real")
    (tmp_path / ".env").symlink_to("real")
    with pytest.raises(ConfigError, match="symbolic link"):
        variables({}, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_with_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{API_KEY}=k\n")
    os.chown(tmp_path / ".env", 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to another user") as caught:
        variables({}, tmp_path)
    assert "chown" in caught.value.hint


def test_whether_there_is_a_key_takes_nothing(tmp_path: Path) -> None:
    environ = {API_KEY: "k"}
    assert has_key(environ, tmp_path)
    assert environ == {API_KEY: "k"}
    assert not has_key({API_KEY: ""}, tmp_path)
    write(tmp_path, f"{API_SECRET}=s\n")
    assert has_key({}, tmp_path)


def test_a_service_managers_files_are_read(tmp_path: Path) -> None:
    for name, text in (
        ("binfut-api-key", "k\n"),
        ("binfut-private-key", "PEM\nPEM\n"),
        ("binfut-private-key-passphrase", "correct horse\n"),
        ("other", "x"),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o440)  # how systemd's access list shows itself
    found = served({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    source = "$CREDENTIALS_DIRECTORY"
    assert {name: (one.value.reveal(), one.source) for name, one in found.items()} == {
        API_KEY: ("k", source),
        PRIVATE_KEY: ("PEM\nPEM", source),
        PASSPHRASE: ("correct horse", source),
    }


def test_a_service_managers_directory_must_be_absolute_and_its_files_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "binfut-api-key").write_text("k")
    (tmp_path / "binfut-api-key").chmod(0o444)
    monkeypatch.chdir(tmp_path)
    assert served({"CREDENTIALS_DIRECTORY": "."}) == {}
    assert served({}) == {}
    with pytest.raises(ConfigError, match=r"mode 0444") as caught:
        served({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "chmod 600" in caught.value.hint


def test_a_file_with_a_key_that_another_could_replace_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "open" / "project"
    place.mkdir(parents=True)
    write(place, f"{API_KEY}=k\n")
    assert set(variables({}, place)) == {API_KEY}
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(ConfigError, match="everybody can write to") as caught:
        variables({}, place)
    assert caught.value.hint == f"Type: chmod o-w {tmp_path}/open"
    write(place, "OTHER=1\n")
    assert variables({}, place) == {}


def test_a_working_directory_that_was_removed_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert variables({}, Path()) == {}
    assert not has_key({}, Path())


def test_a_program_of_the_users_is_given_no_key() -> None:
    names = (API_KEY, API_SECRET, PASSPHRASE, "BINANCE_SECRET_KEY", "CREDENTIALS_DIRECTORY")
    kept = {"PATH": "/bin", "BINFUT_MARKET": "usdm"}
    assert without_key({**kept, **dict.fromkeys(names, "secret")}) == kept
