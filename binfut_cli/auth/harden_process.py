"""Make this process hard to read from outside, once it holds a key."""

import contextlib
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def close() -> None:
    """Leave no core file; on Linux also let no other process of this user look inside."""
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError):  # a Python that was built without libffi
            _prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _prctl(*arguments: int) -> None:
    """Make the system call, for which Python has no function.

    That is done with what ctypes itself does it with: forty classes of C's types, which it makes
    when it is imported, and none of which is needed here, would cost every start 2 ms. Nobody has
    promised that half of it: where it is another, ctypes is asked.
    """
    try:
        import _ctypes

        program = _ctypes.dlopen(None)  # type: ignore[arg-type]  # and all that is linked to it
        _ctypes.call_function(_ctypes.dlsym(program, "prctl"), arguments)
    except (ImportError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).prctl(*arguments)
