"""A signal that comes where Python ignores what it raises is not lost."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, time, weakref
from binfut_cli.cli import stopping, tracebacks
from binfut_cli.redaction import Redactor

class Thing:
    pass

def gone(_):
    os.kill(os.getpid(), int(sys.argv[1]))  # as if it came while a module is being loaded

tracebacks.redact(Redactor())
stopping.listen()
thing = Thing()
reference = weakref.ref(thing, gone)
try:
    del thing
    print("ignored", flush=True)
    time.sleep(20)
except stopping.Terminated as exc:
    print(exc.number)
except KeyboardInterrupt:
    print(2)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_python_ignores_is_sent_again(sent: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(sent))], capture_output=True, timeout=15, check=True
    )
    assert done.stdout.decode().split() == ["ignored", str(int(sent))]
    assert done.stderr == b""
