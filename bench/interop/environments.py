"""An environment for each client: made once, below a directory that is kept."""

import subprocess
import venv
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
    if client.language == "JavaScript":
        if not (place / "node_modules").exists():
            place.mkdir(parents=True, exist_ok=True)
            _run("npm", "install", "--no-audit", "--no-fund", "--prefix", place, *client.packages)
        return Environment(("node", job), {"NODE_PATH": str(place / "node_modules")})
    if client.language == "shell":
        return Environment(("sh", job), {})
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        _run(python, "-m", "pip", "install", "--quiet", *client.packages)
    return Environment((str(python), job), {})


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL)
