"""What no option and no variable can do: take a secret, loosen TLS, lead a key elsewhere."""

import ast
import re
from collections.abc import Iterator

from tests.test_architecture import CLIENT, nodes
from tools.manual.__main__ import program
from tools.manual.tree import Command, Parameter

SECRETS = re.compile(r"key|secret|pass|token|sign|credential")
TLS = re.compile(r"insecure|verify|tls|ssl|cert|trust")


def options(command: Command) -> Iterator[tuple[str, Parameter]]:
    """Every option there is, by its command."""
    for option in command.options:
        yield " ".join(command.path), option
    for each in command.commands:
        yield from options(each)


OPTIONS = list(options(program()))


def called(like: re.Pattern[str]) -> set[str]:
    return {name for _, option in OPTIONS for name in option.names if like.search(name)}


def test_no_option_takes_a_secret() -> None:
    """Those that take a value take a file's name; what a file holds stays out of the arguments."""
    takes = {
        name: option.metavar
        for _, option in OPTIONS
        for name in option.names
        if SECRETS.search(name) and option.metavar is not None
    }
    assert takes == {"--private-key-file": "PEM", "--secret-file": "FILE"}
    assert "--secret-stdin" in called(SECRETS)


def test_no_option_loosens_tls() -> None:
    assert {where for where, option in OPTIONS if "--tls" in option.names} == {
        "binfut sandbox serve"  # a server's certificate
    }
    assert called(TLS) == {"--tls"}


def test_no_variable_of_ours_leads_elsewhere() -> None:
    texts = {
        node.value
        for path in CLIENT
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    ours = {text for text in texts if re.fullmatch(r"BINFUT_[A-Z_]+", text)}
    ours |= {option.envvar for _, option in OPTIONS if option.envvar}
    assert {"BINFUT_API_KEY", "BINFUT_ENV", "BINFUT_NO_KEY_CHECK"} <= ours
    assert not [name for name in ours if re.search("URL|HOST|ADDRESS|PROXY|PORT|SERVER", name)]
