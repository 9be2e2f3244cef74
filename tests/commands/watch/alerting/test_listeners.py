"""Who is told of an alert: what they are given has no secret, whatever the exchange says."""

import json
import os
import select
import signal
from pathlib import Path
from typing import Literal

import pytest

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.alerting.listeners import Listeners
from binfut_cli.commands.watch.alerting.wanted import Wanted
from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.documents import Lines
from binfut_cli.stream.records import Alert, Record

SECRET = "k3Y" * 22


def telling(folder: Path, text: str) -> Listeners:
    """Two programs that do the same, and who tells them."""
    hook, notifier = (folder / name for name in ("hook", "notify-send"))
    for each in (hook, notifier):
        each.write_text(f"#!/bin/sh\n{text}\n")
        each.chmod(0o700)
    context = Context(quiet=True)
    context.redactor.learn(SECRET)
    wanted = Wanted((), command=(str(hook),), notifier=str(notifier))
    return Listeners(context, wanted, Lines(Scope(Env.SANDBOX, None), "r"))


@pytest.mark.parametrize("state", ["fired", "unknown"])
def test_an_alert_that_repeats_a_secret_tells_it_to_nobody(
    tmp_path: Path, state: Literal["fired", "unknown"]
) -> None:
    listeners = telling(tmp_path, '{ printf "%s\\n" "$@"; cat; } > "$0.said"')
    key = {"symbol": SECRET, "positionSide": "BOTH"}
    why = f"roe of {SECRET} <b>is</b> \0 old"
    alert = Alert(1, state, f"symbol=={SECRET}", "positions", key, {"symbol": SECRET}, 1, why)
    listeners.tell(Record.of(alert, 1, Market.USDM), alert)
    listeners.close()
    given, shown = ((tmp_path / f"{each}.said").read_text() for each in ("hook", "notify-send"))
    assert SECRET not in given + shown
    assert json.loads(given.strip())["key"]["symbol"] == "***"
    assert "binfut: ***" in shown
    assert "<b>" not in shown


def test_whoever_has_had_enough_of_one_has_had_enough_of_all(tmp_path: Path) -> None:
    """A second signal, while the first of two programs still hangs."""

    def enough(*_: object) -> None:
        raise KeyboardInterrupt

    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    listeners = telling(tmp_path, f"exec > {tmp_path / 'held'}; echo; sleep 60")
    alert = Alert(1, "fired", "roe<0", "totals", {}, {}, 1)
    listeners.tell(Record.of(alert, 1, Market.USDM), alert)
    begun = b""
    while len(begun) < 2:
        assert select.select([reader], [], [], 5)[0]
        begun += os.read(reader, 2)
    before = signal.signal(signal.SIGALRM, enough)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            listeners.close()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert select.select([reader], [], [], 5)[0]
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)
