"""What becomes of a watch whose accounts are opened again: of keys, and where that fails."""

import gc
import threading
import weakref

import pytest
from msgspec.structs import replace

from binfut_cli.commands.open_accounts import OpenedAccounts, Target, in_sandbox
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.accounts.changing import Roster
from binfut_cli.commands.watch.limits import Tallies
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.coverage.context import StreamOptions
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
        return OpenedAccounts([], SCOPE)


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
    found = OpenedAccounts([], SCOPE, again=again)
    with Engine((), Setup(standing_by=True)) as engine:
        roster = Roster(Context(), engine, Tallies(()), found)
        ask(roster, again)
        assert seen == [ZeroDivisionError]
        assert "the accounts are watched as before." in capfd.readouterr().err
        ask(roster, again)
    assert again.times == 2
    assert "the accounts are the same as before." in capfd.readouterr().err


class Fewer:
    """The same accounts the second time, but for the last."""

    def __init__(self, found: OpenedAccounts) -> None:
        self.asked = threading.Event()
        self._found = found

    def opened(self) -> OpenedAccounts:
        return replace(self._found, lanes=self._found.lanes[:-1])


def test_nobody_keeps_the_keys_of_an_account_that_is_gone(sandbox: Sandbox) -> None:
    targets = [Target(Env.SANDBOX, (Market.USDM,), name) for name in ("one-way", "hedge")]
    found = OpenedAccounts([in_sandbox(sandbox, each).lanes[0] for each in targets], SCOPE)
    found = replace(found, again=(again := Fewer(found)))
    accounts = [weakref.ref(account) for account, _ in found.lanes]
    tallies = Tallies(account.lane.scope for account, _ in found.lanes)
    stopped = list[str | None]()
    with Engine(found.lanes, Setup(StreamOptions(forgiving=True))) as engine:
        roster = Roster(Context(), engine, tallies, found)
        again.asked.set()
        for _ in engine.run():
            stopped += [each.scope.profile for each in roster.turn() if each.scope is not None]
            if stopped:
                break
        gc.collect()
        assert stopped == ["hedge"]
        assert [each() is None for each in accounts] == [False, True]
