"""The locked requirements: in step with pyproject.toml, hashed, and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest

from binfut_cli.doctor.computer import fits, requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TOOLS = (ROOT / "requirements" / "tools.in").read_text(encoding="utf-8")
WANTED = {
    "release": PROJECT["dependencies"],
    "keyring": [*PROJECT["dependencies"], *EXTRAS["keyring"]],
    "dev": [*PROJECT["dependencies"], *EXTRAS["dev"]],
    "tools": [line for line in TOOLS.splitlines() if not line.startswith("#")],
}
PINNED = re.compile(
    r"^([a-z0-9-]+)==([0-9][0-9a-z.]*)( ; [^\\\n]+)? \\\n"
    r"((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, str]:
    return {found[1]: found[2] for found in PINNED.finditer(text(name))}


@pytest.mark.parametrize("name", WANTED)
def test_every_line_is_a_pin_its_hashes_or_a_comment(name: str) -> None:
    left = PINNED.sub("", text(name))
    assert pinned(name)
    assert [line for line in left.splitlines() if not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("name", WANTED)
def test_what_is_wanted_is_locked_within_its_bounds(name: str) -> None:
    found = pinned(name)
    for wanted in WANTED[name]:
        parsed = requirement(wanted)
        assert parsed is not None
        library, bounds = parsed
        assert fits(found[library], bounds), f"run tools/lock: {wanted}"


@pytest.mark.parametrize("wanted", [*PROJECT["dependencies"], *EXTRAS["keyring"], *EXTRAS["dev"]])
def test_what_is_wanted_has_a_lowest_version(wanted: str) -> None:
    """The one that `tools/lowest` runs the tests with."""
    parsed = requirement(wanted)
    assert parsed is not None
    assert re.match(r">=[0-9]", parsed[1])


def test_the_locks_agree() -> None:
    release = pinned("release")
    for name in ("keyring", "dev"):
        found = pinned(name)
        assert {library: found[library] for library in release} == release


@pytest.mark.parametrize("name", WANTED)
def test_no_address_and_no_path_of_a_computer_is_in_them(name: str) -> None:
    said = text(name)
    assert not re.search(r"://|file:|--(extra-)?index|--find-links|--trusted-host", said)
    assert not re.search(r"(^|[\s'\"=])/[a-z]", said)
    assert said.splitlines()[1].strip("# ") == "tools/lock"
