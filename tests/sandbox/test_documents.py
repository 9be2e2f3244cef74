"""docs/sandbox.md knows every action, every fault and every rule, and its commands work."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from binfut_cli.sandbox.actions import ACTIONS
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.kinds import KINDS
from tests.support.program import environment, program_on_path

MANUAL = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize("name", [*ACTIONS, *KINDS])
def test_it_is_in_the_manual(name: str) -> None:
    assert f"`{name}`" in MANUAL


def test_rules_are_in_the_manual() -> None:
    for rule in fields(Rules):
        first, *rest = rule.name.removesuffix("_s").split("_")
        assert f"`{first + ''.join(word.title() for word in rest)}`" in MANUAL


PROGRAMS = ("bash", "curl", "jq", "openssl")


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason="curl, jq or openssl is missing")
def test_the_control_endpoint_answers_as_it_is_asked_there(tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n(umask 077\n.*?)```", MANUAL, re.DOTALL)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", f"trap 'kill $!' EXIT\n{script}"],
        env=environment() | program_on_path(tmp_path), cwd=tmp_path, check=False,
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = list(_values(done.stdout))
    assert len(answers) == script.count("\nsteer ") >= 9
    assert not [each for each in answers if "error" in each]
    assert json.loads((tmp_path / "sandbox.json").read_text())["controlToken"] not in done.stdout


def _values(text: str) -> Iterator[Any]:
    """One JSON value after another."""
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        yield value
        text = text[end:].lstrip()
