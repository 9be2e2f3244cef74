"""Try other people's clients on the sandbox; print what agrees, or write docs/interop.md.

    python -m bench.interop [NAME…] [--environments DIRECTORY] [--write]

Needs pip for those in Python, and node with npm for those in JavaScript; what is lacking is told.
"""

import argparse
import sys
from pathlib import Path

from bench.interop.clients import CLIENTS, Client
from bench.interop.environments import environment
from bench.interop.page import PAGE, page
from bench.interop.trial import Trial, kept, tried


def main() -> int:
    """Try all that were named, or all; 1 if something disagrees that is not known to."""
    parser = argparse.ArgumentParser(prog="python -m bench.interop")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of a client's name")
    parser.add_argument("--environments", type=Path, help="where they are kept")
    parser.add_argument("--write", action="store_true", help="docs/interop.md, of all")
    options = parser.parse_args()
    chosen = [each for each in CLIENTS if _is_meant(each, options.names)]
    trials = [trial for each in chosen for trial in _tried(each, kept(options.environments))]
    text = page(trials)
    print(text)
    if options.write:
        PAGE.write_text(text, "utf-8")
    return int(any(trial.unexpected for trial in trials))


def _is_meant(client: Client, names: list[str]) -> bool:
    return not names or any(name in client.name for name in names)


def _tried(client: Client, below: Path) -> list[Trial]:
    print(f"{client.name} …", file=sys.stderr)
    place = environment(client, below)
    return [tried(client, market, place) for market in client.markets]


if __name__ == "__main__":
    sys.exit(main())
