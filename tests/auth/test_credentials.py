"""A key is read whole or refused in a sentence, and shows itself nowhere."""

import copy
import pickle
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from binfut_cli.auth import credentials
from binfut_cli.auth.credentials import (
    API_KEY,
    API_SECRET,
    PASSPHRASE,
    PRIVATE_KEY,
    PRIVATE_KEY_FILE,
    Credentials,
    Secret,
    Variable,
    load,
)
from binfut_cli.auth.redaction import Redactor
from binfut_cli.errors import ConfigError

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
WORDS = "correct horse"


def given(**texts: str) -> dict[str, Variable]:
    return {name: Variable(Secret(text), "the environment") for name, text in texts.items()}


def pem(
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, words: str | None = None
) -> bytes:
    hidden = (
        serialization.BestAvailableEncryption(words.encode())
        if words
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


def private(path: Path, data: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return private(tmp_path / "key.pem", pem(ed25519.Ed25519PrivateKey.generate()))


def test_a_key_with_a_secret_signs_with_hmac() -> None:
    found = load(given(**{API_KEY: KEY, API_SECRET: SECRET}))
    assert found.api_key.reveal() == KEY
    assert (found.signer.kind, found.source) == ("hmac", "the environment")
    assert found.signer.sign(b"payload") == credentials.sandbox(KEY, SECRET).signer.sign(b"payload")


def test_a_key_with_a_file_signs_with_it(key_file: Path) -> None:
    found = load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(key_file)}))
    assert found.signer.kind == "ed25519"


def test_a_key_file_may_have_a_passphrase(tmp_path: Path) -> None:
    path = private(tmp_path / "locked.pem", pem(ed25519.Ed25519PrivateKey.generate(), WORDS))
    texts = {API_KEY: KEY, PRIVATE_KEY_FILE: str(path)}
    assert load(given(**texts, **{PASSPHRASE: WORDS})).signer.kind == "ed25519"
    for wrong in ({}, {PASSPHRASE: "wrong"}):
        with pytest.raises(ConfigError, match="no key to sign with") as caught:
            load(given(**texts, **wrong))
        assert PASSPHRASE in caught.value.hint


def test_a_home_directory_is_followed(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(key_file.parent))
    assert load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: "~/key.pem"})).signer.kind == "ed25519"


@pytest.mark.parametrize(
    ("texts", "message", "hint"),
    [
        ({}, "No API key is set.", "--env sandbox needs no key"),
        ({API_SECRET: SECRET}, "No API key is set.", API_KEY),
        ({API_KEY: KEY}, f"{API_KEY} is set, but nothing to sign with.", API_SECRET),
        ({API_KEY: KEY, PASSPHRASE: WORDS}, "nothing to sign with", PRIVATE_KEY_FILE),
        ({API_KEY: KEY, API_SECRET: SECRET, PRIVATE_KEY_FILE: "x"}, "Both", "Remove one"),
        *(
            ({API_KEY: text, API_SECRET: SECRET}, f"{API_KEY} from the environment", "Copy")
            for text in (f'"{KEY}"', f"'{KEY}'", f" {KEY}", f"{KEY}\n", "a\tb", "ключ", "a\x00b")
        ),
        ({API_KEY: KEY, API_SECRET: f"{SECRET} "}, f"{API_SECRET} from the environment", "quotes"),
        (
            {API_KEY: KEY, API_SECRET: "-----BEGIN PRIVATE KEY-----\nMC4C\n"},
            f"{API_SECRET} from the environment",
            PRIVATE_KEY_FILE,
        ),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "/no/such/file"}, "no such file", "path"),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "~nobody-here/x"}, "no such file", "path"),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "a\x00b"}, "cannot be read", "path"),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "/"}, "The private key '/'", ""),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "/dev/null"}, "The private key '/dev/null'", ""),
        ({API_KEY: KEY, PRIVATE_KEY_FILE: "/dev/zero"}, "The private key '/dev/zero'", ""),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_two_sentences(
    texts: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(given(**texts))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert SECRET not in told


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "ec.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(ConfigError, match="no key to sign with"):
        load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(path)}))


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "empty.pem", b"")
    with pytest.raises(ConfigError, match="not a PEM file"):
        load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(path)}))


def test_a_key_file_that_others_can_read_is_refused_with_what_to_type(key_file: Path) -> None:
    key_file.chmod(0o640)
    with pytest.raises(ConfigError, match=r"open to other users \(mode 0640\)") as caught:
        load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(key_file)}))
    assert caught.value.hint == f"Type: chmod 600 {key_file}"


def test_a_pem_out_of_a_store_signs(key_file: Path) -> None:
    found = load(given(**{API_KEY: KEY, PRIVATE_KEY: key_file.read_text()}))
    assert found.signer.kind == "ed25519"


def test_every_secret_that_is_read_is_hidden_and_no_path_is(key_file: Path) -> None:
    redactor = Redactor()
    load(given(**{API_KEY: KEY, API_SECRET: SECRET}), redactor)
    load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(key_file)}), redactor)
    shown = redactor.clean(f"{KEY} {SECRET} {key_file} {key_file.read_text()}".encode())
    assert shown.decode() == f"*** *** {key_file} ***"


def test_every_signature_that_is_made_is_hidden(key_file: Path) -> None:
    for how in ({API_SECRET: SECRET}, {PRIVATE_KEY_FILE: str(key_file)}):
        redactor = Redactor()
        signature = load(given(**{API_KEY: KEY, **how}), redactor).signer.sign(b"x")
        assert redactor.clean(f"{signature} {signature.upper()}".encode()) == b"*** ***"


def test_the_public_half_is_refused_without_showing_it(tmp_path: Path, key_file: Path) -> None:
    made = subprocess.run(
        ["openssl", "pkey", "-in", str(key_file), "-pubout"], capture_output=True, check=True
    )
    path = private(tmp_path / "public.pem", made.stdout)
    with pytest.raises(ConfigError, match="no key to sign with") as caught:
        load(given(**{API_KEY: KEY, PRIVATE_KEY_FILE: str(path)}))
    assert made.stdout.splitlines()[1].decode() not in str(caught.value)


SHOWING: list[Callable[[object], str]] = [
    repr,
    str,
    format,
    "%s".__mod__,
    "{!r}".format,
    lambda value: repr([value]),
    lambda value: repr({"key": value}),
    lambda value: repr(vars(value)) if hasattr(value, "__dict__") else "",
]


@pytest.mark.parametrize("show", SHOWING)
def test_nothing_shows_a_secret(show: Callable[[object], str]) -> None:
    found = load(given(**{API_KEY: KEY, API_SECRET: SECRET}))
    for value in (found, found.api_key, found.signer, Variable(Secret(SECRET), "x")):
        shown = show(value)
        assert KEY not in shown
        assert SECRET not in shown


def test_a_secret_prints_as_three_stars() -> None:
    assert (repr(Secret(KEY)), str(Secret(KEY)), f"{Secret(KEY):>9}") == ("***", "***", "***")
    assert (bool(Secret("")), bool(Secret(KEY))) == (False, True)


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied_out(copied: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        copied(Secret(KEY))


def test_credentials_are_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Credentials(Secret(KEY), credentials.sandbox(KEY, SECRET).signer, "x"))


def test_a_secret_is_not_compared_or_hashed() -> None:
    with pytest.raises(TypeError, match="not compared"):
        _ = Secret(KEY) == Secret(KEY)
    with pytest.raises(TypeError, match="not hashed"):
        hash(Secret(KEY))


def texts_of_private_keys() -> list[str]:
    """Private keys as they get pasted: whole, on one line, without their frame."""
    short = pem(ed25519.Ed25519PrivateKey.generate()).decode()
    long = pem(ec.generate_private_key(ec.SECP521R1())).decode()
    found = [short, short.replace("\n", "\\n"), short.replace("\n", " "), f"  {short}"]
    return found + ["".join(each.splitlines()[1:-1]) for each in (short, long)]


@pytest.mark.parametrize("name", [API_KEY, API_SECRET, PRIVATE_KEY_FILE])
def test_a_private_key_in_the_wrong_place_is_told_where_it_belongs(name: str) -> None:
    for text in texts_of_private_keys():
        texts = {API_KEY: KEY, **({} if name == PRIVATE_KEY_FILE else {API_SECRET: SECRET})}
        with pytest.raises(ConfigError, match=f"{name} from the environment holds") as caught:
            load(given(**{**texts, name: text}))
        assert PRIVATE_KEY_FILE in caught.value.hint
        said = f"{caught.value} {caught.value.hint}"
        assert not [line for line in text.split() if len(line) > 20 and line in said]


def test_a_passphrase_is_bytes_that_need_not_be_text(tmp_path: Path) -> None:
    words = b"\xff pass \xe4"  # as a system without UTF-8 may have it
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(words),
    )
    file = tmp_path / "key.pem"
    file.touch(0o600)
    file.write_bytes(pem)
    given = {API_KEY: "k", PRIVATE_KEY_FILE: str(file)}
    for said, fits in ((words, True), (b"\xff", False)):
        found = loaded(given | {PASSPHRASE: said.decode("utf-8", "surrogateescape")})
        if fits:
            assert found().signer.kind == "ed25519"
        else:
            with pytest.raises(ConfigError, match="no key to sign with"):
                found()


@pytest.mark.parametrize("path", ["x" * 5000, "/" + "x/" * 3000, "~a\x00b", "a\x00b", "\udcff"])
def test_what_can_be_no_path_of_a_key_is_told(path: str) -> None:
    with pytest.raises(ConfigError, match=r"The private key .* cannot be read"):
        loaded({API_KEY: "k", PRIVATE_KEY_FILE: path})()


def loaded(texts: dict[str, str]) -> Callable[[], credentials.Credentials]:
    given = {name: Variable(Secret(text), "here") for name, text in texts.items()}
    return lambda: credentials.load(given)
