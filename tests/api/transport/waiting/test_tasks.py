"""Tasks that take turns on one thread: what each waits for, and who wakes it."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.threads import in_parallel
from binfut_cli.api.transport.waiting import here
from binfut_cli.api.transport.waiting.bell import Bell
from binfut_cli.api.transport.waiting.tasks import Tasks
from binfut_cli.api.transport.waiting.workers import MOST, MOST_STUCK
from binfut_cli.errors import NetworkError

SOON_S = 5.0
LONG_S = 3600.0


def ran(*works: Callable[[], object]) -> list[object]:
    """What comes of some work, each as a task, or the fault that it raised."""
    tasks, found = Tasks(), dict[int, object]()

    def turn_of(number: int, work: Callable[[], object]) -> Callable[[], bool]:
        def turn() -> bool:
            try:
                found[number] = work()
            except Exception as exc:
                found[number] = exc
            return False

        return turn

    started = [tasks.spawn(turn_of(*each)) for each in enumerate(works)]
    for each in started:
        each.join(SOON_S)
        assert not each.is_alive()
    return [found[number] for number in range(len(works))]


def on_our_thread(name: str) -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == name]


def test_what_is_done_apart_may_wait_and_tells_what_came_of_it() -> None:
    bell = Bell()

    def waits() -> object:
        assert here.wait(bell, LONG_S)
        return "done"

    def rings() -> None:
        bell.set()

    def fails() -> None:
        here.wait(Bell(), 0.0)
        raise NetworkError("no", hint="")

    found = ran(lambda: here.apart(waits), rings, lambda: here.apart(fails))
    assert found[:2] == ["done", None]
    assert isinstance(found[2], NetworkError)
    assert here.apart(lambda: "as ever") == "as ever"


def test_a_turn_is_called_until_it_is_done() -> None:
    left = [3, 2, 1]
    task = Tasks().spawn(lambda: bool(left.pop() and left))
    task.join(SOON_S)
    assert not left


def test_all_tasks_are_one_thread_which_ends_with_the_last() -> None:
    idents, bell = set[int](), Bell()
    tasks = Tasks()

    def turn() -> bool:
        idents.add(threading.get_ident())
        here.wait(bell, LONG_S)
        idents.add(threading.get_ident())
        return False

    before = on_our_thread("tasks")
    started = [tasks.spawn(turn) for _ in range(50)]
    (thread,) = (each for each in on_our_thread("tasks") if each not in before)
    bell.set()
    for each in started:
        each.join(SOON_S)
    thread.join(SOON_S)
    assert idents == {thread.ident}
    assert not thread.is_alive()


def test_a_bell_wakes_the_task_that_waits_for_it_from_any_thread() -> None:
    one, other = Bell(), Bell()

    def answers() -> bool:
        heard = here.wait(one, LONG_S)
        other.set()
        return heard

    threading.Timer(0.02, one.set).start()
    assert ran(answers, lambda: here.wait(other, LONG_S)) == [True, True]


def test_a_bell_that_rings_just_before_the_sleep_does_not_end_the_next() -> None:
    class Early(Bell):
        """Set by another thread as soon as somebody is to be woken."""

        @contextlib.contextmanager
        def waking(self, wake: Callable[[], object]) -> Iterator[None]:
            with super().waking(wake):
                self.set()
                yield

    ours, peers = socket.socketpair()

    def work() -> bool:
        here.wait(Early(), LONG_S)
        waits = here.here()
        assert waits is not None
        return waits.readable(ours.fileno(), 0.02)

    with ours, peers:
        assert ran(work) == [False]


def test_a_wait_ends_in_time_and_a_bell_that_rings_later_wakes_nobody_twice() -> None:
    bell, end = Bell(), Bell()

    def late() -> list[bool]:
        first = here.wait(bell, 0.01)
        bell.set()
        threading.Timer(0.02, end.set).start()
        return [first, here.wait(bell, LONG_S), here.wait(end, LONG_S)]

    assert ran(late) == [[False, True, True]]


def test_an_event_that_wakes_nobody_is_looked_at() -> None:
    event = threading.Event()
    threading.Timer(0.02, event.set).start()
    assert ran(lambda: here.wait(event, LONG_S), lambda: here.wait(threading.Event(), 0.01)) == [
        True,
        False,
    ]


def test_who_waits_for_bytes_lets_the_others_go_on() -> None:
    silent, (ours, theirs) = Bell(), socket.socketpair()
    with ours, theirs:

        def reads() -> bytes:
            waits = here.here()
            assert waits is not None
            assert not waits.readable(ours.fileno(), 0.01)
            silent.set()
            assert waits.readable(ours.fileno(), LONG_S)
            return ours.recv(9)

        def sends() -> int:
            here.wait(silent, LONG_S)
            return theirs.send(b"here")

        assert ran(reads, sends) == [b"here", 4]


def test_work_that_blocks_is_done_elsewhere_and_its_fault_is_raised() -> None:
    deadline = Deadline(SOON_S, "It")

    def fails() -> None:
        raise ValueError("no")

    idents = ran(
        threading.get_ident,
        lambda: within(deadline, threading.get_ident, lambda: None),
        lambda: within(deadline, fails, lambda: None),
    )
    assert idents[0] != idents[1]
    assert isinstance(idents[2], ValueError)


def test_work_that_takes_too_long_is_given_up_and_others_are_not_kept_waiting() -> None:
    """As when names cannot be looked up: no more threads than a few, and the rest goes on."""
    free, given_up = threading.Event(), list[int]()
    stuck = MOST + MOST_STUCK - 1

    def hangs() -> object:
        return within(Deadline(0.05, "It"), free.wait, lambda: given_up.append(1))

    def quick() -> object:
        return within(Deadline(SOON_S, "It"), lambda: "done", lambda: None)

    before = len(on_our_thread("worker"))
    found = ran(*[hangs] * stuck, quick)
    workers = len(on_our_thread("worker")) - before
    free.set()
    assert [type(each) for each in found[:-1]] == [NetworkError] * stuck
    assert found[-1] == "done"
    assert len(given_up) == stuck
    assert workers <= MOST + MOST_STUCK


def test_the_time_that_work_may_take_begins_when_a_thread_is_free() -> None:
    def naps() -> float:
        deadline = Deadline(0.5, "It")
        within(deadline, lambda: time.sleep(0.1), lambda: None)
        return deadline.left()

    assert all(isinstance(each, float) for each in ran(*[naps] * (8 * MOST)))


def test_calls_side_by_side_are_tasks_too() -> None:
    bell = Bell()

    def both() -> list[object]:
        return in_parallel([lambda: here.wait(bell, LONG_S), bell.set])

    assert ran(both) == [[True, None]]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_that_nobody_took_is_told_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_value))
    tasks = Tasks()

    def fails() -> bool:
        raise LookupError("a bug")

    wrong, right = tasks.spawn(fails), tasks.spawn(lambda: False)
    wrong.join(SOON_S)
    right.join(SOON_S)
    assert [type(each) for each in told] == [LookupError]
    assert not right.is_alive()


def test_a_fault_that_cannot_be_told_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_: object) -> None:
        raise BrokenPipeError("standard error is gone")

    monkeypatch.setattr(threading, "excepthook", cannot)
    tasks, going_on = Tasks(), Bell()

    def fails() -> bool:
        raise LookupError("a bug")

    right = tasks.spawn(lambda: here.wait(going_on, LONG_S) and False)
    wrong = tasks.spawn(fails)
    wrong.join(SOON_S)
    assert not wrong.is_alive()
    going_on.set()
    right.join(SOON_S)
    assert not right.is_alive()


def test_a_bell_wakes_threads_too() -> None:
    bell = Bell()
    threading.Timer(0.02, bell.set).start()
    assert here.wait(bell, SOON_S)
    with contextlib.suppress(RuntimeError):
        bell.clear()
    assert not here.wait(bell, 0.001)
