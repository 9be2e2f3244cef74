"""One process that watches 1 to 500 accounts of a sandbox, the real program beside a real server.

    python -m bench.scaling [--lanes N]… [--quiet SECONDS] [--tls] [--write]

Counts threads, memory and processor, at the start and while nothing happens, and how late the
lines of 50 events a second are, with and without one account whose stream tells as much as is
taken. `--write` puts the figures into docs/scaling.md. Leaves with 1 if a bound was not kept.
"""

import argparse
import sys

from bench.chaos.document import put
from bench.scaling.trial import Figures, trial

LANES = (1, 10, 50, 100, 250, 500)
MOST_THREADS, MOST_MB, MOST_QUIET, MOST_START_S, MOST_LATER_MS = 12, 60.0, 3.0, 4.0, 20.0
OPENSSL_MB = 0.02
"""What OpenSSL keeps of a connection, of which an account has two: no setting makes it less."""
HEAD = """\
| accounts | threads | memory (MB) | quiet (% of a core) | start (CPU s) | \
delay, median / p99 (ms) | the same beside a flood |
|---|---|---|---|---|---|---|"""


def row(found: Figures) -> str:
    """A line of the table."""
    return (
        f"| {found.lanes}{', TLS' if found.tls else ''} | {found.threads} | {found.rss_mb:.0f} "
        f"| {found.quiet:.1f} | {found.start_s:.1f} | {found.calm} | {found.flooded} |"
    )


def misses(found: Figures) -> list[str]:
    """What is not within its bound."""
    later_ms = found.flooded.p99_ms - found.calm.p99_ms
    measured = {
        "threads": (found.threads, MOST_THREADS),
        "MB": (found.rss_mb, MOST_MB + (2 * found.lanes * OPENSSL_MB if found.tls else 0)),
        "% when quiet": (found.quiet, MOST_QUIET),
        "CPU s to start": (found.start_s, MOST_START_S),
        "ms later beside a flood": (later_ms, MOST_LATER_MS),
    }
    return [
        f"{found.lanes} accounts: {value:.1f} {what}, {most:.0f} at most"
        for what, (value, most) in measured.items()
        if value > most
    ]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--lanes", type=int, action="append", help="may be given again")
    parser.add_argument("--quiet", type=float, default=60.0, help="seconds of quiet")
    parser.add_argument("--tls", action="store_true", help="over TLS alone")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md")
    options = parser.parse_args()
    kinds = [(count, options.tls) for count in options.lanes or LANES]
    if not options.lanes and not options.tls:
        kinds.append((LANES[-1], True))
    found = []
    for count, tls in kinds:
        found.append(trial(count, options.quiet, tls=tls))
        print(row(found[-1]), flush=True)
    if options.write:
        table = "\n".join([HEAD, *map(row, found)])
        put("scaling", "python -m bench.scaling --write", table, "scaling.md")
    wrong = [each for one in found for each in misses(one)]
    print(*wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
