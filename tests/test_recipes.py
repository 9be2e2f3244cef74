"""`docs/recipes.md`, executed: every recipe prints what the page says it prints."""

import configparser
import contextlib
import http.server
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.program import PROJECT, binfut, environment

pytestmark = pytest.mark.slow  # many runs of the whole program

PAGE = (PROJECT / "docs" / "recipes.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```([a-z ]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")

# The program under test, in the sandbox, whose story shall not take half an hour.
BINFUT = """\
#!/bin/sh
test "$1" = watch && shift && set -- watch --speed 1000 "$@"
exec "{python}" -m binfut_cli "$@"
"""
# A desktop is nothing that a test can count on: what would be shown is printed.
NOTIFY = """\
#!/bin/sh
shift
echo "notification: $*"
"""


@dataclass(frozen=True)
class Recipe:
    """A titled script, and what it prints, or what arrives where it sends something."""

    title: str
    script: str
    expected: str
    follows_the_clock: bool


def recipes() -> list[Recipe]:
    found = []
    for title, body in BLOCKS.findall(PAGE):
        fences = FENCE.findall(body)
        if [kind.split()[0] for kind, _ in fences[:2]] == ["sh", "text"]:
            (_, script), (kind, expected) = fences[:2]
            found.append(Recipe(title, script, expected, kind != "text"))
    return found


RECIPES = recipes()


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """An environment in which the recipes' programs are found."""
    for name, text in {"binfut": BINFUT, "notify-send": NOTIFY}.items():
        (tmp_path / name).write_text(text.format(python=sys.executable))
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return environment(PATH=path, PYTHONPATH=str(PROJECT), BINFUT_ENV="sandbox")


@contextlib.contextmanager
def webhook() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine that takes messages, and those that have come."""
    found: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sendMessage", found
        finally:
            server.shutdown()


def arrived(message: str) -> str:
    """A message as the page shows it: of a record what it is about."""
    if not message.startswith("{"):
        return message
    record = json.loads(message)
    shown = {name: record[name] for name in ("type", "state", "expression")}
    return json.dumps(shown, separators=(",", ":"))


def printed(recipe: Recipe, env: dict[str, str], cwd: Path) -> str:
    """What a recipe writes, standard error included, as cron would mail it, and what it sends."""
    with webhook() as (address, messages):
        done = subprocess.run(
            ["bash", "-c", recipe.script], env={**env, "WEBHOOK": address}, cwd=cwd, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60,
        )  # fmt: skip
    return done.stdout + "".join(f"{arrived(each)}\n" for each in messages)


def normalised(text: str, recipe: Recipe) -> str:
    """Text without dates; if it follows the clock, without figures, symbols, repeated lines."""
    text = re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", "DATE", text)
    if not recipe.follows_the_clock:
        return text
    text = re.sub(r"\b[A-Z0-9]+USDT\b", "SYMBOL", text)
    lines = re.sub(r"[-+]?[0-9]+(\.[0-9]+)?", "N", text).splitlines()
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def test_the_page_has_recipes_and_each_its_output() -> None:
    titles = [title for title, _ in BLOCKS.findall(PAGE)]
    assert len(titles) == len(set(titles)) == len(RECIPES) + 1  # systemd's has no output
    assert len(RECIPES) >= 12
    assert all(recipe.expected.strip() for recipe in RECIPES)


def _case(recipe: Recipe) -> object:
    """A recipe as a test's case; a story takes its time, even a fast one."""
    slow = [pytest.mark.slow] if "binfut watch" in recipe.script else []
    return pytest.param(recipe, id=recipe.title, marks=slow)


@needs_jq
@pytest.mark.parametrize("recipe", list(map(_case, RECIPES)))
def test_a_recipe(recipe: Recipe, tools: dict[str, str], tmp_path: Path) -> None:
    found = printed(recipe, tools, tmp_path)
    assert normalised(found, recipe) == normalised(recipe.expected, recipe)


def test_the_service_runs_what_the_program_has() -> None:
    unit, _timer = (body for kind, body in FENCE.findall(PAGE) if kind == "ini")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    program, *arguments = shlex.split(parser["Service"]["ExecStart"])
    assert program == "/usr/bin/binfut"
    done = binfut(*arguments, "--env", "sandbox")
    assert done.status in (0, 10)
    assert "liquidationDistance<0.10 holds" in done.err or not done.err
