"""Certificates that the environment names and that cannot be read are told, not passed over."""

import os
from pathlib import Path

import pytest

from binfut_cli.api.transport.tls import check
from binfut_cli.errors import ConfigError
from tests.support.program import binfut, environment

NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", ["nowhere", "x" * 5000, "file/below"])
def test_what_cannot_be_read_is_told_by_its_variable(tmp_path: Path, name: str, given: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=f"that {name} names cannot be read: ") as caught:
        check({name: str(tmp_path / given)})
    assert str(tmp_path) not in caught.value.message  # it may name the user, in a report
    assert caught.value.hint.startswith(f"Correct {name}, or unset it")


def test_the_wrong_one_of_the_two_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="SSL_CERT_FILE names cannot be read: is a directory"):
        check({"SSL_CERT_FILE": str(tmp_path)})
    with pytest.raises(ConfigError, match="SSL_CERT_DIR names cannot be read: not a directory"):
        check({"SSL_CERT_DIR": str(tmp_path / "file")})


def test_of_a_list_of_directories_one_is_enough(tmp_path: Path) -> None:
    for listed in (["nowhere", ""], ["", "nowhere"], ["", ""]):
        check({"SSL_CERT_DIR": os.pathsep.join(str(tmp_path / each) for each in listed)})
    with pytest.raises(ConfigError, match="SSL_CERT_DIR"):
        check({"SSL_CERT_DIR": f"{tmp_path}/a{os.pathsep}{tmp_path}/b"})


def test_what_is_not_named_is_not_looked_at() -> None:
    check({})
    check(dict.fromkeys(NAMES, ""))


@pytest.mark.parametrize("question", ["status", "orders"])  # over the WS-API, and over REST
@pytest.mark.parametrize("name", NAMES)
def test_the_program_says_so_before_it_asks(name: str, question: str) -> None:
    env = environment(BINFUT_API_KEY="k" * 64, BINFUT_API_SECRET="s" * 64) | {name: "/nowhere"}
    there = ("--rest-url", "https://exchange.invalid", "--ws-api-url", "wss://exchange.invalid")
    done = binfut("account", question, *there, "--no-key-check", env=env)
    assert (done.status, len(done.err.splitlines())) == (3, 2)
    assert f"that {name} names cannot be read: no such file" in done.err
