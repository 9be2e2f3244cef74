"""`binfut profile`: a key is asked for unseen, tried, kept, used, and forgotten."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, at, binfut, environment
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow  # many runs of the whole program

ROOT = Path(__file__).parents[3]
PrivateKey = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    places = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "c")}
    return environment() | places | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}


def config(env: dict[str, str]) -> Path:
    return Path(env["XDG_CONFIG_HOME"], "binfut", "config.toml")


def places(sandbox: Sandbox) -> list[str]:
    return [*at(sandbox)[4:], "--no-key-check"]


def given(path: Path, *lines: str) -> str:
    path.touch(0o600)
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def hmac(sandbox: Sandbox, tmp_path: Path) -> str:
    return given(tmp_path / "given", sandbox.accounts[0].api_key, sandbox.accounts[0].secret)


def add(sandbox: Sandbox, env: dict[str, str], tmp_path: Path, *options: str) -> Ended:
    file = ["--secret-file", hmac(sandbox, tmp_path)]
    return binfut("profile", "add", "main", *file, *options, *places(sandbox), env=env)


def pem(key: PrivateKey, words: str | None = None) -> str:
    hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if words:
        hidden = serialization.BestAvailableEncryption(words.encode())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(*form, hidden).decode()


def registered(sandbox: Sandbox, key: PrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sandbox.add_key("hedge", key.public_key().public_bytes(*form).decode())


def test_a_profile_is_tried_kept_used_and_forgotten(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    done = add(sandbox, env, tmp_path, "--market", "coinm")
    assert (done.status, done.out) == (0, "")
    assert done.err.startswith("Profile main (prod, hmac) is kept in ")
    assert done.err.endswith("It works.\n")
    used = binfut("account", "status", "--json", "--no-key-check", env=env)
    answer = json.loads(used.out)
    assert (answer["market"], answer["env"], answer["profile"]) == ("coinm", "prod", "main")
    assert binfut("profile", "remove", "main", env=env).status == 0
    assert sorted(each.name for each in config(env).parent.rglob("*")) == [
        ".lock",
        "config.toml",
        "keys",
    ]
    assert "There is no profile" in binfut("profile", "remove", "main", env=env).err


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("words", [None, "correct horse"])
def test_the_kind_of_a_private_key_is_found_out(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path, kind: str, words: str | None
) -> None:
    key: PrivateKey = ed25519.Ed25519PrivateKey.generate()
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = given(tmp_path / "key.pem", pem(key, words))
    api_key = registered(sandbox, key)
    lines = given(tmp_path / "given", api_key, *([words] if words else []))
    done = binfut(
        "profile", "add", "p", "--secret-file", lines, "--private-key-file", file, *places(sandbox),
        env=env,
    )  # fmt: skip
    assert f"Profile p (prod, {kind}) is kept" in done.err
    used = binfut("account", "status", "-p", "p", "--no-key-check", "--json", env=env)
    assert json.loads(used.out)["profile"] == "p"


def test_a_private_key_may_come_with_the_api_key(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    lines = f"{registered(sandbox, key)}\n{pem(key)}"
    given = lines.encode()
    done = binfut("profile", "add", "p", "--secret-stdin", *places(sandbox), env=env, given=given)
    assert (done.status, "(prod, ed25519)" in done.err) == (0, True)
    assert binfut("account", "status", "--no-key-check", env=env).status == 0


def typed(sandbox: Sandbox, env: dict[str, str], *answers: str) -> Ended:
    """Add a profile on a terminal, and answer each of the questions."""
    with Terminal("profile", "add", "typed", *places(sandbox), env=env) as terminal:
        for answer in answers:
            terminal.answer(answer)
        shown = terminal.rest()
        return Ended(terminal.process.wait(), shown, "")


def test_what_is_typed_is_not_shown(sandbox: Sandbox, env: dict[str, str]) -> None:
    key = sandbox.accounts[0]
    done = typed(sandbox, env, key.api_key, key.secret)
    shown = done.out
    assert done.status == 0
    assert "API key (not shown): " in shown
    assert "It works." in shown
    assert key.api_key not in shown
    assert key.secret not in shown


def test_a_path_may_be_typed_in_the_secrets_place(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    key, words = ed25519.Ed25519PrivateKey.generate(), "correct horse"
    file = given(tmp_path / "key.pem", pem(key, words))
    done = typed(sandbox, env, registered(sandbox, key), file, words)
    assert done.status == 0
    assert "(prod, ed25519)" in done.out
    assert words not in done.out
    assert f'private_key_file = "{file}"' in config(env).read_text()


def test_a_private_key_itself_is_never_taken_for_a_path_or_shown(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    body = "MC4CAQAwBQYDK2VwBCIEIJ+/QmVja2V0dC9Hb2RvdC9FbmRnYW1lL01vbGxveS8x"
    framed = f"-----BEGIN PRIVATE KEY----- {body} -----END PRIVATE KEY-----"
    for text in (body, framed):
        typing = typed(sandbox, env, sandbox.accounts[0].api_key, text)
        assert typing.status == 3
        assert "What was typed holds the text of a key file" in typing.out
        assert body not in typing.out
        for option in ("--private-key-file", "--secret-file"):
            done = binfut("profile", "add", "given", option, text, "--secret-stdin", env=env)
            assert done.status in (2, 3)
            assert body not in done.err
    assert not config(env).exists()


def test_a_wrong_key_is_refused_and_nothing_is_written(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    key = sandbox.accounts[0]
    for lines, status, said in (
        ((key.api_key, key.secret[::-1]), 5, "-1022"),
        ((key.api_key[::-1], key.secret), 5, "-2015"),
        ((f'"{key.api_key}"', key.secret), 3, "quotes"),
        ((key.api_key, f"{key.secret} x"), 3, "spaces"),
        ((key.api_key,), 3, "nothing to sign with"),
        (("",), 3, "no API key"),
        ((key.api_key, "-----BEGIN PRIVATE KEY-----"), 3, "no key to sign with"),
    ):
        file = ["--secret-file", given(tmp_path / "given", *lines)]
        done = binfut("profile", "add", "main", *file, *places(sandbox), env=env)
        assert (done.status, done.out) == (status, "")
        assert said in done.err
        assert len(done.err.splitlines()) == 2
        assert not config(env).parent.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["add", "a b", "--secret-stdin"], 2, "cannot name a profile"),
        (["add", "nul", "--secret-stdin"], 2, "no name of a device"),
        (["add", "../x", "--secret-stdin"], 2, "cannot name a profile"),
        (["add", "x", "--secret-stdin", "--secret-file", "y"], 2, "both given"),
        (["add", "x"], 2, "no terminal"),
        (["add", "x", "--env", "sandbox", "--secret-stdin"], 2, "needs no profile"),
        (["add", "x", "--secret-stdin"], 3, "no API key in standard input"),
        (["add", "x", "--secret-file", "/nowhere"], 3, "no such file"),
        (["add", "x", "--secret-file", "/"], 3, "is a directory"),
        (["add", "x", "--secret-stdin", "--store", "cloud"], 2, "cloud"),
        (["show"], 3, "no default profile"),
        (["show", "x"], 3, "no profile 'x'"),
        (["default", "x"], 3, "no profile 'x'"),
        (["remove", "x"], 3, "no profile 'x'"),
    ],
)
def test_what_cannot_be_is_refused(
    env: dict[str, str], arguments: list[str], status: int, said: str
) -> None:
    done = binfut("profile", *arguments, env=env)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert not config(env).exists()


def test_a_profile_is_not_overwritten(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path).status == 0
    before = config(env).read_bytes()
    done = add(sandbox, env, tmp_path, "--output", "csv")
    assert (done.status, "already" in done.err) == (3, True)
    assert config(env).read_bytes() == before


def test_a_half_written_configuration_stops_everything_and_stays(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path).status == 0
    config(env).write_text(config(env).read_text()[:-20])
    before = config(env).read_bytes()
    for arguments in (
        ["account", "status"],
        ["profile", "list"],
        ["profile", "remove", "main"],
        ["profile", "default", "main"],
    ):
        done = binfut(*arguments, env=env)
        assert (done.status, done.out) == (3, "")
        assert "is not a configuration of binfut" in done.err
    assert add(sandbox, env, tmp_path).status == 3
    assert config(env).read_bytes() == before


def test_list_and_show_tell_everything_but_the_key(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path, "--output", "json").status == 0
    key = sandbox.accounts[0].api_key
    mask = f"{key[:4]}…{key[-4:]}"
    assert binfut("profile", "list", env=env).out == f"* main  prod     hmac     {mask}\n"
    listed = json.loads(binfut("profile", "list", "--json", env=env).out)
    assert [each["name"] for each in listed["profiles"]] == ["main"]
    shown = binfut("profile", "show", env=env | {"BINFUT_MARKET": "all"}).out
    rows = {line.split()[0]: line.split() for line in shown.splitlines()}
    assert rows["market"] == ["market", "all", "BINFUT_MARKET"]
    assert rows["output"] == ["output", "json", "config.toml"]
    assert rows["env"] == ["env", "prod", "config.toml"]
    assert mask in shown
    for text in (key, sandbox.accounts[0].secret):
        assert text not in shown


def market(done: Ended) -> str:
    return str(json.loads(done.out)["market"])


def test_flag_goes_before_environment_before_profile(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path, "--market", "coinm", "--output", "json").status == 0
    status = ("account", "status", "--no-key-check")
    assert market(binfut(*status, env=env)) == "coinm"
    assert market(binfut(*status, env=env | {"BINFUT_MARKET": "usdm"})) == "usdm"
    coinm = binfut(*status, "-m", "coinm", env=env | {"BINFUT_MARKET": "usdm"})
    assert market(coinm) == "coinm"
    assert binfut(*status, "-o", "table", env=env).out.startswith("COIN-M · prod · main")
    in_sandbox = binfut("account", "status", "--env", "sandbox", env=env)
    assert json.loads(in_sandbox.out)["env"] == "sandbox"


def test_a_named_profile_goes_before_the_environment_and_the_default_after_it(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path).status == 0
    other = {"BINFUT_API_KEY": "another-key", "BINFUT_API_SECRET": "another-secret"}
    named = binfut("account", "status", "-p", "main", "--no-key-check", env=env | other)
    assert named.status == 0
    by_name = env | other | {"BINFUT_PROFILE": "main"}
    assert binfut("account", "status", "--no-key-check", env=by_name).status == 0
    refused = binfut("account", "status", *at(sandbox)[4:], "--no-key-check", env=env | other)
    assert refused.status == 5
    dotenv = given(tmp_path / ".env", *(f"{k}={v}" for k, v in other.items()))
    done = binfut("account", "status", *at(sandbox)[4:], env=env, cwd=os.path.dirname(dotenv))
    assert done.status == 5


def test_a_key_is_not_sent_to_another_environment(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path).status == 0
    done = binfut("account", "status", "-p", "main", "--env", "demo", env=env)
    assert (done.status, "is for prod, not for demo" in done.err) == (3, True)
    default = binfut("account", "status", "--env", "demo", env=env)
    assert (default.status, "No API key is set" in default.err) == (3, True)


def test_a_lost_private_key_or_key_file_is_told(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    assert add(sandbox, env, tmp_path).status == 0
    stored = config(env).parent / "keys" / "main.toml"
    for change, said in (
        (lambda: stored.chmod(0o644), "chmod 600"),
        (lambda: stored.chmod(0o600), ""),
        (lambda: stored.write_text("half = "), "is damaged"),
        (lambda: stored.unlink(), "no such file"),
        (lambda: stored.mkdir(), "is a directory"),
    ):
        change()
        done = binfut("account", "status", "--no-key-check", env=env)
        assert done.status == (3 if said else 0)
        assert said in done.err


def test_without_a_home_a_key_in_the_environment_still_works(sandbox: Sandbox) -> None:
    env = environment(sandbox) | {"HOME": "relative"}
    env.pop("XDG_CONFIG_HOME", None)
    assert binfut("account", "status", *at(sandbox), env=env).status == 0
    done = binfut("profile", "list", env=env)
    assert (done.status, "no home directory" in done.err) == (3, True)


def test_a_configuration_that_cannot_be_written_leaves_no_key_behind(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    directory = config(env).parent
    directory.mkdir(parents=True)
    (directory / "keys").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    assert add(sandbox, env, tmp_path).status == 0  # a directory may be a link
    assert binfut("profile", "remove", "main", env=env).status == 0
    for name in ("config.toml", "keys", ".lock"):
        (directory / name).unlink()
    directory.rmdir()
    directory.write_text("a file")
    done = add(sandbox, env, tmp_path)
    assert (done.status, "cannot be written" in done.err) == (3, True)


def test_end_of_input_at_a_question_is_no_bug(sandbox: Sandbox, env: dict[str, str]) -> None:
    done = typed(sandbox, env, "\x04")
    assert done.status == 2
    assert "Nothing was typed." in done.out


def test_the_embedded_sandbox_reads_no_key(env: dict[str, str], tmp_path: Path) -> None:
    """Every place where a key could lie holds one that would be refused if it were read."""
    (tmp_path / ".env").write_text('BINFUT_API_KEY="not mine"\n')
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "binfut-api-key").mkdir()
    bad = {"BINFUT_API_KEY": '"quoted', "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = binfut("account", "status", "--env", "sandbox", env=env | bad, cwd=str(tmp_path))
    assert (done.status, done.err) == (0, "")


def test_two_that_are_added_at_once_are_both_kept(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    key = sandbox.accounts[0]
    with Terminal("profile", "add", "typed", *places(sandbox), env=env) as terminal:
        terminal.until("API key")  # the profiles have been read
        assert add(sandbox, env, tmp_path).status == 0
        os.write(terminal._leader, f"{key.api_key}\n".encode())
        terminal.until("Secret")
        os.write(terminal._leader, f"{key.secret}\n".encode())
        assert "Profile typed (prod, hmac) is kept" in terminal.rest()
    listed = binfut("profile", "list", env=env).out
    assert [line.split()[:2] for line in listed.splitlines()] == [["*", "main"], ["typed", "prod"]]
    for name in ("main", "typed"):
        assert binfut("account", "status", "-p", name, "--no-key-check", env=env).status == 0


def test_of_two_with_one_name_but_for_the_case_the_second_is_refused(
    sandbox: Sandbox, env: dict[str, str], tmp_path: Path
) -> None:
    key = sandbox.accounts[0]
    with Terminal("profile", "add", "MAIN", *places(sandbox), env=env) as terminal:
        terminal.until("API key")
        assert add(sandbox, env, tmp_path).status == 0
        os.write(terminal._leader, f"{key.api_key}\n".encode())
        terminal.until("Secret")
        os.write(terminal._leader, f"{key.secret}\n".encode())
        assert "There is a profile 'main' already" in terminal.rest()
    assert [each.name for each in config(env).parent.glob("keys/*")] == ["main.toml"]
    done = binfut("profile", "add", "Main", "--secret-stdin", env=env, given=b"k\ns\n")
    assert (done.status, "There is a profile 'main' already" in done.err) == (3, True)


def test_what_is_typed_in_another_encoding_is_no_bug(sandbox: Sandbox, env: dict[str, str]) -> None:
    with Terminal("profile", "add", "typed", *places(sandbox), env=env) as terminal:
        terminal.until("API key")
        os.write(terminal._leader, b"canary\xff\n")
        shown = terminal.rest()
        assert terminal.process.wait() == 2
    assert "no text in this terminal's encoding" in shown
    assert "canary" not in shown


def test_a_configuration_of_the_working_directory_is_refused(env: dict[str, str]) -> None:
    for command in (("profile", "list"), ("account", "status", "-p", "x"), ("account", "status")):
        done = binfut(*command, env=env | {"BINFUT_CONFIG_DIR": "here"})
        assert (done.status, done.out) == (3, "")
        assert "BINFUT_CONFIG_DIR is 'here'" in done.err
