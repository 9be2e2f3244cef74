"""`docs/errors.md` says what the code does."""

from binfut_cli.api import error_codes
from binfut_cli.api.error_codes import ADVICE, ADVICE_OF_MARKET
from binfut_cli.errors import ExitStatus
from tools.manual import errors_page
from tools.manual.__main__ import PROJECT

PAGE = (PROJECT / "docs" / "errors.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "---" not in line
]


def test_the_page_is_as_it_would_be_made_now() -> None:
    assert errors_page.page() == PAGE, "docs/errors.md is out of date: python -m tools.manual"


def test_every_exit_status_is_there_with_its_kinds() -> None:
    rows = {row[0]: row for row in ROWS if len(row) == 3}
    assert {str(int(status)) for status in ExitStatus} == rows.keys() - {"status"}
    assert rows["4"][1] == "`exchange`, `clock`, `busy`"
    assert rows["8"][2] == "An answer cannot be read as what it should be."
    assert all(row[2] for row in rows.values())


def test_every_code_is_there_with_its_market() -> None:
    rows = {(int(row[0]), row[1]) for row in ROWS if len(row) == 5 and row[0] != "code"}
    both = {(code, "both") for code in ADVICE}
    assert rows == both | {(code, str(market)) for market, code in ADVICE_OF_MARKET}


def test_every_status_with_advice_of_its_own_is_there() -> None:
    rows = {row[0]: row for row in ROWS if len(row) == 4}
    assert {str(status) for status in error_codes._STATUSES} <= rows.keys()
    assert rows["429"][1:3] == ["`rate_limit`", "7"]
    assert rows["503"][1:3] == ["`busy`", "4"]
    assert rows["301"][1:3] == ["`answer`", "8"]
