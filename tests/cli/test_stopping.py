"""A signal ends the run even where Python throws the exception of its handler away."""

import signal
import subprocess
import sys

import pytest

from tests.support import environment

PROGRAM = """
import os, signal, sys, time, weakref
from binfut_cli.cli import stopping, tracebacks
from binfut_cli.redaction import Redactor

class Thing: pass

def gone(_):  # as when a module's import ends
    os.kill(os.getpid(), int(sys.argv[1]))
    for _ in range(1000): pass

tracebacks.redact(Redactor())
stopping.listen()
thing = Thing()
seen = weakref.ref(thing, gone)
try:
    del thing
    for _ in range(1000): time.sleep(0.01)
    print("nobody came")
except KeyboardInterrupt:
    print("interrupted")
except stopping.Terminated as exc:
    print("terminated", exc.number)
"""


@pytest.mark.parametrize(
    ("sent", "told"),
    [(signal.SIGINT, "interrupted\n"), (signal.SIGTERM, "terminated 15\n")],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_whose_exception_is_thrown_away_comes_again(
    sent: signal.Signals, told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(sent))],
        env=environment(), capture_output=True, timeout=30, check=False, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (told, "")
