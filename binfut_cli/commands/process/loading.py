"""What libraries load that no run needs: the one place where it is put off, or kept from them.

Most of the time of a program that is started for one answer goes into loading, and most of that
into what typer imports. Called once, before any of it is loaded. Whatever is put off is loaded as
ever, once, as soon as somebody looks into it.
"""

import sys
import threading
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

LATER = (
    *("linecache", "textwrap", "tokenize"),  # inspect and traceback
    *("bz2", "ipaddress", "lzma", "ntpath"),  # shutil, pathlib and urllib
    *("locale", "subprocess"),  # typer
    "importlib.metadata",  # websockets, which is the sandbox's
)
"""Of the standard library, in Python: what others import as a whole, and use in few functions."""
BESIDE_MSGSPEC = "typing_extensions"
"""It takes this if it is there, for Pythons whose `typing` lacks what ours has."""

_loading = threading.RLock()


class Later(ModuleType):
    """A module that is loaded when somebody looks into it, and an ordinary one from then on."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # whether it is a package is asked by every import from it
            raise AttributeError(name)
        with _loading:  # other threads wait until all of it is there
            if type(self) is Later:
                _load(self, name)
        return getattr(self, name)


def _load(module: ModuleType, name: str) -> None:
    """Load it for the sake of an attribute."""
    spec = module.__spec__
    if spec is None or spec.loader is None or spec.loader_state:
        raise AttributeError(name)  # its own code looks for what it has not made yet
    spec.loader_state = "under way"
    try:
        spec.loader.exec_module(module)
        module.__class__ = ModuleType
    finally:  # what interrupts it, a signal, must not leave half of a module for good
        spec.loader_state = None


def lean() -> None:
    """Put off and keep away what this file lists, and load msgspec, which every command needs."""
    for name in LATER:
        if name not in sys.modules:
            _put_off(name)
    known = sys.modules.get(BESIDE_MSGSPEC)
    sys.modules[BESIDE_MSGSPEC] = known  # type: ignore[assignment]  # None: it is not there
    import msgspec  # noqa: F401

    if known is None:
        del sys.modules[BESIDE_MSGSPEC]


def _put_off(name: str) -> None:
    spec = find_spec(name)
    if spec is None:  # a Python without it: who imports it will say so
        return
    sys.modules[name] = module = module_from_spec(spec)
    module.__class__ = Later
    folder, _, own = name.rpartition(".")
    if folder:
        setattr(sys.modules[folder], own, module)
