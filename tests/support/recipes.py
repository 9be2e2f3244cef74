"""The pages of `docs/recipes/` as what they are: files to write, and scripts to run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from tests.support.program import PROJECT, environment

PAGES = PROJECT / "docs" / "recipes"
FENCE = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?:#|--) ([\w-]+\.[a-z]+)\n")

# The program under test, in the sandbox, whose story shall not take half an hour.
BINFUT = """\
#!/bin/sh
test "$1" = watch && shift && set -- watch --speed 1000 "$@"
exec "{python}" -m binfut_cli "$@"
"""
PYTHON = """\
#!/bin/sh
exec "{python}" "$@"
"""


def surroundings(folder: Path) -> dict[str, str]:
    """An environment in which `binfut` and `python3` are those under test."""
    for name, text in {"binfut": BINFUT, "python3": PYTHON}.items():
        (folder / name).write_text(text.format(python=sys.executable))
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return environment(PATH=path, PYTHONPATH=str(PROJECT), BINFUT_ENV="sandbox")


def fences(page: str) -> list[tuple[str, str]]:
    """The blocks of a page: of which kind, and what."""
    return FENCE.findall((PAGES / f"{page}.md").read_text(encoding="utf-8"))


def kept(page: str, folder: Path, instead: Mapping[str, str]) -> None:
    """Write the page's files, which name themselves in their first line."""
    for _, text in fences(page):
        if name := NAMED.match(text):
            (folder / name[1]).write_text(replaced(text, instead))


def scripts(page: str) -> list[str]:
    """What is to be typed in a shell, in its order."""
    return [text for kind, text in fences(page) if kind == "sh" and not NAMED.match(text)]


def ran(script: str, folder: Path, instead: Mapping[str, str] | None = None) -> str:
    """What a script prints, in whose every part nothing may fail."""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", replaced(script, instead or {})],
        env=surroundings(folder), cwd=folder, capture_output=True, text=True, timeout=90,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def replaced(text: str, instead: Mapping[str, str]) -> str:
    """A text with what is otherwise in a test."""
    for before, after in instead.items():
        text = text.replace(before, after)
    return text


def fees(lines: Iterable[bytes]) -> dict[str, Decimal]:
    """What the fills of a recording cost, by asset, added up in decimals."""
    found: dict[str, Decimal] = {}
    for line in lines:
        record = msgspec.json.decode(line)
        order = record.get("order", {})
        if record.get("event") == "ORDER_TRADE_UPDATE" and order["executionType"] == "TRADE":
            asset, fee = order["commissionAsset"], Decimal(order["commission"])
            found[asset] = found.get(asset, Decimal(0)) + fee
    return found


def told(printed: str) -> dict[str, Decimal]:
    """Lines of an asset and a sum."""
    rows = [re.split(r"[\t,]", line) for line in printed.splitlines()]
    return {asset: Decimal(amount) for asset, amount in rows}
