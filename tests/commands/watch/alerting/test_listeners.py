"""Who is told of an alert: what they are given has no secret, whatever the exchange says."""

import json
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


@pytest.mark.parametrize("state", ["fired", "unknown"])
def test_an_alert_that_repeats_a_secret_tells_it_to_nobody(
    tmp_path: Path, state: Literal["fired", "unknown"]
) -> None:
    for name in ("hook", "notify-send"):
        text = f'#!/bin/sh\n{{ printf "%s\\n" "$@"; cat; }} > {tmp_path / name}.said\n'
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o700)
    context = Context(quiet=True)
    context.redactor.learn(SECRET)
    wanted = Wanted((), command=(str(tmp_path / "hook"),), notifier=str(tmp_path / "notify-send"))
    listeners = Listeners(context, wanted, Lines(Scope(Env.SANDBOX, None), "r"))
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
