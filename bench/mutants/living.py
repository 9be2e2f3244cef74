"""Other code for the functions of a module that is imported already."""

import ast
import functools
import gc
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

_FUNCTION = 1  # CO_OPTIMIZED: the body of a function, not of a class or a module
_NOTE = "_note_that_this_line_runs"


def note(path: str) -> set[int]:
    """Let a module's functions note from now on the first line of each statement that runs."""
    tree, lines = ast.parse(Path(path).read_text("utf-8")), set[int]()
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in {inner: None for function in functions for inner in ast.walk(function)}:
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, [each for one in block for each in (_noting(one), one)])
    living = _living(path)
    for function in living:
        function.__globals__[_NOTE] = lines.add
    if living and not swap(path, tree):
        raise RuntimeError(f"not all functions of {path} can be given other code")
    return lines


def _noting(statement: ast.stmt) -> ast.stmt:
    (note,) = ast.parse(f"{_NOTE}({statement.lineno})").body
    for node in ast.walk(note):
        ast.copy_location(node, statement)
    return note


def swap(path: str, source: str | ast.Module) -> bool:
    """Give a module's living functions the code of another source; False if that is not enough."""
    old = compile(Path(path).read_text("utf-8"), path, "exec", dont_inherit=True)
    new = compile(source, path, "exec", dont_inherit=True)
    if _frame(old) != _frame(new):
        return False
    living: dict[CodeType, list[FunctionType]] = {}
    for each in _living(path):
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


def _living(path: str) -> list[FunctionType]:
    return [
        each
        for each in gc.get_objects()
        if type(each) is FunctionType and each.__code__.co_filename == path
    ]


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
