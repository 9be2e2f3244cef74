"""The live accounts of a watch as the accounts of a dashboard. Pure."""

import re
from collections.abc import Iterable, Mapping

from binfut_cli.endpoints import Lane
from binfut_cli.render.palette import PLAIN
from binfut_cli.render.watch.live.frames.frame import OLD_MS, Account, age
from binfut_cli.render.watch.standing import of_view, worded
from binfut_cli.resources.positions import POSITIONS
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.live.standing import Standing
from binfut_cli.stream.live.view import LiveView

_WORD = re.compile(r"[A-Z]*").match


def accounts(
    standings: Iterable[Standing],
    views: Mapping[Lane, LiveView],
    orders: Mapping[Lane, Result],
) -> tuple[Account, ...]:
    """Every lane of a watch: how it stands, its figures if it was ever read, its open orders."""
    return tuple(_account(each, views.get(each.lane), orders.get(each.lane)) for each in standings)


def _account(standing: Standing, view: LiveView | None, orders: Result | None) -> Account:
    word, why = _said(worded(standing, PLAIN) if view is None else of_view(view, PLAIN))
    if view is None:
        return Account(standing.lane, standing=word, why=why, orders=orders)
    old = {
        key: age(moments.oldest, view.time_ms)
        for key, moments in view.moments.items()
        if view.time_ms - moments.oldest >= OLD_MS
    }
    ages = {key[1:]: said for key, said in old.items() if key[0] == POSITIONS.kind}
    of_totals = old.get(("totals",), "")
    return Account(standing.lane, view.answer, of_totals, ages, word, why, orders)


def _said(text: str) -> tuple[str, str]:
    """How a lane stands in a word, and what else is said of that."""
    word = found[0] if (found := _WORD(text)) else ""
    return word, text[len(word) :].strip(" :")
