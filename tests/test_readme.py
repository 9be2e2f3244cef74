"""The README's word, held to the program."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from binfut_cli.commands.app import COMMANDS, QUESTIONS
from binfut_cli.errors import ExitStatus
from tests.support.program import PROJECT, environment, program_on_path

README = (PROJECT / "README.md").read_text(encoding="utf-8")
RUNNABLE = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("binfut ") and "--env sandbox" in line
]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("line", RUNNABLE)
def test_every_example_runs(line: str, tmp_path: Path) -> None:
    env = environment() | program_on_path(tmp_path)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        env=env, capture_output=True, timeout=30, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_there_are_examples() -> None:
    assert len(RUNNABLE) >= 3


def test_every_command_and_exit_status_is_told() -> None:
    for command in COMMANDS:
        assert f"`binfut {'account ' * (command in QUESTIONS)}{command}" in README
    table = README.split("## Exit status")[1]
    told = {int(number) for row in table.splitlines() for number in _numbers(row)}
    assert told == {int(status) for status in ExitStatus}


def _numbers(row: str) -> list[str]:
    return re.findall(r"\d+", row.split("|")[1]) if row.startswith("| ") else []


def test_every_link_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    run = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    command = "python3 -m venv .venv && {0} -m pip install '.[dev]' && {0} -m pytest"
    assert command.format(".venv/bin/python") in README
    assert run.rstrip().endswith(command.format(".venv/bin/python"))
