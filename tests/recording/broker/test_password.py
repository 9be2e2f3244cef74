"""Where passwords of engines come from, and that they are hidden from then on."""

from pathlib import Path

import pytest

from binfut_cli.auth.redaction import Redactor
from binfut_cli.errors import ConfigError
from binfut_cli.recording.broker.password import passwords


def secret_file(path: Path, mode: int = 0o600) -> str:
    path.write_text("from a file 12345\n")
    path.chmod(mode)
    return str(path)


def test_the_environment_and_nothing_is_left_there() -> None:
    redactor, environ = Redactor(), {
        "BINFUT_REDIS_PASSWORD": "correct horse 1", "BINFUT_REDIS_SENTINEL_PASSWORD": "battery 2",
    }  # fmt: skip
    found = passwords(environ, redactor)
    assert (found.engine.reveal(), found.sentinels.reveal()) == ("correct horse 1", "battery 2")
    assert environ == {}
    assert redactor.scrub(b"-correct horse 1-battery 2-") == b"-***-***-"
    assert "horse" not in repr(found)


def test_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    name = secret_file(tmp_path / "p")
    found = passwords({"BINFUT_REDIS_PASSWORD_FILE": name}, Redactor())
    assert found.engine.reveal() == "from a file 12345"
    with pytest.raises(ConfigError, match="both set"):
        passwords({"BINFUT_REDIS_PASSWORD_FILE": name, "BINFUT_REDIS_PASSWORD": "x"}, Redactor())
    other = secret_file(tmp_path / "q", 0o644)
    with pytest.raises(ConfigError, match="open to other users"):
        passwords({"BINFUT_REDIS_PASSWORD_FILE": other}, Redactor())
    with pytest.raises(ConfigError, match="cannot be read"):
        passwords({"BINFUT_REDIS_PASSWORD_FILE": str(tmp_path / "none")}, Redactor())


def test_a_service_manager(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert not passwords(environ, Redactor()).engine
    secret_file(tmp_path / "binfut-redis-password", 0o440)
    assert passwords(environ, Redactor()).engine.reveal() == "from a file 12345"
