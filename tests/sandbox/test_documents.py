"""docs/sandbox.md knows every action, every fault and every rule."""

from dataclasses import fields
from pathlib import Path

import pytest

from binfut_cli.sandbox.actions import ACTIONS
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.kinds import KINDS

MANUAL = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize("name", [*ACTIONS, *KINDS])
def test_it_is_in_the_manual(name: str) -> None:
    assert f"`{name}`" in MANUAL


def test_rules_are_in_the_manual() -> None:
    for rule in fields(Rules):
        first, *rest = rule.name.removesuffix("_s").split("_")
        assert f"`{first + ''.join(word.title() for word in rest)}`" in MANUAL
