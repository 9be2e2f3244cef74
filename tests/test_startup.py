"""What a run loads, and what it must not: modules are counted, never milliseconds."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from binfut_cli.commands.account.app import app
from binfut_cli.commands.app import narrowed
from binfut_cli.commands.process.loading import LATER
from binfut_cli.sandbox import Sandbox
from tests.support.program import environment
from tests.support.recordings import line, written

HEAVY = {
    "rich",
    "textual",
    "websocket",
    "websockets",
    "typing_extensions",
    "cryptography",
    "dotenv",
}


def ran(
    code: str, *arguments: str, sandbox: Sandbox | None = None
) -> "subprocess.CompletedProcess[str]":
    """What came of some code in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(sandbox), capture_output=True, timeout=30, check=True, text=True,
    )  # fmt: skip


def loaded(*arguments: str, sandbox: Sandbox | None = None) -> set[str]:
    """What a run of the program has loaded at its end: modules, and the libraries they are of."""
    code = (
        "import sys, os; sys.argv[0] = 'binfut'\n"
        "before = {*sys.modules}  # Python 3.13 loads some for -c\n"
        "from binfut_cli.__main__ import main\n"
        "os._exit = lambda status: sys.exit(status)\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "new = {k: each for k, each in sys.modules.items() if k not in before}\n"
        "found = [k for k, each in new.items() if type(each).__name__ != 'Later']\n"
        "print('LOADED', *found, file=sys.stderr)\n"
    )
    done = ran(code, *arguments, sandbox=sandbox)
    names = done.stderr.split("LOADED ")[1].split()
    return {name.split(".")[0] for name in names} | set(names)


def test_the_version_is_answered_before_anything_is_loaded() -> None:
    found = loaded("--version")
    assert not found & (HEAVY | {"typer", "ssl", "pydantic"})


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("account", "--help"),
        ("account", "status", "--help"),
        ("watch", "--help"),
        ("doctor", "--help"),
        ("profile", "--help"),
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    found = loaded(*arguments)
    assert "typer" in found
    assert not found & (HEAVY | {"pydantic", "binfut_cli.sandbox", "tools.manual"})


@pytest.mark.parametrize(
    ("rest", "alone"),
    [
        (["status", "--json"], True),
        (["balances"], True),
        (["--help"], False),
        (["stat"], False),
        ([], False),
    ],
)
def test_a_run_makes_the_options_of_its_own_command_alone(rest: list[str], alone: bool) -> None:
    whole, found = get_command(app), get_command(narrowed(app, rest))
    assert isinstance(whole, TyperGroup)
    assert isinstance(found, TyperGroup)
    assert [*found.commands] == (rest[:1] if alone else [*whole.commands])
    assert len(whole.commands) > 1


def test_json_loads_no_rich_and_no_http() -> None:
    found = loaded("account", "status", "--json", "--env", "sandbox")
    assert "ssl" in found
    assert not found & {"rich", "http.client", "cryptography", "pydantic", "dotenv"}
    needed = {"textwrap", "random"}  # what is said is wrapped; the exchange draws lots
    assert not found & {"typing_extensions", *LATER} - needed
    assert not [each for each in found if each.startswith("binfut_cli.sandbox.actions")]
    assert not found & {"binfut_cli.stream.records", "binfut_cli.commands.account.fail_if"}


def test_json_over_the_wire_loads_what_asks_and_little_else() -> None:
    with Sandbox.start() as sandbox:
        found = loaded("status", "--json", "--sandbox", sandbox.rest["usdm"], sandbox=sandbox)
    assert {"ssl", "hmac", "binfut_cli.api.transport.upgrade"} <= found
    assert not found & {*LATER, *HEAVY, "ctypes", "dataclasses", "http", "json", "logging"}
    assert not found & {"random", "shellingham", "string", "binfut_cli.sandbox"}


@pytest.mark.parametrize("arguments", [("--help",), ("account", "positions", "--help")])
def test_what_every_command_loads_has_no_dataclasses(arguments: tuple[str, ...]) -> None:
    """To make one takes half a millisecond, and a struct takes a thirtieth of that."""
    assert "dataclasses" not in loaded(*arguments)


LOOKING = """
import sys, threading
from importlib import import_module
from binfut_cli.commands.process import loading
before = {*sys.modules}  # Python 3.13 loads one for -c
loading.lean()
import subprocess, tokenize, typer, msgspec
later = [
    each for each in loading.LATER
    if each in before or type(import_module(each)) is loading.Later
]
print(*sorted(later), loading.BESIDE_MSGSPEC in sys.modules)
found, start = [], threading.Barrier(8)
def look():
    start.wait()
    found.append((subprocess.PIPE, tokenize.generate_tokens.__module__))
threads = [threading.Thread(target=look) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(set(found), type(subprocess), type(tokenize), hasattr(subprocess, "nothing"))
from textwrap import dedent
import bz2, textwrap
print(bz2.decompress(bz2.compress(b"x")), dedent is textwrap.dedent)
import typing_extensions
print(typing_extensions.__name__)
import platform, uuid
known = platform.system()
print(type(platform) is loading.Later, platform.machine() != "", platform.system() == known)
"""


def test_what_is_put_off_is_loaded_once_when_somebody_looks() -> None:
    done = ran(LOOKING)
    later, looked, others, beside, known = done.stdout.splitlines()
    assert later.split() == [*sorted(LATER), "False"]
    assert looked == "{(-1, 'tokenize')} <class 'module'> <class 'module'> False"
    assert others == "b'x' True"
    assert beside == "typing_extensions"
    assert known == "True True True"


ASKED = """
import sys
from binfut_cli.commands.process import loading
loading.lean()
from datetime import UTC, datetime
import email.utils, inspect
from difflib import get_close_matches
from gettext import gettext
from shutil import get_terminal_size
from typer.completion import get_completion_inspect_parameters
names = ("ast", "datetime", "difflib", "dis", "email.utils", "gettext", "shutil")
print(*[each for each in names if each in loading.LATER and
        type(sys.modules[each]) is not loading.Later])
import ast
class Visitor(ast.NodeVisitor):
    def visit_BinOp(self, node): self.generic_visit(node)
    def visit_Name(self, node): print(node.id, end=" "); super().generic_visit(node)
Visitor().visit(ast.parse("a + b"))
print()
now = email.utils.formatdate(usegmt=True)
print(type(email.utils).__name__, email.utils.formatdate(0, usegmt=True))
print(abs(email.utils.parsedate_to_datetime(now) - datetime.now(UTC)).total_seconds() < 60)
print(get_close_matches("stats", ["status"]), gettext("x"), get_terminal_size((1, 2)).lines)
print(len(get_completion_inspect_parameters()))
flags = {name: each for name, each in vars(inspect).items() if name.startswith("CO_")}
import dis
print(dis.opmap != {}, flags == {"CO_" + v: k for k, v in dis.COMPILER_FLAG_NAMES.items()})
from typer.models import OptionInfo
print(inspect.getsource(OptionInfo).split("(")[0])
import datetime as module
print(module.sys is sys if "datetime" in loading.LATER else True, module.datetime is datetime)
"""


def test_what_is_known_of_a_module_is_what_it_says_when_it_is_loaded() -> None:
    done = ran(ASKED)
    assert done.stdout.splitlines() == [
        "",
        "a b ",
        "Later Thu, 01 Jan 1970 00:00:00 GMT",
        "True",
        "['status'] x 2",
        "2",
        "True True",
        "class OptionInfo",
        "True True",
    ]


INTERRUPTED = """
import sys
from binfut_cli.commands.process import loading
loading.lean()
import textwrap
loader, load = textwrap.__spec__.loader, textwrap.__spec__.loader.exec_module
def interrupted(module):
    loader.exec_module = load
    raise KeyboardInterrupt
loader.exec_module = interrupted
try: textwrap.dedent
except KeyboardInterrupt: print(textwrap.dedent(" x"), type(textwrap))
"""


def test_what_a_signal_interrupts_as_it_is_loaded_is_loaded_by_who_looks_next() -> None:
    done = ran(INTERRUPTED)
    assert done.stdout == "x <class 'module'>\n"


HALF = """
import threading
from binfut_cli.commands.process import loading
module = loading.Later("half")
begun, goes_on = threading.Event(), threading.Event()
class Loader:
    def exec_module(self, module):
        module.first = lambda: vars(module)["second"]  # as code looks for what is global
        begun.set()
        goes_on.wait(9)
        module.second = 2
module.__spec__ = type("Spec", (), {"loader": Loader()})
found = []
look = lambda: found.append(module.first())
threads = [threading.Thread(target=look) for _ in range(2)]
threads[0].start()
begun.wait(9)
threads[1].start()
threads[1].join(0.05)
print(found, type(module).__name__, module.__name__)
goes_on.set()
for each in threads: each.join()
print(found, type(module).__name__)
"""


def test_no_thread_looks_into_half_of_a_module() -> None:
    done = ran(HALF)
    assert done.stdout == "[] _UnderWay half\n[2, 2] module\n"
    assert not done.stderr


CROSSED = """
import os, sys, threading
from binfut_cli.commands.process import loading
os.chdir(sys.argv[1])
open("third.py", "w").write("found = 3")
open("other.py", "w").write("import sys; sys.met(); import third; found = third.found")
open("first.py", "w").write("import sys; sys.met(); import other; found = other.found")
sys.path.insert(0, "")
sys.met = threading.Barrier(2, timeout=9).wait
loading.LATER = {"first", "third"}
loading.lean()
import first, third
threads = [threading.Thread(target=each, daemon=True)
           for each in (lambda: first.found, lambda: __import__("other"))]
for each in threads: each.start()
for each in threads: each.join(3)
print([each.is_alive() for each in threads])
"""


def test_threads_that_load_what_the_other_needs_do_not_wait_for_each_other(tmp_path: Path) -> None:
    assert ran(CROSSED, str(tmp_path)).stdout == "[False, False]\n"


def test_a_watch_loads_no_rich_and_no_http() -> None:
    found = loaded("watch", "--env", "sandbox", "--speed", "100", "--limit", "2")
    assert "binfut_cli.render.watch.lines" in found
    assert not found & {"rich", "http.client", "cryptography", "pydantic"}
    assert not [name for name in found if "alerting.alerting" in name or "conditions" in name]


def test_a_table_loads_no_http_and_no_screen() -> None:
    found = loaded("account", "positions", "--env", "sandbox")
    assert "rich" in found
    assert not found & {"http.client", "textual", "binfut_cli.resources.income"}


def test_a_recording_is_read_without_what_asks_or_draws(tmp_path: Path) -> None:
    name = written(tmp_path / "a", [line(1), line(2, "stop", reason="x", events=0, gaps=0,
                                                  byReason={})])  # fmt: skip
    for arguments in ((), ("--json",)):
        found = loaded("replay", name, *arguments)
        assert "binfut_cli.recording.reader" in found
        assert not found & {"rich", "http.client", "cryptography", "zstandard", "dotenv"}
