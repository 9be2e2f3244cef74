"""What a run finds at its start, as JSON on standard output; `test_process.py` compares."""

import contextlib
import gc
import json
import locale
import os
import random
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from typing import Any


def _streams() -> dict[str, Any]:
    found: dict[str, Any] = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    return {
        name: (stream.fileno(), stream.name, stream.mode, stream.encoding, stream.errors,
               stream.line_buffering, stream.write_through, stream.newlines, stream.isatty(),
               getattr(sys, f"__{name}__") is stream)
        for name, stream in found.items()
    }  # fmt: skip


def _open() -> list[int]:
    found = []
    for number in range(256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def _umask() -> int:
    found = os.umask(0o77)
    os.umask(found)
    return found


def _terminal() -> bool:
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR))
        return True
    return False


def look() -> dict[str, Any]:
    """All that a test could look at."""
    main = sys.modules["__main__"]
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return {
        "argv": sys.argv,
        "main": [main.__name__, main.__file__, str(main.__spec__ and main.__spec__.name)],
        "path": sys.path,
        "environ": dict(os.environ),
        "streams": _streams(),
        "open": _open(),
        "cwd": os.getcwd(),
        "umask": _umask(),
        "locale": [locale.getlocale(), sys.getfilesystemencoding(), locale.getpreferredencoding()],
        "zone": [time.tzname, time.localtime(0).tm_hour],
        "signals": {
            signal.Signals(number).name: str(getattr(found, "__name__", found))
            for number in signal.valid_signals()
            if number in set(signal.Signals)
            for found in [signal.getsignal(number)]
        },
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "wakeup": signal.set_wakeup_fd(-1),
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "warnings": [str(each) for each in warnings.filters],
        "threads": [each.name for each in threading.enumerate()],
        "hooks": [sys.excepthook is sys.__excepthook__, sys.gettrace(), sys.getprofile()],
        "collector": [gc.isenabled(), gc.get_threshold()],
        "timeout": socket.getdefaulttimeout(),
        "group": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid(), _terminal()],
        "nice": os.nice(0),
        "recursion": sys.getrecursionlimit(),
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            print(json.dumps(look()))
        case ["draw"]:
            print(random.random())
        case ["raise"]:
            print("printed")
            raise LookupError("as asked")
        case ["kill"]:
            print("printed", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        case [status]:
            print("printed")
            sys.exit(int(status) if status.isdecimal() else status)
