"""Findings as lines for people and as one document for programs."""

import textwrap
from collections.abc import Iterable, Sequence

from binfut_cli import __version__
from binfut_cli.codec import Row
from binfut_cli.doctor.findings import Finding, Verdict, exit_status, worst
from binfut_cli.endpoints import MARKET_APIS, Market, Scope
from binfut_cli.render.documents import VERSION
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import PLAIN, Palette, Style

NAME_WIDTH = 12  # the longest is certificates
INDENT = NAME_WIDTH + 10
NARROWEST = 20  # columns of text; no terminal makes less of them

_TIED = "\u00a0"  # a blank at which no line ends


def heading(market: Market | None, scope: Scope, paint: Palette = PLAIN) -> str:
    """What stands above the findings of the computer, or of a market."""
    text = f"{MARKET_APIS[market].title} · {scope.env}" if market else "This computer"
    return f"{paint.bold}{text}{paint.off}\n"


def line(found: Finding, paint: Palette = PLAIN, width: int | None = None) -> str:
    """One finding: verdict, name, what was seen; below it, what to do. None is any width."""
    word = f"{_colour(found.verdict, paint)}{found.verdict:<4}{paint.off}"
    took = f" ({found.ms}{_TIED}ms)" if found.ms is not None else ""
    seen = _folded(f"{plain(found.detail)}{took}", width)
    advice = _folded(f"→ {plain(found.hint)}", width) if found.hint else []
    first, *rest = [*seen, *advice]
    return f"  {word}  {found.name:<{NAME_WIDTH}}  {first}\n" + "".join(
        f"{'':{INDENT}}{each}\n" for each in rest
    )


def summary(findings: Sequence[Finding]) -> str:
    """All verdicts in one sentence."""
    counts = {verdict: sum(f.verdict is verdict for f in findings) for verdict in Verdict}
    if counts[Verdict.OK] == len(findings):
        return f"All {len(findings)} checks are ok."
    words = {Verdict.FAIL: "failed", Verdict.WARN: "to look at", Verdict.SKIP: "skipped"}
    bad = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict]]
    return f"{len(findings)} checks: {counts[Verdict.OK]} ok, {', '.join(bad)}."


def whole(findings: Iterable[Finding], scope: Scope) -> str:
    """Everything as text, in the order it was found, with a heading wherever the subject turns."""
    text, last = "", ""
    for found in findings:
        title = heading(found.market, scope)
        text += (title if title != last else "") + line(found)
        last = title
    return text


def document(findings: Sequence[Finding], scope: Scope, time_ms: int) -> Row:
    """Everything as one JSON object."""
    return {
        "v": VERSION,
        "type": "doctor",
        "env": scope.env,
        "profile": scope.profile,
        "time": time_ms,
        "version": __version__,
        "verdict": worst(findings),
        "exit": int(exit_status(findings)),
        "checks": [_row(found) for found in findings],
    }


def _folded(text: str, width: int | None) -> list[str]:
    """The text in lines that end before the terminal does; a long path stays whole."""
    found = [text]
    if width is not None:
        columns = max(width - INDENT, NARROWEST)
        found = textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
    return [each.replace(_TIED, " ") for each in found or [""]]


def _row(found: Finding) -> Row:
    return {
        "name": found.name,
        "market": found.market,
        "verdict": found.verdict,
        "detail": found.detail,
        "hint": found.hint,
        "ms": found.ms,
    }


def _colour(verdict: Verdict, paint: Palette) -> Style:
    match verdict:
        case Verdict.OK:
            return paint.gain
        case Verdict.WARN:
            return paint.warn
        case Verdict.FAIL:
            return paint.loss
    return paint.faint
