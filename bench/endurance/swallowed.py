"""Watches whose packets are swallowed all at once; to be run in a network of its own.

    unshare --map-root-user --net python -m bench.endurance.swallowed COUNT

Prints the seconds until each watch said that its stream had ended.
"""

import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

from bench.endurance.engine import Watched
from bench.endurance.program import until
from binfut_cli.endpoints import Market
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.engine import Setup

APART_S = 2.0  # between two starts: their pings are not of one moment
LONGEST_S = 60.0


def main() -> None:
    """Start some watches, take the link down, and see when each notices."""
    _link("up")
    with ExitStack() as stack:
        watches = [_started(stack) for _ in range(int(sys.argv[1]))]
        started = time.monotonic()
        _link("down")
        found = dict[int, float]()

        def told() -> bool:
            for number, watched in enumerate(watches):
                if not watched.is_covered():
                    found.setdefault(number, time.monotonic() - started)
            return len(found) == len(watches)

        until(told, LONGEST_S)
        print(json.dumps([found.get(n, LONGEST_S) for n in range(len(watches))]))
        _link("up")


def _started(stack: ExitStack) -> Watched:
    sandbox = stack.enter_context(Sandbox.start())
    setup = Setup(ending=threading.Event())
    watched = stack.enter_context(Watched(sandbox, setup, [Market.USDM], timeout_s=5.0))
    if not watched.until(watched.is_covered, 10):
        raise AssertionError("the watch never began to cover")
    time.sleep(APART_S)
    return watched


def _link(state: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


if __name__ == "__main__":
    main()
