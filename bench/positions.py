"""Measure a large account: `python -m bench.positions` prints the figures, as Markdown.

`account positions --market all` of 300 COIN-M symbols and 50 USDⓈ-M positions, the real program
against the sandbox. Its catalogue is smaller than that, so the rows of its answers are multiplied
on their way: the program reads documents of the real size from a real socket.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

from binfut_cli.sandbox import Sandbox

RUNS = 15
SYMBOLS, POSITIONS = 300, 50
Row = dict[str, Any]

METHODS = {  # the program's requests a market, in order: their ids are 1, 2, 3
    "usdm": ("v2/account.status", "v2/account.position", "account.status"),
    "coinm": ("account.status", "account.position"),
}


def cost(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """The wall time and the CPU time of one run, in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, spent * 1000


def measured(commands: dict[str, list[str]], env: dict[str, str]) -> dict[str, tuple[float, float]]:
    """The medians of each command's wall and CPU time, the runs interleaved."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            found[name].append(cost(command, env))
    return {
        name: (statistics.median(a for a, _ in all_), statistics.median(b for _, b in all_))
        for name, all_ in found.items()
    }


def rows_of(sandbox: Sandbox, env: dict[str, str]) -> dict[str, Row]:
    """Each market's document, as the program prints it with every row."""
    done = subprocess.run(
        [*program(sandbox, "status"), "--json"], env=env, check=True, capture_output=True
    )
    return {found["market"]: found for found in map(json.loads, done.stdout.splitlines())}


def multiplied(rows: list[Row], many: int, held: int) -> list[Row]:
    """As many rows, each of a symbol of its own, the first of them positions."""
    (model, *_) = (row for row in rows if float(row["positionAmt"]))
    empty = next(row for row in rows if not float(row["positionAmt"]))
    stem, tail = model["symbol"][:3], model["symbol"][3:]
    return [
        {**(model if i < held else {**empty, "positionAmt": "0"}), "symbol": f"{stem}{i}{tail}"}
        for i in range(many)
    ]


def enlarge(sandbox: Sandbox, documents: dict[str, Row]) -> None:
    """Let the sandbox answer with large documents."""
    sizes = {"usdm": (POSITIONS, POSITIONS), "coinm": (SYMBOLS, POSITIONS)}
    for market, methods in METHODS.items():
        document = documents[market]
        rows = multiplied(document["positions"], *sizes[market])
        status = {key: document[key] for key in document if key not in ("v", "type", "market")}
        answers = [{**status, "positions": rows}, rows, {**status, "positions": rows}]
        for id_, (method, result) in enumerate(zip(methods, answers, strict=False), 1):
            reply = json.dumps({"id": id_, "status": 200, "result": result})
            sandbox.fault({"fault": "text", "layer": "wsApi", "market": market, "count": None,
                       "on": method, "text": reply})  # fmt: skip


def check(command: list[str], env: dict[str, str]) -> None:
    """Make sure that what is measured is what the title says."""
    done = subprocess.run(command, env=env, check=True, capture_output=True)
    found = [len(json.loads(line)["positions"]) for line in done.stdout.splitlines()]
    if found != [POSITIONS, SYMBOLS]:
        sys.exit(f"the program printed {found} rows")


def program(sandbox: Sandbox, name: str) -> list[str]:
    """The command line of a question about both markets of this sandbox."""
    here = [sys.executable, "-m", "binfut_cli", "account", name, "--env", "sandbox"]
    return [*here, "--market", "all", "--ws-api-url", sandbox.stream["usdm"]]


def key(sandbox: Sandbox) -> dict[str, str]:
    """The environment with the sandbox's key."""
    account = sandbox.accounts[0]
    found = {"BINFUT_API_KEY": account.api_key, "BINFUT_API_SECRET": account.secret}
    return {**os.environ, **found, "BINFUT_ENV": "sandbox"}


def main() -> None:
    """Measure, and print the table."""
    with Sandbox.start() as sandbox:
        env = key(sandbox)
        command = program(sandbox, "positions")
        formats = {"JSON": ["--json"], "CSV": ["-o", "csv"], "table": ["-o", "wide"]}
        commands = {name: [*command, "--all", *more] for name, more in formats.items()}
        small = measured({"start-up": [*command, "--json"]}, env)["start-up"]
        enlarge(sandbox, rows_of(sandbox, env))
        check(commands["JSON"], env)
        large = measured(commands, env)
    print(f"`account positions --market all --all`, {SYMBOLS} COIN-M and {POSITIONS} USDⓈ-M rows\n")
    print("| | wall, ms | CPU, ms | CPU beyond start-up, ms | wall, of JSON's |")
    print("|---|---|---|---|---|")
    print(f"| JSON of 28 rows (start-up) | {small[0]:.0f} | {small[1]:.0f} | 0 | |")
    for name, (wall, cpu) in large.items():
        ratio = wall / large["JSON"][0]
        print(f"| {name} | {wall:.0f} | {cpu:.0f} | {cpu - small[1]:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
