"""The pace of long questions: a share of each minute, and patience within reason."""

import pytest

from binfut_cli.api.envelope import RateLimit
from binfut_cli.errors import AuthError, BinfutError, BusyError, NetworkError, RateLimitedError
from binfut_cli.resources.history.pace import (
    AGAIN,
    HALF,
    MARGIN_MS,
    MINUTE_MS,
    TURN,
    Pace,
)

NOW = 1_790_000_000_000 // MINUTE_MS * MINUTE_MS + 20_000  # 20 s into a minute


class World:
    """A clock that moves when somebody sleeps, and an exchange that counts weight by it."""

    def __init__(self, most: int = HALF) -> None:
        self.now = NOW
        self.reasons: list[str] = []
        self.used: dict[int, int] = {}
        self.others = 0  # what other programs of the address take of each minute
        self.pace = Pace(
            most, now_ms=lambda: self.now, wait=self.sleep, resting=self.reasons.append
        )

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 8
        self.now += round(seconds * 1000)

    def ask(self, cost: int = 30) -> None:
        def question() -> None:
            self.used[self.minute] = self.used.get(self.minute, self.others) + cost

        self.pace.ask(question, cost, lambda: told(self.used[self.minute]))

    @property
    def minute(self) -> int:
        return self.now // MINUTE_MS


def told(count: int) -> RateLimit:
    """As REST tells it: without the limit."""
    return RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, count)


def test_what_fits_into_a_minute_is_asked_at_once() -> None:
    world = World()
    for _ in range(40):
        world.ask()
    assert (world.now, world.reasons) == (NOW, [])


def test_what_does_not_waits_until_the_minute_has_turned() -> None:
    world = World()
    for _ in range(100):
        world.ask()
    assert set(world.used.values()) == {1200, 600}
    assert world.now == NOW + 40_000 + MINUTE_MS + MARGIN_MS
    assert set(world.reasons) == {TURN}


def test_others_of_the_address_count_and_one_question_a_minute_is_always_asked() -> None:
    world = World()
    world.others = 1150
    for _ in range(3):
        world.ask()
    assert list(world.used.values()) == [1180] * 3
    world.others = 5000
    world.ask()
    assert world.now < NOW + 4 * MINUTE_MS


def test_without_a_word_of_the_exchange_what_was_asked_counts() -> None:
    world = World(90)
    others_meter = RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2400, 6)  # the WebSocket API's
    said: list[RateLimit | None] = [None, others_meter, None]
    for _ in range(3):
        world.pace.ask(lambda: None, 30, said.pop)
    assert world.reasons == []
    world.ask()
    assert set(world.reasons) == {TURN}


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    world = World(30)
    world.ask()
    world.now -= 86_400_000
    world.ask()
    assert world.reasons == []


def limited(retry_at_ms: int | None, *, is_ban: bool = False) -> RateLimitedError:
    return RateLimitedError("Slow.", hint="Wait.", retry_at_ms=retry_at_ms, is_ban=is_ban)


@pytest.mark.parametrize(
    ("retry_at_ms", "until"),
    [(NOW + 7000, NOW + 7000), (None, NOW + 41_000), (NOW - 1, NOW + 41_000)],
)
def test_a_refusal_is_waited_for_as_told_or_to_the_minutes_turn(
    retry_at_ms: int | None, until: int
) -> None:
    world = World()
    world.ask()
    world.pace.after(limited(retry_at_ms), 0, is_begun=False)
    world.ask()
    assert world.now == until


@pytest.mark.parametrize(
    "refusal",
    [
        limited(NOW + 300_001),
        limited(NOW + 1000, is_ban=True),
        AuthError("No.", hint=""),
    ],
)
def test_a_ban_and_a_long_wait_are_told_at_once(refusal: BinfutError) -> None:
    world = World()
    with pytest.raises(type(refusal)):
        world.pace.after(refusal, 0, is_begun=True)
    assert world.reasons == []


@pytest.mark.parametrize("failure", [NetworkError("Gone.", hint=""), BusyError("Busy.", hint="")])
def test_a_failure_is_tried_again_three_times_once_something_is_read(failure: BinfutError) -> None:
    world = World()
    with pytest.raises(type(failure)):
        world.pace.after(failure, 0, is_begun=False)
    for failures in range(3):
        world.pace.after(failure, failures, is_begun=True)
    with pytest.raises(type(failure)):
        world.pace.after(failure, 3, is_begun=True)
    assert (world.now, world.reasons) == (NOW + 7000, [AGAIN] * 3)


def test_a_question_that_fails_counts_as_asked() -> None:
    world = World(60)

    def fail() -> None:
        raise NetworkError("Gone.", hint="")

    for _ in range(2):
        with pytest.raises(NetworkError):
            world.pace.ask(fail, 30, lambda: None)
    assert world.reasons == []
    world.ask()
    assert set(world.reasons) == {TURN}
