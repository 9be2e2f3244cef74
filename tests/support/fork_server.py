"""A warm parent that forks the program: what costs 0.15 s to start costs 0.03 s to fork.

`tests/support/process.py` starts one for each pytest process and sends it a run at a time: four
file descriptors over a socket, the last of which leads to what is to be run. The parent has loaded
the program's modules and run none of it, and has one thread.
"""

import contextlib
import gc
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import termios
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fcntl import ioctl
from functools import cache
from importlib import import_module
from typing import Any, NoReturn, cast

import typer

import binfut_cli
from binfut_cli.commands.app import COMMANDS, app

LIBRARIES = (
    *("ctypes", "dotenv", "greenlet", "resource", "rich.console", "rich.table"),
    *("typer._click._textwrap", "typer._click.decorators"),
)
"""What no module of the program loads at its top."""
READ_AT_START = (
    "DYLD_", "GLIBC_", "LANG", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PYTHON", "TYPER_", "_TYPER_",
    "WEBSOCKETS_", "TEXTUAL_", "ESCDELAY", "ANDROID_DATA",
)  # fmt: skip
"""How the names begin that the interpreter, the C library or a module reads once, as it loads."""
LATE = ("__main__", ".metrics.serving")
"""What a run loads itself: the latter has wsgiref, which copies the environment as it loads."""
MESSAGE = struct.Struct("!i")


@dataclass(frozen=True)
class Start:
    """A run of the program."""

    arguments: Sequence[str]
    env: dict[str, str]
    cwd: str | None
    terminal: bool
    """Whether standard input becomes the controlling terminal of a session of its own."""
    fresh: bool
    """Whether an interpreter of its own is started, as a user's shell does."""
    module: str


def load() -> None:
    """Load all of the program but its entry; a warning would be one that no run shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for module in pkgutil.walk_packages(binfut_cli.__path__, "binfut_cli."):
            if not module.name.endswith(LATE):
                import_module(module.name)
        for name in LIBRARIES:
            import_module(name)
        _make_options()


def _make_options() -> None:
    """Have typer make the options of every command here, for it is a third of a run's work."""
    main: Any = typer.main
    for name in ("get_command_from_info", "get_params_convertors_ctx_param_name_from_function"):
        setattr(main, name, cache(getattr(main, name)))
    for each in (app, *(import_module(module).app for module, _ in COMMANDS.values())):
        main.get_command(each)


def serve(control: socket.socket) -> None:
    """Fork a run for each message, and say who it is and how it ended, until the test's end."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(running)
        if control.fileno() in ready:
            _, given, _, _ = socket.recv_fds(control, 1, 4)
            if not given:
                return
            *streams, channel = given
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, before)
                _run(streams, socket.socket(fileno=channel))
            for stream in streams:
                os.close(stream)
            running[pid] = socket.socket(fileno=channel)
            _say(running[pid], pid)


def _reap(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with running.pop(pid) as channel:
            _say(channel, os.waitstatus_to_exitcode(status))


def _say(channel: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # a test that is gone
        channel.sendall(MESSAGE.pack(number))


def _run(streams: Sequence[int], channel: socket.socket) -> NoReturn:
    """Be the program: this never comes back."""
    status = 1
    try:
        start = Start(**json.loads(channel.makefile("rb").readline()))
        _enter(start, streams)
        status = _execute(start) if start.fresh else _call(start)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _enter(start: Start, streams: Sequence[int]) -> None:
    """Go where the run shall be, and keep nothing open that it was not given."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 4096)
    if start.terminal:
        os.setsid()
        ioctl(0, termios.TIOCSCTTY, 0)
    if start.cwd is not None:
        os.chdir(start.cwd)


def _execute(start: Start) -> NoReturn:
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by this interpreter, and so by the next
        signal.signal(ignored, signal.SIG_DFL)
    line = [sys.executable, "-m", start.module, *start.arguments]
    os.execve(line[0], line, start.env)


def _call(start: Start) -> int:
    """Make this interpreter what it is at the start of a run, and run."""
    os.environ.clear()
    os.environ.update(start.env)
    time.tzset()
    own = [place for place in start.env.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:] = [os.getcwd(), *own, *(place for place in sys.path[1:] if place not in own)]
    sys.argv = ["-m", *start.arguments]
    sys.stdin, sys.stdout, sys.stderr = (_text(number, like) for number, like in enumerate(
        (sys.__stdin__, sys.__stdout__, sys.__stderr__)))  # fmt: skip
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    try:
        runpy.run_module(start.module, run_name="__main__", alter_sys=True)
    except SystemExit as exc:
        return _status(exc.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
    return 0


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _text(number: int, like: Any) -> io.TextIOWrapper:
    """A standard stream as the interpreter makes it."""
    raw: Any = io.FileIO(number, "wb" if number else "rb", closefd=False)
    raw.name = like.name
    if not number:
        raw = io.BufferedReader(raw)
    elif not like.write_through:  # PYTHONUNBUFFERED
        raw = io.BufferedWriter(raw)
    lines = (number == 2 or os.isatty(number)) and not like.write_through
    text: Any = io.TextIOWrapper(
        raw, like.encoding, like.errors, "\n" if number else None, lines, like.write_through
    )
    text.mode = like.mode
    return cast(io.TextIOWrapper, text)


if __name__ == "__main__":
    load()
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every page of it in every child
    with contextlib.suppress(KeyboardInterrupt), socket.socket(fileno=int(sys.argv[1])) as socket_:
        serve(socket_)
