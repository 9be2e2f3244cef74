"""Hold the WebSocket client against the Autobahn test suite, two libraries beside it.

    python -m bench.conformance [--only CLIENT …] [--cases PATTERN …] [--write]

Makes an environment for the suite, which needs Python 2.7 (on the PATH, or pyenv's), and fetches
it from the package index. `--write` puts the figures into docs/reliability.md. Takes a few minutes.
Leaves with 1 if a case failed that is not named in BEYOND.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import websocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bench.chaos.document import put
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport import ws
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import PONG
from binfut_cli.errors import NetworkError

SUITE = "autobahntestsuite==25.10.1"
VIRTUALENV = "virtualenv==20.15.1"  # the last that makes environments of Python 2.7
LEFT_OUT = ["12.*", "13.*"]  # compression, which nobody here asks for
BEYOND = {"9.1.6", "9.2.6"}
"""Messages of 16 MiB: binfut ends the connection with 1009 at 8 MiB, on purpose."""
CASE_S = 120.0
FEW = 12  # cases that are named one by one
HOST = "127.0.0.1"
SECTIONS = {
    "1": "framing", "2": "pings, pongs", "3": "reserved bits", "4": "opcodes", "5": "fragments",
    "6": "UTF-8", "7": "closing", "9": "limits, performance", "10": "autofragmentation",
}  # fmt: skip
Results = Mapping[str, str]
"""By the number of a case, what the suite found: OK, NON-STRICT, INFORMATIONAL, FAILED …"""


def binfut(url: str) -> list[bytes]:
    """Send back whatever comes, until the end; what came."""
    connection = ws.connect(Way.STREAM, url, Deadline(CASE_S, "The suite"))
    heard: list[bytes] = []
    with contextlib.closing(connection), contextlib.suppress(NetworkError):
        while True:
            for opcode, payload in connection.receive(CASE_S):
                if opcode != PONG:
                    heard.append(payload)
                    connection._send(opcode, payload)  # `send` knows requests alone
    return heard


def websocket_client(url: str) -> list[bytes]:
    heard: list[bytes] = []
    connection = websocket.create_connection(url, timeout=CASE_S)
    with contextlib.suppress(websocket.WebSocketException, OSError):
        while True:
            opcode, payload = connection.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            heard.append(payload)
            connection.send(payload, opcode)
    connection.close()
    return heard


def websockets(url: str) -> list[bytes]:
    heard: list[bytes] = []
    with (
        connect(url, max_size=None, compression=None, proxy=None, ping_interval=None) as connection,
        contextlib.suppress(ConnectionClosed),
    ):
        while True:
            message = connection.recv(CASE_S)
            heard.append(message.encode() if isinstance(message, str) else message)
            connection.send(message)
    return heard


CLIENTS: Mapping[str, Callable[[str], list[bytes]]] = {
    "binfut": binfut,
    "websocket-client": websocket_client,
    "websockets": websockets,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.conformance")
    parser.add_argument("--only", nargs="+", choices=CLIENTS, default=list(CLIENTS))
    parser.add_argument("--cases", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--write", action="store_true", help="into docs/reliability.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="binfut-conformance-") as place:
        found = measured(Path(place), options.cases, options.only)
    print(table(found))
    if options.write:
        put("conformance", "python -m bench.conformance --write", table(found))
    return int(bool(failed(found.get("binfut", {})) - BEYOND))


def measured(place: Path, cases: Sequence[str], names: Sequence[str]) -> dict[str, Results]:
    """What the suite says of each client."""
    with suite(place, cases) as url:
        for name in names:
            played(url, name)
    found = json.loads((place / "reports" / "index.json").read_text())
    return {
        name: {case: worse(told) for case, told in results.items()}
        for name, results in found.items()
    }


def worse(told: Mapping[str, str]) -> str:
    """What is said of a case and of how the connection was closed after it, as one word."""
    closed = told["behaviorClose"]
    return told["behavior"] if closed in ("OK", "INFORMATIONAL") else closed


def played(url: str, name: str) -> None:
    """Run all cases with one client."""
    client = CLIENTS[name]
    (count,) = client(f"{url}/getCaseCount")
    for number in range(1, int(count) + 1):
        client(f"{url}/runCase?case={number}&agent={name}")
        print(f"\r{name}: {number} of {int(count)}", end="", file=sys.stderr, flush=True)
    client(f"{url}/updateReports?agent={name}")
    print(file=sys.stderr)


@contextlib.contextmanager
def suite(place: Path, cases: Sequence[str]) -> Iterator[str]:
    """The suite's server at its address, installed into `place`."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    address, plan = f"ws://{HOST}:{port}", place / "plan.json"
    more = {"cases": list(cases), "exclude-cases": LEFT_OUT, "exclude-agent-cases": {}}
    plan.write_text(json.dumps({"url": address, "outdir": str(place / "reports"), **more}))
    command = [str(installed(place)), "-m", "fuzzingserver", "-w", "0", "-s", str(plan)]
    with (place / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=place, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield address
    finally:
        server.terminate()
        server.wait()


def installed(place: Path) -> Path:
    """The suite's program, in an environment of its own."""
    makers, home = place / "makers", place / "suite"
    run(sys.executable, "-m", "venv", str(makers))
    run(str(makers / "bin" / "python"), "-m", "pip", "install", "--quiet", VIRTUALENV)
    run(str(makers / "bin" / "virtualenv"), "--quiet", "--python", python27(), str(home))
    run(str(home / "bin" / "pip"), "install", "--quiet", SUITE)
    return home / "bin" / "wstest"


def python27() -> str:
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    versions = sorted(map(str, Path(root).glob("versions/2.7.*/bin/python")))
    found = versions[-1] if versions else shutil.which("python2.7")  # which may be pyenv's shim
    if found is None:
        sys.exit("The suite needs Python 2.7. Put python2.7 on the PATH, or install it with pyenv.")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"This failed: {' '.join(command)}\n{(done.stdout + done.stderr)[-2000:]}")


def wait_for(port: int) -> None:
    """Wait until the server listens."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.1)
    sys.exit("The suite's server did not start.")


def failed(results: Results) -> set[str]:
    passed = ("OK", "NON-STRICT", "INFORMATIONAL")
    return {case for case, result in results.items() if result not in passed}


def table(found: Mapping[str, Results]) -> str:
    names = list(found)
    versions = {"binfut": ""} | {name: f" {version(name)}" for name in names if name != "binfut"}
    lines = [
        f"| cases | {' | '.join(f'{name}{versions[name]}' for name in names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for section, what in SECTIONS.items():
        cells = [told(found[name], section) for name in names]
        if any(cells):
            lines.append(f"| {section}, {what} | {' | '.join(cells)} |")
    cells = [told(found[name]) for name in names]
    lines.append(f"| **all** | {' | '.join(cells)} |")
    for name in names:
        if 0 < len(cases := sorted(failed(found[name]), key=numbers)) <= FEW:
            lines.append(f"\nNot passed by {name}: {', '.join(cases)}.")
    return "\n".join(lines)


def told(results: Results, section: str = "") -> str:
    """How many cases of a section (or of all) had which result."""
    counted = Counter(
        result for case, result in results.items() if section in ("", case.partition(".")[0])
    )
    order = ["OK", "NON-STRICT", "INFORMATIONAL"]
    names = [*order, *sorted(counted.keys() - set(order))]
    return ", ".join(f"{counted[each]} {each.lower()}" for each in names if counted[each])


def numbers(case: str) -> list[int]:
    return [int(part) for part in case.split(".")]


if __name__ == "__main__":
    sys.exit(main())
