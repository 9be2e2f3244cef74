"""Addresses of engines: every form, and what is refused without being repeated."""

import pytest

from binfut_cli.errors import ConfigError
from binfut_cli.recording.broker.address import Address, Kind, address


@pytest.mark.parametrize(
    ("url", "expected", "shown"),
    [
        ("redis://h", Address(Kind.SERVER, False, (("h", 6379),)), "redis://h:6379"),
        (
            "rediss://me@h:1/2",
            Address(Kind.SERVER, True, (("h", 1),), "me", 2),
            "rediss://h:1/2",
        ),
        ("redis://[::1]:7/", Address(Kind.SERVER, False, (("::1", 7),)), "redis://[::1]:7"),
        (
            "redis+sentinel://a,b:3/main/4",
            Address(Kind.SENTINEL, False, (("a", 26379), ("b", 3)), None, 4, "main"),
            "redis+sentinel://a:26379,b:3/main/4",
        ),
        (
            "rediss+cluster://w%40x@a:1,b",
            Address(Kind.CLUSTER, True, (("a", 1), ("b", 6379)), "w@x"),
            "rediss+cluster://a:1,b:6379",
        ),
    ],
)
def test_every_form(url: str, expected: Address, shown: str) -> None:
    found = address(url, "--to")
    assert found == expected
    assert str(found) == shown
    assert address(shown, "--to") == Address(
        expected.kind, expected.tls, expected.hosts, None, expected.db, expected.service
    )


@pytest.mark.parametrize(
    "url",
    [
        "", "h", "h:1", "http://h", "redis:h", "redis://", "redis://h:0", "redis://h:x",
        "redis://h:70000", "redis://h/x", "redis://h/1/2", "redis://h?db=1", "redis://h#x",
        "redis://h,i", "redis://h\n", "redis://h h", "redis://[::1", "redis+sentinel://h",
        "redis+sentinel://h/a/b", "redis+cluster://h/1", "redis+cluster://h,,i", "redis://-/²",
        f"redis://{'x' * 70}",
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_the_forms(url: str) -> None:
    with pytest.raises(ConfigError, match="--to is not the address of a Redis") as caught:
        address(url, "--to")
    assert "redis+sentinel://" in caught.value.hint


@pytest.mark.parametrize("url", ["redis://me:hunter2@h", "redis://:hunter2@h", "rediss://me:@h"])
def test_a_password_in_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="has a password in it") as caught:
        address(url, "--to")
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert "BINFUT_REDIS_PASSWORD_FILE" in caught.value.hint


def test_who_can_listen_in() -> None:
    assert address("redis://example.org", "").is_overheard
    assert not address("rediss://example.org", "").is_overheard
    assert not address("redis://127.0.0.1", "").is_overheard
    assert address("redis+cluster://localhost,example.org", "").is_overheard
