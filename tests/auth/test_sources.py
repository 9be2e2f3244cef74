"""Which key a run uses: a named profile, the environment, a file here, the default, a service."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from binfut_cli.auth import profiles
from binfut_cli.auth.credentials import API_KEY, API_SECRET, PASSPHRASE, Secret
from binfut_cli.auth.profiles import Profile, Profiles
from binfut_cli.auth.redaction import Redactor
from binfut_cli.auth.sources import FoundKey, Surroundings, find, find_each, given
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import FileStore
from binfut_cli.endpoints import Env
from binfut_cli.errors import ConfigError


class Ground:
    """Everywhere a key can lie, each with a key named after the place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {"BINFUT_CONFIG_DIR": str(root / "config")}
        self.redactor = Redactor()

    def profile(self, name: str, env: str = "prod", **kept: str) -> None:
        store = FileStore(self.root / "config")
        secrets = {"api_key": name, "api_secret": "secret"} | kept
        store.put(name, StoredKey(**{each: Secret(text) for each, text in secrets.items() if text}))
        known = profiles.load(self.root / "config")
        made = Profile(env=env, key_type="hmac", api_key="…")
        profiles.save(self.root / "config", known.with_profile(name, made, as_default=False))

    def served(self) -> None:
        for file, text in (("binfut-api-key", "served"), ("binfut-api-secret", "secret")):
            (self.root / file).touch(0o600)
            (self.root / file).write_text(text)
        self.environ["CREDENTIALS_DIRECTORY"] = str(self.root)

    def dotenv(self, more: str = "") -> None:
        path = self.root / ".env"
        path.touch(0o600)
        path.write_text(f"{API_KEY}=dotenv\n{API_SECRET}=secret\n{more}")

    def exported(self) -> None:
        self.environ |= {API_KEY: "environment", API_SECRET: "secret"}

    def find(self, name: str | None = None, env: Env = Env.PROD) -> FoundKey:
        return find(name, env, Surroundings(self.environ, self.root, self.redactor))

    def found(self, name: str | None = None, env: Env = Env.PROD) -> str:
        return self.find(name, env).credentials.api_key.reveal()


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_what_is_nearer_to_the_command_comes_first(ground: Ground) -> None:
    with pytest.raises(ConfigError, match="No API key"):
        ground.found()
    ground.served()
    assert ground.found() == "served"
    ground.profile("first")
    ground.profile("second")
    assert ground.found() == "first"
    ground.dotenv()
    assert ground.found() == "dotenv"
    ground.environ |= {API_KEY: "environment", API_SECRET: "secret"}
    assert ground.found() == "environment"
    ground.environ |= {API_KEY: "environment", API_SECRET: "secret"}
    assert ground.found("second") == "second"
    assert set(ground.environ) == {"BINFUT_CONFIG_DIR", "CREDENTIALS_DIRECTORY"}


def test_where_it_comes_from_is_said(ground: Ground) -> None:
    ground.profile("main", api_key="the-key-of-main")
    key = ground.find()
    assert (key.name, key.credentials.source) == ("main", "profile main")
    assert ground.redactor.scrub(b"the-key-of-main secret.") == b"*** ***."


def test_a_default_profile_of_another_environment_is_not_used(ground: Ground) -> None:
    ground.profile("main", env="demo")
    ground.served()
    assert ground.found() == "served"
    assert ground.found(env=Env.DEMO) == "main"
    with pytest.raises(ConfigError, match="is for demo, not for prod"):
        ground.found("main")


@pytest.mark.parametrize("lay", [Ground.exported, Ground.dotenv, Ground.served])
def test_a_key_that_says_nothing_of_itself_is_productions_unless_binfut_env_says_otherwise(
    ground: Ground, lay: Callable[[Ground], None]
) -> None:
    for env in Env:
        lay(ground)
        if env is Env.PROD:
            assert ground.found(env=env)
            continue
        with pytest.raises(ConfigError, match=f"is for prod, not for {env}") as caught:
            ground.find(env=env)
        assert f"BINFUT_ENV={env}" in caught.value.hint
    for env in Env:
        lay(ground)
        ground.environ["BINFUT_ENV"] = env
        assert ground.found(env=env)
        lay(ground)
        other = Env.PROD if env is Env.DEMO else Env.DEMO
        with pytest.raises(ConfigError, match=f"is for {env}, not for {other}"):
            ground.find(env=other)


def test_a_file_may_say_itself_what_its_key_is_for(ground: Ground) -> None:
    ground.dotenv("BINFUT_ENV=testnet\n")
    ground.environ["BINFUT_ENV"] = "demo"
    assert ground.found(env=Env.TESTNET) == "dotenv"
    assert ground.redactor.scrub(b"dotenv testnet") == b"*** testnet"
    with pytest.raises(ConfigError, match=r"\.env is for testnet, not for demo") as caught:
        ground.find(env=Env.DEMO)
    assert "--env testnet" in caught.value.hint
    ground.exported()
    assert ground.found(env=Env.DEMO) == "environment"


def test_a_key_of_another_environment_is_no_reason_to_take_another_key(ground: Ground) -> None:
    ground.profile("main", env="demo")
    ground.exported()
    with pytest.raises(ConfigError, match="The key from the environment is for prod, not for demo"):
        ground.find(env=Env.DEMO)


def locked() -> str:
    """A new private key that opens with `words`."""
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"words"),
    )
    return pem.decode()


def test_a_passphrase_may_come_from_the_environment(ground: Ground) -> None:
    ground.profile("main", api_secret="", private_key=locked())
    with pytest.raises(ConfigError, match="needs a passphrase"):
        ground.find()
    for name in (None, "main"):
        ground.environ[PASSPHRASE] = "words"
        assert ground.find(name).credentials.signer.kind == "ed25519"


def test_a_passphrase_alone_is_tried_with_each_of_several_profiles(ground: Ground) -> None:
    for name in ("one", "two"):
        ground.profile(name, api_secret="", private_key=locked())
    ground.environ[PASSPHRASE] = "words"
    wanted = [("two", Env.PROD), ("one", Env.PROD)]
    place = Surroundings(ground.environ, ground.root)
    found = find_each(wanted, place, given(place))
    assert [key.name for key in found] == ["two", "one"]
    assert {key.credentials.signer.kind for key in found} == {"ed25519"}


def test_without_a_home_there_are_no_profiles(ground: Ground) -> None:
    ground.environ = {"HOME": "relative"}
    with pytest.raises(ConfigError, match="No API key"):
        ground.find()
    with pytest.raises(ConfigError, match="no profile 'main'"):
        ground.find("main")


def test_a_missing_profile_is_no_fall_through(ground: Ground) -> None:
    ground.dotenv()
    with pytest.raises(ConfigError, match="no profile 'main'"):
        ground.find("main")
    assert profiles.load(ground.root / "config") == Profiles()
