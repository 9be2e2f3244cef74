"""`account status` and `account positions`: totals, assets and positions.

account.status and account.position are asked side by side on one connection (weight 5 each). usdm's
v2 replies carry no leverage and no modes; where these are wanted, the old account.status is asked
too, which tells them for every symbol.
"""

from binfut_cli import wire
from binfut_cli.account import Account, Question
from binfut_cli.derived import with_derived
from binfut_cli.markets import DIALECTS, Market
from binfut_cli.models import AccountStatus, joined, leg
from binfut_cli.questions.activation import check_totals
from binfut_cli.questions.answer import Answer
from binfut_cli.shapes import mapping_of, rows_of
from binfut_cli.wire import Row

OLD_STATUS = "account.status"


def status(account: Account) -> Answer:
    """Ask for the whole account (weight 10)."""
    return Answer.of(account, "accountStatus", _whole(account), "totals", "assets", "positions")


def snapshot(account: Account) -> Answer:
    """Ask for the whole account with its settings (weight 10, on usdm 15), to fold events into."""
    document = _whole(account, settings=True)
    return Answer.of(account, "snapshot", document, "totals", "assets", "positions")


def positions(account: Account) -> Answer:
    """Ask for every position with its leverage and margin type (weight 10, on usdm 15)."""
    rows = _whole(account, settings=True)["positions"]
    return Answer.of(account, "positions", {"positions": rows}, "positions")


def _whole(account: Account, *, settings: bool = False) -> Row:
    """The account's document, checked, with what is derived from it."""
    dialect = DIALECTS[account.market]
    methods = [dialect.status_method, dialect.position_method]
    if settings and account.market is Market.USDM:
        methods.append(OLD_STATUS)
    answers = account.ask([Question(method) for method in methods])
    found = mapping_of(answers[0], methods[0])
    check_totals(found)
    rows_of(found.get("positions", []), methods[0])
    document = joined(found, rows_of(answers[1], methods[1]))
    if len(answers) > 2:
        document = with_settings(document, mapping_of(answers[2], OLD_STATUS))
    checked = wire.convert(document, AccountStatus, methods[0])
    return with_derived(account.market, document, checked)


def with_settings(document: Row, old: Row) -> Row:
    """Add to usdm's v2 document what only the old account.status tells: modes and leverage.

    The old reply lists every symbol; of those without a position only the settings are kept, under
    `symbols`, so that a later change can be shown with its value before.
    """
    old_rows = rows_of(old.get("positions", []), OLD_STATUS)
    rows = {leg(row): row for row in old_rows}
    modes = {key: value for key, value in old.items() if key not in ("assets", "positions")}
    positions = [{**_settings(rows.get(leg(row), {})), **row} for row in document["positions"]]
    symbols = {
        row.get("symbol"): {"symbol": row.get("symbol"), **_settings(row)} for row in old_rows
    }
    return {**modes, **document, "positions": positions, "symbols": list(symbols.values())}


def _settings(row: Row) -> Row:
    return {key: row[key] for key in ("leverage", "isolated") if key in row}
