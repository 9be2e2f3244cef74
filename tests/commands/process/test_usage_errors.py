"""A command line that cannot be read is told as every failure, and nothing that was typed again."""

import json
from typing import Any

import pytest
import typer

from binfut_cli.commands.account import app as account
from binfut_cli.commands.app import COMMANDS
from binfut_cli.commands.process.usage_errors import COMPLAINT, STAYING_LIVE, worded
from tests.support.program import binfut, environment

TYPED = "hunter2 x"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([TYPED], "No such command."),
        (["account", "statu"], "No such command. Did you mean 'status'?"),
        (["account", "status", TYPED], "Got unexpected extra argument."),
        (["account", "status", "--env", TYPED], "it is not one of 'prod', 'testnet', 'demo'"),
        (["account", "status", f"--timeout={TYPED}"], "it is not a number."),
        (["account", "status", "--timeout", "nan"], "it is not a number."),
        (["replay", "day.ndjson", "--speed", "nan"], "it is not a number."),
        (["watch", "--speed", "nan"], "it is not a number."),
        (["sandbox", "serve", "--time-speed", "nan"], "it is not a number."),
        (["watch", "--limit", TYPED], "it is not a whole number."),
        (["watch", "--max-weight", "99"], "it is not in the range x>=100."),
        (["account", "status", "--timeout", "900"], "it is not in the range 0.1<=x<=600."),
        (["watch", f"--{TYPED}"], "No such option."),
        (["watch", "--fields"], "No such option: --fields"),
        (["watch", "--limit"], "Option '--limit' requires an argument."),
        (["completion"], "Missing argument 'SHELL'. Choose from: bash, zsh, fish."),
        (["acount", "status"], "No such command. Did you mean 'account'?"),
        (["positons"], "No such command. Did you mean 'positions'?"),
        (["status", "--jsno"], "No such option: --jsno. Did you mean '--json'?"),
        (["--jsn"], "No such option: --jsn."),
        (["status", "-e", "Sandbxo"], "'demo', 'sandbox'. Did you mean 'sandbox'?"),
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


@pytest.mark.parametrize(
    "line",
    [
        ["status", "--market", "usdt", "-o", "json"],
        ["status", "-ondjson", "--market", "usdt"],
        ["status", "--jsno", "--output=json"],
        ["statsu", "--json"],
        ["schema", "snapshott", "--json"],
        ["watch", "--duration", "7x", "-o", "ndjson", "-e", "sandbox"],
    ],
)
def test_wherever_json_is_asked_for_the_error_is_json(line: list[str]) -> None:
    assert json.loads(binfut(*line).err)["error"]["kind"] == "usage"


def test_the_last_format_that_is_asked_for_counts() -> None:
    said = binfut("statsu", "-o", "json", "-o", "table", env=environment(BINFUT_OUTPUT="json"))
    assert said.err.startswith("binfut: No such command.")
    assert json.loads(binfut("statsu", env=environment(BINFUT_OUTPUT="json")).err)["error"]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (["schema", "snapshott"], "'snapshot'"),
        (["status", "-e", "sandbox", "-p", "multi-asset"], "'multi-assets'"),
        (["positions", "-e", "sandbox", "--fields", "liqPrice"], "'liquidationPrice'"),
        (["positions", "--fail-if", "liquidationDist<5%"], "'liquidationDistance'"),
        (["positions", "--fail-if", "position.roe<5%"], "'positions'"),
        (["watch", "-e", "sandbox", "--events", "order_trade"], "'ORDER_TRADE_UPDATE'"),
    ],
)
def test_a_name_that_was_likely_meant_is_told(line: list[str], meant: str) -> None:
    assert f"Did you mean {meant}?" in binfut(*line).err


def test_a_preference_that_a_command_cannot_use_is_left_aside() -> None:
    watch = ["watch", "-e", "sandbox", "--limit", "1", "--speed", "1000"]
    liked = environment(BINFUT_OUTPUT="csv")
    lines = binfut(*watch, env=liked)
    assert lines.status == 0
    assert "binfut: BINFUT_OUTPUT prefers csv, and a watch is lines or JSON: lines." in lines.err
    assert "csv" not in binfut(*watch, "--json", env=liked).err
    asked = binfut(*watch, "-o", "csv", env=liked)
    assert (asked.status, asked.out) == (2, "")


def test_the_questions_have_short_names() -> None:
    ours = {name for name, (module, _) in COMMANDS.items() if module == COMMANDS["account"][0]}
    group: Any = typer.main.get_command(account.app)
    assert ours - {"account"} == set(group.commands)
    long, short = (binfut(*line, "-e", "sandbox") for line in (["account", "orders"], ["orders"]))
    assert (short.status, short.err) == (0, "")
    assert short.out.splitlines()[1:] == long.out.splitlines()[1:]
    assert "Usage: binfut orders [OPTIONS]" in binfut("orders", "-h").out


def test_before_there_is_a_key_five_lines_say_how_to_begin() -> None:
    done = binfut()
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 5
    for words in ("binfut status -e sandbox", "binfut profile add main", "binfut --help"):
        assert words in done.err


def test_no_command_at_all_is_answered_with_the_help() -> None:
    for arguments in ((), ("account",)):
        done = binfut(*arguments, env=environment(BINFUT_API_KEY="k"))
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("Usage: binfut")


def test_the_environment_makes_no_completion_of_a_command() -> None:
    done = binfut("--version", "-h", env=environment(_BINFUT_COMPLETE="complete_bash"))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("binfut ")


def test_who_would_watch_what_answers_once_is_told_what_stays_live() -> None:
    hints = {each: worded(COMPLAINT(f"No such option: {each}")).hint for each in ("-w", "-x")}
    assert hints == {"-w": STAYING_LIVE, "-x": "See binfut --help."}
