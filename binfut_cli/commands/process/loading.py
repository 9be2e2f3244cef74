"""What libraries load that no run needs: the one place where it is put off, or kept from them.

Most of the time of a program that is started for one answer goes into loading, and most of that
into what typer imports. Called once, before any of it is loaded. Whatever is put off is loaded as
ever, once, as soon as somebody looks into it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LATER = frozenset(
    {
        *("ast", "linecache", "textwrap", "tokenize"),  # inspect and traceback
        *(("datetime",) if sys.version_info < (3, 12) else ()),
        *(("dis",) if sys.version_info < (3, 13) else ()),
        *("bz2", "ipaddress", "lzma", "ntpath"),  # shutil, pathlib, urllib
        *("difflib", "gettext", "locale", "shutil", "subprocess", "typer.completion"),  # typer
        *("msgspec.inspect", "msgspec.toml", "msgspec.yaml"),  # msgspec, which loads all it has
        *("calendar", "random"),  # email
        *("email.base64mime", "email.header", "email.quoprimime"),  # email, http.client
        *("email.utils", "importlib.metadata"),  # websockets, which is the sandbox's
        "platform",  # uuid
    }
)
"""Modules in Python that others import as a whole, and use in few functions or none."""
CALLED = {
    "difflib": "get_close_matches",
    "gettext": "gettext",
    "shutil": "get_terminal_size",
    "typer.completion": "get_completion_inspect_parameters",
}
"""A function of such a module that typer imports by its name, and calls when it needs it."""
FLAGS = (
    *("OPTIMIZED", "NEWLOCALS", "VARARGS", "VARKEYWORDS", "NESTED"),
    *("GENERATOR", "NOFREE", "COROUTINE", "ITERABLE_COROUTINE", "ASYNC_GENERATOR"),
)
"""Of a code object, from the lowest bit on, before Python 3.13."""
BESIDE_MSGSPEC = "typing_extensions"
"""It takes this if it is there, for Pythons whose `typing` lacks what ours has."""

_loading: dict[str, "threading.RLock"] = {}
"""Of each module a lock of its own: one for all could be held by who waits for a module that
another thread imports, which then waits for the lock, as it looks into a third."""


def _lock(module: ModuleType) -> "threading.RLock":
    return _loading.setdefault(module.__name__, threading.RLock())


class Later(ModuleType):
    """A module that is loaded when somebody looks into it, and an ordinary one from then on."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # whether it is a package is asked by every import from it
            raise AttributeError(name)
        return getattr(_whole(self, name), name)


class _UnderWay(ModuleType):
    """One that is being loaded: other threads wait until all of it is there, also for what is."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):  # imports ask for those: they must wait for nobody
            with _lock(self):
                if type(self) is not _UnderWay:
                    return getattr(self, name)
        return ModuleType.__getattribute__(self, name)


def _whole(module: ModuleType, name: str) -> ModuleType:
    """The module, loaded by now for the sake of an attribute."""
    with _lock(module):
        if type(module) is Later:
            _load(module, name)
    return module


def _load(module: ModuleType, name: str) -> None:
    """Load it for the sake of an attribute."""
    spec = module.__spec__
    if spec is None or spec.loader is None:
        raise AttributeError(name)
    try:
        module.__class__ = _UnderWay
        spec.loader.exec_module(module)
    except BaseException:  # what interrupts it, a signal, must not leave half of a module for good
        module.__class__ = Later
        raise
    module.__class__ = ModuleType


def _called(module: ModuleType, name: str) -> Callable[..., Any]:
    """A function that loads its module when it is called."""

    def call(*given: Any, **named: Any) -> Any:
        return getattr(_whole(module, name), name)(*given, **named)

    return call


class _Visitor:
    """`ast.NodeVisitor` before that is loaded: before Python 3.13 inspect makes a class of it."""

    def visit(self, node: Any) -> Any:
        return _whole(sys.modules["ast"], "visit").NodeVisitor.visit(self, node)

    def generic_visit(self, node: Any) -> Any:
        return _whole(sys.modules["ast"], "generic_visit").NodeVisitor.generic_visit(self, node)


def _dated(module: ModuleType) -> Callable[..., Any]:
    """`formatdate`, which knows of itself how HTTP writes what time it is."""
    whole = _called(module, "formatdate")

    def formatdate(*given: Any, **named: Any) -> Any:
        if given or named != {"usegmt": True}:
            return whole(*given, **named)
        return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())

    return formatdate


def _known(module: ModuleType) -> Mapping[str, object]:
    """What there is of a module before it is loaded."""
    match module.__name__:
        case "ast" if sys.version_info < (3, 13):
            return {"NodeVisitor": _Visitor}
        case "datetime":  # in Python 3.11 it begins with the same in Python, which is thrown away
            compiled = vars(import_module("_datetime"))
            return {k: v for k, v in compiled.items() if not k.startswith("_")}
        case "dis":  # whose names inspect makes its own by
            return {"COMPILER_FLAG_NAMES": {1 << n: name for n, name in enumerate(FLAGS)}}
        case "email.utils":  # websockets, the sandbox's, which asks for nothing else
            return {"formatdate": _dated(module)}
        case "platform" if hasattr(os, "uname"):  # uuid asks for nothing else
            return {"system": lambda: os.uname().sysname}
        case name if name in CALLED:
            return {CALLED[name]: _called(module, CALLED[name])}
    return {}


class _Finder:
    """Finds what is to be loaded later; all else is left to those that find it otherwise."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where it is, with a loader that puts it off."""
        spec = PathFinder.find_spec(name, path) if name in LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = _PutOff(spec.loader)  # type: ignore[assignment]  # the class is lean
        return spec


class _PutOff:
    """A loader that leaves it to another, for when somebody looks."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> None:
        """Make none: an ordinary one is made."""

    def exec_module(self, module: ModuleType) -> None:
        """Put it off."""
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        vars(module).update(_known(module))
        module.__class__ = Later


def lean() -> None:
    """Put off and keep away what this file lists, and load msgspec, which every command needs."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
    known = sys.modules.get(BESIDE_MSGSPEC)
    sys.modules[BESIDE_MSGSPEC] = known  # type: ignore[assignment]  # None: it is not there
    import msgspec  # noqa: F401

    if known is None:
        del sys.modules[BESIDE_MSGSPEC]
