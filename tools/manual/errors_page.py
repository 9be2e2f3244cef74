"""`docs/errors.md`: every failure a user can meet, from the classes and tables that make them."""

from collections.abc import Sequence

from binfut_cli import errors
from binfut_cli.api.error_codes import ADVICE, ADVICE_OF_MARKET, Advice, refused_by_status
from binfut_cli.endpoints import Market
from binfut_cli.errors import BinfutError, ExitStatus
from tools.manual.prose import statuses

HTTP_STATUSES = (301, 400, 401, 403, 404, 418, 429, 451, 500, 502, 503, 504, 511)
"""The statuses the exchange, or something before it, answers with."""

HEAD = """\
# Errors

Every failure is two sentences on standard error: what failed, and what to do. With `-o json` and
`-o ndjson` it is one JSON object instead (`binfut schema error`), and its `kind` is one of the
words below. `retryable` says whether the same question may succeed later, without a change by you.
Standard output then has nothing of the market that failed; with `--market all` the other market's
answer is printed all the same.

This page is made from the code by `python -m tools.manual`.
"""
CODES = """\
## The exchange's codes

The number in brackets at the end of a message, `exchangeCode` in JSON. A code that is not listed
here is of the kind `exchange`. Some numbers mean something on one market only.
"""
STATUSES = """\
## HTTP statuses

Where an answer carries one of the codes above, the code decides; 418 and 429 always mean
`rate_limit`. A redirect is never followed: it would carry the key elsewhere.
"""


def page() -> str:
    """The page."""
    return "\n".join([HEAD, _exits(), CODES, _codes(), STATUSES, _http()])


def _exits() -> str:
    told = statuses().items()
    rows = [(str(int(status)), _kinds(status), meaning) for status, meaning in told]
    return f"## Exit statuses\n\n{_table(('status', 'kind', 'meaning'), rows)}"


def _kinds(status: ExitStatus) -> str:
    found = [kind for kind in classes() if kind.exit_status is status]
    return ", ".join(f"`{kind.kind}`" for kind in found)


def classes() -> list[type[BinfutError]]:
    """Every class of error that is raised, in the order they are written down."""
    found = (kind for kind in vars(errors).values() if isinstance(kind, type))
    return [kind for kind in found if issubclass(kind, BinfutError) and kind is not BinfutError]


def _codes() -> str:
    rows = [
        (code, market, advice)
        for market, code, advice in (
            *(("both", code, advice) for code, advice in ADVICE.items()),
            *((str(market), code, advice) for (market, code), advice in ADVICE_OF_MARKET.items()),
        )
    ]
    rows.sort(key=lambda row: (-row[0], row[1]))
    cells = [(str(code), market, *_told(advice)) for code, market, advice in rows]
    return _table(("code", "market", "kind", "status", "advice"), cells)


def _told(advice: Advice) -> tuple[str, str, str]:
    return f"`{advice.error.kind}`", str(int(advice.error.exit_status)), advice.hint


def _http() -> str:
    rows = []
    for status in HTTP_STATUSES:
        error = refused_by_status(Market.USDM, "It", status, {}, b"", 0)
        told = _told(Advice(type(error), error.hint))
        rows.append((str(status), *told))
    return _table(("HTTP", "kind", "status", "advice"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
