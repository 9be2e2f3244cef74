"""Other code for the functions of a module that is imported already."""

import ast
import gc
from collections.abc import Iterable, Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType

_FUNCTION = 1  # CO_OPTIMIZED: the body of a function, not of a class or a module
_NOTE = "_note_that_this_line_runs"


class Living:
    """A module's functions as they live now, so that all of them can be given other code."""

    def __init__(self, path: str) -> None:
        self._old = _compiled(Path(path).read_text("utf-8"), path)
        gc.unfreeze()  # what the tests had frozen would not be among them
        self._path, everything = path, gc.get_objects()
        self._functions: dict[CodeType, list[FunctionType]] = {}
        for each in everything:
            if type(each) is FunctionType and each.__code__.co_filename == path:
                self._functions.setdefault(each.__code__, []).append(each)
        self._caches = [each for each in everything if isinstance(each, _lru_cache_wrapper)]

    def become(self, source: str | ast.Module) -> bool:
        """Give them the code of another source; False if that is not enough."""
        new = _compiled(source, self._path)
        if _frame(self._old) != _frame(new):
            return False
        pairs = list(zip(_functions(self._old), _functions(new), strict=True))
        changed = [(before, after) for before, after in pairs if before != after]
        if not all(before in self._functions for before, _ in changed):
            return False
        for before, after in changed:
            for function in self._functions[before]:
                function.__code__ = after
        for cache in self._caches:
            cache.cache_clear()
        return True

    def note(self) -> set[int]:
        """Have them note from now on the first line of each statement that runs."""
        lines = set[int]()
        for functions in self._functions.values():
            for function in functions:
                function.__globals__[_NOTE] = lines.add
        if self._functions and not self.become(_noted(Path(self._path).read_text("utf-8"))):
            raise RuntimeError(f"not all functions of {self._path} can be given other code")
        return lines


def _compiled(source: str | ast.Module, path: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


def _noted(source: str) -> ast.Module:
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in {inner: None for function in functions for inner in ast.walk(function)}:
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, [each for one in block for each in (_noting(one), one)])
    return tree


def _noting(statement: ast.stmt) -> ast.stmt:
    (note,) = ast.parse(f"{_NOTE}({statement.lineno})").body
    for node in ast.walk(note):
        ast.copy_location(node, statement)
    return note


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
