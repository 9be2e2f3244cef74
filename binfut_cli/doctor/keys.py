"""The key: where it comes from, of what type it is, what it may do, and who can read its files."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from binfut_cli.doctor.findings import Judged, Verdict

KINDS = {"hmac": "HMAC-SHA256", "ed25519": "Ed25519", "rsa": "RSA"}


def described(kind: str, source: str) -> Judged:
    """Tell the type of a key and where it was found; never a character of it."""
    seen = f"{KINDS[kind]}, from {source}"
    if source == "the environment":
        return Judged(seen, hint="Everything started from the same shell can read it there.")
    return Judged(seen)


def powers(warnings: Sequence[str]) -> Judged:
    """Judge what a key may do, by what there is to warn of."""
    if not warnings:
        return Judged("nothing to warn of")
    hint = "Make a key on the exchange's API page that may only read, from your address alone."
    return Judged(" ".join(warnings), Verdict.WARN, hint)


def files(paths: Iterable[Path], read: Callable[[Path, str], bytes]) -> Judged:
    """Judge those of the files that exist; `read` raises ConfigError for one that is not private.

    What it reads is of no interest here.
    """
    found = [path for path in dict.fromkeys(paths) if os.path.lexists(path)]
    for path in found:
        read(path, "The file")
    if not found:
        return Judged("none in use")
    return Judged(f"yours alone: {', '.join(map(homely, found))}")


def homely(path: Path) -> str:
    """A path as it may be told: the home directory, which names its user, as `~`."""
    home = os.path.expanduser("~")
    text = os.fspath(path)
    return f"~{text[len(home) :]}" if home != "/" and text.startswith(f"{home}/") else text
