"""The completion scripts, as the shells themselves understand them.

Most questions go to a small program that has one of everything; the last ones to binfut itself.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer

from tests.support.program import binfut
from tools.manual.__main__ import PROJECT, program
from tools.manual.files import FOLDER, SCRIPTS, generated
from tools.manual.tree import Command, read

FILES = {"bash": "binfut.bash", "zsh": "_binfut", "fish": "binfut.fish"}


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


demo = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
deep = typer.Typer()
demo.add_typer(deep, name="deep", help="It's a [group]: of `two`.")


@demo.callback()
def top() -> None:
    """Demonstrate."""


@demo.command()
def make(
    size: Annotated[Size, typer.Argument()],
    sources: Annotated[list[Path], typer.Argument()],
    width: Annotated[Size, typer.Option("--width", "-w", help="It's [so]: $wide\\.")] = Size.SMALL,
    events: Annotated[str, typer.Option("--events")] = "",
    record: Annotated[Path | None, typer.Option("--record")] = None,
    word: Annotated[list[str] | None, typer.Option("--word")] = None,
    story: Annotated[bool, typer.Option()] = True,
    secret: Annotated[bool, typer.Option("--secret", hidden=True)] = False,
) -> None:
    """Make."""


@demo.command(hidden=True)
def unseen() -> None:
    """Hide."""


@deep.command("one-more")
def one_more(limit: Annotated[int, typer.Option("--limit", "-l", min=1)] = 1) -> None:
    """Go deeper."""


@deep.command()
def make_not() -> None:
    """Do not."""


DEMO = read(typer.main.get_command(demo), ("demo",))
Ask = Callable[..., list[list[str]]]


def _run(command: list[str], cwd: Path, given: str = "") -> str:
    """What a shell says; a script is given to read, for an argument may be of 128 KiB at most."""
    done = subprocess.run(
        command, input=given, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout


def _bash_words(line: str) -> list[str]:
    """A line as Readline breaks it: `=` is a word of its own."""
    return [word for word in re.split(r"(=)| ", line) if word is not None]


def _bash(root: Command, folder: Path, *lines: str, breaks: bool = True) -> list[list[str]]:
    """What is offered at the end of each line."""
    asked = ["set -u", SCRIPTS["bash"](root)]
    for line in lines:
        words = _bash_words(line) if breaks else line.split(" ")
        asked += [
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}",
            f"_{root.name}",
            "printf '%s ' ${COMPREPLY[@]+\"${COMPREPLY[@]}\"}; echo",
        ]
    said = _run(["bash", "--norc"], folder, "\n".join(asked))
    return [sorted(line.split()) for line in said.splitlines()]


def _fish(root: Command, folder: Path, *lines: str) -> list[list[str]]:
    asked = [SCRIPTS["fish"](root)]
    for line in lines:
        offered = f"complete -C {shlex.quote(line)} | string replace -r '\\t.*' ''"
        asked.append(f"string join -- ' ' '' ({offered})")
    said = _run(["fish", "--no-config"], folder, "\n".join(asked))
    return [sorted(line.split()) for line in said.splitlines()]


_ZSH = r"""
zmodload zsh/zpty
zpty -b inner zsh -f -i
zpty -w inner "PS1= PS2=; fpath=(\$PWD \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w inner 'LISTMAX=0; report() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N report'
zpty -w inner 'bindkey "^T" report; bindkey "^I" complete-word'
zpty -w inner 'zle-line-init() { print "re""ady" }; zle -N zle-line-init'
zpty -r -m inner said '*ready*'
for line in "$@"; do
    zpty -w -n inner $line$'\t\C-t'
    zpty -r -m inner said '*<*>*'
    print -r -- "$said"
    print -n '\x1e'
done
zpty -d inner
"""


def _zsh(root: Command, folder: Path, *lines: str) -> list[str]:
    """What the screen shows after Tab: a list of choices, if any, then <the line as it is now>."""
    (folder / f"_{root.name}").write_text(SCRIPTS["zsh"](root))
    said = _run(["zsh", "-f", "-c", _ZSH, "zsh", *lines], folder)
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part) for part in said.split("\x1e")[:-1]]


needs_fish = pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
needs_zsh = pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
OFFERS = [_bash, pytest.param(_fish, marks=needs_fish)]


@pytest.mark.parametrize("ask", OFFERS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("demo ", "deep make"),
        ("demo m", "make"),
        ("demo deep ", "make-not one-more"),
        ("demo deep one-more --l", "--limit"),
        ("demo deep one-more --limit ", ""),
        ("demo deep one-more --limit deep --lim", "--limit"),
        ("demo make --width ", "large small"),
        ("demo make -w l", "large"),
        ("demo make --no", "--no-story"),
        ("demo make --sec", ""),
        ("demo make ", "large small"),
        ("demo make --width small s", "small"),
        ("demo make --events listen", "listenKeyExpired"),
        ("demo make --events listenKeyExpired,MARGIN", "listenKeyExpired,MARGIN_CALL"),
        ("demo make --record one", "one.ndjson"),
        ("demo make small one", "one.ndjson"),
        ("demo make small one.ndjson tw", "two.ndjson"),
        ("demo make --word ", ""),
        ("demo make --word x --word y l", "large"),
        ("demo unseen --", ""),
    ],
)
def test_offers(ask: Ask, tmp_path: Path, line: str, offered: str) -> None:
    (tmp_path / "one.ndjson").touch()
    (tmp_path / "two.ndjson").touch()
    (found,) = ask(DEMO, tmp_path, line)
    assert " ".join(found) == offered or (not offered and set(found) <= {"-h", "--help"})


def test_bash_understands_a_value_after_an_equals_sign(tmp_path: Path) -> None:
    lines = ["demo make --width=l", "demo make --width=", "demo make --width=small --wi"]
    assert _bash(DEMO, tmp_path, *lines) == [["large"], ["large", "small"], ["--width"]]
    assert _bash(DEMO, tmp_path, *lines, breaks=False) == [
        ["--width=large"],
        ["--width=large", "--width=small"],
        ["--width"],
    ]


def test_bash_offers_nothing_but_arguments_after_two_hyphens(tmp_path: Path) -> None:
    assert _bash(DEMO, tmp_path, "demo make -- ", "demo make -- -") == [["large", "small"], []]


@needs_fish
def test_fish_understands_a_value_after_an_equals_sign(tmp_path: Path) -> None:
    lines = ["demo make --width=l", "demo make -wl", "demo make --events=X,listen"]
    assert _fish(DEMO, tmp_path, *lines) == [
        ["--width=large"],
        ["-wlarge"],
        ["--events=X,listenKeyExpired"],
    ]


@needs_zsh
def test_zsh_completes(tmp_path: Path) -> None:
    (tmp_path / "one.ndjson").touch()
    lines = {
        "demo m": "demo make ",
        "demo deep o": "demo deep one-more ",
        "demo deep one-more --li": "demo deep one-more --limit=",
        "demo make --width=l": "demo make --width=large ",
        "demo make --width l": "demo make --width large ",
        "demo make -wl": "demo make -wlarge ",
        "demo make --no": "demo make --no-story ",
        "demo make --sec": "demo make --sec",
        "demo make --record=on": "demo make --record=one.ndjson ",
        "demo make small on": "demo make small one.ndjson ",
        "demo make small one.ndjson on": "demo make small one.ndjson one.ndjson ",
        "demo make --events ACCOUNT_UPDATE,listen": (
            "demo make --events ACCOUNT_UPDATE,listenKeyExpired,"
        ),
    }
    shown = _zsh(DEMO, tmp_path, *lines)
    assert [re.findall("<(.*)>", text)[-1] for text in shown] == list(lines.values())


@needs_zsh
def test_zsh_describes(tmp_path: Path) -> None:
    commands, options = _zsh(DEMO, tmp_path, "demo ", "demo make --w")
    assert "It's a [group]: of `two`." in commands
    assert "unseen" not in commands
    assert "It's [so]: $wide\\." in options


@needs_fish
def test_fish_describes(tmp_path: Path) -> None:
    asked = SCRIPTS["fish"](DEMO) + "complete -C 'demo make --wi'; complete -C 'demo d'"
    assert _run(["fish", "--no-config", "-c", asked], tmp_path) == (
        "--width\tIt's [so]: $wide\\.\ndeep\tIt's a [group]: of `two`.\n"
    )


@pytest.mark.parametrize("ask", [_bash, pytest.param(_fish, marks=[needs_fish, pytest.mark.slow])])
def test_every_command_of_the_program_offers_what_it_declares(ask: Ask, tmp_path: Path) -> None:
    root = program()
    expected = {}
    for command in root.walk():
        if command.commands:
            expected[f"{command.spoken} "] = [below.name for below in command.commands]
        for option in command.options:
            for name in option.spellings:
                if name.startswith("--"):
                    expected[f"{command.spoken} {name}"] = [name]
            if option.values.words:
                expected[f"{command.spoken} {option.names[-1]} "] = list(option.values.words)
    for (line, offered), found in zip(
        expected.items(), ask(root, tmp_path, *expected), strict=True
    ):
        assert set(offered) <= set(found), line


@needs_zsh
def test_zsh_reads_the_scripts_of_the_program(tmp_path: Path) -> None:
    commands = [command for command in program().walk() if not command.arguments]
    lines = [f"{command.spoken} --hel" for command in commands]
    shown = _zsh(program(), tmp_path, *lines)
    assert [re.findall("<(.*)>", text)[-1] for text in shown] == [f"{line}p " for line in lines]


@pytest.mark.parametrize("shell", FILES)
def test_the_command_prints_the_file_that_is_installed(shell: str, tmp_path: Path) -> None:
    said = binfut("completion", shell, cwd=str(tmp_path)).out
    assert said == (PROJECT / FOLDER / FILES[shell]).read_text(encoding="utf-8")


def test_the_files_are_in_step_with_the_commands() -> None:
    for name, text in generated(program()).items():
        if name.startswith(FOLDER):
            assert (PROJECT / name).read_text(encoding="utf-8") == text, (
                f"{name}: run python -m tools.manual"
            )


@pytest.mark.parametrize("line", [["--help"], ["completion", "bash"], ["--version"]])
def test_no_command_loads_the_generators(line: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "binfut_cli", *line],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "binfut_cli" in done.stderr
    assert "tools.manual" not in done.stderr
