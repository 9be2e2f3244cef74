"""Profiles are written and read whole, or refused in two sentences with nothing changed."""

from pathlib import Path

import pytest

from binfut_cli.auth import profiles
from binfut_cli.auth.profiles import Profile, Profiles, load, masked, save
from binfut_cli.endpoints import Overrides
from binfut_cli.errors import ConfigError

MAIN = Profile(key_type="hmac", api_key="vmPU…Eh8A", market="coinm", rest_url="https://x")
OTHER = Profile(env="demo", key_type="ed25519", api_key="…", private_key_file='/a "b"/k.pem')


def config(directory: Path, text: str) -> Path:
    path = directory / profiles.FILE
    path.touch(0o600)
    path.write_text(text)
    return path


def test_nothing_is_no_profiles(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere") == Profiles()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    kept = Profiles().with_profile("main", MAIN, as_default=False)
    kept = kept.with_profile("other", OTHER, as_default=False)
    save(tmp_path / "new", kept)
    assert load(tmp_path / "new") == kept
    assert kept.default == "main"
    assert kept.named["main"].overrides == Overrides(rest="https://x")
    assert kept.named["other"].overrides == Overrides()


def test_the_default_follows_what_is_done() -> None:
    both = Profiles().with_profile("a", MAIN, as_default=False)
    both = both.with_profile("b", OTHER, as_default=True)
    assert both.default == "b"
    assert both.with_default("a").default == "a"
    assert both.without("b") == Profiles({"a": MAIN}, "")
    assert both.without("a").default == "b"
    with pytest.raises(ConfigError, match="no profile 'c'") as caught:
        both.with_default("c")
    assert "a, b" in caught.value.hint
    with pytest.raises(ConfigError) as caught:
        both.get("a*")
    assert "Only watch takes several by a pattern" in caught.value.hint


def test_a_name_fits_a_table_and_a_file() -> None:
    for good in ("main", "a-b_C9", "7", "x" * 64):
        assert profiles.is_name(good)
    for bad in ("", "-a", "a.b", "a/b", "..", "a b", "ключ", "x" * 65, "a\n"):
        assert not profiles.is_name(bad)
    for device in ("con", "CON", "nul", "Aux", "prn", "com1", "LPT9", "com0"):
        assert not profiles.is_name(device)
        assert profiles.is_name(f"{device}-")


def test_names_that_a_file_system_may_take_for_one_are_not_two(tmp_path: Path) -> None:
    kept = Profiles().with_profile("Main", MAIN, as_default=False)
    assert (kept.like("main"), kept.like("Main"), kept.like("mai")) == ("Main", "Main", None)
    save(tmp_path, kept.with_profile("main", OTHER, as_default=False))
    with pytest.raises(ConfigError, match="differ in case only"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 3000])
def test_a_place_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read: file name too long"):
        load(tmp_path / name)


def test_a_masked_key_shows_four_characters_of_each_end_or_none() -> None:
    assert masked("0123456789abcdef") == "0123…cdef"
    assert masked("0123456789abcde") == "…"


KEY = 'key_type="hmac"\napi_key="x"\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[profiles.main", "at end of document"),
        ('default = "main"\n[profiles.main]\nenv = "pr', "Unterminated string"),
        ('other = "x"', "unknown entry 'other'"),
        ("default = 1", "must be a text"),
        ('profiles = "x"', "a table"),
        ('default = "x"', "default 'x' is no profile"),
        ("[profiles]\nmain = 1", "is not a table"),
        ('[profiles."a b"]\n' + KEY, "cannot name a profile"),
        (f'[profiles.main]\n{KEY}envv = "prod"', "unknown entry 'envv'"),
        (f"[profiles.main]\n{KEY}env = 1", "env of profile 'main' is not a text"),
        (f'[profiles.main]\n{KEY}env = "live"', "not one of prod, testnet, demo"),
        (f'[profiles.main]\n{KEY}env = "sandbox"', "not one of prod"),
        (f'[profiles.main]\n{KEY}store = "cloud"', "not one of file, keyring"),
        (f'[profiles.main]\n{KEY}market = "spot"', "not one of usdm, coinm, all"),
        ('[profiles.main]\nkey_type="hmac"', "has no api_key"),
    ],
)
def test_what_is_no_configuration_is_told_and_left_alone(
    tmp_path: Path, text: str, why: str
) -> None:
    path = config(tmp_path, text)
    with pytest.raises(ConfigError, match="is not a configuration of binfut") as caught:
        load(tmp_path)
    assert why in caught.value.message
    assert "nothing was changed" in caught.value.hint
    assert path.read_text() == text


def test_a_configuration_that_others_can_change_is_refused(tmp_path: Path) -> None:
    config(tmp_path, f"[profiles.main]\n{KEY}").chmod(0o664)
    with pytest.raises(ConfigError, match="open to other users"):
        load(tmp_path)


def test_a_dangling_link_is_no_empty_configuration(tmp_path: Path) -> None:
    (tmp_path / profiles.FILE).symlink_to("nowhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        load(tmp_path)


def test_a_path_that_is_not_text_is_refused(tmp_path: Path) -> None:
    strange = Profile(key_type="rsa", api_key="x", private_key_file="/\udcff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        save(tmp_path, Profiles({"main": strange}))
    assert list(tmp_path.iterdir()) == []
