"""What binfut is measured beside, and how the page tells it."""

import pytest

from bench.before import COMMITS
from bench.measuring import Rate, Run
from bench.page import NOW, Figures, page
from bench.peers.peers import JOBS, PEERS, RIVAL, Peer


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_peer_is_pinned_and_has_a_job(peer: Peer) -> None:
    assert all("==" in each for each in peer.client.packages)
    assert (JOBS / peer.client.job).is_file()
    assert peer.name.replace(" ", "==") in peer.client.packages


def test_the_page_has_what_was_measured_with_its_ratios() -> None:
    bare, run = Run(10, 8, 11), Run(70, 60, 24.96)
    rates = {"binfut, `--json`": Rate(100_000, 90_000, 1, 1), RIVAL.name: Rate(9_000, 20_000, 1, 1)}
    costs = {"`--json`": {**dict.fromkeys(COMMITS, 22.0), NOW: 10.0}}
    started = {"`python -c pass`": bare, "`binfut account status`": run}
    lines = page(Figures(started, rates, costs, Rate(1, 1, 28, 31.25), 1_000_000, PEERS, 15, 3))
    assert "| `binfut account status` | 70 | 7.00 | 60 | 7.50 | 25.0 |" in lines
    assert "| binfut, `--json` | 100,000 | 90,000 | 4.5 |" in lines
    assert f"| {RIVAL.name}, {RIVAL.gives} | 9,000 | 20,000 | 1.0 |" in lines
    assert "| `--json` | 22.0 | 22.0 | 10.0 | 2.20 | 2.20 |" in lines
    assert "| after 10,000 events | 28.0 |" in lines
    assert "| after 1,000,000 events | 31.2 |" in lines


def test_without_the_rival_there_is_no_ratio_to_it() -> None:
    rates = {"binfut, `--json`": Rate(100_000, 90_000, 1, 1)}
    lines = page(Figures({"x": Run(1, 1, 1)}, rates, {}, Rate(1, 1, 1, 1), 100, (), 1, 1))
    assert "| binfut, `--json` | 100,000 | 90,000 | – |" in lines
