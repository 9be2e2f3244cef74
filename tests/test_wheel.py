"""What is released: every path in the wheel, nothing that does not belong, the same bits each time.

The wheel is built by the back end itself, as `pip wheel` and `python -m build` do.
"""

import contextlib
import re
import shutil
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import hatchling.build
import pytest
from hatchling.builders.sdist import SdistBuilder

from binfut_cli import __version__

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
NAME = f"binfut-{__version__}"
INFO = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
SOURCES = ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "binfut_cli")
STRAY = shutil.ignore_patterns("__pycache__", ".*_cache")


def build(root: Path, into: Path, *targets: str) -> list[Path]:
    """Build a tree's wheel, its source archive, or both, as a front end has it done."""
    hooks: dict[str, Callable[[str], str]] = {
        "sdist": hatchling.build.build_sdist,
        "wheel": hatchling.build.build_wheel,
    }
    with contextlib.chdir(root):
        for target in targets:
            hooks[target](str(into))
    return sorted(into.iterdir())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from, so that nothing changes under the builds."""
    copy = tmp_path_factory.mktemp("tree")
    for name in {*SOURCES, *(Path(source).parts[0] for source in WHEEL["shared-data"])}:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=STRAY)
        else:
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def built(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The source archive and the wheel, built from a tree in which work has left its traces."""
    for stray in (".env", "binfut_cli/.env", "binfut_cli/__pycache__/x.cpython-311.pyc",
                  "binfut_cli/.mypy_cache/3.11/x.data.json", "tests/test_x.py"):  # fmt: skip
        (tree / stray).parent.mkdir(parents=True, exist_ok=True)
        (tree / stray).write_text("BINFUT_API_SECRET=never\n")
    return build(tree, tmp_path_factory.mktemp("built"), "sdist", "wheel")


@pytest.fixture(scope="module")
def wheel(built: list[Path]) -> Path:
    return built[0]


def shared(tree: Path) -> set[str]:
    """Where the shared data goes, file by file."""
    found = set()
    for source, place in WHEEL["shared-data"].items():
        path = tree / source
        files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        found |= {
            f"{NAME}.data/data/{place}/{f.relative_to(path)}".removesuffix("/.") for f in files
        }
    return found


def test_the_wheel_holds_the_package_its_shared_data_and_nothing_else(
    wheel: Path, tree: Path
) -> None:
    scripts = {each for each in WHEEL["shared-data"] if each.startswith("binfut_cli/")}
    modules = {p.relative_to(tree).as_posix() for p in (tree / "binfut_cli").rglob("*.py")}
    package = modules | scripts  # `binfut completion` prints what is installed for the shells
    info = {f"{NAME}.dist-info/{name}" for name in INFO}
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        held = b"".join(map(archive.read, names))
    assert "binfut_cli/commands/app.py" in package
    assert sorted(names) == sorted(package | shared(tree) | info)
    assert b"BINFUT_API_SECRET=never" not in held


def test_the_completions_and_the_licence_are_where_they_are_looked_for(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for end in (
        "share/bash-completion/completions/binfut",
        "share/zsh/site-functions/_binfut",
        "share/fish/vendor_completions.d/binfut.fish",
        "licenses/LICENSE",
    ):
        assert any(name.endswith(end) for name in names)


def test_the_wheel_says_what_it_needs_and_what_it_runs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{NAME}.dist-info/METADATA").decode()
        entry = archive.read(f"{NAME}.dist-info/entry_points.txt").decode()
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE)
    listed = [re.split("[<>=]", each)[0] for each in PYPROJECT["project"]["dependencies"]]
    assert sorted(needed) == sorted(listed)
    assert entry == "[console_scripts]\nbinfut = binfut_cli.__main__:main\n"


def test_two_builds_are_equal_to_the_bit(tree: Path, built: list[Path], tmp_path: Path) -> None:
    """From another directory, with other times and other modes."""
    other = tmp_path / "other"
    shutil.copytree(tree, other, copy_function=shutil.copyfile)
    (other / "binfut_cli" / "__init__.py").chmod(0o600)
    again = build(other, tmp_path / "dist", "sdist", "wheel")
    assert [path.suffix for path in built] == [".whl", ".gz"]
    assert [path.read_bytes() for path in built] == [path.read_bytes() for path in again]


def test_the_source_archive_holds_no_traces_of_work(built: list[Path]) -> None:
    with tarfile.open(built[1]) as archive:  # of the package alone
        packed = [Path(name).relative_to(NAME) for name in archive.getnames()]
    would = [Path(f.distribution_path) for f in SdistBuilder(str(ROOT)).recurse_included_files()]
    assert {path for path in would if path.parts[0] == "binfut_cli"} <= {*packed}
    names = packed + would  # to pack all of it shows no more, and takes half a second
    hidden = {path.parts[0] for path in names if path.parts[0].startswith(".")}
    assert hidden <= {".gitignore"}
    assert Path("binfut_cli/commands/app.py") in names
    assert Path("tests/test_wheel.py") in names
    assert not [p for p in names if p.name == ".env" or {"__pycache__", ".mypy_cache"} & {*p.parts}]
