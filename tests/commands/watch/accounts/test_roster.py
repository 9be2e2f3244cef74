"""What becomes of a watch whose accounts cannot be opened again for a reason nobody foresaw."""

import threading

import pytest

from binfut_cli.commands.open_accounts import OpenedAccounts
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.accounts.changing import Roster
from binfut_cli.commands.watch.limits import Tallies
from binfut_cli.endpoints import Env, Scope
from binfut_cli.stream.engine import Engine, Setup

SOON_S = 5.0
SCOPE = Scope(Env.TESTNET, "main")


class Opening:
    """Accounts that can be opened the second time."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.times = 0

    def opened(self) -> OpenedAccounts:
        self.times += 1
        if self.times == 1:
            raise ZeroDivisionError
        return OpenedAccounts((), SCOPE)


def ask(roster: Roster, again: Opening) -> None:
    """Have the accounts opened again, and take in what came of it."""
    before = {*threading.enumerate()}
    again.asked.set()
    roster.turn()
    for each in {*threading.enumerate()} - before:
        each.join(SOON_S)
    roster.turn()


def test_a_bug_while_accounts_are_opened_again_is_seen_and_they_can_be_opened_once_more(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seen, again = list[object](), Opening()
    monkeypatch.setattr(threading, "excepthook", lambda told: seen.append(told.exc_type))
    found = OpenedAccounts((), SCOPE, again=again)
    with Engine((), Setup(standing_by=True)) as engine:
        roster = Roster(Context(), engine, Tallies(()), found)
        ask(roster, again)
        assert seen == [ZeroDivisionError]
        assert "the accounts are watched as before." in capfd.readouterr().err
        ask(roster, again)
    assert again.times == 2
    assert "the accounts are the same as before." in capfd.readouterr().err
