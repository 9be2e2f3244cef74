"""A market from which events are dropped: what was found of them, and the figures of several."""

from collections import Counter

from binfut_cli.endpoints import Market
from tests.support.losing import Losing

SHARE, EVERY_S = 0.005, 3.0
ROWS = ("account", "fill")  # the others cannot be found by what follows
Figures = dict[str, Counter[str]]


def dropped(market: Market, hours: float, seed: int) -> Figures:
    """Drop events of one market for so long."""
    losing = Losing(market, SHARE, seed=seed, every_s=EVERY_S)
    losing.run(hours * 3600)
    return {
        "lost": losing.told(),
        "told": losing.told(losing.gaps),
        "followed": losing.told(losing.found),
        "unread": losing.told(unread=True),
        "read": losing.told(losing.gaps, unread=True),
        "false": Counter(gaps=len(losing.false())),
        "doubts": Counter(doubts=losing.doubts),
        "events": losing.sim.records,
    }


def share(found: Figures) -> float:
    """Which part of what was lost of balances, positions and fills lies in a gap."""
    return _of_rows(found["told"]) / max(1, _of_rows(found["lost"]))


def _of_rows(counted: Counter[str]) -> int:
    return sum(counted[name] for name in ROWS)


def figures(found: Figures, hours: float) -> dict[str, object]:
    """What both markets showed together."""
    lost, told = found["lost"], found["told"]
    return {
        "simulated hours, each of both markets": f"{hours:g}",
        "events that came": f"{found['events']['event']:,}",
        "dropped: updates of the account / fills": f"{lost['account']:,} / {lost['fill']:,}",
        "**inside a printed gap**": f"**{told['account']:,} / {told['fill']:,}**, "
        f"{share(found):.1%}",
        "of these by what came after them alone": f"{found['followed']['account']:,} / "
        f"{found['followed']['fill']:,}",
        "came and could not be read / inside a printed gap": f"{_of_rows(found['unread']):,} / "
        f"{_of_rows(found['read']):,}",
        "gaps told in which nothing was dropped or unreadable": found["false"].total(),
        "doubts that history explained otherwise": found["doubts"].total(),
        "dropped of what nothing follows / inside a gap all the same": f"{_rest(lost):,} / "
        f"{_rest(told):,}",
    }


def _rest(counted: Counter[str]) -> int:
    return counted.total() - _of_rows(counted)
