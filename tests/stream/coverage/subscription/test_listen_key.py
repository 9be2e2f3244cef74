"""The listenKey: when it is extended, when it is no longer ours, and how old its proof is."""

import pytest

from binfut_cli.endpoints import Lane, Market
from binfut_cli.errors import BinfutError
from binfut_cli.stream.coverage.context import LaneContext
from binfut_cli.stream.coverage.errors import KeyLost
from binfut_cli.stream.coverage.subscription.listen_key import ListenKey
from tests.support.simulation import EPOCH_MS, Reply, Simulation

MINUTE_S = 60.0
EXTENDED, STARTED = "userDataStream.ping", "userDataStream.start"


def context(sim: Simulation) -> LaneContext:
    return sim.engine.supervisors[Lane(Market.USDM)]._context


def made(chance: float = 1.0) -> tuple[Simulation, ListenKey]:
    """A key that is asked for at once."""
    sim = Simulation(Market.USDM, 1)
    sim.lag_s = 0.0
    sim.chance.random = lambda: chance  # type: ignore[method-assign]
    return sim, ListenKey(context(sim))


def refuse(sim: Simulation, code: int) -> None:
    """Refuse whatever is asked of a listenKey; REST is of no help."""
    sim.mute_rest = True

    def bend(method: str, reply: Reply) -> Reply:
        error = {"id": reply["id"], "status": 400, "error": {"code": code, "msg": "No."}}
        return error if method in (EXTENDED, STARTED) else reply

    sim.bend = bend


def answer(sim: Simulation, text: str) -> None:
    """Name another key as the account's."""
    sim.bend = lambda _, reply: {**reply, "result": {"listenKey": text}}


def waits(sim: Simulation, key: ListenKey, count: int) -> list[int]:
    """After how many seconds each the key is asked for, in whatever way."""
    found = list[int]()
    begun_s, asked = sim.now_s, sum(sim.asked.values())
    while len(found) < count:
        sim.now_s += 1
        key.tend()
        if sum(sim.asked.values()) > asked:
            found.append(round(sim.now_s - begun_s))
            begun_s, asked = sim.now_s, sum(sim.asked.values())
    return found


def test_a_key_is_proven_from_when_it_was_asked_for() -> None:
    sim = Simulation(Market.USDM, 1)
    sim.lag_s = 4.0
    key = ListenKey(context(sim))
    assert key.proven_ms == EPOCH_MS
    assert key.age_s == 4.0
    sim.now_s = 100.0
    key.prove()
    assert key.proven_ms == EPOCH_MS + 100_000
    sim.now_s = 200.0
    key.confirm()
    assert key.proven_ms == EPOCH_MS + 200_000
    assert key.age_s == 4.0


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 810), (1.0, 900)])
def test_it_is_extended_every_quarter_of_an_hour_or_a_little_earlier(
    chance: float, seconds: int
) -> None:
    sim, key = made(chance)
    assert waits(sim, key, 3) == [seconds] * 3
    assert sim.asked[EXTENDED] == 3
    assert key.trouble is None


def test_an_extension_that_fails_is_tried_again_later_and_later() -> None:
    sim, key = made()
    assert key.trouble is None
    refuse(sim, -1000)
    assert waits(sim, key, 9) == [900, 5, 10, 20, 40, 80, 160, 300, 300]
    assert key.trouble is not None
    sim.bend = lambda _, reply: reply
    assert waits(sim, key, 2) == [300, 900]
    assert key.trouble is None
    refuse(sim, -1000)
    assert waits(sim, key, 3) == [900, 5, 10]  # as at first


def test_after_three_quarters_of_its_life_it_is_asked_for_anew() -> None:
    sim, key = made()
    sim.now_s = 45 * MINUTE_S - 1
    key.prove()
    assert (sim.asked[EXTENDED], sim.asked[STARTED]) == (1, 1)
    sim.now_s += 45 * MINUTE_S
    key.prove()
    assert (sim.asked[EXTENDED], sim.asked[STARTED]) == (1, 2)


def test_it_has_run_out_an_hour_after_it_was_last_extended() -> None:
    sim, key = made()
    refuse(sim, -1000)
    sim.now_s = 60 * MINUTE_S - 1
    key.tend()
    sim.now_s += 1
    with pytest.raises(KeyLost) as caught:
        key.tend()
    assert caught.value.message == "The listenKey could not be extended and has run out."
    assert caught.value.since_ms == EPOCH_MS


def test_a_key_that_is_gone_was_covered_until_it_was_last_proven() -> None:
    sim, key = made()
    refuse(sim, -1125)
    sim.now_s = 100.0
    with pytest.raises(KeyLost) as caught:
        key.prove()
    assert caught.value.message == "The listenKey is gone: another program may have closed it."
    assert caught.value.since_ms == EPOCH_MS


def test_another_key_is_not_ours_and_is_never_shown() -> None:
    sim, key = made()
    answer(sim, "anotherkeyofthisaccount")
    for ask in (key.prove, key.confirm):
        with pytest.raises(KeyLost) as caught:
            ask()
        assert caught.value.message == "The account's listenKey was replaced by another."
        assert caught.value.since_ms == EPOCH_MS
    redactor = context(sim).redactor
    assert redactor.clean(b"anotherkeyofthisaccount") != b"anotherkeyofthisaccount"
    assert redactor.clean(key.text.encode()) != key.text.encode()


def test_an_answer_that_names_no_key_extends_it() -> None:
    sim, key = made()
    sim.bend = lambda _, reply: {**reply, "result": {}}
    sim.now_s = 100.0
    key.prove()
    assert key.proven_ms == EPOCH_MS + 100_000


def test_what_fails_when_the_key_is_to_be_confirmed_is_raised() -> None:
    sim, key = made()
    refuse(sim, -1000)
    with pytest.raises(BinfutError):
        key.confirm()
