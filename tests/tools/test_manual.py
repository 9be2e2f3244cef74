"""The manual pages: their roff, and that they say what the commands declare."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from binfut_cli.auth import credentials
from binfut_cli.errors import ConfigError, ExitStatus
from tools.manual import pages, prose, roff
from tools.manual.__main__ import PROJECT, main, program
from tools.manual.files import generated
from tools.manual.tree import Command, Parameter
from tools.manual.values import Values

PAGES = {command.spoken: pages.page(command) for command in program().walk()}
ORDER = (
    *("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ARGUMENTS", "OPTIONS", "EXAMPLES"),
    *("EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"),
)
SAMPLE = Command(
    path=("demo", "make-it"),
    summary="Make it. Twice.",
    help="Make it.\n\n.dot and 'quote' C:\\x\n\nExamples:\n\ndemo make-it 'a b' ~/x | jq '.[0]'",
    options=(
        Parameter(("-n", "--number"), metavar="N", help="How many.", default="2", bounds=(1, 9)),
        Parameter(("--only",), metavar="A,B", help="Which.", values=Values(("x", "y"), True)),
        Parameter(("--story",), negations=("--no-story",), help="USDⓈ-M lives."),
    ),
    arguments=(Parameter(("FILE",), metavar="FILE", help="Where.", required=True, repeats=True),),
    commands=(),
)


def test_text_cannot_be_taken_for_a_request() -> None:
    assert roff.text(".so /etc/passwd") == "\\&.so /etc/passwd"
    assert roff.text("'tis") == "\\&'tis"
    assert roff.text("a\n.b \\fB") == "a .b \\efB"
    assert roff.text("USDⓈ-M") == "USD\\[u24C8]-M"


def test_code_keeps_the_characters_of_the_keyboard() -> None:
    assert roff.code("--a 'b' `c` ~ ^") == r"\-\-a \(aqb\(aq \(gac\(ga \(ti \(ha"
    assert roff.code(".env") == r"\&.env"


def test_a_section_without_content_is_left_out() -> None:
    assert roff.section("FILES", "", "") == ""
    assert roff.section("FILES", ".PP\na", ".PP\nb") == ".SH FILES\na\n.PP\nb"


def test_a_page() -> None:
    page = pages.page(SAMPLE)
    assert "\\fBdemo make\\-it\\fR [\\fIOPTION\\fR...] \\fIFILE\\fR...\n" in page
    assert "demo\\-make\\-it \\- make it\n" in page
    assert "\\fB\\-n\\fR, \\fB\\-\\-number\\fR \\fIN\\fR\nHow many.\nFrom 1 to 9.\n" in page
    assert "Default: \\fB2\\fR.\n" in page
    assert "One or several, with commas between, of \\fBx\\fR, \\fBy\\fR.\n" in page
    assert "\\fB\\-\\-story\\fR / \\fB\\-\\-no\\-story\\fR\nUSD\\[u24C8]-M lives.\n" in page
    assert "\\&.dot and 'quote' C:\\ex\n" in page
    assert ".SH SEE ALSO\n\\fBdemo\\fR(1)\n" in page


def test_every_exit_status_is_explained() -> None:
    meanings = prose.statuses()
    assert list(meanings) == sorted(ExitStatus)
    assert all(meanings.values())
    assert meanings[ExitStatus.CONFIG] == ConfigError.__doc__


def test_every_variable_of_the_key_is_explained() -> None:
    assert set(credentials.NAMES) <= set(prose.VARIABLES)


@pytest.mark.parametrize("command", list(program().walk()), ids=lambda command: command.spoken)
def test_a_page_names_all_that_the_command_declares(command: Command) -> None:
    page = PAGES[command.spoken]
    for option in command.options:
        for name in option.spellings:
            assert roff.bold(name) in page
        assert roff.text(option.help) in page
        assert roff.bold(option.envvar or "") in page or not option.envvar
    for below in command.commands:
        assert roff.reference("-".join(below.path)) in page


@pytest.mark.parametrize("page", list(PAGES.values()), ids=list(PAGES))
def test_a_page_is_well_formed(page: str) -> None:
    titles = re.findall(r"(?m)^\.SH (.*)$", page)
    assert titles == [title for title in ORDER if title in titles]
    assert {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"} <= set(titles)
    requests = re.findall(r"(?m)^[.'](\S*)", page)
    assert set(requests) <= {'\\"', "TH", "SH", "TP", "PP", "RS", "RE", "nf", "fi", "nh", "ad"}
    assert page.isascii()
    assert page.count("\\fB") + page.count("\\fI") == page.count("\\fR")


def test_the_files_are_in_step_with_the_commands() -> None:
    expected = {name: text for name, text in generated(program()).items() if name.startswith("man")}
    for name, text in expected.items():
        assert (PROJECT / name).read_text(encoding="utf-8") == text, (
            f"{name}: run python -m tools.manual"
        )
    assert {f"man/{page.name}" for page in (PROJECT / "man").iterdir()} == set(expected)


def test_the_generator_writes_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").touch()
    main(tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {name}" for name in generated(program())
    ]
    (tmp_path / "man" / "binfut-gone.1").touch()
    (tmp_path / "man" / "binfut.1").write_text("old")
    main(tmp_path)
    assert capsys.readouterr().out == "wrote man/binfut.1\nremoved man/binfut-gone.1\n"
    main(tmp_path)
    assert capsys.readouterr().out == ""


def test_the_generator_writes_into_a_project_only(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is not the project"):
        main(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _formatted(page: str) -> str:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"],
        input=page,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_finds_nothing_to_warn_of() -> None:
    shown = _formatted("".join(PAGES.values()))  # one after the other, as one page would be
    for spoken in PAGES:
        assert f"{spoken.replace(' ', '-').upper()}(1)" in shown.upper()


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_an_example_can_be_copied_from_the_page() -> None:
    shown = _formatted(pages.page(SAMPLE))
    assert "demo make-it 'a b' ~/x | jq '.[0]'\n" in shown
    assert ".dot and" in shown
    assert "C:\\x" in shown
    assert "USDⓈ-M lives." in shown


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_mandoc_finds_no_error(tmp_path: Path) -> None:
    for spoken, page in PAGES.items():
        path = tmp_path / f"{spoken.replace(' ', '-')}.1"
        path.write_text(page)
        done = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", path],
            capture_output=True,
            text=True,
            timeout=60,
        )
        complaints = [line for line in done.stdout.splitlines() if "missing date" not in line]
        assert complaints == []
