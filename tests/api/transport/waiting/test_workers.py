"""A few threads do what blocks, however often that is given up."""

import threading
from functools import partial

from binfut_cli.api.transport.waiting.workers import MOST, MOST_STUCK, Job, Workers

SOON_S = 10.0


def at_once(workers: Workers, most: int) -> int:
    """How many jobs are done side by side, of one more than there may be."""
    go, begun = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        begun.release()
        go.wait(SOON_S)

    jobs = [Job(work) for _ in range(most + 1)]
    for job in jobs:
        workers.put(job)
    found = sum(begun.acquire(timeout=SOON_S) for _ in range(most))
    found += begun.acquire(timeout=0.05)
    go.set()
    for job in jobs:
        job.over.wait(SOON_S)
    return found


def test_work_that_is_given_up_has_a_few_others_in_its_place() -> None:
    workers, go = Workers(), threading.Event()
    stuck = [Job(lambda: go.wait(SOON_S)) for _ in range(MOST)]
    for job in stuck:
        workers.put(job)
    for job in stuck:
        job.begun.wait(SOON_S)
        workers.give_up(job)
    assert at_once(workers, MOST_STUCK) == MOST_STUCK
    go.set()
    for job in stuck:
        job.over.wait(SOON_S)
    assert at_once(workers, MOST) == MOST


def test_work_that_was_over_when_it_is_given_up_costs_no_thread() -> None:
    workers = Workers()
    for _ in range(2 * MOST):
        job = Job(lambda: None)
        with job.over.waking(partial(workers.give_up, job)):
            workers.put(job)
            job.over.wait(SOON_S)
    assert at_once(workers, MOST) == MOST


def test_work_that_nobody_has_begun_is_not_done_once_it_is_given_up() -> None:
    workers, go, done = Workers(), threading.Event(), list[int]()
    busy = [Job(lambda: go.wait(SOON_S)) for _ in range(MOST)]
    late = Job(lambda: done.append(1))
    for job in busy:
        workers.put(job)
    workers.put(late)
    workers.give_up(late)
    go.set()
    for job in busy:
        job.over.wait(SOON_S)
    assert at_once(workers, MOST) == MOST
    assert not done
