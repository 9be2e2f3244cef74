"""A key kept in a file or a keyring comes back whole; what protects nothing is not used."""

import threading
from pathlib import Path

import pytest

from binfut_cli.auth import stores
from binfut_cli.auth.credentials import Secret
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.auth.stores import FileStore, KeyringStore, Store, protected
from binfut_cli.errors import ConfigError

PEM = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"


class Backend:
    """What a keyring's back-end does, in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.held[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        del self.held[service, name]


def texts(kept: StoredKey) -> list[str]:
    return [
        each.reveal() for each in (kept.api_key, kept.api_secret, kept.private_key, kept.passphrase)
    ]


@pytest.fixture(params=["file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return FileStore(tmp_path) if request.param == "file" else KeyringStore(Backend())


@pytest.mark.parametrize(
    "kept",
    [
        StoredKey(Secret("k"), api_secret=Secret("s")),
        StoredKey(Secret("k"), private_key=Secret(PEM), passphrase=Secret('"quo\\ted" ключ')),
        StoredKey(Secret("k")),
    ],
)
def test_what_is_put_is_got_and_dropped(store: Store, kept: StoredKey) -> None:
    assert not store.has("main")
    store.put("main", kept)
    assert store.has("main")
    assert texts(store.get("main")) == texts(kept)
    store.drop("main")
    store.drop("main")
    assert not store.has("main")
    with pytest.raises(ConfigError):
        store.get("main")


def test_the_file_is_ours_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put("main", StoredKey(Secret("k")))
    path = Path(store.where("main"))
    assert path == tmp_path / "keys" / "main.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="open to other users"):
        store.get("main")


@pytest.mark.parametrize(
    "text", ["", "api_key", "api_secret = 's'", "api_key = 1", "api_key='k'\nother='SECRET'"]
)
def test_a_damaged_file_is_told_and_not_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys" / "main.toml"
    path.parent.mkdir()
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(ConfigError, match="is damaged") as caught:
        FileStore(tmp_path).get("main")
    assert "SECRET" not in caught.value.message
    assert path.read_text() == text


def named(module: str) -> Backend:
    made: Backend = type("Keyring", (Backend,), {"__module__": module})()
    return made


@pytest.mark.parametrize(
    "module",
    ["keyring.backends.null", "keyring.backends.fail", "keyrings.alt.file", "SecretService"],
)
def test_a_keyring_that_protects_nothing_is_refused(module: str) -> None:
    with pytest.raises(ConfigError, match="does not protect secrets") as caught:
        protected(named(module))
    assert module in caught.value.message
    assert "--store file" in caught.value.hint


def test_of_a_chain_the_first_that_protects_is_used() -> None:
    good, bad = named("keyring.backends.SecretService"), named("keyrings.alt.file")
    chain = named("keyring.backends.chainer")
    chain.backends = [bad, good]  # type: ignore[attr-defined]
    assert protected(chain) is good
    assert protected(good) is good
    chain.backends = [bad]  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="chainer"):
        protected(chain)


def test_a_keyring_that_refuses_or_sleeps_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Locked(Backend):
        def get_password(self, service: str, name: str) -> str | None:
            raise RuntimeError("locked: SECRET")

    with pytest.raises(ConfigError, match=r"refused \(RuntimeError\)"):
        KeyringStore(Locked()).get("main")

    monkeypatch.setattr(stores, "PROBE_S", 0.05)
    awake = threading.Event()

    class Asleep(Backend):
        def get_password(self, service: str, name: str) -> str | None:
            awake.wait(10)
            return None

    with pytest.raises(ConfigError, match="gave no answer"):
        KeyringStore(Asleep()).get("main")
    awake.set()


def test_without_the_package_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        stores.store("keyring", Path("/"))
    assert "binfut[keyring]" in caught.value.hint


@pytest.mark.parametrize("name", ["null", "fail"])
def test_the_librarys_own_back_ends_that_keep_nothing_are_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = pytest.importorskip("keyring", reason="the extra `keyring` is not installed")
    module = __import__(f"keyring.backends.{name}", fromlist=["Keyring"])
    monkeypatch.setattr(keyring, "get_keyring", module.Keyring)
    with pytest.raises(ConfigError, match="does not protect secrets"):
        stores.store("keyring", Path("/"))
