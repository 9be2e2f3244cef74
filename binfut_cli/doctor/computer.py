"""What is known of this computer without asking anybody: interpreter, libraries, terminal."""

import locale
import platform
import re
import ssl
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from binfut_cli import __version__
from binfut_cli.api.transport import tls
from binfut_cli.doctor.findings import Judged, Verdict
from binfut_cli.doctor.keys import homely
from binfut_cli.render.output import Output

NARROW = 60  # columns; below them tables have to drop most of theirs
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)((?:[<>]=?[0-9.]+,?)*)")
_BOUND = re.compile(r"([<>]=?)([0-9.]+)")


def interpreter() -> Judged:
    """The program, what runs it, and on what."""
    runs = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}"
    return Judged(f"binfut {__version__} on {runs}, {machine}, {ssl.OPENSSL_VERSION}")


def libraries() -> Judged:
    """The installed libraries, against the versions that binfut was made for."""
    try:
        required = metadata.requires("binfut") or []
    except metadata.PackageNotFoundError:
        hint = "Install it with pip or pipx, so that its libraries' versions are checked."
        return Judged("binfut runs from a directory, not installed", Verdict.WARN, hint)
    bounds = dict(filter(None, map(requirement, required)))
    return matched(bounds, {name: _installed(name) for name in bounds})


def requirement(text: str) -> tuple[str, str] | None:
    """The name and the bounds of `typer<0.29,>=0.26`; None for what only an extra asks for."""
    found = _REQUIREMENT.fullmatch(text.replace(" ", ""))
    return (found[1], found[2]) if found else None


def matched(bounds: Mapping[str, str], installed: Mapping[str, str]) -> Judged:
    """Judge installed versions ("" for a missing one) against bounds like `<0.29,>=0.26`."""
    strange = [name for name, bound in bounds.items() if not fits(installed[name], bound)]
    if not strange:
        return Judged(", ".join(f"{name} {installed[name]}" for name in bounds))
    seen = ", ".join(f"{name} {installed[name] or 'missing'} ({bounds[name]})" for name in strange)
    return Judged(seen, Verdict.WARN, "Install binfut anew, in an environment of its own.")


def fits(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds like `<0.29,>=0.26`."""
    if not version:
        return False
    return all(_holds(_numbers(version), sign, _numbers(n)) for sign, n in _BOUND.findall(bounds))


def terminal(out: Output, encoding: str, term: str | None) -> Judged:
    """Judge where standard output goes, and what can be shown there."""
    if not out.is_terminal:
        return Judged(f"standard output is none: full width, colour {_on(out.colour)}")
    seen = f"{out.width} columns, colour {_on(out.colour)}, {encoding}, TERM={term or 'not set'}"
    if encoding.lower().replace("-", "") != "utf8":
        hint = "Choose a UTF-8 locale (LANG=C.UTF-8); symbols are shown in ASCII."
        return Judged(seen, Verdict.WARN, hint)
    if out.width is not None and out.width < NARROW:
        return Judged(seen, Verdict.WARN, "Widen the window, or use --json: columns are left out.")
    return Judged(seen)


def encoding() -> str:
    """What the locale says text is written in."""
    return locale.getencoding()


def certificates(environ: Mapping[str, str]) -> Judged:
    """Judge where trust in the exchange's certificates comes from."""
    tls.check(environ)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if not (given := environ.get(name)):
            continue
        return Judged(f"trusted as {name} says: {homely(Path(given))}")
    paths = ssl.get_default_verify_paths()
    if place := paths.capath or paths.cafile:
        return Judged(f"trusted as the system says: {place}")
    hint = "Install the system's CA certificates, or name a bundle in SSL_CERT_FILE."
    return Judged("the system names no CA certificates", Verdict.WARN, hint)


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _holds(version: list[int], sign: str, bound: list[int]) -> bool:
    match sign:
        case ">=":
            return version >= bound
        case "<=":
            return version <= bound
        case ">":
            return version > bound
    return version < bound


def _numbers(text: str) -> list[int]:
    """The release numbers that begin a version, without zeros at the end: 0.28.0rc1 is 0.28."""
    release = re.sub("[^0-9.].*", "", text)
    found = [int(part) for part in release.split(".") if part]
    while found and found[-1] == 0:
        found.pop()
    return found


def _on(colour: bool) -> str:
    return "on" if colour else "off"
