"""How patiently history is asked, and what is made of an answer that does not come."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from binfut_cli.api.transport.ws import ConnectionClosed
from binfut_cli.errors import AnswerError, AuthError, BinfutError, ClockError
from binfut_cli.stream.coverage.backoff import HandshakeBudget
from binfut_cli.stream.coverage.history import questions
from binfut_cli.stream.coverage.history.questions import RETRIES_S, TOO_MANY, Questions, first
from binfut_cli.stream.coverage.limits.weight import Claim, Purpose
from binfut_cli.stream.gap_report import HistoryFindings
from binfut_cli.stream.messages import MomentQuestion, MomentsLookedUp, ThreadCrashed
from binfut_cli.stream.records import Unread
from tests.support.archive import Archive


def flows(archive: Archive, seconds: int = 60) -> MomentQuestion:
    now_ms = archive.sim.now_ms()
    return MomentQuestion((now_ms,), now_ms - seconds * 1000, now_ms, (), True, 0.0)


def looked_up(archive: Archive, question: MomentQuestion) -> MomentsLookedUp:
    found = archive.answer(question)
    assert isinstance(found, MomentsLookedUp)
    return found


def test_what_fails_is_asked_again_later_and_later_and_then_given_up() -> None:
    archive, tries = Archive(), list[float]()
    archive.sim.mute_rest = True
    archive.worker.add(flows(archive))
    while not archive.told:
        before = archive.asked("income")
        archive.wait(1)
        tries += [archive.sim.now_s] * (archive.asked("income") - before)
    assert [late - early for early, late in pairwise(tries)] == [
        pytest.approx(wait_s, abs=1.5) for wait_s in RETRIES_S[:-1]
    ]
    (found,) = archive.told
    assert isinstance(found, MomentsLookedUp)
    assert (found.flows, found.is_whole) == ([], False)


def steps(archive: Archive, ask: Callable[[], object]) -> tuple[list[float], object]:
    """The waits of a question, and what came of it."""
    waits, request = list[float](), Questions(archive.context).request(ask, 1)
    while True:
        try:
            waits.append(next(request))
        except StopIteration as end:
            return waits, end.value


@pytest.mark.parametrize(
    "failure", [AnswerError("x", hint="y"), ClockError("x", hint="y"), ConnectionClosed("x")]
)
def test_what_may_pass_is_asked_four_times_within_two_minutes(failure: BinfutError) -> None:
    def ask() -> None:
        raise failure

    found = steps(Archive(), ask)
    assert found == ([0.0, 5.0, 0.0, 10.0, 0.0, 20.0, 0.0, 40.0], failure)


def test_what_cannot_pass_is_asked_once() -> None:
    refused = AuthError("x", hint="y")

    def ask() -> None:
        raise refused

    assert steps(Archive(), ask) == ([0.0], refused)


def test_a_connection_of_its_own_is_a_handshake() -> None:
    archive = Archive()
    archive.context.handshakes = HandshakeBudget(3, 2)
    questions = Questions(archive.context)
    list(questions.request(questions.account.server_ms, 1))
    assert (questions.account.connections, archive.context.account.connections) == (1, 0)
    assert archive.context.handshakes.room(0.0) == 1


def test_after_a_question_without_an_answer_the_next_is_brief_until_one_is_answered() -> None:
    archive, tries = Archive(), list[int]()
    archive.act(action="deposit", asset="USDT", amount="1")
    for is_mute in (True, True, False, True):
        archive.sim.mute_rest = is_mute
        before = archive.asked("income")
        assert looked_up(archive, flows(archive, 900)).is_whole is not is_mute
        tries.append(archive.asked("income") - before)
    assert tries == [len(RETRIES_S), 1, 1, len(RETRIES_S)]


def test_a_failure_that_passes_costs_nothing_but_time() -> None:
    archive = Archive()
    archive.act(action="deposit", asset="USDT", amount="1")
    question = flows(archive)
    archive.sim.mute_rest = True
    archive.worker.add(question)
    archive.wait_for(lambda: archive.asked("income") == 2)
    archive.sim.mute_rest = False
    archive.wait_for(lambda: bool(archive.told))
    (found,) = archive.told
    assert isinstance(found, MomentsLookedUp)
    assert found.is_whole
    assert [row["income"] for row in found.flows or ()] == ["1.00000000"]
    assert archive.asked("income") == 3


def test_what_is_more_than_a_bound_is_read_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_PAGES", 1)
    archive = Archive()
    archive.act(action="flows", symbol="BTCUSDT", count=1100, days=1)
    found = looked_up(archive, flows(archive, 86_400))
    assert len(found.flows or ()) == 1000
    assert not found.is_whole
    assert archive.asked("income") == 1


def test_every_page_takes_its_weight_from_the_share_of_what_can_wait() -> None:
    archive = Archive()
    gate, now_s = archive.context.gate, archive.sim.now_s
    almost_all = Claim(Purpose.HISTORY, 60, now_s)  # of what may be ahead of the pace
    assert gate.take(almost_all, now_s) == 0
    looked_up(archive, flows(archive))
    assert gate.take(almost_all, archive.sim.now_s) > 0


def test_what_was_claimed_for_a_question_is_weighed_once() -> None:
    archive = Archive()
    minute, now_s = archive.context.gate.budget._minute, archive.sim.now_s
    before = minute.own(now_s)
    list(Questions(archive.context).request(lambda: None, 7))
    assert minute.own(now_s) - before == 7


def test_of_too_many_names_the_first_are_asked_about_and_the_others_named() -> None:
    found = HistoryFindings()
    assert first(2, iter("abcd"), "fills of {}", found) == ["a", "b"]
    assert found.unread == [Unread("fills of c", TOO_MANY), Unread("fills of d", TOO_MANY)]


def test_a_bug_ends_the_worker_and_is_told() -> None:
    archive = Archive()
    bug: Any = object()
    archive.worker.add(bug)
    archive.wait(3)
    (told,) = archive.told
    assert isinstance(told, ThreadCrashed)
    assert not archive.sim._turns


def test_between_two_looks_the_worker_waits_a_second_or_for_the_end() -> None:
    archive, waited = Archive(), list[tuple[threading.Event, float]]()

    def wait(event: threading.Event, seconds: float) -> bool:
        waited.append((event, seconds))
        return event.is_set()

    archive.context.runtime = replace(archive.context.runtime, wait=wait)
    archive.worker.add(flows(archive))
    archive.wait(2)
    assert waited == [(archive.context.stopped, 1.0)] * 2


def test_the_worker_is_one_and_ends_with_the_watch() -> None:
    archive = Archive()
    for _ in range(2):
        archive.worker.add(flows(archive))
    archive.wait(1)
    assert len(archive.sim._turns) == 1
    archive.context.stopped.set()
    archive.wait(1)
    assert not archive.sim._turns
