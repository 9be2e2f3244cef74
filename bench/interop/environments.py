"""An environment for each client: made once, below a directory that is kept."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.interop.clients import Client

JOBS = Path(__file__).parent / "jobs"


@dataclass(frozen=True, slots=True)
class Environment:
    """How a client's job is started: the command before the job's own arguments, and variables."""

    command: tuple[str, ...]
    variables: dict[str, str]


def environment(client: Client, below: Path) -> Environment:
    """The environment of a client, made if it is not there.

    Raises CalledProcessError where its packages cannot be installed.
    """
    place, job = below / client.job.replace(".", "-"), str(JOBS / client.job)
    if client.language == "Python":
        python = python_with(place, client.packages, client.python)
        return Environment((str(python), job), {})
    modules = place / "node_modules"
    if client.packages and not modules.exists():
        place.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--no-audit", "--no-fund", "--prefix", place, *client.packages)
    path = os.pathsep.join((str(modules / ".bin"), os.environ["PATH"]))
    shell = "node" if client.language == "JavaScript" else "sh"
    return Environment((shell, job), {"NODE_PATH": str(modules), "PATH": path})


def python_with(place: Path, packages: Sequence[str], interpreter: str = "") -> Path:
    """An interpreter of its own with some packages; of another version than ours if one is named.

    Raises CalledProcessError where the packages cannot be installed.
    """
    python = place / "bin" / "python"
    if not python.exists():
        _run(interpreter or sys.executable, "-m", "venv", place)
        _run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL)
