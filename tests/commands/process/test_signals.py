"""A signal that comes where Python ignores what it raises, or while modules load, is not lost."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

IGNORED = """
import os, sys, time, weakref
from binfut_cli.commands.process import signals, tracebacks
from binfut_cli.auth.redaction import Redactor

class Thing:
    pass

def gone(_):
    os.kill(os.getpid(), int(sys.argv[1]))  # as if it came while a module is being loaded

tracebacks.redact(Redactor())
signals.listen()
thing = Thing()
reference = weakref.ref(thing, gone)
try:
    del thing
    os.write(1, b"ignored\\n")  # in one piece, whenever the signal comes
    time.sleep(20)
except signals.Terminated as exc:
    print(exc.number)
except KeyboardInterrupt:
    print(2)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_python_ignores_is_sent_again(sent: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IGNORED, str(int(sent))], capture_output=True, timeout=15, check=True
    )
    assert done.stdout.decode().split() == ["ignored", str(int(sent))]
    assert done.stderr == b""


LOADING = """
import sys, threading, time
from binfut_cli.commands.process import signals

signals.listen()
sys.path.insert(0, sys.argv[2])
try:
    import slow
    loaded = True
    time.sleep(20)
except signals.Terminated as exc:
    print(exc.number, loaded)
except KeyboardInterrupt:
    print(2, loaded)
other = threading.Thread(target=lambda: __import__("other"))
other.start()
other.join(10)
print(not other.is_alive())
"""
SLOW = """
import os, sys
os.kill(os.getpid(), int(sys.argv[1]))
for _ in range(1000):
    pass
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_module_loads_waits_until_it_is_loaded(
    sent: signal.Signals, tmp_path: Path
) -> None:
    """What is raised in the import machinery can leave its lock behind for ever."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "other.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", LOADING, str(int(sent)), str(tmp_path)],
        capture_output=True, timeout=40, check=True,
    )  # fmt: skip
    assert done.stdout.decode().split() == [str(int(sent)), "True", "True"]
    assert done.stderr == b""
