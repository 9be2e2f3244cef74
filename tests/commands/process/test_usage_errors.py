"""A command line that cannot be read is told as every failure, and nothing that was typed again."""

import json

import pytest

from tests.support.program import binfut, environment

TYPED = "hunter2 x"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([TYPED], "No such command."),
        (["account", "statu"], "No such command. Did you mean 'status'?"),
        (["account", "status", TYPED], "Got unexpected extra argument."),
        (["account", "status", "--env", TYPED], "it is not one of 'prod', 'testnet', 'demo'"),
        (["account", "status", f"--timeout={TYPED}"], "it is not a valid float range."),
        (["account", "status", "--timeout", "900"], "it is not in the range 0.1<=x<=600."),
        (["watch", f"--{TYPED}"], "No such option."),
        (["watch", "--fields"], "No such option: --fields"),
        (["watch", "--limit"], "Option '--limit' requires an argument."),
        (["completion"], "Missing argument 'SHELL'. Choose from: bash, zsh, fish."),
    ],
)
def test_what_is_wrong_is_said_in_two_sentences(arguments: list[str], said: str) -> None:
    done = binfut(*arguments)
    assert (done.status, done.out) == (2, "")
    message, hint = done.err.splitlines()
    assert message.startswith("binfut: ")
    assert said in message
    assert hint.startswith("  hint: See binfut")
    assert "hunter2" not in done.err


def test_a_value_of_the_environment_is_not_repeated_either() -> None:
    done = binfut("account", "status", env=environment(BINFUT_ENV=TYPED))
    assert done.status == 2
    assert "BINFUT_ENV" in done.err
    assert TYPED not in done.err


def test_a_program_is_told_in_one_object() -> None:
    done = binfut("account", "status", "--json", "--market", TYPED)
    error = json.loads(done.err)["error"]
    assert (done.status, error["kind"], error["exit"]) == (2, "usage", 2)
    assert TYPED not in done.err


def test_no_command_at_all_is_answered_with_the_help() -> None:
    for arguments in ((), ("account",)):
        done = binfut(*arguments)
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("Usage: binfut")


def test_the_environment_makes_no_completion_of_a_command() -> None:
    done = binfut("--version", "-h", env=environment(_BINFUT_COMPLETE="complete_bash"))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("binfut ")
