"""What is judged of the computer itself."""

from pathlib import Path

import pytest

from binfut_cli.doctor import computer
from binfut_cli.doctor.findings import Verdict
from binfut_cli.errors import ConfigError
from binfut_cli.render.output import Output


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("0.28.0", ">=0.26,<0.29", True),
        ("0.26", ">=0.26.0", True),
        ("0.29.0", "<0.29,>=0.26", False),
        ("0.9.0", ">=0.10", False),
        ("1.10", "<=1.9", False),
        ("15.0.0", ">13.8", True),
        ("1.9.2rc1", ">=1.9.2", True),
        ("2", "", True),
        ("", ">=1", False),
    ],
)
def test_versions_are_compared_number_by_number(version: str, bounds: str, fits: bool) -> None:
    assert computer.fits(version, bounds) is fits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("typer<0.29,>=0.26", ("typer", "<0.29,>=0.26")),
        ("python-dotenv >= 1.2.2", ("python-dotenv", ">=1.2.2")),
        ("cryptography", ("cryptography", "")),
        ("keyring>=25; extra == 'keyring'", None),
    ],
)
def test_a_requirement_is_read_unless_it_is_an_extras(
    text: str, found: tuple[str, str] | None
) -> None:
    assert computer.requirement(text) == found


def test_the_libraries_of_this_environment_fit() -> None:
    found = computer.libraries()
    assert found.verdict is Verdict.OK
    assert "msgspec 0." in found.detail


def test_a_library_that_does_not_fit_or_is_missing_is_named_with_what_was_wanted() -> None:
    wanted = {"typer": ">=0.26", "rich": ">=13.8", "msgspec": ">=0.19"}
    found = computer.matched(wanted, {"typer": "0.12", "rich": "", "msgspec": "0.20"})
    assert found.verdict is Verdict.WARN
    assert found.detail == "typer 0.12 (>=0.26), rich missing (>=13.8)"


@pytest.mark.parametrize(
    ("width", "encoding", "verdict"),
    [(120, "UTF-8", "ok"), (120, "utf8", "ok"), (40, "utf-8", "warn"), (120, "cp1252", "warn")],
)
def test_a_terminal_is_judged_by_its_width_and_its_locale(
    width: int, encoding: str, verdict: str
) -> None:
    found = computer.terminal(Output(1, True, True, width), encoding, "xterm")
    assert found.verdict == verdict
    assert found.detail == f"{width} columns, colour on, {encoding}, TERM=xterm"


def test_off_a_terminal_there_is_nothing_to_warn_of() -> None:
    found = computer.terminal(Output(1, False, False, None), "ANSI_X3.4-1968", None)
    assert found.verdict is Verdict.OK


def test_a_bundle_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="that SSL_CERT_FILE names"):
        computer.certificates({"SSL_CERT_FILE": str(tmp_path / "none.pem")})


def test_where_trust_comes_from_is_told(tmp_path: Path) -> None:
    assert str(tmp_path) in computer.certificates({"SSL_CERT_DIR": str(tmp_path)}).detail
    assert "the system" in computer.certificates({}).detail
