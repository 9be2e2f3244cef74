"""Whether the tests mind a mutant, found in forked processes: nothing on the disk is changed.

One process collects the tests once. For each mutant it forks, gives the living functions the
mutant's code, and runs the tests that reach the changed statement, the quickest first. What passes
there, or lies where only an import goes, is judged again with all tests and a new import.
"""

import contextlib
import functools
import gc
import importlib.util
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from bench.mutants.mutations import Mutant

KILLED, SURVIVED, LATE = "killed", "survived", "timed out"
MEMORY = 6 << 30
FIRST_S, MORE_S, SLOWNESS = 600, 10, 5
"""How long tests may take, and how much longer with a mutant: seconds, and times."""
PYTEST = (
    *("-qx", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not interop and not slow"),
    *("-o", "addopts=--import-mode=importlib"),
)
_CONTEXT = multiprocessing.get_context("fork")
_FUNCTION = 1  # CO_OPTIMIZED: the body of a function, not of a class or a module


@dataclass(frozen=True)
class Target:
    """A module, and the tests that concern it."""

    path: Path
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        """Its dotted name."""
        return ".".join(self.path.with_suffix("").parts)


def judged(target: Target, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """What became of each mutant. Raises if the tests fail without any."""
    source = target.path.read_text("utf-8")
    if (outcome := forked(functools.partial(_anew, target, source), FIRST_S)) != SURVIVED:
        raise RuntimeError(f"the tests of {target.module} do not pass: {outcome}")
    quick = forked(functools.partial(_quickly, target, mutants), limit=24 * 3600)
    if isinstance(quick, str):
        raise RuntimeError(f"the tests of {target.module} do not pass: {quick}")
    whole, outcomes = quick
    limit = MORE_S + SLOWNESS * whole
    for mutant, outcome in zip(mutants, outcomes, strict=True):
        if outcome == SURVIVED:
            outcome = forked(functools.partial(_anew, target, mutant.source), limit)
        yield mutant, outcome


def forked(work: Callable[[], Any], limit: float) -> Any:
    """What `work` returns in a process of its own; killed if it dies, LATE if it takes too long."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_work, args=(work, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(limit) else LATE
    except EOFError:
        return KILLED
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


def _anew(target: Target, source: str) -> str:
    """Whether all tests pass with a mutant that is imported."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, _Finder(target, source))
    return SURVIVED if pytest.main([*PYTEST, *target.tests]) == 0 else KILLED


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


def _quickly(target: Target, mutants: Sequence[Mutant]) -> object:
    judge = _Judge(target, mutants)
    code = pytest.main([*PYTEST, *target.tests], plugins=[judge])
    return (judge.whole, judge.outcomes) if judge.outcomes else f"pytest leaves with {code}"


@dataclass(frozen=True)
class Reach:
    """Which lines of the module a test reaches, and how long it takes."""

    lines: frozenset[int]
    seconds: float


class _Judge:
    """Stands in for the run of the collected tests."""

    def __init__(self, target: Target, mutants: Sequence[Mutant]) -> None:
        self._path, self._mutants = str(target.path.resolve()), mutants
        self.whole, self.outcomes = 0.0, list[str]()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge all mutants."""
        reaches = forked(lambda: self._reaches(session), 3600)
        if session.testsfailed or isinstance(reaches, str):
            return True
        self.whole = sum(reach.seconds for reach in reaches)
        items = sorted(zip(session.items, reaches, strict=True), key=lambda each: each[1].seconds)
        for mutant in self._mutants:
            concerned = [each for each in items if not each[1].lines.isdisjoint(mutant.lines)]
            limit = MORE_S + SLOWNESS * sum(reach.seconds for _, reach in concerned)
            run = functools.partial(self._judge, session, mutant, [item for item, _ in concerned])
            self.outcomes.append(forked(run, limit))
        return True

    def _reaches(self, session: pytest.Session) -> list[Reach] | str:
        found = []
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            begun, lines = time.perf_counter(), set[int]()
            with _traced(self._path, lines):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            found.append(Reach(frozenset(lines), time.perf_counter() - begun))
        return f"{session.testsfailed} fail" if session.testsfailed else found

    def _judge(self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> str:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if not swap(self._path, mutant.source):
            return SURVIVED  # of what was not tried: an import will tell
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if session.testsfailed:
                return KILLED
        return SURVIVED


@contextlib.contextmanager
def _traced(path: str, lines: set[int]) -> Iterator[None]:
    """Note which lines of a file run."""

    def within(frame: FrameType, _event: str, _arg: object) -> Any:
        lines.add(frame.f_lineno)
        return within

    def entered(frame: FrameType, _event: str, _arg: object) -> Any:
        return within(frame, "", None) if frame.f_code.co_filename == path else None

    threading.settrace(entered)
    sys.settrace(entered)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)


def swap(path: str, source: str) -> bool:
    """Give a module's living functions the code of another source; False if that is not enough."""
    old = compile(Path(path).read_text("utf-8"), path, "exec", dont_inherit=True)
    new = compile(source, path, "exec", dont_inherit=True)
    if _frame(old) != _frame(new):
        return False
    living: dict[CodeType, list[FunctionType]] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_filename == path:
            living.setdefault(each.__code__, []).append(each)
    pairs = list(zip(_functions(old), _functions(new), strict=True))
    changed = [(before, after) for before, after in pairs if before != after]
    if not all(before in living for before, _ in changed):
        return False
    for before, after in changed:
        for function in living[before]:
            function.__code__ = after
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()
    return True


def _constants(code: CodeType) -> Iterable[CodeType]:
    return (each for each in code.co_consts if isinstance(each, CodeType))


def _functions(code: CodeType) -> Iterator[CodeType]:
    """The functions and methods of a module; what they hold themselves is a part of them."""
    for each in _constants(code):
        if each.co_flags & _FUNCTION:
            yield each
        else:
            yield from _functions(each)


def _frame(code: CodeType) -> object:
    """What a module or a class does as it is imported, without what its functions do later."""
    if code.co_flags & _FUNCTION:
        return code.co_qualname
    parts = [_frame(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.co_code, code.co_names, [(type(part), part) for part in parts]
