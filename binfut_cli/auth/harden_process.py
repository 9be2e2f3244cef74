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
        _prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _prctl(*arguments: int) -> None:
    """Make the system call, for which Python has no function.

    The compiled half of ctypes does it alone. To import the other half would cost every start 2 ms,
    for forty classes of C's types, none of which is needed here.
    """
    import _ctypes

    program = _ctypes.dlopen(None)  # type: ignore[arg-type]  # and all that is linked to it
    prctl = _ctypes.dlsym(program, "prctl")
    _ctypes.call_function(prctl, arguments)
