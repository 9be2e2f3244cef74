"""`account status` and `account positions`: totals, assets and positions.

account.status and account.position are asked side by side on one connection (weight 5 each). usdm's
v2 replies carry no leverage and no modes, and without the mode nobody can say what the totals are
counted in: so the old account.status is asked too, which tells them for every symbol.
"""

from binfut_cli import wire
from binfut_cli.account import Account, Question
from binfut_cli.derived import with_derived
from binfut_cli.markets import DIALECTS, Market
from binfut_cli.models import AccountStatus, joined, leg
from binfut_cli.questions.answer import Answer
from binfut_cli.shapes import mapping_of, rows_of
from binfut_cli.wire import Row

OLD_STATUS = "account.status"


def status(account: Account) -> Answer:
    """Ask for the whole account (weight 10, on usdm 15)."""
    return Answer.of(account, "accountStatus", _whole(account), "totals", "assets", "positions")


def snapshot(account: Account) -> Answer:
    """Ask for the whole account with every symbol's settings, to fold events into (as heavy)."""
    document = _whole(account, symbols=True)
    return Answer.of(account, "snapshot", document, "totals", "assets", "positions")


def positions(account: Account) -> Answer:
    """Ask for every position with its leverage and margin type (weight 10, on usdm 15)."""
    rows = _whole(account)["positions"]
    return Answer.of(account, "positions", {"positions": rows}, "positions")


def _whole(account: Account, *, symbols: bool = False) -> Row:
    """The account's document, checked, with what is derived from it."""
    dialect = DIALECTS[account.market]
    methods = [dialect.status_method, dialect.position_method]
    if account.market is Market.USDM:
        methods.append(OLD_STATUS)
    answers = account.ask([Question(method) for method in methods])
    found = mapping_of(answers[0], methods[0])
    rows = rows_of(answers[1], methods[1])
    old = mapping_of(answers[2], OLD_STATUS) if len(answers) > 2 else None
    return document(account.market, found, rows, old, symbols=symbols)


def document(
    market: Market,
    found: Row | None,
    rows: list[Row] | None,
    old: Row | None = None,
    *,
    symbols: bool = False,
) -> Row:
    """One document of the replies of account.status, account.position and the old account.status.

    Each may be missing: then so is what it alone tells, and what is derived from that. usdm's old
    account.status tells all that v2 does, and stands in for it.
    """
    method = OLD_STATUS if found is None else DIALECTS[market].status_method
    found = found or old or {"assets": [], "positions": []}
    rows_of(found.get("positions", []), method)
    whole = joined(found, rows or [])
    if old is not None:
        whole = with_settings(whole, old, symbols=symbols)
    return with_derived(market, whole, wire.convert(whole, AccountStatus, method))


def with_settings(document: Row, old: Row, *, symbols: bool = False) -> Row:
    """Add to usdm's v2 document what only the old account.status tells: modes and leverage.

    The old reply lists every symbol. With `symbols` the settings of all are kept, under
    `symbolConfig`, so that a later change can be shown with its value before.
    """
    old_rows = rows_of(old.get("positions", []), OLD_STATUS)
    rows = {leg(row): row for row in old_rows}
    modes = {key: value for key, value in old.items() if key not in ("assets", "positions")}
    positions = [{**_settings(rows.get(leg(row), {})), **row} for row in document["positions"]]
    whole = {**modes, **document, "positions": positions}
    if symbols:
        every = {
            row.get("symbol"): {"symbol": row.get("symbol"), **_settings(row)} for row in old_rows
        }
        whole["symbolConfig"] = list(every.values())
    return whole


def _settings(row: Row) -> Row:
    return {key: row[key] for key in ("leverage", "isolated") if key in row}
