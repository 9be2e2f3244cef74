"""What makes a client agree or differ, and how the page tells it; and each client itself."""

import shutil
from collections import Counter

import pytest

from bench.interop.clients import CLIENTS, Client
from bench.interop.environments import JOBS, environment
from bench.interop.page import page
from bench.interop.trial import Trial, different, kept, tried

TRUTH = {"BTCUSDT BOTH": ["1.500", "81250.4", "2643"], "ETHUSDT BOTH": ["-2.4", "3185.2", "155.4"]}
CLIENT = Client("some", ("some==1.2",), "some.py", "none", frozenset(["usdm GRID_UPDATE"]))


def test_figures_agree_by_value_and_more_rows_are_none_of_ours() -> None:
    read = {**TRUTH, "BTCUSDT BOTH": ["1.5", "81250.40", "2643.0"], "XRPUSDT BOTH": ["0", "0", "0"]}
    assert different(TRUTH, read) == ""


def test_a_float_may_have_lost_digits_that_it_cannot_hold() -> None:
    assert different({"USDT": "12480.50318243000000001"}, {"USDT": "12480.50318243"}) == ""


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ({"BTCUSDT BOTH": ["1.5", "81250.4", "2643"]}, "1 of 2 not told, as ETHUSDT BOTH"),
        ({**TRUTH, "ETHUSDT BOTH": ["2.4", "3185.2", "155.4"]}, "ETHUSDT BOTH: ['2.4'"),
        ({**TRUTH, "ETHUSDT BOTH": ["-2.4", "3185.2"]}, "ETHUSDT BOTH: ['-2.4'"),
    ],
)
def test_what_is_lacking_or_otherwise_is_named(read: dict[str, list[str]], said: str) -> None:
    assert different(TRUTH, read).startswith(said)


def trial(**heard: int) -> Trial:
    found = Trial(CLIENT, "usdm", {"balances": "", "positions": "", "income": ""})
    found.sent.update({"ACCOUNT_UPDATE": 3, "GRID_UPDATE": 1})
    found.heard = Counter(heard)
    return found


def test_an_event_without_a_handler_is_not_missed() -> None:
    assert trial(ACCOUNT_UPDATE=3).unexpected == []
    assert trial(ACCOUNT_UPDATE=2).unexpected == ["ACCOUNT_UPDATE: heard 2 of 3"]


def test_the_page_tells_what_agrees_and_what_was_heard() -> None:
    rows = page([trial(ACCOUNT_UPDATE=2)]).splitlines()
    assert "| some | 1.2 | Python | usdm | agree | agree | agree | 2 of 3 | none |" in rows
    assert "- some, usdm: ACCOUNT_UPDATE: heard 2 of 3" in rows


@pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.name)
def test_every_client_has_its_job_and_pinned_packages(client: Client) -> None:
    assert (JOBS / client.job).is_file()
    assert all(each.lstrip("@").count("@") == 1 or "==" in each for each in client.packages)


EACH = [(client, market) for client in CLIENTS for market in client.markets]


@pytest.mark.interop
@pytest.mark.parametrize(("client", "market"), EACH, ids=lambda each: getattr(each, "name", each))
def test_a_client_reads_and_hears_what_it_should(client: Client, market: str) -> None:
    """Its environment is made the first time, which may take minutes."""
    needed = {"JavaScript": ("node", "npm"), "shell": ("sh", "curl", "openssl", "jq")}
    for tool in needed.get(client.language, ()):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    assert tried(client, market, environment(client, kept(None))).unexpected == []
