"""Whether the tests mind a mutant, found in forked processes: nothing on the disk is changed.

One process collects the tests once and learns which statements each reaches. For each mutant it
forks, gives the living functions the mutant's code, and runs the tests that reach the changed
statement, the quickest first, up to ENOUGH_S of them; those of the module's own file are preferred
to others. What lies where only an import goes is judged with a new import.
"""

import contextlib
import functools
import gc
import importlib
import importlib.util
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from bench.mutants.living import Living
from bench.mutants.mutations import Mutant
from bench.mutants.record import KILLED, LATE, SURVIVED
from bench.mutants.targets import Target, targets

MEMORY = 6 << 30
ENOUGH_S = 4
"""Seconds of the processor for the tests of a mutant: what takes longer is not asked."""
EXCUSED_S = 0.3
"""The same of one that has a verdict: that it survived before was looked at."""
FIRST_S, MORE_S, SLOWNESS = 1200, 10, 5
"""How long tests may take, and how much longer with a mutant: seconds, and times."""
PYTEST = (
    *(
        "-qx",
        "--tb=no",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "-m",
        "not interop and not slow",
    ),
    *("-o", "addopts=--import-mode=importlib"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of what is imported before: _warm
)
OURS = {"binfut_cli", "tests", "conftest", "bench", "__main__"}
_CONTEXT = multiprocessing.get_context("fork")


def judged(
    target: Target, mutants: Sequence[Mutant], excused: Container[str] = ()
) -> Iterator[tuple[Mutant, str]]:
    """What became of each mutant; some changes are `excused`. Raises if the tests fail without."""
    _warm(target.tests)
    tests = _tests(target)
    quickly = functools.partial(_quickly, target, tests, mutants, excused)
    quick = forked(quickly, limit=24 * 3600)
    if isinstance(quick, str):
        raise RuntimeError(f"the tests of {target.module} do not pass: {quick}")
    found = _affordable([each for each in tests if each.lines or each.is_in(target.own)])
    anew, limit = functools.partial(_anew, target, found), 3 * MORE_S + _limit(found)
    if None in quick:
        source = target.path.read_text("utf-8")
        if (outcome := forked(functools.partial(anew, source), FIRST_S)) != SURVIVED:
            raise RuntimeError(f"the tests of {target.module} do not pass: {outcome}")
    for mutant, outcome in zip(mutants, quick, strict=True):
        yield mutant, outcome or forked(functools.partial(anew, mutant.source), limit)


@functools.cache
def _warm(tests: tuple[str, ...]) -> None:
    """Import here what tests import of other people's, so that no fork has to."""
    found = forked(functools.partial(_imported, tests), FIRST_S)
    for name in found if isinstance(found, list) else ():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _imported(tests: tuple[str, ...]) -> list[str]:
    pytest.main([*PYTEST, "--collect-only", *tests])
    return [name for name in sys.modules if name.partition(".")[0] not in OURS]


def forked(work: Callable[[], Any], limit: float) -> Any:
    """What `work` returns in a process of its own; killed if it dies, LATE if it takes too long."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_work, args=(work, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(limit) else LATE
    except EOFError:
        process.join()
        return LATE if process.exitcode == -signal.SIGALRM else KILLED
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
        ours.close()


def _work(work: Callable[[], Any], answer: Any) -> None:
    os.setsid()  # so that what it starts ends with it
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    answer.send(work())
    os._exit(0)


@dataclass(frozen=True)
class Test:
    """A test, which lines of the module it reaches, and how long it takes."""

    name: str
    lines: frozenset[int]
    seconds: float
    processor_s: float

    def is_in(self, file: Path) -> bool:
        """Whether it is a test of that file."""
        return self.name.partition("::")[0] == str(file)


def _tests(target: Target) -> list[Test]:
    """Those that concern a target, in the order in which they are asked: by what they cost.

    One of the module's own file may cost twice as much as another.
    """
    paths = [each.path for each in targets([]) if each.tests == target.tests]
    found = _reaching(target.tests, tuple(paths))[paths.index(target.path)]
    return sorted(found, key=lambda test: test.processor_s / (1 + test.is_in(target.own)))


@functools.cache
def _reaching(tests: tuple[str, ...], paths: tuple[Path, ...]) -> list[list[Test]]:
    """All tests, for each of several modules."""
    found = forked(functools.partial(_reached, tests, paths), FIRST_S)
    if isinstance(found, str):
        raise RuntimeError(f"{tests} do not pass: {found}")
    return found  # type: ignore[no-any-return]


def _reached(tests: tuple[str, ...], paths: tuple[Path, ...]) -> object:
    reach = _Reach(paths)
    code = pytest.main([*PYTEST, *tests], plugins=[reach])
    return f"pytest leaves with {code}" if code else reach.found


class _Reach:
    """Notes what the collected tests reach of some modules."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = [str(path.resolve()) for path in paths]
        self.found: list[list[Test]] = [[] for _ in paths]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests."""
        notes = [Living(path).note() for path in self._paths]
        for item in session.items:
            begun, worked = time.perf_counter(), time.process_time()
            _run(item)
            took = time.perf_counter() - begun, time.process_time() - worked
            for tests, lines in zip(self.found, notes, strict=True):
                tests.append(Test(item.nodeid, frozenset(lines), *took))
                lines.clear()
        return True


def _limit(tests: Sequence[Test]) -> float:
    return MORE_S + SLOWNESS * sum(test.seconds for test in tests)


def _affordable(tests: Sequence[Test], most_s: float = ENOUGH_S) -> list[Test]:
    """As many as take no more than that in all, and one at least."""
    found, spent_s = list[Test](), 0.0
    for test in tests:
        spent_s += test.processor_s
        if found and spent_s > most_s:
            break
        found.append(test)
    return found


def _anew(target: Target, tests: Sequence[Test], source: str) -> str:
    """Whether tests pass with a mutant that is imported."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, _Finder(target, source))
    files = dict.fromkeys(test.name.partition("::")[0] for test in tests)
    only = _Only([test.name for test in tests])
    return SURVIVED if pytest.main([*PYTEST, *files], plugins=[only]) == 0 else KILLED


class _Only:
    """Lets some of the collected tests run, in an order."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """As pytest asks of a plugin."""
        found = {item.nodeid: item for item in items}
        items[:] = [found[name] for name in self._names]


class _Finder:
    """Finds the mutant where the module is looked for."""

    def __init__(self, target: Target, source: str) -> None:
        self._target, self._source = target, source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """As importlib asks of a finder."""
        if name != self._target.module:
            return None
        path = str(self._target.path.resolve())
        loader = _Loader(name, path)
        loader.source = self._source
        return importlib.util.spec_from_file_location(name, path, loader=loader)


class _Loader(SourceFileLoader):
    source: str

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec", dont_inherit=True)


def _quickly(
    target: Target, tests: Sequence[Test], mutants: Sequence[Mutant], excused: Container[str]
) -> object:
    judge = _Judge(target, tests, mutants, excused)
    code = pytest.main([*PYTEST, *target.tests], plugins=[judge])
    return judge.outcomes or f"pytest leaves with {code}"


class _Judge:
    """Stands in for the run of the collected tests."""

    def __init__(
        self,
        target: Target,
        tests: Sequence[Test],
        mutants: Sequence[Mutant],
        excused: Container[str],
    ) -> None:
        self._path, self._tests, self._mutants = str(target.path.resolve()), tests, mutants
        self._excused = excused
        self.outcomes = list[str | None]()
        """None: only a new import will tell."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge all mutants."""
        items = {item.nodeid: item for item in session.items}
        living = Living(self._path)
        gc.freeze()  # what is looked at would have to be copied
        for mutant in self._mutants:
            reach = [each for each in self._tests if not each.lines.isdisjoint(mutant.lines)]
            found = _affordable(reach, EXCUSED_S if mutant.change in self._excused else ENOUGH_S)
            run = functools.partial(self._judge, session, living, mutant, items, found)
            self.outcomes.append(forked(run, _limit(found)))
        return True

    def _judge(
        self,
        session: pytest.Session,
        living: Living,
        mutant: Mutant,
        items: dict[str, pytest.Item],
        tests: list[Test],
    ) -> str | None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if not tests or not living.become(mutant.source):
            return None
        for test in tests:
            signal.alarm(int(_limit([test])))
            _run(items[test.name])
            if session.testsfailed:
                return KILLED
        return SURVIVED


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
